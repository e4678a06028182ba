//! Short figures and names of nodes, for lines where every column counts.

use crate::base::{Millis, Share};
use crate::plan::{Node, NodeKind};
use crate::report::{Piece, Tone};

/// A count in at most five columns: `9999`, `12k`, `1.2M`, `3.4G`; small averages with a digit.
pub(super) fn count(value: f64) -> String {
    const STEPS: [(f64, &str); 4] = [(1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")];
    if !value.is_finite() || value.abs() >= 1e15 {
        return format!("{value:.0e}");
    }
    if value < 9_999.5 {
        let digits = usize::from(value < 9.95 && value.fract() != 0.0);
        return format!("{value:.digits$}");
    }
    let (step, sign) =
        STEPS.into_iter().find(|(step, _)| value >= *step * 0.9995).unwrap_or(STEPS[3]);
    let value = value / step;
    let digits = usize::from(value < 9.95);
    format!("{value:.digits$}{sign}")
}

/// A share without digits behind the point; what is there but small is `<1 %`.
pub(super) fn percent(share: Share) -> String {
    let value = share.0 * 100.0;
    match value {
        value if value <= 0.0 || !value.is_finite() => "0 %".to_owned(),
        value if value < 0.5 => "<1 %".to_owned(),
        value => format!("{value:.0} %"),
    }
}

/// A time that is worth saying, else nothing.
pub(super) fn time(time: Millis) -> String {
    if time.0 <= 0.0 { "0".to_owned() } else { time.to_string() }
}

/// What the node is called, with what goes before its kind: `Parallel Seq Scan`.
pub(super) fn kind(node: &Node) -> String {
    let words = [
        node.parallel_aware.then_some("Parallel"),
        node.partial_mode.as_deref().filter(|mode| *mode != "Simple"),
        node.strategy.as_deref().filter(|strategy| *strategy != "Plain"),
        node.join_type.as_deref().filter(|join_type| *join_type != "Inner"),
        // A Foreign Scan says `Select` of itself, which nobody needs to be told.
        node.operation.as_deref().filter(|operation| *operation != "Select"),
        Some(match &node.kind {
            NodeKind::ModifyTable if node.operation.is_some() => "",
            kind => kind.name(),
        }),
    ];
    words.into_iter().flatten().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// What a node reads or writes: a table, a WITH query, a function.
pub(super) fn object(node: &Node) -> Option<&str> {
    let table = node.relation.as_ref().map(|it| it.name.as_str());
    table
        .or(node.cte_name.as_ref().map(crate::base::Name::as_str))
        .or(node.function_name.as_ref().map(crate::base::Name::as_str))
}

/// The label of a node: how it hangs, its kind, and the names it goes by.
pub(super) fn label(node: &Node) -> Vec<Piece> {
    let mut pieces = Vec::new();
    if let Some(name) = &node.subplan_name {
        pieces
            .push(Piece { run: crate::report::Run::new(name.as_str(), Tone::Dim), flexible: true });
        pieces.push(Piece::fixed(": ", Tone::Dim));
    }
    pieces.push(Piece::fixed(kind(node), Tone::Plain));
    if let Some(name) = object(node) {
        pieces.push(Piece::fixed(" ", Tone::Plain));
        pieces.push(Piece::name(name));
    }
    let alias = node.qualifier().map(crate::base::Name::as_str);
    if let Some(alias) = alias.filter(|alias| Some(*alias) != object(node)) {
        pieces.push(Piece::fixed(" ", Tone::Plain));
        pieces.push(Piece { run: crate::report::Run::plain(alias), flexible: true });
    }
    if let Some(index) = &node.index {
        pieces.push(Piece::fixed(" · ", Tone::Dim));
        pieces.push(Piece::name(index.as_str()));
    }
    if node.scan_direction.as_deref() == Some("Backward") {
        pieces.push(Piece::fixed(" backward", Tone::Plain));
    }
    if node.disabled {
        pieces.push(Piece::fixed(" disabled", Tone::Warn));
    }
    pieces
}

/// A finding's letter: A to Z, then AA.
pub(super) fn letter(position: usize) -> String {
    let mut text = String::new();
    let mut left = position + 1;
    while left > 0 {
        left -= 1;
        let digit = u8::try_from(left % 26).unwrap_or(0);
        text.insert(0, char::from(b'A' + digit));
        left /= 26;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_in_few_columns() {
        let pairs = [
            (0.0, "0"),
            (0.34, "0.3"),
            (7.0, "7"),
            (9_999.0, "9999"),
            (10_000.0, "10k"),
            (999_700.0, "1.0M"),
            (1_250_000.0, "1.2M"),
            (33e6, "33M"),
            (7.2e26, "7e26"),
        ];
        for (value, text) in pairs {
            assert_eq!(count(value), text, "{value}");
        }
    }

    #[test]
    fn letters_go_on_after_z() {
        let letters: Vec<String> = [0, 25, 26, 51, 52, 702].map(letter).into();
        assert_eq!(letters, ["A", "Z", "AA", "AZ", "BA", "AAA"]);
    }
}
