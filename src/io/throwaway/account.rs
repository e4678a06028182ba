//! The account that runs a throwaway server, and what that account can reach.
//!
//! Postgres refuses to run as root, so root hands its servers to another account; everybody else
//! runs them as themselves. Refuses to guess: only /etc/passwd is read, no name service.

use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::ThrowawayError;

/// Who runs the servers when nobody was named, in this order.
const USUAL_ACCOUNTS: [&str; 2] = ["postgres", "nobody"];

/// An account of the system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Its name.
    pub name: String,
    /// Its user number.
    pub uid: u32,
    /// The number of its own group.
    pub gid: u32,
}

impl Account {
    /// The account that must run a server for us: none when we are not root, then we run it.
    pub fn for_servers(wanted: Option<&str>) -> Result<Option<Self>, ThrowawayError> {
        let passwd = fs::read_to_string("/etc/passwd").unwrap_or_default();
        choose(&passwd, wanted, rustix::process::geteuid().as_raw())
    }

    /// Whether the account may list and enter everything from `/` down to `path`, which must be
    /// free of links. Looks at mode bits only, so an access list can prove it wrong.
    pub fn reaches(&self, path: &Path) -> bool {
        path.ancestors()
            .filter(|part| !part.as_os_str().is_empty())
            .all(|part| fs::metadata(part).is_ok_and(|found| self.may_enter(&found)))
    }

    fn may_enter(&self, found: &Metadata) -> bool {
        let shift = if found.uid() == self.uid {
            6
        } else if found.gid() == self.gid {
            3
        } else {
            0
        };
        found.mode() >> shift & 0o1 == 0o1
    }
}

/// Picks the account from the text of a passwd file.
fn choose(
    passwd: &str,
    wanted: Option<&str>,
    ours: u32,
) -> Result<Option<Account>, ThrowawayError> {
    let doing = "choosing the account that runs the server";
    if ours != 0 {
        let other = wanted.filter(|name| account(passwd, name).is_none_or(|it| it.uid != ours));
        return match other {
            None => Ok(None),
            Some(name) => {
                Err(ThrowawayError::new(doing, format!("only root can run it as {name}"))
                    .with_remedy("leave --pg-user out: the server then runs as you"))
            }
        };
    }
    let found = match wanted {
        Some(name) => account(passwd, name),
        None => USUAL_ACCOUNTS.iter().find_map(|name| account(passwd, name)),
    };
    match found {
        Some(account) if account.uid != 0 => Ok(Some(account)),
        Some(_) => Err(ThrowawayError::new(doing, "Postgres refuses to run as root")
            .with_remedy("name another account with --pg-user")),
        None => {
            let why = format!("no account {} here", wanted.unwrap_or("postgres or nobody"));
            Err(ThrowawayError::new(doing, why).with_remedy("name an account with --pg-user"))
        }
    }
}

/// The account of that name in the text of a passwd file.
fn account(passwd: &str, name: &str) -> Option<Account> {
    passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        (fields.next()? == name).then_some(())?;
        let uid = fields.nth(1)?.parse().ok()?;
        let gid = fields.next()?.parse().ok()?;
        Some(Account { name: name.to_owned(), uid, gid })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASSWD: &str = "root:x:0:0:root:/root:/bin/sh\n\
        broken:x\n\
        nobody:x:65534:65533:nobody:/:/bin/false\n\
        alice:x:1000:1001::/home/alice:/bin/sh\n";

    fn nobody() -> Account {
        Account { name: "nobody".to_owned(), uid: 65534, gid: 65533 }
    }

    #[test]
    fn root_falls_back_to_nobody() {
        assert_eq!(choose(PASSWD, None, 0).unwrap(), Some(nobody()));
    }

    #[test]
    fn root_is_never_the_servers_account() {
        let error = choose(PASSWD, Some("root"), 0).unwrap_err();
        assert_eq!(error.why, "Postgres refuses to run as root");
    }

    #[test]
    fn an_unknown_account_is_named_in_the_error() {
        let error = choose(PASSWD, Some("carol"), 0).unwrap_err();
        assert_eq!(error.why, "no account carol here");
    }

    #[test]
    fn everybody_else_runs_servers_themselves() {
        assert_eq!(choose(PASSWD, None, 1000).unwrap(), None);
        assert_eq!(choose(PASSWD, Some("alice"), 1000).unwrap(), None);
        assert!(choose(PASSWD, Some("nobody"), 1000).is_err());
    }

    #[test]
    fn reach_follows_every_folder_on_the_way() {
        use std::os::unix::fs::PermissionsExt;
        let top = crate::io::throwaway::find::tests::scratch("reach");
        let inner = top.join("closed/inner");
        fs::create_dir_all(&inner).unwrap();
        fs::set_permissions(&top, fs::Permissions::from_mode(0o755)).unwrap();
        let inner = inner.canonicalize().unwrap();
        let closed = inner.parent().unwrap();
        let stranger = Account { name: "x".to_owned(), uid: 4_000_001, gid: 4_000_001 };
        fs::set_permissions(closed, fs::Permissions::from_mode(0o755)).unwrap();
        assert!(stranger.reaches(&inner));
        fs::set_permissions(closed, fs::Permissions::from_mode(0o750)).unwrap();
        assert!(!stranger.reaches(&inner));
        fs::remove_dir_all(&top).unwrap();
    }
}
