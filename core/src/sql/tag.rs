//! Where in an application a statement comes from, by its comments.

use super::tokens::Tokens;

/// What the first comment says that says anything: `word:word` as it is, else the route, the
/// action or the controller of sqlcommenter (`key='value'`) and Marginalia (`key:value`).
pub(super) fn tag(tokens: &Tokens<'_>) -> Option<String> {
    tokens.words().filter(|it| it.is_comment()).find_map(|it| in_comment(inner(it.text)))
}

/// A comment without its marks.
fn inner(comment: &str) -> &str {
    let block = comment.strip_prefix("/*").and_then(|it| it.strip_suffix("*/"));
    block.unwrap_or_else(|| comment.trim_start_matches('-')).trim()
}

fn in_comment(comment: &str) -> Option<String> {
    let pairs: Vec<(&str, String)> = comment.split(',').filter_map(pair).collect();
    let value = |key: &str| pairs.iter().find(|it| it.0 == key).map(|it| it.1.as_str());
    if let Some(route) = value("route") {
        return Some(route.to_owned());
    }
    match (value("controller"), value("action")) {
        (Some(controller), Some(action)) => return Some(format!("{controller}#{action}")),
        (None, Some(only)) | (Some(only), None) => return Some(only.to_owned()),
        (None, None) => {}
    }
    is_plain_tag(comment).then(|| comment.to_owned())
}

/// `key='value'` with its escapes undone, or `key:value`.
fn pair(text: &str) -> Option<(&str, String)> {
    if let Some((key, value)) = text.split_once('=') {
        let value = value.trim().strip_prefix('\'')?.strip_suffix('\'')?;
        return Some((key.trim(), unescaped(value)));
    }
    let (key, value) = text.split_once(':')?;
    let value = value.trim();
    (!value.is_empty()).then(|| (key.trim(), value.to_owned()))
}

/// `word:word`, each of letters, digits and `_ - . / #`.
fn is_plain_tag(text: &str) -> bool {
    let is_word = |it: &str| {
        !it.is_empty() && it.chars().all(|it| it.is_alphanumeric() || "_-./#".contains(it))
    };
    text.split_once(':').is_some_and(|(before, after)| is_word(before) && is_word(after))
}

/// Percent escapes and backslashes before quotes undone; anything that is no text stays.
fn unescaped(text: &str) -> String {
    let plain = text.replace("\\'", "'");
    let mut bytes = Vec::with_capacity(plain.len());
    let mut rest = plain.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let digits = after.get(..2).and_then(|it| std::str::from_utf8(it).ok());
        let escaped = digits.and_then(|it| u8::from_str_radix(it, 16).ok());
        match escaped {
            Some(byte) if *first == b'%' => {
                bytes.push(byte);
                rest = &after[2..];
            }
            _ => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).unwrap_or(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tag_of(text: &str) -> Option<String> {
        tag(&Tokens::of(text).unwrap())
    }

    #[test]
    fn reads_plain_tags() {
        assert_eq!(tag_of("SELECT 1 /* shop:order_list */").as_deref(), Some("shop:order_list"));
        assert_eq!(tag_of("-- shop:order_list\nSELECT 1").as_deref(), Some("shop:order_list"));
        assert_eq!(tag_of("/* note: later */ SELECT 1"), None);
        assert_eq!(tag_of("/* no tag */ SELECT 1 /* a:b */").as_deref(), Some("a:b"));
        assert_eq!(tag_of("SELECT '/* a:b */'"), None);
    }

    #[test]
    fn reads_sqlcommenter_and_marginalia() {
        let text = "SELECT 1 /*controller='orders',route='%2Forders%2F%3Aid',traceparent='00-1'*/";
        assert_eq!(tag_of(text).as_deref(), Some("/orders/:id"));
        let text = "SELECT 1 /*application:Shop,controller:orders,action:list*/";
        assert_eq!(tag_of(text).as_deref(), Some("orders#list"));
        assert_eq!(tag_of("SELECT 1 /*action='it\\'s'*/").as_deref(), Some("it's"));
        assert_eq!(tag_of("SELECT 1 /*action='50%'*/").as_deref(), Some("50%"));
    }
}
