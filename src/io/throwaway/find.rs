//! Which Postgres server binaries are on this machine.
//!
//! Looks in the folder given with `--pg-bin`, the folders of `PGSEXTANT_SERVERS`, `.servers/` of
//! the checkout we stand in, and the system's usual folders, in that order. Refuses to download
//! anything and to search the whole disk.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs, io};

use crate::base::{Note, NoteCode};

/// Where to look. Everything that comes from the world is a value here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search {
    /// The folder of binaries given with `--pg-bin`.
    pub flag: Option<PathBuf>,
    /// `PGSEXTANT_SERVERS`: folders that hold `<major>/bin`, separated as in `PATH`.
    pub environment: Option<OsString>,
    /// Where the search for `.servers` begins; it goes up from there.
    pub start: PathBuf,
    /// `PATH`.
    pub path: Option<OsString>,
    /// What the system's folders hang below: `/`, or another folder in tests.
    pub root: PathBuf,
}

impl Search {
    /// A search of this machine, seen from the folder we are in.
    pub fn here(flag: Option<PathBuf>) -> io::Result<Self> {
        Ok(Self {
            flag,
            environment: env::var_os("PGSEXTANT_SERVERS"),
            start: env::current_dir()?,
            path: env::var_os("PATH"),
            root: PathBuf::from("/"),
        })
    }
}

/// The server binaries of one version in one folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerBinaries {
    /// The major version.
    pub major: u32,
    /// The version as the server prints it: `15.18`, `19beta1`.
    pub version: String,
    /// The folder with `postgres` and `initdb`, free of links.
    pub bin: PathBuf,
    /// The folder with the libraries that came with them, if there is one.
    pub libdir: Option<PathBuf>,
    /// Whether `create extension hypopg` will find its files.
    pub has_hypopg: bool,
    /// Where they were found.
    pub origin: Origin,
}

/// Where binaries were found, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// `--pg-bin`.
    Flag,
    /// `PGSEXTANT_SERVERS`.
    Environment,
    /// `.servers/` of a checkout.
    Checkout,
    /// The system's folders.
    System,
}

/// What a search gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Usable binaries: by origin, then by major version, each folder once.
    pub servers: Vec<ServerBinaries>,
    /// Folders that somebody named and that hold no usable server.
    pub notes: Vec<Note>,
}

impl Found {
    /// The best binaries of a major version.
    pub fn of_major(&self, major: u32) -> Option<&ServerBinaries> {
        self.servers.iter().find(|it| it.major == major)
    }
}

/// Looks for server binaries. Runs each `postgres --version` that it finds.
pub fn find_servers(search: &Search) -> Found {
    find_with(search, printed_version)
}

/// What to tell somebody who has no server binaries, of one major version or at all.
pub fn missing_message(major: Option<u32>) -> String {
    let (what, package) = match major {
        Some(major) => {
            (format!("PostgreSQL {major} server binaries"), format!("postgresql-{major}"))
        }
        None => ("PostgreSQL server binaries".to_owned(), "postgresql".to_owned()),
    };
    format!(
        "no {what} found; get them with `scripts/setup` in a checkout of pgsextant or with \
         `apt-get install {package}`, or name the folder that holds `postgres` and `initdb` \
         with --pg-bin"
    )
}

/// The search, with the one step that runs a program left to the caller.
fn find_with(search: &Search, version: impl Fn(&Path) -> Option<String>) -> Found {
    let mut servers: Vec<ServerBinaries> = Vec::new();
    let mut notes = Vec::new();
    for (origin, folder) in folders(search) {
        match inspect(&folder, origin, &version) {
            Ok(found) if servers.iter().any(|it| it.bin == found.bin) => {}
            Ok(found) => servers.push(found),
            Err(why) if origin == Origin::System => drop(why),
            Err(why) => notes.push(
                Note::new(NoteCode::Absent, folder.display().to_string(), why)
                    .with_remedy("name a folder that holds `postgres` and `initdb`"),
            ),
        }
    }
    servers.sort_by_key(|it| (it.origin, it.major));
    Found { servers, notes }
}

/// The folders to look at, in the order of preference.
fn folders(search: &Search) -> Vec<(Origin, PathBuf)> {
    let flag = search.flag.iter().map(|bin| (Origin::Flag, bin.clone()));
    let environment = split(search.environment.as_deref())
        .into_iter()
        .flat_map(|folder| majors(&folder))
        .map(|bin| (Origin::Environment, bin));
    let checkout = search
        .start
        .ancestors()
        .map(|folder| folder.join(".servers"))
        .find(|folder| folder.is_dir())
        .into_iter()
        .flat_map(|folder| majors(&folder))
        .map(|bin| (Origin::Checkout, bin));
    let system = system_folders(search).into_iter().map(|bin| (Origin::System, bin));
    flag.chain(environment).chain(checkout).chain(system).collect()
}

fn split(list: Option<&OsStr>) -> Vec<PathBuf> {
    list.map(|list| env::split_paths(list).filter(|it| it.is_absolute()).collect())
        .unwrap_or_default()
}

/// `<folder>/<major>/bin` for every major version there.
fn majors(folder: &Path) -> Vec<PathBuf> {
    let is_major = |name: &str| name.parse::<u32>().is_ok();
    entries(folder, is_major).into_iter().map(|it| it.join("bin")).collect()
}

/// The usual folders of Debian, Red Hat, a build from source, Homebrew, and `PATH`.
fn system_folders(search: &Search) -> Vec<PathBuf> {
    let below = |path: &str| search.root.join(path);
    let bins = |folder: PathBuf, prefix: &'static str| {
        entries(&folder, move |name| name.starts_with(prefix))
            .into_iter()
            .map(|it| it.join("bin"))
            .collect::<Vec<_>>()
    };
    [
        majors(&below("usr/lib/postgresql")),
        bins(below("usr"), "pgsql-"),
        vec![below("usr/local/pgsql/bin")],
        bins(below("opt/homebrew/opt"), "postgresql@"),
        bins(below("usr/local/opt"), "postgresql@"),
        split(search.path.as_deref()),
    ]
    .concat()
}

/// The entries of a folder with a fitting name, sorted; none when it cannot be read.
fn entries(folder: &Path, fits: impl Fn(&str) -> bool) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .filter_map(Result::ok)
        .filter(|it| it.file_name().to_str().is_some_and(&fits))
        .map(|it| it.path())
        .collect();
    found.sort();
    found
}

/// What is in a folder of binaries, or why it is of no use.
fn inspect(
    folder: &Path,
    origin: Origin,
    version: impl Fn(&Path) -> Option<String>,
) -> Result<ServerBinaries, String> {
    let bin = folder.canonicalize().map_err(|error| error.to_string())?;
    if let Some(absent) = ["postgres", "initdb"].iter().find(|it| !bin.join(it).is_file()) {
        return Err(format!("holds no {absent}"));
    }
    let printed = version(&bin).ok_or("its postgres does not run")?;
    let (major, version) =
        read_version(&printed).ok_or_else(|| format!("its postgres says only \"{printed}\""))?;
    let home = bin.parent().unwrap_or(&bin);
    Ok(ServerBinaries {
        major,
        version,
        libdir: Some(home.join("lib")).filter(|it| it.is_dir()),
        has_hypopg: has_hypopg(home, major),
        origin,
        bin,
    })
}

fn printed_version(bin: &Path) -> Option<String> {
    let output = Command::new(bin.join("postgres")).arg("--version").output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Reads `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)`.
fn read_version(printed: &str) -> Option<(u32, String)> {
    let version = printed.split_once("(PostgreSQL) ")?.1.split_whitespace().next()?;
    let end = version.find(|it: char| !it.is_ascii_digit()).unwrap_or(version.len());
    Some((version[..end].parse().ok()?, version.to_owned()))
}

/// Whether both files of HypoPG stand where this server looks for them. Where that is depends on
/// the packager; the layouts known are tried in turn.
fn has_hypopg(home: &Path, major: u32) -> bool {
    let debian = home.ancestors().nth(3).map(|it| it.join(format!("share/postgresql/{major}")));
    let shares = [Some(home.join("share")), Some(home.join("share/postgresql")), debian];
    let control = |share: &PathBuf| share.join("extension/hypopg.control").is_file();
    let library = |lib: &str| home.join(lib).join("hypopg.so").is_file();
    shares.iter().flatten().any(control) && ["lib", "lib/postgresql"].into_iter().any(library)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A fresh folder of this process below the system's temporary folder.
    pub(in crate::io::throwaway) fn scratch(name: &str) -> PathBuf {
        let folder = env::temp_dir().join(format!("pgsextant-unit-{name}-{}", std::process::id()));
        drop(fs::remove_dir_all(&folder));
        fs::create_dir_all(&folder).unwrap();
        folder.canonicalize().unwrap()
    }

    /// Lays out binaries whose version is the text of the file `postgres`.
    fn lay(bin: &Path, version: &str) {
        fs::create_dir_all(bin).unwrap();
        fs::write(bin.join("postgres"), format!("postgres (PostgreSQL) {version}\n")).unwrap();
        fs::write(bin.join("initdb"), "").unwrap();
    }

    fn find(search: &Search) -> Found {
        find_with(search, |bin| fs::read_to_string(bin.join("postgres")).ok())
    }

    fn search(top: &Path) -> Search {
        Search {
            flag: None,
            environment: None,
            start: top.join("checkout/a/b"),
            path: None,
            root: top.to_owned(),
        }
    }

    #[test]
    fn every_place_is_searched_in_order() {
        let top = scratch("order");
        lay(&top.join("mine"), "17.1");
        lay(&top.join("env/13/bin"), "13.23 (Debian 13.23-1)");
        lay(&top.join("env/9/bin"), "9.6.24");
        lay(&top.join("checkout/.servers/18/bin"), "18.4");
        lay(&top.join("checkout/.servers/16/bin"), "16.14");
        lay(&top.join("usr/lib/postgresql/15/bin"), "15.18");
        lay(&top.join("usr/pgsql-14/bin"), "14.20");
        lay(&top.join("opt/homebrew/opt/postgresql@18/bin"), "18.1");
        lay(&top.join("elsewhere"), "19beta1\n");
        fs::create_dir_all(top.join("checkout/a/b")).unwrap();
        let found = find(&Search {
            flag: Some(top.join("mine")),
            environment: Some(top.join("env").into_os_string()),
            path: Some(top.join("elsewhere").into_os_string()),
            ..search(&top)
        });
        let seen: Vec<_> =
            found.servers.iter().map(|it| (it.origin, it.major, it.version.as_str())).collect();
        let expected = [
            (Origin::Flag, 17, "17.1"),
            (Origin::Environment, 9, "9.6.24"),
            (Origin::Environment, 13, "13.23"),
            (Origin::Checkout, 16, "16.14"),
            (Origin::Checkout, 18, "18.4"),
            (Origin::System, 14, "14.20"),
            (Origin::System, 15, "15.18"),
            (Origin::System, 18, "18.1"),
            (Origin::System, 19, "19beta1"),
        ];
        assert_eq!(seen, expected);
        assert_eq!(found.of_major(18).unwrap().origin, Origin::Checkout);
        assert_eq!(found.notes, []);
        fs::remove_dir_all(&top).unwrap();
    }

    #[test]
    fn a_folder_reached_twice_counts_once() {
        let top = scratch("twice");
        let bin = top.join("usr/lib/postgresql/15/bin");
        lay(&bin, "15.18");
        std::os::unix::fs::symlink(&bin, top.join("link")).unwrap();
        let found = find(&Search { flag: Some(top.join("link")), ..search(&top) });
        assert_eq!(found.servers.len(), 1);
        assert_eq!(found.servers[0].origin, Origin::Flag);
        assert_eq!(found.servers[0].bin, bin);
        fs::remove_dir_all(&top).unwrap();
    }

    #[test]
    fn a_named_folder_without_a_server_is_said() {
        let top = scratch("empty");
        fs::create_dir_all(top.join("mine")).unwrap();
        lay(&top.join("env/15/bin"), "15.18");
        fs::remove_file(top.join("env/15/bin/initdb")).unwrap();
        let found = find(&Search {
            flag: Some(top.join("mine")),
            environment: Some(top.join("env").into_os_string()),
            ..search(&top)
        });
        let said: Vec<_> = found.notes.iter().map(|it| it.message.as_str()).collect();
        assert_eq!(found.servers, []);
        assert_eq!(said, ["holds no postgres", "holds no initdb"]);
        fs::remove_dir_all(&top).unwrap();
    }

    #[test]
    fn hypopg_needs_both_of_its_files() {
        let top = scratch("hypopg");
        let home = top.join("usr/lib/postgresql/15");
        let share = top.join("usr/share/postgresql/15/extension");
        lay(&home.join("bin"), "15.18");
        fs::create_dir_all(home.join("lib")).unwrap();
        fs::create_dir_all(&share).unwrap();
        fs::write(home.join("lib/hypopg.so"), "").unwrap();
        assert!(!find(&search(&top)).servers[0].has_hypopg);
        fs::write(share.join("hypopg.control"), "").unwrap();
        assert!(find(&search(&top)).servers[0].has_hypopg);
        assert_eq!(find(&search(&top)).servers[0].libdir, Some(home.join("lib")));
        fs::remove_dir_all(&top).unwrap();
    }

    #[test]
    fn versions_are_read_as_servers_print_them() {
        let read = |text| read_version(text).map(|(major, version)| format!("{major} {version}"));
        assert_eq!(read("postgres (PostgreSQL) 19devel").as_deref(), Some("19 19devel"));
        assert_eq!(read("postgres (PostgreSQL) 13.1").as_deref(), Some("13 13.1"));
        assert_eq!(read("something else"), None);
    }

    #[test]
    fn the_message_for_no_server_names_every_way_to_one() {
        let said = missing_message(Some(16));
        assert!(said.contains("scripts/setup"));
        assert!(said.contains("apt-get install postgresql-16"));
        assert!(said.contains("--pg-bin"));
        assert!(missing_message(None).contains("apt-get install postgresql`"));
    }
}
