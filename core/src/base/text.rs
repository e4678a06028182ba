//! Texts cut to a length.

/// The start of a text, of so many bytes or as many fewer as end at a whole character.
pub fn start_of(text: &str, bytes: usize) -> &str {
    let mut end = bytes.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_at_whole_characters() {
        assert_eq!(start_of("aäb", 2), "a");
        assert_eq!(start_of("aäb", 3), "aä");
        assert_eq!(start_of("aäb", 9), "aäb");
        assert_eq!(start_of("", 1), "");
    }
}
