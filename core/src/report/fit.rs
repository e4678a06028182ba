//! How much room a text takes on a terminal, and how it is made to take less.
//!
//! Columns are counted as a terminal counts them: two for wide characters, none for marks that
//! combine. Control characters are shown, never sent: a name may hold an escape sequence.

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// Stands where something was left out.
const ELLIPSIS: &str = "…";

/// Columns that a text takes.
pub(super) fn width(text: &str) -> usize {
    text.width()
}

/// The text with control characters escaped, in one line.
pub(super) fn one_line(text: &str) -> String {
    if !text.contains(char::is_control) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\n' | '\t' => out.push(' '),
            letter if letter.is_control() => out.extend(letter.escape_default()),
            letter => out.push(letter),
        }
    }
    out
}

/// The text in so many columns: what does not fit is cut out of its middle.
pub(super) fn cut_middle(text: &str, room: usize) -> String {
    if width(text) <= room {
        return text.to_owned();
    }
    if room <= 1 {
        return ELLIPSIS.chars().take(room).collect();
    }
    let front = (room - 1).div_ceil(2);
    let back = room - 1 - front;
    format!("{}{ELLIPSIS}{}", head(text, front), tail(text, back))
}

/// The text in so many columns: what does not fit is cut off its end.
pub(super) fn cut_end(text: &str, room: usize) -> String {
    if width(text) <= room {
        return text.to_owned();
    }
    format!("{}{}", head(text, room.saturating_sub(1)), if room > 0 { ELLIPSIS } else { "" })
}

fn head(text: &str, room: usize) -> &str {
    let mut used = 0;
    let end = text.char_indices().find(|(_, letter)| {
        used += letter.width().unwrap_or(0);
        used > room
    });
    &text[..end.map_or(text.len(), |(at, _)| at)]
}

fn tail(text: &str, room: usize) -> &str {
    let mut used = 0;
    let start = text.char_indices().rev().find(|(_, letter)| {
        used += letter.width().unwrap_or(0);
        used > room
    });
    &text[start.map_or(0, |(at, letter)| at + letter.len_utf8())..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_to_the_column() {
        assert_eq!(cut_middle("orders_customer_id_idx", 11), "order…d_idx");
        assert_eq!(cut_middle("short", 11), "short");
        assert_eq!(cut_end("orders_customer", 7), "orders…");
        for room in 0..12 {
            assert!(width(&cut_middle("注文テーブル索引", room)) <= room, "{room}");
            assert!(width(&cut_end("注文テーブル索引", room)) <= room, "{room}");
        }
    }

    #[test]
    fn shows_control_characters_and_sends_none() {
        assert_eq!(one_line("a\u{1b}[2Jb\nc"), "a\\u{1b}[2Jb c");
    }
}
