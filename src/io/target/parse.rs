//! Connection strings in both of libpq's forms, and the environment, as key and value.
//!
//! Refuses keys that libpq does not know, as libpq does, so that a misspelt one is not ignored.

use std::collections::BTreeMap;

use crate::io::ServerError;

use super::refusal;

/// Variables and the keys that they stand for. PGAPPNAME and PGOPTIONS are left out on purpose.
const VARIABLES: [(&str, &str); 11] = [
    ("PGHOST", "host"),
    ("PGHOSTADDR", "hostaddr"),
    ("PGPORT", "port"),
    ("PGUSER", "user"),
    ("PGDATABASE", "dbname"),
    ("PGPASSWORD", "password"),
    ("PGPASSFILE", "passfile"),
    ("PGSSLMODE", "sslmode"),
    ("PGSSLROOTCERT", "sslrootcert"),
    ("PGCONNECT_TIMEOUT", "connect_timeout"),
    ("PGTARGETSESSIONATTRS", "target_session_attrs"),
];

/// Keys that libpq knows and that mean nothing here.
const IGNORED: [&str; 22] = [
    "application_name",
    "channel_binding",
    "client_encoding",
    "fallback_application_name",
    "gssdelegation",
    "gssencmode",
    "gsslib",
    "keepalives",
    "keepalives_count",
    "keepalives_idle",
    "keepalives_interval",
    "krbsrvname",
    "load_balance_hosts",
    "options",
    "replication",
    "require_auth",
    "requirepeer",
    "sslcompression",
    "sslcrl",
    "sslsni",
    "ssl_min_protocol_version",
    "tcp_user_timeout",
];

/// What the environment says; PG* variables win over `DATABASE_URL`.
pub fn environment_words(
    environment: &BTreeMap<String, String>,
) -> Result<BTreeMap<String, String>, ServerError> {
    let said = |name: &str| environment.get(name).filter(|it| !it.is_empty());
    if said("PGSERVICE").is_some() {
        return Err(no_services());
    }
    let mut words = match said("DATABASE_URL") {
        Some(url) => self::words(url)?,
        None => BTreeMap::new(),
    };
    let variables = VARIABLES.iter();
    words.extend(
        variables
            .filter_map(|(name, key)| said(name).map(|value| ((*key).to_owned(), value.clone()))),
    );
    Ok(words)
}

/// What a connection string says; a text that is neither form is a database's name.
pub fn words(text: &str) -> Result<BTreeMap<String, String>, ServerError> {
    let after_scheme =
        text.strip_prefix("postgresql://").or_else(|| text.strip_prefix("postgres://"));
    let words = match after_scheme {
        Some(rest) => uri(rest)?,
        None if text.contains('=') => pairs(text)?,
        None => BTreeMap::from([("dbname".to_owned(), text.to_owned())]),
    };
    for key in words.keys() {
        known(key)?;
    }
    Ok(words)
}

fn known(key: &str) -> Result<(), ServerError> {
    if key == "service" {
        return Err(no_services());
    }
    if key == "sslcert" || key == "sslkey" {
        return Err(refusal("client certificates are not supported yet"));
    }
    let named = VARIABLES.iter().any(|(_, known)| *known == key);
    if named || IGNORED.contains(&key) {
        return Ok(());
    }
    Err(refusal(&format!("the connection string has an unknown key \"{key}\"")))
}

fn no_services() -> ServerError {
    refusal("service files are not supported yet")
        .with_remedy("Give host, port, user and database, or a URI, and unset PGSERVICE.")
}

/// `user:password@host:port,host:port/database?key=value&…`, everything percent-encoded.
fn uri(rest: &str) -> Result<BTreeMap<String, String>, ServerError> {
    let mut words = BTreeMap::new();
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, database) = rest.split_once('/').unwrap_or((rest, ""));
    let (login, places) = authority.rsplit_once('@').unwrap_or(("", authority));
    let (user, password) = login.split_once(':').unwrap_or((login, ""));
    let mut hosts = Vec::new();
    let mut ports = Vec::new();
    for place in places.split(',') {
        let (host, port) = host_and_port(place)?;
        hosts.push(decode(host)?);
        ports.push(port.to_owned());
    }
    let parts =
        [("user", decode(user)?), ("password", decode(password)?), ("dbname", decode(database)?)];
    let lists = [("host", hosts.join(",")), ("port", ports.join(","))];
    let said = parts.into_iter().chain(lists).filter(|(_, it)| it.chars().any(|it| it != ','));
    words.extend(said.map(|(key, value)| (key.to_owned(), value)));
    for pair in query.split('&').filter(|it| !it.is_empty()) {
        let Some((key, value)) = pair.split_once('=') else {
            return Err(refusal(&format!("the URI's parameter \"{pair}\" has no value")));
        };
        let (key, value) = match (decode(key)?, decode(value)?) {
            (key, value) if key == "ssl" && value == "true" => {
                ("sslmode".to_owned(), "require".to_owned())
            }
            pair => pair,
        };
        words.insert(key, value);
    }
    Ok(words)
}

fn host_and_port(place: &str) -> Result<(&str, &str), ServerError> {
    if let Some(rest) = place.strip_prefix('[') {
        let Some((host, after)) = rest.split_once(']') else {
            return Err(refusal("the URI has a \"[\" without \"]\""));
        };
        return Ok((host, after.strip_prefix(':').unwrap_or("")));
    }
    Ok(place.rsplit_once(':').unwrap_or((place, "")))
}

fn decode(text: &str) -> Result<String, ServerError> {
    let broken = || refusal("the URI has a broken percent sign");
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digits = [rest.next().ok_or_else(broken)?, rest.next().ok_or_else(broken)?];
        let digits = str::from_utf8(&digits).map_err(|_| broken())?;
        bytes.push(u8::from_str_radix(digits, 16).map_err(|_| broken())?);
    }
    String::from_utf8(bytes).map_err(|_| broken())
}

/// `key=value key='quoted \' value'`, blanks allowed around the sign.
fn pairs(text: &str) -> Result<BTreeMap<String, String>, ServerError> {
    let mut words = BTreeMap::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let Some((key, after)) = rest.split_once('=') else {
            return Err(refusal("the connection string has a key without \"=\""));
        };
        let (value, length) = pair_value(after.trim_start())?;
        words.insert(key.trim().to_owned(), value);
        rest = after.trim_start()[length..].trim_start();
    }
    Ok(words)
}

fn pair_value(text: &str) -> Result<(String, usize), ServerError> {
    let quoted = text.starts_with('\'');
    let mut value = String::new();
    let mut signs = text.char_indices().skip(usize::from(quoted));
    while let Some((at, sign)) = signs.next() {
        match sign {
            '\\' => value.extend(signs.next().map(|(_, escaped)| escaped)),
            '\'' if quoted => return Ok((value, at + 1)),
            sign if sign.is_whitespace() && !quoted => return Ok((value, at)),
            sign => value.push(sign),
        }
    }
    if quoted {
        return Err(refusal("the connection string has a quote that is not closed"));
    }
    Ok((value, text.len()))
}
