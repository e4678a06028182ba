//! `log_line_prefix`: the setting's own language, matched against lines.
//!
//! The escapes are those of `log_status_format` in `src/backend/utils/error/elog.c` of 13 to 18.
//! Refuses no line loudly: one that does not match is no head of a message.

use crate::base::start_of;
use crate::log::Session;
use crate::log::word;

/// Steps of one match: a prefix of six free words on a line full of its separators would
/// otherwise try every way to share them.
const STEPS_MAX: u32 = 300;
/// Bytes of the longest value of a free escape; names have 63.
const VALUE_BYTES_MAX: usize = 256;

/// A prefix as items.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Prefix {
    items: Vec<Item>,
}

/// One piece of a prefix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Item {
    /// As it stands.
    Text(String),
    /// `%m` and the like; padded with blanks when it had a width.
    Escape {
        /// The letter.
        letter: char,
        /// Whether blanks may stand around it.
        padded: bool,
    },
    /// `%q`: processes without a session stop here.
    Stop,
    /// A word of which nobody knows what it is.
    Unknown,
}

/// The head of a line.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Head {
    pub(super) time: String,
    pub(super) session: Session,
    pub(super) sqlstate: Option<String>,
}

impl Prefix {
    /// Reads the setting. Unknown escapes stand for nothing, as in the server.
    pub(super) fn of(setting: &str) -> Self {
        let mut items = Vec::new();
        let mut rest = setting.chars().peekable();
        while let Some(letter) = rest.next() {
            if letter != '%' {
                push_text(&mut items, letter);
                continue;
            }
            let mut padded = false;
            while rest.peek().is_some_and(|it| it.is_ascii_digit() || *it == '-') {
                padded = true;
                rest.next();
            }
            match rest.next() {
                Some('%') => push_text(&mut items, '%'),
                Some('q') => items.push(Item::Stop),
                Some(letter) if "abcdehilmnpPQrstuvxL".contains(letter) => {
                    items.push(Item::Escape { letter, padded });
                }
                _ => {}
            }
        }
        Self { items }
    }

    /// A prefix of items that were found in lines.
    pub(super) fn of_items(items: Vec<Item>) -> Self {
        Self { items }
    }

    /// The number of escapes: of two prefixes that say the same of all lines, fewer claim less.
    pub(super) fn escapes(&self) -> usize {
        self.items.iter().filter(|it| matches!(it, Item::Escape { .. })).count()
    }

    /// The prefix in the language of the setting; `…` stands for an unknown word.
    pub(super) fn told(&self) -> String {
        self.items
            .iter()
            .map(|it| match it {
                Item::Text(text) => text.replace('%', "%%"),
                Item::Escape { letter, .. } => format!("%{letter}"),
                Item::Stop => "%q".to_owned(),
                Item::Unknown => "…".to_owned(),
            })
            .collect()
    }

    /// How many values a line has, and how long the rest is; none when it has another form.
    pub(super) fn values(&self, line: &str) -> Option<(usize, usize)> {
        let mut walk = Walk { values: Vec::new(), steps: 0 };
        let rest = walk.walk(&self.items, line)?.len();
        Some((walk.values.iter().filter(|it| !it.1.is_empty()).count(), rest))
    }

    /// The head of a line, and the rest from its word (`LOG:  …`) on; none when the line has
    /// another form.
    pub(super) fn head<'a>(&self, line: &'a str) -> Option<(Head, &'a str)> {
        let mut walk = Walk { values: Vec::new(), steps: 0 };
        let rest = walk.walk(&self.items, line)?;
        let mut head = Head::default();
        for (letter, value) in walk.values {
            head.set(letter, value);
        }
        if let (None, Some(id)) = (head.session.process, &head.session.id) {
            let process = id.split_once('.').map(|it| it.1);
            head.session.process = process.and_then(|it| u32::from_str_radix(it, 16).ok());
        }
        Some((head, rest))
    }
}

fn push_text(items: &mut Vec<Item>, letter: char) {
    if let Some(Item::Text(text)) = items.last_mut() {
        text.push(letter);
    } else {
        items.push(Item::Text(letter.to_string()));
    }
}

/// One way through a prefix.
struct Walk<'a> {
    values: Vec<(char, &'a str)>,
    steps: u32,
}

impl<'a> Walk<'a> {
    fn walk(&mut self, items: &[Item], line: &'a str) -> Option<&'a str> {
        self.steps += 1;
        if self.steps > STEPS_MAX {
            return None;
        }
        let Some((item, after)) = items.split_first() else {
            return word::split(line).map(|_| line);
        };
        match item {
            Item::Text(text) => self.walk(after, line.strip_prefix(text.as_str())?),
            Item::Stop => {
                let kept = self.values.len();
                self.walk(after, line).or_else(|| {
                    self.values.truncate(kept);
                    word::split(line).map(|_| line)
                })
            }
            Item::Unknown => self.free(after, line, None),
            Item::Escape { letter, padded } => {
                let line = if *padded { line.trim_start_matches(' ') } else { line };
                match typed_length(*letter, line) {
                    Some(length) => {
                        self.values.push((*letter, &line[..length]));
                        let rest = &line[length..];
                        self.walk(after, if *padded { rest.trim_start_matches(' ') } else { rest })
                    }
                    None if is_free(*letter) => self.free(after, line, Some(*letter)),
                    None => None,
                }
            }
        }
    }

    /// A word of any letters: as short as what follows allows.
    fn free(&mut self, after: &[Item], line: &'a str, letter: Option<char>) -> Option<&'a str> {
        let room = start_of(line, VALUE_BYTES_MAX).len();
        let ends: Vec<usize> = match after.first() {
            Some(Item::Text(text)) => {
                let within = start_of(line, room + text.len());
                within.match_indices(text.as_str()).map(|it| it.0).collect()
            }
            None => word::find(line).into_iter().collect(),
            Some(_) => line[..room].char_indices().map(|it| it.0).collect(),
        };
        for end in ends {
            let kept = self.values.len();
            self.values.extend(letter.map(|it| (it, &line[..end])));
            if let Some(rest) = self.walk(after, &line[end..]) {
                return Some(rest);
            }
            self.values.truncate(kept);
        }
        None
    }
}

impl Head {
    fn set(&mut self, letter: char, value: &str) {
        let value = value.trim();
        let text = Some(value).filter(|it| !it.is_empty() && *it != "[unknown]");
        let session = &mut self.session;
        match letter {
            'm' | 't' => value.clone_into(&mut self.time),
            'n' if self.time.is_empty() => value.clone_into(&mut self.time),
            'p' => session.process = value.parse().ok(),
            'c' => session.id = text.map(str::to_owned),
            'v' => session.virtual_transaction = virtual_transaction(value),
            'x' => session.transaction = value.parse().ok().filter(|it| *it != 0),
            'u' => session.user = text.map(str::to_owned),
            'd' => session.database = text.map(str::to_owned),
            'a' => session.application = text.map(str::to_owned),
            'b' => session.backend = text.map(str::to_owned),
            'h' => session.host = text.map(str::to_owned),
            'r' => session.host = text.map(|it| without_port(it, '(').to_owned()),
            'Q' => session.query_id = value.parse().ok().filter(|it| *it != 0),
            'e' => self.sqlstate = text.map(str::to_owned),
            _ => {}
        }
    }
}

/// A virtual transaction whose local id is not zero.
pub(super) fn virtual_transaction(text: &str) -> Option<String> {
    let (_, local) = text.split_once('/')?;
    (!local.is_empty() && local.bytes().any(|it| it != b'0')).then(|| text.to_owned())
}

/// A host without `(port)` or `:port` behind it.
pub(super) fn without_port(text: &str, mark: char) -> &str {
    match text.rsplit_once(mark) {
        Some((host, port)) if port.trim_end_matches(')').parse::<u16>().is_ok() => host,
        _ => text,
    }
}

fn is_free(letter: char) -> bool {
    "abdhiLru".contains(letter)
}

/// The length of a value whose letters say where it ends; none when it cannot begin here.
pub(super) fn typed_length(letter: char, line: &str) -> Option<usize> {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let hexadecimal = |text: &str| text.bytes().take_while(u8::is_ascii_hexdigit).count();
    match letter {
        'm' | 't' | 's' => date_time(line),
        'n' => {
            let whole = digits(line);
            let part = line[whole..].strip_prefix('.').map_or(0, digits);
            (whole >= 9 && part > 0).then_some(whole + 1 + part)
        }
        'p' | 'P' | 'l' | 'x' => Some(digits(line)),
        'Q' => {
            let sign = usize::from(line.starts_with('-'));
            Some(sign + digits(&line[sign..]))
        }
        'c' => {
            let start = hexadecimal(line);
            let process = line[start..].strip_prefix('.').map_or(0, hexadecimal);
            (start >= 6 && process > 0).then_some(start + 1 + process)
        }
        'v' => {
            let backend = digits(line);
            let local = line[backend..].strip_prefix('/').map(digits);
            Some(local.map_or(0, |it| backend + 1 + it))
        }
        'e' => {
            let state = line.as_bytes().get(..5)?;
            state.iter().all(|it| it.is_ascii_digit() || it.is_ascii_uppercase()).then_some(5)
        }
        _ => None,
    }
}

/// `2026-11-20 14:20:15`, with or without a fraction and a zone.
fn date_time(line: &str) -> Option<usize> {
    let pattern = b"0000-00-00 00:00:00";
    let head = line.as_bytes().get(..pattern.len())?;
    let fits = |(byte, wanted): (&u8, &u8)| {
        if *wanted == b'0' { byte.is_ascii_digit() } else { byte == wanted }
    };
    if !head.iter().zip(pattern).all(fits) {
        return None;
    }
    let mut end = pattern.len();
    let count = |from: usize, is: fn(&u8) -> bool| {
        line.as_bytes()[from..].iter().take_while(|it| is(it)).count()
    };
    if line.as_bytes().get(end) == Some(&b'.') {
        end += 1 + count(end + 1, u8::is_ascii_digit);
    }
    if line.as_bytes().get(end) != Some(&b' ') {
        return Some(end);
    }
    let letters = count(end + 1, u8::is_ascii_alphabetic);
    let zone = match line.as_bytes().get(end + 1) {
        Some(b'+' | b'-') => 1 + count(end + 2, u8::is_ascii_digit),
        _ => letters,
    };
    Some(if zone > 1 { end + 1 + zone } else { end })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(setting: &str, line: &str) -> String {
        let Some((head, rest)) = Prefix::of(setting).head(line) else { return "none".to_owned() };
        let Session { process, id, virtual_transaction, transaction, user, .. } = &head.session;
        let Session { database, application, host, .. } = &head.session;
        format!(
            "{} {process:?} {id:?} {virtual_transaction:?} {transaction:?} {user:?} {database:?} \
             {application:?} {host:?} {:?} | {rest}",
            head.time, head.sqlstate
        )
        .replace("None", "-")
        .replace("Some", "")
    }

    #[test]
    fn matches_any_prefix() {
        assert_eq!(
            told("%m [%p] ", "2026-11-20 14:20:15.007 UTC [19780] LOG:  x"),
            "2026-11-20 14:20:15.007 UTC (19780) - - - - - - - - | LOG:  x"
        );
        assert_eq!(
            told("%t:%r:%u@%d:[%p]:", "2026-11-20 14:20:15 +03:10.0.0.1(55):a:b@shop:[7]:LOG:  x"),
            "2026-11-20 14:20:15 +03 (7) - - - (\"a:b\") (\"shop\") - (\"10.0.0.1\") - | LOG:  x"
        );
        assert_eq!(
            told("%t:%r:%u@%d:[%p]:", "2026-11-20 14:20:15 UTC::@:[7]:LOG:  x"),
            "2026-11-20 14:20:15 UTC (7) - - - - - - - - | LOG:  x"
        );
        assert_eq!(
            told("%t-%c-", "2026-11-20 14:20:15 UTC-6b00571e.4d44-ERROR:  x"),
            "2026-11-20 14:20:15 UTC (19780) (\"6b00571e.4d44\") - - - - - - - | ERROR:  x"
        );
        assert_eq!(
            told(
                "%n %v %x %e %q%-6u|%8d|%a%% ",
                "1795184427.0 3/7 0 42P01 bo |  shop|[x] | y% LOG:  x"
            ),
            "1795184427.0 - - (\"3/7\") - (\"bo\") (\"shop\") (\"[x] | y\") - (\"42P01\") | LOG:  x"
        );
        assert_eq!(
            told("%m %q%u@%d ", "2026-11-20 14:20:15.007 UTC LOG:  x"),
            "2026-11-20 14:20:15.007 UTC - - - - - - - - - | LOG:  x"
        );
        assert_eq!(told("%v ", "10/0 LOG:  x"), " - - - - - - - - - | LOG:  x");
        assert_eq!(told("%m [%p] ", "\tfrom LOG:  x"), "none");
        assert_eq!(told("", "LOG:  x"), " - - - - - - - - - | LOG:  x");
    }

    #[test]
    fn a_line_of_separators_ends() {
        let line = "|".repeat(5_000);
        assert_eq!(told("%u|%d|%a|%h|%b|%i|%r|%m", &line), "none");
    }
}
