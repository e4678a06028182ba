//! `~/.pgpass`: a password for a target.
//!
//! Refuses, as libpq does, a file that others may read, and anything that is not a plain file.

use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::{Place, Target};

/// The password of the first line that fits the target's first place.
pub fn password(path: &Path, target: &Target) -> Option<String> {
    let facts = std::fs::metadata(path).ok()?;
    const OTHERS: u32 = 0o077;
    if !facts.is_file() || facts.mode() & OTHERS != 0 {
        return None;
    }
    let text = std::fs::read_to_string(path).ok()?;
    target.hosts.iter().find_map(|place| find(&text, target, place))
}

/// The first line `host:port:database:user:password` that fits.
pub fn find(text: &str, target: &Target, place: &Place) -> Option<String> {
    let host = if place.is_socket() { "localhost" } else { &place.host };
    let port = place.port.to_string();
    text.lines().filter(|line| !line.starts_with('#')).find_map(|line| {
        let fields = fields(line);
        let [line_host, line_port, database, user, password] =
            <[String; 5]>::try_from(fields).ok()?;
        let fits = |said: &str, wanted: &str| said == "*" || said == wanted;
        let host_fits = fits(&line_host, host) || line_host == place.host;
        let rest_fits = fits(&line_port, &port)
            && fits(&database, &target.database)
            && fits(&user, &target.user);
        (host_fits && rest_fits).then_some(password)
    })
}

/// The fields of a line; `\:` and `\\` stand for the sign itself.
fn fields(line: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut signs = line.chars();
    while let Some(sign) = signs.next() {
        let next = match sign {
            ':' => {
                fields.push(String::new());
                continue;
            }
            '\\' => signs.next(),
            sign => Some(sign),
        };
        if let Some(field) = fields.last_mut() {
            field.extend(next);
        }
    }
    fields
}
