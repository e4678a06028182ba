//! The data of a throwaway server: a new cluster, or a copy of a stopped one.
//!
//! Refuses to copy links: a data folder with tablespaces points outside itself.

use std::fs;
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::Stdio;

use tokio::process::Command;

use super::folder::{Folder, give};
use super::wire::{Listen, Source, Spec};

/// The superuser.
pub(super) const SUPERUSER: &str = "postgres";

/// The port, which is only part of the socket's name unless the server listens on 127.0.0.1 too.
const PORT: u16 = 5432;

/// What throwaway servers are for: speed over safety, and nothing left outside their folder.
/// A Postgres killed by force leaves POSIX shared memory behind, but not files of its own.
const DEFAULTS: [(&str, &str); 4] = [
    ("fsync", "off"),
    ("full_page_writes", "off"),
    ("dynamic_shared_memory_type", "mmap"),
    ("unix_socket_permissions", "0700"),
];

/// What a standby may still want; older servers counted segments of 16 MB.
fn kept_wal(major: u32) -> (&'static str, &'static str) {
    if major >= 13 { ("wal_keep_size", "64MB") } else { ("wal_keep_segments", "4") }
}

/// A program of the server's, to be run by the server's account with nothing of our environment.
pub(super) fn program(spec: &Spec, folder: &Folder, name: &str) -> io::Result<Command> {
    let mut command = Command::new(spec.bin.join(name));
    command
        .env_clear()
        .env(
            "PATH",
            std::env::join_paths([spec.bin.as_path(), "/usr/bin".as_ref(), "/bin".as_ref()])
                .map_err(io::Error::other)?,
        )
        .env("LC_ALL", "C")
        .env("TZ", "UTC")
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(folder.open_log()?)
        .stderr(folder.open_log()?)
        .process_group(0);
    if let Some(libdir) = &spec.libdir {
        let variable =
            if cfg!(target_os = "macos") { "DYLD_LIBRARY_PATH" } else { "LD_LIBRARY_PATH" };
        command.env(variable, libdir);
    }
    if let Some(account) = &spec.account {
        command.uid(account.uid).gid(account.gid);
    }
    Ok(command)
}

/// The command that makes a new cluster.
pub(super) fn initdb(
    spec: &Spec,
    folder: &Folder,
    password: &str,
    arguments: &[String],
) -> io::Result<Command> {
    let file = folder.write("password", password, spec.account.as_ref())?;
    let mut command = program(spec, folder, "initdb")?;
    let data = folder.data();
    command.args(["--auth=scram-sha-256", "--encoding=UTF8", "--no-sync"]);
    // macOS before 14 has no C.UTF-8.
    command.arg(if cfg!(target_os = "macos") { "--locale=C" } else { "--locale=C.UTF-8" });
    command.args(["-U", SUPERUSER]).arg("-D").arg(data).arg("--pwfile").arg(file);
    if spec.major >= 18 {
        // On by default from 18 on; they would forbid files extended by hand.
        command.arg("--no-data-checksums");
    }
    command.args(arguments);
    Ok(command)
}

/// Copies the data folder of a stopped server.
pub(super) fn copy_cluster(spec: &Spec, folder: &Folder, from: &Path) -> io::Result<()> {
    copy_into(from, &folder.data(), spec)
}

/// Makes a standby of a copy.
pub(super) fn sign_standby(spec: &Spec, folder: &Folder) -> io::Result<()> {
    let data = folder.data();
    let signal = data.join("standby.signal");
    fs::write(&signal, "")?;
    give(&signal, spec.account.as_ref())
}

fn copy_into(from: &Path, to: &Path, spec: &Spec) -> io::Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        let kind = entry.file_type()?;
        if kind.is_symlink() {
            let why = format!("{} is a link: tablespaces are not copied", source.display());
            return Err(io::Error::other(why));
        }
        if kind.is_dir() {
            fs::create_dir(&target)?;
            fs::set_permissions(&target, entry.metadata()?.permissions())?;
            copy_into(&source, &target, spec)?;
        } else if entry.file_name() != "postmaster.pid" && entry.file_name() != "postmaster.opts" {
            fs::copy(&source, &target)?;
        }
        if target.exists() {
            give(&target, spec.account.as_ref())?;
        }
    }
    Ok(())
}

/// The port of a new server.
pub(super) fn port(listen: Listen) -> io::Result<u16> {
    match listen {
        Listen::Socket => Ok(PORT),
        Listen::Loopback => Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port()),
    }
}

/// The text of the configuration file: initdb's own, our defaults, what the caller asked for, and
/// last what must not be asked for.
pub(super) fn configuration(spec: &Spec, folder: &Folder, port: u16) -> Result<String, String> {
    let addresses = match spec.listen {
        Listen::Socket => "",
        Listen::Loopback => "127.0.0.1",
    };
    let own = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    let primary = match &spec.source {
        Source::Copy { primary: Some(primary), .. } => Some(own(("primary_conninfo", primary))),
        Source::Copy { primary: None, .. } | Source::Fresh { .. } => None,
    };
    let lines: Vec<String> = DEFAULTS
        .into_iter()
        .chain([kept_wal(spec.major)])
        .map(own)
        .chain([own(("cluster_name", &format!("pgsextant {}", spec.name)))])
        .chain(spec.settings.iter().cloned())
        .chain(primary)
        .chain([
            own(("listen_addresses", addresses)),
            own(("unix_socket_directories", &folder.sockets().display().to_string())),
            ("port".to_owned(), port.to_string()),
        ])
        .map(|(name, value)| setting(&name, &value))
        .collect::<Result<_, _>>()?;
    let first = folder.data().join("postgresql.conf").display().to_string();
    Ok(format!("include {}\n{}", quoted(&first), lines.concat()))
}

fn setting(name: &str, value: &str) -> Result<String, String> {
    let plain = |it: char| it.is_ascii_alphanumeric() || it == '_' || it == '.';
    if name.is_empty() || !name.chars().all(plain) {
        return Err(format!("\"{name}\" is no name of a setting"));
    }
    Ok(format!("{name} = {}\n", quoted(value)))
}

/// A value as the configuration file takes it.
fn quoted(value: &str) -> String {
    let escaped = value.replace('\\', "\\\\").replace('\'', "''").replace('\n', "\\n");
    format!("'{escaped}'")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_cannot_leave_its_quotes() {
        let line = setting("a.b", "it's \\ two\nlines").unwrap();
        assert_eq!(line, "a.b = 'it''s \\\\ two\\nlines'\n");
    }

    #[test]
    fn a_name_must_be_one() {
        assert!(setting("fsync = off\nport", "1").is_err());
        assert!(setting("", "1").is_err());
    }
}
