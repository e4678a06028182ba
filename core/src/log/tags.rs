//! What an application says of itself in the comments of its statements.
//!
//! Reads sqlcommenter's `key='value'`, marginalia's `key:value`, and `traceparent` in either.
//! Refuses prose: a comment counts only when every part of it is a pair.

use std::collections::BTreeMap;

/// Pairs kept of one statement; a comment with more is no tag.
const TAGS_MAX: usize = 64;

/// All pairs in the comments of a text; of a key that comes twice the first counts.
pub fn tags(text: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    if !text.contains("/*") && !text.contains("--") {
        return found;
    }
    for comment in comments(text) {
        let Some(pairs) = pairs(comment) else { continue };
        for (key, value) in pairs.into_iter().take(TAGS_MAX) {
            found.entry(key).or_insert(value);
        }
    }
    found
}

/// The insides of a text's comments, in order; quoted text holds none.
pub(super) fn comments(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(step) = text.as_bytes().get(at) {
        let rest = &text[at..];
        let length = match step {
            b'\'' | b'"' => quoted(rest, char::from(*step)),
            b'$' => dollar_quoted(rest),
            b'/' if rest.starts_with("/*") => {
                let end = rest.find("*/").unwrap_or(rest.len());
                found.push(rest[2..end.max(2)].trim());
                (end + 2).min(rest.len())
            }
            b'-' if rest.starts_with("--") => {
                let end = rest.find('\n').unwrap_or(rest.len());
                found.push(rest[2..end].trim());
                end
            }
            _ => match rest.find(['\'', '"', '$', '/', '-']) {
                Some(0) => 1,
                Some(next) => next,
                None => rest.len(),
            },
        };
        at += length;
    }
    found
}

/// The length of a quoted text with its quotes; a doubled quote is two texts side by side.
fn quoted(text: &str, quote: char) -> usize {
    text[1..].find(quote).map_or(text.len(), |it| it + 2)
}

/// The length of `$tag$ … $tag$`, or of the dollar alone.
fn dollar_quoted(text: &str) -> usize {
    let Some(end) = text[1..].find('$') else { return 1 };
    let tag = &text[..end + 2];
    let plain = tag[1..=end].chars().all(|it| it.is_alphanumeric() || it == '_');
    let begins_with_digit = tag[1..].starts_with(|it: char| it.is_ascii_digit());
    if !plain || begins_with_digit {
        return 1;
    }
    text[tag.len()..].find(tag).map_or(text.len(), |it| it + 2 * tag.len())
}

/// The pairs of a comment; none when a part of it is no pair.
fn pairs(comment: &str) -> Option<Vec<(String, String)>> {
    let mut found = Vec::new();
    let mut rest = comment.trim();
    while !rest.is_empty() {
        let end = rest.find(|it: char| !is_of_key(it))?;
        let (key, after) = rest.split_at(end);
        if key.is_empty() {
            return None;
        }
        let (value, after) = match after.strip_prefix('=') {
            Some(value) => after_equals(value.trim_start())?,
            None => marginalia(after.strip_prefix(':').filter(|it| !it.starts_with(' '))?),
        };
        found.push((decoded(key), value));
        rest = after.trim_start();
        rest = rest.strip_prefix(',').unwrap_or(rest).trim_start();
    }
    Some(found)
}

fn is_of_key(it: char) -> bool {
    it.is_alphanumeric() || "_-.%".contains(it)
}

/// `'value'` with its escapes undone, and what follows; a bare word from those who do not quote.
fn after_equals(text: &str) -> Option<(String, &str)> {
    let Some(inner) = text.strip_prefix('\'') else {
        let end = text.find([',', ' ']).unwrap_or(text.len());
        return (end > 0).then(|| (decoded(&text[..end]), &text[end..]));
    };
    let bytes = inner.as_bytes();
    let end =
        (0..bytes.len()).find(|at| bytes[*at] == b'\'' && (*at == 0 || bytes[at - 1] != b'\\'))?;
    Some((decoded(&inner[..end].replace("\\'", "'")), &inner[end + 1..]))
}

/// `value` up to the next comma that begins another pair, and what follows.
fn marginalia(text: &str) -> (String, &str) {
    let next = text.match_indices(',').map(|it| it.0).find(|at| {
        let key = text[at + 1..].trim_start();
        key.find(':').is_some_and(|end| end > 0 && key[..end].chars().all(is_of_key))
    });
    let end = next.unwrap_or(text.len());
    (text[..end].trim().to_owned(), &text[end..])
}

/// Percent escapes undone; what is then no text stays as it was.
fn decoded(text: &str) -> String {
    if !text.contains('%') {
        return text.to_owned();
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let digits = after.get(..2).filter(|it| it.iter().all(u8::is_ascii_hexdigit));
        let escaped = digits
            .and_then(|it| std::str::from_utf8(it).ok())
            .and_then(|it| u8::from_str_radix(it, 16).ok())
            .filter(|_| *first == b'%');
        bytes.push(escaped.unwrap_or(*first));
        rest = if escaped.is_some() { &after[2..] } else { after };
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> String {
        let pairs = tags(text);
        pairs.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn reads_both_conventions() {
        let text =
            "SELECT 1 /*controller='or%27ders',route='%2Fa%2F%3Aid',traceparent='00-ab-cd-01'*/";
        assert_eq!(told(text), "controller=or'ders route=/a/:id traceparent=00-ab-cd-01");
        assert_eq!(
            told("/*application:Shop,controller:orders,action:list, all*/ SELECT 1"),
            "action=list, all application=Shop controller=orders"
        );
        assert_eq!(told("SELECT 1 -- app='a\\'b', n=1\n"), "app=a'b n=1");
    }

    #[test]
    fn refuses_what_is_no_tag() {
        assert_eq!(told("SELECT '/*a=''b''*/', $$/*a='b'*/$$, \"/*a='b'*/\""), "");
        assert_eq!(told("/* see note 4: it's slow */ SELECT 1 -- why\n"), "");
        assert_eq!(told("/*a='b"), "");
        assert_eq!(told("SELECT 1 -- TODO: later"), "");
        assert_eq!(told("SELECT $1, $2 /*a='b'*/"), "a=b");
        assert_eq!(told("/*"), "");
        assert_eq!(told("SELECT 'ä' /*k='ö'*/ 'ü"), "k=ö");
    }
}
