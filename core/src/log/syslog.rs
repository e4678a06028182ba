//! syslog: the daemon's head taken off, and where a line stands in its message.
//!
//! The server hands each line of a message over on its own, and lines of more than 900 bytes in
//! pieces, each numbered `[message-piece]` (`write_syslog` in `elog.c`); several daemons write
//! control characters as `#011`. Refuses to need the numbers: `syslog_sequence_numbers` may be
//! off.

use crate::log::text::{Piece, TextLine};

/// The line without the daemon's head; none when it has no such head.
pub(super) fn strip(number: u64, line: &str) -> Option<TextLine> {
    let (time, process, rest) = head(line)?;
    // Heroku's logplex puts the attachment's name in front: `[DATABASE] `.
    let named = rest.strip_prefix('[').and_then(|it| it.split_once("] "));
    let rest = named.filter(|it| is_attachment(it.0)).map_or(rest, |it| it.1);
    let (piece, text) = numbered(rest).unwrap_or((Piece::Line, rest));
    let text = undone(text);
    Some(TextLine { number, text, time: Some(time.to_owned()), process, piece })
}

/// Time, process and the rest of a line of either form.
fn head(line: &str) -> Option<(&str, Option<u32>, &str)> {
    let (line, is_new) = match line.strip_prefix('<') {
        Some(rest) => {
            let (priority, rest) = rest.split_once('>')?;
            priority.parse::<u16>().ok()?;
            (rest, rest.starts_with("1 "))
        }
        None => (line, false),
    };
    if is_new {
        let mut words = line[2..].splitn(6, ' ');
        let (time, _host, _ident) = (words.next()?, words.next()?, words.next()?);
        let process = words.next()?.parse().ok();
        let (_message_id, rest) = (words.next()?, words.next()?);
        let rest =
            if rest.starts_with('[') { rest.split_once("] ")?.1 } else { rest.split_once(' ')?.1 };
        return Some((time, process, rest.strip_prefix('\u{feff}').unwrap_or(rest)));
    }
    let time = traditional_time(line).or_else(|| iso_time(line))?;
    let (time, rest) = line.split_at(time);
    // `host postgres[123]: `; logplex has no host.
    let end = rest.find("]: ")?;
    let (before, rest) = (&rest[..end], &rest[end + 3..]);
    let (ident, process) = before.rsplit_once('[')?;
    if ident.split_whitespace().count() > 2 || ident.contains("  ") {
        return None;
    }
    let process = process.rsplit('.').next()?;
    Some((time, process.parse().ok(), rest))
}

/// `Nov 20 14:20:15`.
fn traditional_time(line: &str) -> Option<usize> {
    const MONTHS: &str = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec";
    let head = line.get(..15)?.as_bytes();
    let is_month = MONTHS.split(' ').any(|it| head.starts_with(it.as_bytes()));
    let fits = head.iter().zip(b"aaa 00 00:00:00").skip(3).all(|(byte, wanted)| match wanted {
        b'0' => byte.is_ascii_digit() || *byte == b' ',
        _ => byte == wanted,
    });
    (is_month && fits).then_some(15)
}

/// `2026-11-20T14:20:15.000000+00:00`.
fn iso_time(line: &str) -> Option<usize> {
    let end = line.find(' ')?;
    let time = &line[..end];
    let marks = time.get(10..11) == Some("T") && time.get(4..5) == Some("-");
    let digits = time.bytes().all(|it| it.is_ascii_digit() || b"-:.+TZ".contains(&it));
    (marks && digits && end >= 19).then_some(end)
}

fn is_attachment(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|it| it.is_ascii_uppercase() || it == b'_' || it.is_ascii_digit())
        && text.bytes().any(|it| it.is_ascii_uppercase())
}

/// `[12-3] ` and what follows.
fn numbered(text: &str) -> Option<(Piece, &str)> {
    let (numbers, rest) = text.strip_prefix('[')?.split_once(']')?;
    let (message, piece) = numbers.split_once('-')?;
    message.parse::<u64>().ok()?;
    let piece: u64 = piece.parse().ok()?;
    // A daemon may trim the blank behind the numbers when nothing follows it.
    let rest = rest.strip_prefix(' ').unwrap_or(rest);
    Some((if piece == 1 { Piece::First } else { Piece::Later }, rest))
}

/// `#011` into a tab, and the other control characters likewise.
fn undone(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("#0") {
        let code = rest.get(at + 1..at + 4).and_then(|it| u8::from_str_radix(it, 8).ok());
        out.push_str(&rest[..at]);
        let code = code.filter(|it| *it < 32);
        out.push_str(if code.is_some() { "" } else { "#0" });
        out.extend(code.map(char::from));
        rest = &rest[at + if code.is_some() { 4 } else { 2 }..];
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(line: &str) -> String {
        strip(1, line).map_or("none".to_owned(), |it| {
            format!("{:?} {:?} {:?} {:?}", it.time.unwrap(), it.process, it.piece, it.text)
        })
    }

    #[test]
    fn takes_heads_off() {
        assert_eq!(
            told("Nov  2 14:20:15 db1 postgres[197]: [8-2] #011Query #0115 #09x"),
            "\"Nov  2 14:20:15\" Some(197) Later \"\\tQuery \\t5 #09x\""
        );
        assert_eq!(
            told("<134>Nov 20 14:20:15 db1 postgres[197]: LOG:  x"),
            "\"Nov 20 14:20:15\" Some(197) Line \"LOG:  x\""
        );
        assert_eq!(
            told("<6>1 2026-11-20T14:19:45.000000+00:00 db1 postgres 18626 - - [7-1] LOG:  x"),
            "\"2026-11-20T14:19:45.000000+00:00\" Some(18626) First \"LOG:  x\""
        );
        assert_eq!(
            told("<6>1 2026-11-20T14:19:45Z db1 postgres 18626 - [a b=\"c\"] [7-2] \tx"),
            "\"2026-11-20T14:19:45Z\" Some(18626) Later \"\\tx\""
        );
        assert_eq!(
            told("2026-11-20T14:20:15.000000+00:00 app[postgres.19]: [DATABASE] [12-1]  x LOG:  y"),
            "\"2026-11-20T14:20:15.000000+00:00\" Some(19) First \" x LOG:  y\""
        );
    }

    #[test]
    fn refuses_other_lines() {
        assert_eq!(told("2026-11-20 14:20:15.007 UTC [19780] LOG:  x"), "none");
        assert_eq!(told("Nov 20 14:20:15 kernel panic"), "none");
        assert_eq!(told("<1>1 a"), "none");
        assert_eq!(told("ä"), "none");
    }
}
