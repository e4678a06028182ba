//! Lines in quotes, as pgAdmin and spreadsheets copy them, and CSV.
//!
//! Refuses a quote that is not the first sign of its line, and one behind which more follows.

/// The text without the quotes around its lines; none when there are none.
pub(super) fn without(text: &str) -> Option<String> {
    if text.starts_with('"') || text.contains("\n\"") {
        return Some(double(text));
    }
    if text.starts_with('\'')
        || text.contains("\n'")
        || text.lines().next().is_some_and(|line| line.ends_with('"'))
    {
        return stripped(text);
    }
    None
}

/// Lines in double quotes, in which a quote is written twice.
fn double(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    // What is no cell is looked through in vain: not for ever, or the time would be quadratic.
    let mut patience = text.len().saturating_mul(4);
    while !rest.is_empty() {
        let cell = if patience > 0 { quoted(rest) } else { Err(0) };
        match cell {
            Ok((cell, tail)) => {
                out.push_str(&cell);
                rest = tail;
            }
            Err(looked) => {
                patience = patience.saturating_sub(looked);
                let (line, tail) = rest.split_once('\n').unwrap_or((rest, ""));
                out.push_str(line);
                rest = tail;
            }
        }
        out.push('\n');
    }
    out
}

/// The cell that begins here, and what follows its line; or how far there was none.
fn quoted(text: &str) -> Result<(String, &str), usize> {
    let Some(mut rest) = text.strip_prefix('"') else { return Err(0) };
    let mut cell = String::new();
    loop {
        let Some((piece, tail)) = rest.split_once('"') else { return Err(text.len()) };
        cell.push_str(piece);
        if let Some(tail) = tail.strip_prefix('"') {
            cell.push('"');
            rest = tail;
            continue;
        }
        let (behind, tail) = tail.split_once('\n').unwrap_or((tail, ""));
        let ends = behind.trim_matches([' ', '\t', ';', ',']).is_empty();
        return if ends { Ok((cell, tail)) } else { Err(text.len() - tail.len()) };
    }
}

/// Lines in single quotes, or of which only the last quote was copied.
fn stripped(text: &str) -> Option<String> {
    let inner = |line: &'_ str| -> Option<(usize, usize)> {
        let end = line.trim_end().trim_end_matches(';');
        if let Some(inner) = end.strip_prefix('\'').and_then(|it| it.strip_suffix('\'')) {
            return Some((1, 1 + inner.len()));
        }
        let alone = end.ends_with('"') && end.matches('"').count() % 2 == 1;
        alone.then(|| (0, end.len() - 1))
    };
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    let (all, framed) = lines
        .fold((0, 0), |(all, framed), line| (all + 1, framed + usize::from(inner(line).is_some())));
    let strip = |line| inner(line).map_or(line, |(from, to)| &line[from..to]);
    (framed * 2 > all).then(|| text.lines().flat_map(|line| [strip(line), "\n"]).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_quotes_off() {
        let text =
            "QUERY PLAN\n\"Limit  (cost=1)\"\n\"  Filter: (\"\"A\"\" = 'x')\";\n\"[\n 1\"\t\nrest";
        let plain = "QUERY PLAN\nLimit  (cost=1)\n  Filter: (\"A\" = 'x')\n[\n 1\nrest\n";
        assert_eq!(without(text).unwrap(), plain);
        assert_eq!(without("'Sort'\n'  Key: 'a''\n").unwrap(), "Sort\n  Key: 'a'\n");
        assert_eq!(without("Unique\"\n  ->  Sort\"\n").unwrap(), "Unique\n  ->  Sort\n");
    }

    #[test]
    fn leaves_other_quotes_alone() {
        for text in ["\"Plan\": {\n\"a\": 1\n}\n", "\"open\n"] {
            assert_eq!(without(text).unwrap(), text);
        }
        assert_eq!(without("Seq Scan on \"T\"\n  Filter: (a = 'x')\n"), None);
    }
}
