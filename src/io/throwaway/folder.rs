//! The folder of one throwaway server, its lock, and the sweeping up of abandoned ones.
//!
//! A folder is alive while somebody holds the lock on its `lock` file; the kernel lets go of it
//! when that process ends, however it ends. The folder itself stays with us, only `data` and
//! `sockets` go to the server's account, so nothing that account does can redirect what we write
//! or remove. Refuses folders that belong to another user.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::fs::{FlockOperation, flock};

use super::{Account, ThrowawayError, orphan};

/// What our folders' names begin with.
const PREFIX: &str = "pgsextant-";

/// Bytes of a socket's path that every system takes: macOS has the least, 104 with the zero byte.
const SOCKET_PATH_MAX: usize = 103;

/// A server on its way out may still write for a moment: how often to try again.
const REMOVE_ATTEMPTS: u32 = 50;

/// The folder of one server, locked by this process.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    /// Held, never read: the lock goes when it is closed.
    _lock: File,
}

impl Folder {
    /// Makes and locks a new folder below `base`.
    pub(super) fn create(
        base: &Path,
        name: &str,
        account: Option<&Account>,
    ) -> Result<Self, ThrowawayError> {
        let failed = |error: io::Error| {
            ThrowawayError::new(format!("making a folder in {}", base.display()), error)
                .with_remedy("choose another place with --tmp")
        };
        loop {
            let path = base.join(format!("{PREFIX}{name}-{}", random_word(4).map_err(failed)?));
            if let Some(lock) = claim(&path).map_err(failed)? {
                let folder = Self { path, _lock: lock };
                folder.furnish(account).map_err(failed)?;
                return Ok(folder);
            }
        }
    }

    fn furnish(&self, account: Option<&Account>) -> io::Result<()> {
        // Others may pass through, to what is theirs, but see nothing.
        let mode = if account.is_some() { 0o711 } else { 0o700 };
        fs::set_permissions(&self.path, Permissions::from_mode(mode))?;
        for part in [self.data(), self.sockets()] {
            DirBuilder::new().mode(0o700).create(&part)?;
            give(&part, account)?;
        }
        Ok(())
    }

    /// The folder.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The data directory.
    pub(super) fn data(&self) -> PathBuf {
        data_of(&self.path)
    }

    /// The directory of the Unix socket.
    pub(super) fn sockets(&self) -> PathBuf {
        sockets_of(&self.path)
    }

    /// What the server and initdb wrote.
    pub(super) fn log(&self) -> PathBuf {
        self.path.join("log")
    }

    /// Opens the log to write on at its end.
    pub(super) fn open_log(&self) -> io::Result<File> {
        OpenOptions::new().create(true).append(true).mode(0o600).open(self.log())
    }

    /// Writes a file that only the server's account can read.
    pub(super) fn write(
        &self,
        file: &str,
        text: &str,
        account: Option<&Account>,
    ) -> io::Result<PathBuf> {
        let path = self.path.join(file);
        drop(fs::remove_file(&path));
        let mut out = OpenOptions::new().create_new(true).write(true).mode(0o600).open(&path)?;
        out.write_all(text.as_bytes())?;
        give(&path, account)?;
        Ok(path)
    }
}

/// The data directory of a server's folder.
pub(super) fn data_of(folder: &Path) -> PathBuf {
    folder.join("data")
}

/// The directory of the Unix socket in a server's folder.
pub(super) fn sockets_of(folder: &Path) -> PathBuf {
    folder.join("sockets")
}

/// Whether the socket of a server of that name fits into a socket address below `base`.
pub(super) fn socket_fits(base: &Path, name: &str) -> bool {
    let socket = base.join(format!("{PREFIX}{name}-00000000/sockets/.s.PGSQL.65535"));
    socket.as_os_str().len() <= SOCKET_PATH_MAX
}

/// Hands a file to the server's account.
pub(super) fn give(path: &Path, account: Option<&Account>) -> io::Result<()> {
    account.map_or(Ok(()), |it| chown(path, Some(it.uid), Some(it.gid)))
}

/// Random bytes as a word of twice as many hexadecimal digits.
pub(super) fn random_word(bytes: usize) -> io::Result<String> {
    let mut found = vec![0; bytes];
    File::open("/dev/urandom")?.read_exact(&mut found)?;
    Ok(found.iter().flat_map(|it| [it >> 4, it & 15]).map(hexadecimal).collect())
}

fn hexadecimal(half: u8) -> char {
    char::from_digit(half.into(), 16).expect("half a byte is one digit")
}

/// Makes a folder and locks it. None when the name is taken, or when a sweep came between the
/// making and the locking and took the still unlocked folder for an abandoned one.
fn claim(path: &Path) -> io::Result<Option<File>> {
    match DirBuilder::new().mode(0o700).create(path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => return Ok(None),
        other => other?,
    }
    let file = path.join("lock");
    let mut lock = match OpenOptions::new().create_new(true).write(true).mode(0o600).open(&file) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        other => other?,
    };
    let locked = flock(&lock, FlockOperation::NonBlockingLockExclusive).is_ok();
    let ours = lock.metadata()?.ino();
    if !locked || !fs::metadata(&file).is_ok_and(|it| it.ino() == ours) {
        return Ok(None);
    }
    writeln!(lock, "{}", std::process::id())?;
    Ok(Some(lock))
}

/// An abandoned folder and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Swept {
    /// The folder.
    pub folder: PathBuf,
    /// The server that still ran in it and was stopped.
    pub server: Option<u32>,
    /// Why it is still there; none when it is gone.
    pub failure: Option<String>,
}

/// Removes the folders in `base` that are ours and whose guard is dead, and first stops the
/// servers that still run in them. Two sweeps at a time do not disturb each other.
pub async fn sweep(base: &Path) -> Vec<Swept> {
    let us = rustix::process::geteuid().as_raw();
    let mut folders: Vec<PathBuf> = fs::read_dir(base)
        .into_iter()
        .flatten()
        .filter_map(Result::ok)
        .filter(|it| it.file_name().to_string_lossy().starts_with(PREFIX))
        .filter(|it| it.metadata().is_ok_and(|found| found.is_dir() && found.uid() == us))
        .map(|it| it.path())
        .collect();
    folders.sort();
    let mut swept = Vec::new();
    for folder in folders {
        swept.extend(sweep_folder(folder).await);
    }
    swept
}

/// Removes one folder if it is abandoned; none when it is alive, or none of ours.
async fn sweep_folder(folder: PathBuf) -> Option<Swept> {
    let lock = match File::open(folder.join("lock")) {
        Ok(lock) => lock,
        // Its maker died before it could lock it, or is about to and will try again elsewhere.
        // Anything else without a lock is not ours: this removes only what is empty.
        Err(error) if error.kind() == ErrorKind::NotFound => {
            fs::remove_dir(&folder).ok()?;
            return Some(Swept { folder, server: None, failure: None });
        }
        Err(_) => return None,
    };
    flock(&lock, FlockOperation::NonBlockingLockExclusive).ok()?;
    if !folder.exists() {
        return None; // its guard has just cleaned up
    }
    match orphan::stop(&data_of(&folder)).await {
        Ok(server) => {
            let failure = remove(&folder).await.err().map(|error| error.to_string());
            Some(Swept { folder, server, failure })
        }
        Err(why) => Some(Swept { folder, server: None, failure: Some(why) }),
    }
}

/// Removes a folder with all that is in it, the lock last: a removal that is cut short must leave
/// a folder that the next sweep knows as ours.
pub(super) async fn remove(folder: &Path) -> io::Result<()> {
    let mut attempt = 0;
    loop {
        attempt += 1;
        match remove_once(folder) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            Err(error) if attempt == REMOVE_ATTEMPTS => return Err(error),
            Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
            Ok(()) => return Ok(()),
        }
    }
}

fn remove_once(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name() == "lock" {
            continue;
        }
        if entry.file_type()?.is_dir() {
            fs::remove_dir_all(entry.path())?;
        } else {
            fs::remove_file(entry.path())?;
        }
    }
    fs::remove_dir_all(folder)
}
