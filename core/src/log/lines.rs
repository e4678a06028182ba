//! Bytes into lines: of any length, cut anywhere, in any encoding.
//!
//! Refuses to fail: what is no UTF-8 is replaced, what is longer than an entry may be is cut and
//! counted.

use crate::log::ENTRY_BYTES_MAX;

/// Collects bytes until a line is whole.
#[derive(Debug, Default)]
pub(super) struct Lines {
    rest: Vec<u8>,
    number: u64,
    /// Whether lines end in `\r\n`, by the first one; a statement may hold `\r` of its own.
    carriage: Option<bool>,
    /// Lines that were cut.
    pub(super) cut: u64,
    cutting: bool,
}

impl Lines {
    /// Hands each line that is now whole to `take`, with its number.
    pub(super) fn feed(&mut self, bytes: &[u8], mut take: impl FnMut(u64, &str)) {
        let mut bytes = bytes;
        while let Some(end) = bytes.iter().position(|it| *it == b'\n') {
            let (line, after) = bytes.split_at(end);
            bytes = &after[1..];
            if self.rest.is_empty() {
                self.whole(line, &mut take);
            } else {
                self.keep(line);
                let line = std::mem::take(&mut self.rest);
                self.whole(&line, &mut take);
            }
            self.cutting = false;
        }
        self.keep(bytes);
    }

    /// Hands over the last line when no line feed ended it.
    pub(super) fn finish(&mut self, mut take: impl FnMut(u64, &str)) {
        if !self.rest.is_empty() {
            let line = std::mem::take(&mut self.rest);
            self.whole(&line, &mut take);
        }
    }

    fn keep(&mut self, bytes: &[u8]) {
        let room = ENTRY_BYTES_MAX.saturating_sub(self.rest.len());
        self.rest.extend_from_slice(&bytes[..bytes.len().min(room)]);
        if bytes.len() > room && !self.cutting {
            self.cutting = true;
            self.cut += 1;
        }
    }

    fn whole(&mut self, line: &[u8], take: &mut impl FnMut(u64, &str)) {
        self.number += 1;
        let mut line = line;
        if line.len() > ENTRY_BYTES_MAX {
            line = &line[..ENTRY_BYTES_MAX];
            self.cut += 1;
        }
        if self.number == 1 {
            line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
        }
        let carriage = *self.carriage.get_or_insert(line.ends_with(b"\r"));
        let line = if carriage { line.strip_suffix(b"\r").unwrap_or(line) } else { line };
        take(self.number, &String::from_utf8_lossy(line));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(chunks: &[&[u8]]) -> Vec<String> {
        let mut found = Vec::new();
        let mut lines = Lines::default();
        for chunk in chunks {
            lines.feed(chunk, |number, line| found.push(format!("{number} {line}")));
        }
        lines.finish(|number, line| found.push(format!("{number} {line}")));
        found
    }

    #[test]
    fn joins_what_chunks_tore_apart() {
        assert_eq!(lines(&[b"a\xc3", b"\xa4\r\nb\r", b"\n", b"", b"c"]), ["1 aä", "2 b", "3 c"]);
        assert_eq!(lines(&[b"\xef\xbb\xbfa\nb\r\n\n"]), ["1 a", "2 b\r", "3 "]);
        assert_eq!(lines(&[b"\xff"]), ["1 \u{fffd}"]);
    }

    #[test]
    fn cuts_a_line_without_end() {
        let long = vec![b'x'; ENTRY_BYTES_MAX];
        let mut found = Vec::new();
        let mut reader = Lines::default();
        reader.feed(&long, |_, line| found.push(line.len()));
        reader.feed(&long, |_, line| found.push(line.len()));
        reader.feed(b"y\nz", |_, line| found.push(line.len()));
        reader.finish(|_, line| found.push(line.len()));
        assert_eq!(found, [ENTRY_BYTES_MAX, 1]);
        assert_eq!(reader.cut, 1);
    }
}
