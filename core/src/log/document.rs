//! What `auto_explain` writes around a plan: the statement's text and its parameters.
//!
//! Refuses to read the plan; every format but TEXT is handed on as it stands.

/// A plan's text with what stands in front of it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Document {
    pub(super) text: String,
    pub(super) query: Option<String>,
    pub(super) parameters: Option<String>,
}

/// Takes the statement's text and parameters out of a document of any format.
pub(super) fn document(text: &str) -> Document {
    let begin = text.trim_start();
    if begin.starts_with('<') {
        let element = |name: &str| element(begin, name);
        let (query, parameters) = (element("Query-Text"), element("Query-Parameters"));
        return Document { text: text.to_owned(), query, parameters };
    }
    let keyed = begin.strip_prefix('{').or_else(|| begin.strip_prefix('[')).unwrap_or(begin);
    let (query, rest) = quoted(keyed.trim_start(), "Query Text");
    if query.is_some() {
        let rest = rest.trim_start().trim_start_matches(',').trim_start();
        let (parameters, _) = quoted(rest, "Query Parameters");
        return Document { text: text.to_owned(), query, parameters };
    }
    plain(text).unwrap_or_else(|| Document { text: text.to_owned(), ..Document::default() })
}

/// TEXT: everything up to the first node, which has costs.
fn plain(text: &str) -> Option<Document> {
    const LABEL: &str = "Query Text: ";
    const PARAMETERS: &str = "\nQuery Parameters: ";
    let body = text.strip_prefix(LABEL)?;
    let mut at = 0;
    let node = body.split_inclusive('\n').find_map(|line| {
        let begin = at;
        at += line.len();
        let is_node = begin > 0
            && !line.starts_with(char::is_whitespace)
            && line.contains("  (cost=")
            && line.contains(" width=");
        is_node.then_some(begin)
    })?;
    let (head, plan) = body.split_at(node);
    let head = head.strip_suffix('\n').unwrap_or(head);
    let (query, parameters) = match head.rfind(PARAMETERS) {
        Some(at) => (&head[..at], Some(head[at + PARAMETERS.len()..].to_owned())),
        None => (head, None),
    };
    Some(Document { text: plan.to_owned(), query: Some(query.to_owned()), parameters })
}

/// `"Key": "value"` or `Key: "value"`, which JSON and YAML quote alike, and what follows.
fn quoted<'a>(text: &'a str, key: &str) -> (Option<String>, &'a str) {
    let plain = text.strip_prefix('"').unwrap_or(text);
    let value = plain.strip_prefix(key).map(|it| it.strip_prefix('"').unwrap_or(it));
    let Some(value) = value.and_then(|it| it.strip_prefix(':')).map(str::trim_start) else {
        return (None, text);
    };
    let mut values = serde_json::Deserializer::from_str(value).into_iter::<String>();
    match values.next() {
        Some(Ok(found)) => (Some(found), &value[values.byte_offset()..]),
        _ => (None, text),
    }
}

/// The text of the first element of this name.
fn element(text: &str, name: &str) -> Option<String> {
    let begin = text.find(&format!("<{name}>"))? + name.len() + 2;
    let end = text[begin..].find(&format!("</{name}>"))? + begin;
    Some(unescaped(&text[begin..end]))
}

/// XML's references undone; one that is none stays.
fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let end = rest.find(';').filter(|it| *it <= 10);
        let letter = end.and_then(|end| reference(&rest[1..end]));
        out.push(letter.unwrap_or('&'));
        rest = &rest[letter.and(end).map_or(1, |it| it + 1)..];
    }
    out + rest
}

fn reference(name: &str) -> Option<char> {
    match name {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "amp" => Some('&'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix('x') {
                Some(digits) => u32::from_str_radix(digits, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> (String, String, String) {
        let Document { text, query, parameters } = document(text);
        (query.unwrap_or_default(), parameters.unwrap_or_default(), text)
    }

    #[test]
    fn finds_the_statement_in_every_format() {
        let both = |text| {
            let (query, parameters, _) = told(text);
            assert_eq!((query.as_str(), parameters.as_str()), ("a <\n b", "$1 = '2'"), "{text}");
        };
        let json = r#"{"Query Text": "a <\n b", "Query Parameters": "$1 = '2'", "Plan": {}}"#;
        both(json);
        both("Query Text: \"a <\\n b\"\nQuery Parameters: \"$1 = '2'\"\nPlan: \n  Node Type: x");
        both(concat!(
            "<explain><Query-Text>a &lt;&#xa; b</Query-Text>",
            "<Query-Parameters>$1 = '2'</Query-Parameters></explain>"
        ));
        both(concat!(
            "Query Text: a <\n b\nQuery Parameters: $1 = '2'\n",
            "Result  (cost=0.00..0.01 rows=1 width=0)"
        ));
    }

    #[test]
    fn keeps_what_it_does_not_know() {
        assert_eq!(told("Query Text: a\n  b").2, "Query Text: a\n  b");
        assert_eq!(told("{\"Query Text\": \"a").2, "{\"Query Text\": \"a");
        assert_eq!(unescaped("a & b &c; &#x110000;"), "a & b &c; &#x110000;");
        assert_eq!(told("").2, "");
    }
}
