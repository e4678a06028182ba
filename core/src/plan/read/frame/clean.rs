//! Line ends, blanks of other kinds, terminal colours, and the quote signs of mail.
//!
//! Refuses to touch blanks of other kinds in a text that does not indent with them.

use super::BREAK;

/// The text with plain lines; none when it had them.
pub(super) fn cleaned(text: &str) -> Option<String> {
    let mut changed = None;
    for step in [signs, encoded, log_entries, mail_quotes] {
        if let Some(text) = step(changed.as_deref().unwrap_or(text)) {
            changed = Some(text);
        }
    }
    changed
}

/// Without byte-order marks, carriage returns, colours and blanks of other kinds.
fn signs(text: &str) -> Option<String> {
    let plain = |it: u8| it != b'\r' && it != 0x1b && it < 0x80;
    let foreign = || text.lines().any(|line| line.trim_start_matches(' ').starts_with(is_blank));
    if text.bytes().all(plain) || (!text.contains(['\r', '\u{1b}', '\u{feff}']) && !foreign()) {
        return None;
    }
    let blanks = foreign();
    let mut out = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    while let Some(it) = letters.next() {
        match it {
            '\r' if letters.peek() == Some(&'\n') => {}
            '\r' => out.push('\n'),
            '\u{feff}' | '\u{200b}' => {}
            '\u{1b}' if letters.peek() == Some(&'[') => {
                // A colour or the like: up to its letter.
                letters.next();
                while letters.next_if(|it| !it.is_ascii_alphabetic()).is_some() {}
                letters.next();
            }
            it if blanks && is_blank(it) => out.push(' '),
            it => out.push(it),
        }
    }
    Some(out)
}

/// Blanks that web pages indent with.
fn is_blank(it: char) -> bool {
    matches!(it, '\u{a0}' | '\u{2007}' | '\u{202f}' | '\u{2002}' | '\u{2003}')
}

/// With the signs that HTML or a mail wrote in other letters; only where an arrow of a plan or
/// a cost shows that it did.
fn encoded(text: &str) -> Option<String> {
    let referred = text.as_bytes().contains(&b'&');
    if !referred && !text.contains("=3D") {
        return None;
    }
    if text.contains("-&gt;  ") || text.contains("&nbsp;-&gt;") {
        let text = text.replace("&nbsp;", " ").replace("&lt;", "<").replace("&gt;", ">");
        return Some(text.replace("&quot;", "\"").replace("&#39;", "'").replace("&amp;", "&"));
    }
    (text.contains("(cost=3D") || text.contains("(actual time=3D"))
        .then(|| text.replace("=\n", "").replace("=3D", "=").replace("=20\n", " \n"))
}

/// Without the tabs before the lines of an entry of a log, which begins with `plan:`.
fn log_entries(text: &str) -> Option<String> {
    if !text.contains(" plan:\n") {
        return None;
    }
    let mut inside = false;
    let lines = text.lines().map(|line| {
        if line.ends_with(" plan:") && line.contains("duration: ") {
            inside = true;
            return BREAK;
        }
        match line.strip_prefix('\t') {
            Some(body) if inside => body,
            _ if inside && begins_an_entry(line) => {
                inside = false;
                BREAK
            }
            _ => line,
        }
    });
    Some(lines.flat_map(|line| [line, "\n"]).collect())
}

/// Whether a line of a log begins with a time or says how grave it is.
fn begins_an_entry(line: &str) -> bool {
    const GRAVE: [&str; 9] = [
        "LOG:  ",
        "ERROR:  ",
        "STATEMENT:  ",
        "DETAIL:  ",
        "HINT:  ",
        "CONTEXT:  ",
        "NOTICE:  ",
        "WARNING:  ",
        "FATAL:  ",
    ];
    let digits = line.bytes().take(5).filter(u8::is_ascii_digit).count();
    (digits == 4 && line.as_bytes().get(4) == Some(&b'-'))
        || GRAVE.iter().any(|it| line.contains(it))
}

/// Without the `>` before the lines that a mail quotes.
fn mail_quotes(text: &str) -> Option<String> {
    if !text.starts_with('>') && !text.contains("\n>") {
        return None;
    }
    let lines: Vec<&str> = text.lines().collect();
    let quoted = |at: usize| lines.get(at).is_some_and(|line| line.starts_with('>'));
    let mut out = String::with_capacity(text.len());
    for (at, line) in lines.iter().enumerate() {
        let among = quoted(at) && (quoted(at + 1) || (at > 0 && quoted(at - 1)));
        let line = if among { unquoted(line) } else { line };
        out.push_str(line);
        out.push('\n');
    }
    Some(out)
}

/// Quotes of quotes too: `> > `.
fn unquoted(line: &str) -> &str {
    let mut rest = line;
    while let Some(inner) = rest.strip_prefix('>') {
        rest = inner.strip_prefix(' ').unwrap_or(inner);
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaves_plain_lines_alone() {
        assert_eq!(cleaned("Seq Scan on größe  (cost=0.00)\n  Filter: (a > 1)\n"), None);
        assert_eq!(cleaned("Seq Scan on t\n  Filter: (a = 'x\u{a0}y')\n"), None);
    }

    #[test]
    fn takes_off_what_mail_and_terminals_add() {
        let clean = |text: &str| cleaned(text).unwrap();
        assert_eq!(clean("\u{feff}a\r\n\u{a0} b\r\n"), "a\n  b\n");
        assert_eq!(clean("\u{1b}[1;31mSeq\u{1b}[0m Scan"), "Seq Scan");
        assert_eq!(clean("> > Limit\n> >   ->  Sort\n"), "Limit\n  ->  Sort\n");
        assert_eq!(clean("&nbsp;&nbsp;-&gt; x (a &lt; 1)"), "  -> x (a < 1)");
    }

    #[test]
    fn takes_entries_out_of_a_log() {
        let text = "LOG:  duration: 1.5 ms  plan:\n\tQuery Text: select\n\t1\n\tResult\nLOG:  x\n";
        assert_eq!(cleaned(text).unwrap(), "\u{c}\nQuery Text: select\n1\nResult\n\u{c}\n");
    }
}
