//! The user's own pager: gets what it is given byte for byte, as it comes.
//!
//! Nothing is lost: where the pager is missing or fails, what it did not show goes to standard
//! output. One that the user leaves early ends the work without complaint.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};

/// Bytes that are kept until it is sure that the pager took them: more than a pipe holds.
const KEPT_MAX: usize = 2 << 20;
/// Bytes that are read at once.
const CHUNK: usize = 64 << 10;

/// Which pager to run, as a command for the shell; none when output goes straight on.
///
/// `PGSEXTANT_PAGER`, then `PAGER`, then `less`. Blank means none, as for psql. One that would
/// run pgsextant again is passed over.
pub fn pager_command(environment: &BTreeMap<String, String>) -> Option<String> {
    let said = ["PGSEXTANT_PAGER", "PAGER"]
        .iter()
        .filter_map(|name| environment.get(*name))
        .find(|command| !command.contains("pgsextant"));
    let command = said.map_or("less", String::as_str).trim();
    (!command.is_empty()).then(|| command.to_owned())
}

/// Sends `head` and all that follows to a pager, or to standard output without one.
///
/// # Errors
/// When the input cannot be read, or standard output, where it is needed, not be written.
pub fn page(command: Option<&str>, head: &[u8], rest: &mut dyn Read) -> io::Result<()> {
    let Some(feed) = command.and_then(Feed::start) else {
        return straight(&[head], rest);
    };
    feed.page(head, rest)
}

/// To standard output, where a reader that has gone away is no error.
fn straight(heads: &[&[u8]], rest: &mut dyn Read) -> io::Result<()> {
    let mut out = io::stdout().lock();
    let mut write = || -> io::Result<()> {
        for head in heads {
            out.write_all(head)?;
        }
        io::copy(rest, &mut out)?;
        out.flush()
    };
    match write() {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

/// A pager that is being fed.
struct Feed {
    child: Child,
    input: ChildStdin,
    /// What it was sent so far, while that is little enough to be sent elsewhere.
    kept: Vec<u8>,
    /// How much it was sent.
    sent: usize,
}

impl Feed {
    fn start(command: &str) -> Option<Self> {
        let mut child =
            Command::new("sh").arg("-c").arg(command).stdin(Stdio::piped()).spawn().ok()?;
        let input = child.stdin.take()?;
        Some(Self { child, input, kept: Vec::new(), sent: 0 })
    }

    fn page(mut self, head: &[u8], rest: &mut dyn Read) -> io::Result<()> {
        if self.send(head).is_err() {
            return self.left(head, rest);
        }
        let mut chunk = vec![0; CHUNK];
        loop {
            let length = match rest.read(&mut chunk) {
                Ok(0) => break,
                Ok(length) => length,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            if self.send(&chunk[..length]).is_err() {
                return self.left(&chunk[..length], rest);
            }
        }
        self.left(&[], &mut io::empty())
    }

    /// Sends some bytes at once, so that the reader sees them as they come.
    fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.input.write_all(bytes)?;
        self.input.flush()?;
        self.sent += bytes.len();
        if self.sent <= KEPT_MAX {
            self.kept.extend_from_slice(bytes);
        }
        Ok(())
    }

    /// Waits for the end; what a pager that failed did not take goes to standard output.
    fn left(mut self, unsent: &[u8], rest: &mut dyn Read) -> io::Result<()> {
        drop(self.input);
        let status = self.child.wait()?;
        if is_users_end(status) {
            return Ok(());
        }
        // Behind what it may have shown the rest follows; from the start if it was little.
        let kept = if self.sent <= KEPT_MAX { self.kept.as_slice() } else { &[] };
        straight(&[kept, unsent], rest)
    }
}

/// A pager that ended well, or by the user's own signal.
fn is_users_end(status: ExitStatus) -> bool {
    use std::os::unix::process::ExitStatusExt as _;

    const INTERRUPT: i32 = 2;
    const PIPE: i32 = 13;
    status.success() || matches!(status.signal(), Some(INTERRUPT | PIPE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn never_runs_itself_and_falls_back_on_less() {
        let with = |pairs: &[(&str, &str)]| {
            let pairs = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
            pager_command(&pairs.collect())
        };
        assert_eq!(with(&[]).as_deref(), Some("less"));
        assert_eq!(with(&[("PAGER", "more")]).as_deref(), Some("more"));
        let both = [("PGSEXTANT_PAGER", "pspg -s 1"), ("PAGER", "more")];
        assert_eq!(with(&both).as_deref(), Some("pspg -s 1"));
        assert_eq!(with(&[("PAGER", "pgsextant pager")]).as_deref(), Some("less"));
        assert_eq!(with(&[("PAGER", " ")]), None);
    }
}
