//! `$1 = '42', $2 = NULL` into values.

/// The values of a list of parameters as the server writes it (`BuildParamLogString` in
/// `src/backend/nodes/params.c`), quotes undone; empty when the text holds no such list.
pub fn parameter_values(text: &str) -> Vec<Option<String>> {
    let Some(start) = text.find("$1 = ") else { return Vec::new() };
    let mut rest = &text[start..];
    let mut found = Vec::new();
    while let Some((value, after)) = value(rest, found.len() + 1) {
        found.push(value);
        match after.strip_prefix(", ") {
            Some(next) => rest = next,
            None => break,
        }
    }
    found
}

/// One `$n = value`, and what follows.
fn value(text: &str, number: usize) -> Option<(Option<String>, &str)> {
    let text = text.strip_prefix('$')?.strip_prefix(number.to_string().as_str())?;
    let text = text.strip_prefix(" = ")?;
    if let Some(after) = text.strip_prefix("NULL") {
        return Some((None, after));
    }
    let mut rest = text.strip_prefix('\'')?;
    let mut out = String::new();
    loop {
        // A list that was cut ends inside a value: what is there is kept.
        let Some(end) = rest.find('\'') else { return Some((Some(out + rest), "")) };
        out.push_str(&rest[..end]);
        rest = &rest[end + 1..];
        match rest.strip_prefix('\'') {
            Some(after) => {
                out.push('\'');
                rest = after;
            }
            None => return Some((Some(out), rest)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn undoes_quotes() {
        let some = |it: &str| Some(it.to_owned());
        assert_eq!(
            parameter_values("Parameters: $1 = '11', $2 = 'it''s, $3 = ''x''', $3 = NULL, $4 = ''"),
            [some("11"), some("it's, $3 = 'x'"), None, some("")]
        );
        assert_eq!(parameter_values("unnamed portal with parameters: $1 = '0'"), [some("0")]);
        assert_eq!(
            parameter_values("$1 = 'abc...', $2 = 'cut of"),
            [some("abc..."), some("cut of")]
        );
        assert_eq!(parameter_values("$1 = 4"), []);
        assert_eq!(parameter_values("Process holding the lock: 19975."), []);
    }
}
