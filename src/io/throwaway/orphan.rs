//! Stopping servers: our own children, and those whose guard was killed.
//!
//! An orphan is known from its `postmaster.pid` alone, and a pid may long belong to somebody
//! else, so it is stopped only if that process works in the very data directory. Refuses to
//! signal anything else.

use std::fs;
use std::path::Path;
use std::process::{Command, ExitStatus};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::process::Child;
use tokio::time::{Instant, sleep, timeout};

/// How a server is asked to go, and how long it gets: fast shutdown, immediate shutdown, by force.
const WAYS_OUT: [(Signal, Duration); 3] = [
    (Signal::INT, Duration::from_secs(20)),
    (Signal::QUIT, Duration::from_secs(5)),
    (Signal::KILL, Duration::from_secs(5)),
];

/// How often to look whether an orphan is gone.
const GLANCE: Duration = Duration::from_millis(10);

/// Stops a child of ours and waits for it. None when it outlived even the last signal.
pub(super) async fn stop_child(child: &mut Child) -> Option<ExitStatus> {
    for (signal, patience) in WAYS_OUT {
        // No pid: it was waited for already, and the wait below returns what it left.
        if let Some(pid) = child.id().and_then(pid) {
            let _gone_already = kill_process(pid, signal);
        }
        if let Ok(Ok(status)) = timeout(patience, child.wait()).await {
            return Some(status);
        }
    }
    None
}

/// Stops the server that runs in this data directory, if one does, and says which it was.
pub(super) async fn stop(data: &Path) -> Result<Option<u32>, String> {
    let Ok(text) = fs::read_to_string(data.join("postmaster.pid")) else { return Ok(None) };
    let Some(server) = server_in(&text, data) else { return Ok(None) };
    let Some(process) = pid(server) else { return Ok(None) };
    for (signal, patience) in WAYS_OUT {
        if !serves(server, data) {
            return Ok(Some(server));
        }
        kill_process(process, signal)
            .or_else(|error| if serves(server, data) { Err(error) } else { Ok(()) })
            .map_err(|error| format!("its server, process {server}, cannot be stopped: {error}"))?;
        let end = Instant::now() + patience;
        while serves(server, data) && Instant::now() < end {
            sleep(GLANCE).await;
        }
    }
    if serves(server, data) {
        return Err(format!("its server, process {server}, does not stop"));
    }
    Ok(Some(server))
}

/// The server that a `postmaster.pid` names, if it names this data directory and still runs.
fn server_in(text: &str, data: &Path) -> Option<u32> {
    let mut lines = text.lines();
    let server = lines.next()?.trim().parse().ok()?;
    let named = Path::new(lines.next()?);
    (same(named, data) && serves(server, data)).then_some(server)
}

/// Whether that process is a server of that data directory: its working directory tells, and a
/// dead or foreign process has another or none.
fn serves(server: u32, data: &Path) -> bool {
    if Path::new("/proc/self/cwd").exists() {
        let home = fs::read_link(format!("/proc/{server}/cwd"));
        return home.is_ok_and(|home| same(&home, data));
    }
    // Without /proc the command line has to do: we always pass the data directory in full.
    Command::new("ps")
        .args(["-ww", "-o", "command=", "-p", &server.to_string()])
        .output()
        .is_ok_and(|output| {
            let line = String::from_utf8_lossy(&output.stdout).into_owned();
            line.contains(&format!("-D {} ", data.display()))
        })
}

fn same(one: &Path, other: &Path) -> bool {
    match (one.canonicalize(), other.canonicalize()) {
        (Ok(one), Ok(other)) => one == other,
        _ => false,
    }
}

fn pid(number: u32) -> Option<Pid> {
    i32::try_from(number).ok().and_then(Pid::from_raw)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_that_works_elsewhere_is_no_orphan() {
        let data = crate::io::throwaway::find::tests::scratch("orphan");
        let ours = std::process::id();
        let text = format!("{ours}\n{}\n", data.display());
        assert_eq!(server_in(&text, &data), None);
        fs::remove_dir_all(&data).unwrap();
    }

    #[test]
    fn a_pid_file_of_another_directory_is_not_believed() {
        let data = crate::io::throwaway::find::tests::scratch("foreign");
        let here = std::env::current_dir().unwrap();
        let text = format!("{}\n{}\n", std::process::id(), here.display());
        assert_eq!(server_in(&text, &data), None);
        assert_eq!(server_in("damaged", &data), None);
        fs::remove_dir_all(&data).unwrap();
    }
}
