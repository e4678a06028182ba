//! `log_line_prefix` from lines alone.
//!
//! Well-known settings are tried first, since they say what each word is; else the prefix is
//! built from what the shape of each word tells. A word whose meaning no shape tells stays
//! unknown: it is passed over, never guessed.

use std::collections::BTreeMap;

use crate::log::prefix::{Item, Prefix, typed_length};
use crate::log::word;

/// Settings that are in wide use, each from the documentation of who uses it.
const KNOWN: &[&str] = &[
    "%m [%p] ",         // the server's default
    "%m [%p] %q%u@%d ", // Debian and Ubuntu
    "%m [%p] %q%u@%d %a ",
    "%m [%p] %u@%d ",
    "%m [%p] %q[user=%u,db=%d,app=%a] ", // Crunchy, pgtune's
    "%m [%p]: [%l-1] db=%d,user=%u ",    // Cloud SQL
    "%m [%p]: [%l-1] user=%u,db=%d,app=%a,client=%h ", // pgBadger's
    "%t [%p]: [%l-1] user=%u,db=%d,app=%a,client=%h ",
    "%t [%p]: user=%u,db=%d,app=%a,client=%h ",
    "%t [%p]: [%l-1] user=%u,db=%d ",
    "%t [%p]: [%l-1] %u@%d ",
    "%t:%r:%u@%d:[%p]:",                        // RDS and Aurora
    "%m:%r:%u@%d:[%p]:%l:%e:%s:%v:%x:%c:%q%a:", // Aurora's long one
    "%t-%c-",                                   // Azure
    "%h %m [%p] %q%u@%d ",                      // Supabase
    "%m %u %d %r %a %p ",
    "< %m >", // Red Hat's
    "%t ",
    "%m ",
];

/// Types of backends that `%b` prints (`GetBackendTypeDesc` in `miscinit.c`), but for workers
/// of extensions, which name themselves.
const BACKENDS: &[&str] = &[
    "client backend",
    "not initialized",
    "postmaster",
    "startup",
    "checkpointer",
    "background writer",
    "walwriter",
    "walsender",
    "walreceiver",
    "archiver",
    "logger",
    "autovacuum launcher",
    "autovacuum worker",
    "logical replication launcher",
    "parallel worker",
    "background worker",
    "standalone backend",
    "io worker",
];

/// Names that people write in front of values, and what they mean by them.
const KEYS: &[(&str, char)] = &[
    ("user", 'u'),
    ("usr", 'u'),
    ("username", 'u'),
    ("role", 'u'),
    ("db", 'd'),
    ("database", 'd'),
    ("dbname", 'd'),
    ("app", 'a'),
    ("application", 'a'),
    ("application_name", 'a'),
    ("appname", 'a'),
    ("client", 'h'),
    ("host", 'h'),
    ("remote", 'r'),
    ("from", 'r'),
    ("pid", 'p'),
    ("process", 'p'),
    ("session", 'c'),
    ("sid", 'c'),
    ("vxid", 'v'),
    ("vtx", 'v'),
    ("xid", 'x'),
    ("txid", 'x'),
    ("tx", 'x'),
    ("state", 'e'),
    ("sqlstate", 'e'),
    ("sql_error_code", 'e'),
    ("code", 'e'),
    ("query_id", 'Q'),
    ("queryid", 'Q'),
    ("qid", 'Q'),
    ("line", 'l'),
    ("backend", 'b'),
    ("backend_type", 'b'),
    ("cmd", 'i'),
    ("tag", 'i'),
];

/// Share of lines with a word that a prefix must match, in per cent: a file may hold lines from
/// before the setting was changed.
const MATCHED_PERCENT_MIN: usize = 90;

/// Shapes tried, the most frequent first: values that look like text make more.
const SHAPES_MAX: usize = 4;
/// Lines that these are tried on.
const HEADS_MAX: usize = 60;

/// The prefix that fits most lines; an empty one when there is none.
pub(super) fn infer<'a>(lines: impl Iterator<Item = &'a str>) -> Prefix {
    let heads: Vec<(&str, usize)> = lines
        .filter(|it| !it.starts_with(['\t', ' ']) || word::split(it.trim_start()).is_some())
        .filter_map(|it| Some((it, word::find(it)?)))
        .take(HEADS_MAX)
        .collect();
    // How many lines match, and how many values they then say.
    let matched = |prefix: &Prefix| {
        heads.iter().fold((0, 0), |(lines, values), (line, at)| match prefix.values(line) {
            Some((said, rest)) if rest == line.len() - at => (lines + 1, values + said),
            _ => (lines, values),
        })
    };
    let known = KNOWN.iter().map(|it| Prefix::of(it));
    let known = known.filter(|it| matched(it).0 * 100 >= heads.len() * MATCHED_PERCENT_MIN);
    let best = known.max_by_key(|it| (matched(it), std::cmp::Reverse(it.escapes())));
    if let Some(found) = best.filter(|_| !heads.is_empty()) {
        return found;
    }
    let mut shapes: BTreeMap<String, (usize, Vec<Item>)> = BTreeMap::new();
    for (line, at) in &heads {
        let items = shape(&line[..*at]);
        let told = Prefix::of_items(items.clone()).told();
        shapes.entry(told).or_insert((0, items)).0 += 1;
    }
    let mut shapes: Vec<(usize, Vec<Item>)> = shapes.into_values().collect();
    shapes.sort_by_key(|it| std::cmp::Reverse(it.0));
    // What most lines match wins; of these what says most.
    let tried = shapes.iter().take(SHAPES_MAX).flat_map(|it| stopped(&it.1));
    tried.max_by_key(matched).unwrap_or_else(|| Prefix::of(""))
}

/// A shape, and the same with `%q` at each place, where processes without a session end.
fn stopped(items: &[Item]) -> Vec<Prefix> {
    let mut found = vec![Prefix::of_items(items.to_vec())];
    for at in 1..items.len() {
        let mut items = items.to_vec();
        items.insert(at, Item::Stop);
        found.push(Prefix::of_items(items));
    }
    found
}

/// What the words of one prefix look like.
fn shape(prefix: &str) -> Vec<Item> {
    let mut items: Vec<Item> = Vec::new();
    let mut seen: Vec<char> = Vec::new();
    let mut rest = prefix;
    let mut process = None;
    while let Some(first) = rest.chars().next() {
        let (item, length) = typed(rest, &seen, process)
            .or_else(|| keyed(&items, rest))
            .or_else(|| worded(rest, prefix))
            .unwrap_or((Item::Text(first.to_string()), first.len_utf8()));
        if let Item::Escape { letter, .. } = item {
            seen.push(letter);
            if letter == 'c' {
                let id = rest[..length].rsplit('.').next();
                process = id.and_then(|it| u32::from_str_radix(it, 16).ok());
            }
        }
        // Unknown words side by side are one: a name may hold blanks.
        if item == Item::Unknown && ends_in_unknown(&items) {
            items.pop();
            rest = &rest[length..];
            continue;
        }
        match (items.last_mut(), item) {
            (Some(Item::Text(text)), Item::Text(more)) => text.push_str(&more),
            (_, item) => items.push(item),
        }
        rest = &rest[length..];
    }
    items
}

/// Whether the items end in an unknown word and a blank.
fn ends_in_unknown(items: &[Item]) -> bool {
    matches!(items, [.., Item::Unknown, Item::Text(text)] if text == " ")
}

fn escape(letter: char) -> Item {
    Item::Escape { letter, padded: false }
}

/// A value whose letters say what it is.
fn typed(text: &str, seen: &[char], process: Option<u32>) -> Option<(Item, usize)> {
    let is_new = |letter: char| !seen.contains(&letter);
    if let Some(length) = typed_length('m', text) {
        let letter = match (text[..length].contains('.'), is_new('m') && is_new('t')) {
            (true, true) => 'm',
            (false, true) => 't',
            _ => 's',
        };
        return Some((escape(letter), length));
    }
    for letter in ['n', 'c'] {
        if let Some(length) = typed_length(letter, text) {
            return Some((escape(letter), length));
        }
    }
    if let Some(length) = typed_length('v', text).filter(|it| *it > 0) {
        return Some((escape('v'), length));
    }
    let end = text.find(|it: char| !it.is_ascii_alphanumeric()).unwrap_or(text.len());
    if end == 5 && is_new('e') && typed_length('e', text).is_some() {
        let digits = text[..5].bytes().filter(u8::is_ascii_digit).count();
        if text.starts_with("00000") || (1..5).contains(&digits) {
            return Some((escape('e'), 5));
        }
    }
    number(text, seen, process)
}

/// A number: a process, a line of a session, a transaction, a query.
fn number(text: &str, seen: &[char], process: Option<u32>) -> Option<(Item, usize)> {
    let length = typed_length('Q', text).filter(|it| *it > 0)?;
    let digits = &text[..length];
    if text[length..].starts_with(|it: char| it.is_alphanumeric() || it == '.') || digits == "-" {
        return None;
    }
    let is_new = |letter: char| !seen.contains(&letter);
    let letter = if digits.trim_start_matches('-').len() > 10 && is_new('Q') {
        'Q'
    } else if process.map_or(is_new('p') && digits != "0", |it| digits == it.to_string()) {
        'p'
    } else if text[length..].starts_with("-1]") {
        'l'
    } else {
        return Some((Item::Unknown, length));
    };
    Some((escape(letter), length))
}

/// A value behind `key=`.
fn keyed(items: &[Item], text: &str) -> Option<(Item, usize)> {
    let Some(Item::Text(before)) = items.last() else { return None };
    let before = before.trim_end().strip_suffix(['=', ':'])?.trim_end();
    let key = before.rsplit(|it: char| !(it.is_alphanumeric() || it == '_')).next()?;
    let key = key.to_lowercase();
    let letter = KEYS.iter().find(|it| it.0 == key)?.1;
    if text.starts_with([' ', ',', ']', ')', '|']) {
        return None;
    }
    let end = text.find([',', ']', ')', '|', ';']).unwrap_or(text.len());
    let end = text[..end].find(' ').filter(|_| letter != 'a').unwrap_or(end);
    let end = text[..end].trim_end().len();
    (end > 0).then(|| (escape(letter), end))
}

/// A word that says what it is: a backend's type, an address, `user@database`.
fn worded(text: &str, prefix: &str) -> Option<(Item, usize)> {
    if let Some(backend) = BACKENDS.iter().find(|it| text.starts_with(**it)) {
        return Some((escape('b'), backend.len()));
    }
    if text.starts_with("[local]") {
        return Some((escape('h'), "[local]".len()));
    }
    let end = text.find([' ', ',', ':', '[', ']', '|', '@', '/']).unwrap_or(text.len());
    let token = &text[..end];
    if token.is_empty() {
        return None;
    }
    let port = token.strip_suffix(')').and_then(|it| it.split_once('('));
    if port.is_some_and(|it| it.1.parse::<u16>().is_ok()) {
        return Some((escape('r'), end));
    }
    if token.split('.').count() == 4 && token.split('.').all(|it| it.parse::<u8>().is_ok()) {
        return Some((escape('h'), end));
    }
    if text[end..].starts_with('@') {
        return Some((escape('u'), end));
    }
    let begin = prefix.len() - text.len();
    if prefix[..begin].ends_with('@') {
        return Some((escape('d'), end));
    }
    // `key=` stays as it is written; a word on its own is unknown.
    let is_word = token.starts_with(|it: char| it.is_alphanumeric());
    let is_key = token.ends_with('=') || token.contains('=');
    (is_word && !is_key && !text[end..].starts_with(':')).then_some((Item::Unknown, end))
}
