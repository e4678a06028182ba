//! What the user allows, and everything that would be sent, for `--dry-run`.

use std::str::FromStr;
use std::time::Duration;

use crate::base::Pages;
use crate::io::collect::fixed;
use crate::io::session::{MARKER, prologue};
use crate::io::{Limits, ServerError, ServerErrorKind};

/// What may be executed, and how much of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Consent {
    /// Whether at all.
    pub mode: ConsentMode,
    /// Time for everything.
    pub total: Duration,
    /// Time for one statement.
    pub each: Duration,
    /// Blocks for everything.
    pub blocks: Pages,
}

/// `--analyze`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ConsentMode {
    /// On a standby only.
    #[default]
    Auto,
    /// Nothing of the user's is executed.
    Never,
    /// On a primary too.
    Always,
}

impl Default for Consent {
    /// Thirty seconds, two each, and 1 GB of 8 kB blocks.
    fn default() -> Self {
        Self {
            mode: ConsentMode::Auto,
            total: Duration::from_secs(30),
            each: Duration::from_secs(2),
            blocks: Pages(131_072),
        }
    }
}

impl Consent {
    /// Whether anything may be executed on such a server.
    pub fn allows(&self, standby: bool) -> bool {
        match self.mode {
            ConsentMode::Auto => standby,
            ConsentMode::Never => false,
            ConsentMode::Always => true,
        }
    }
}

impl FromStr for Consent {
    type Err = ServerError;

    /// `auto`, `never` or `always`, with a total time after a comma: `always,10s`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refusal = |why: String| {
            ServerError::new(ServerErrorKind::Unsupported, "read --analyze", why)
                .with_remedy("Say auto, never or always, and a time such as always,30s.")
        };
        let (mode, time) = match text.split_once(',') {
            Some((mode, time)) => (mode, Some(time)),
            None => (text, None),
        };
        let mode = match mode.trim() {
            "auto" => ConsentMode::Auto,
            "never" => ConsentMode::Never,
            "always" => ConsentMode::Always,
            other => return Err(refusal(format!("{other} is neither auto, never nor always"))),
        };
        let total = match time.map(str::trim) {
            None => Self::default().total,
            Some(time) => duration(time).ok_or_else(|| refusal(format!("{time} is no time")))?,
        };
        Ok(Self { mode, total, ..Self::default() })
    }
}

fn duration(text: &str) -> Option<Duration> {
    let units = [("ms", 1), ("min", 60_000), ("s", 1_000), ("", 1_000)];
    units.iter().find_map(|(unit, millis)| {
        let number: u64 = text.strip_suffix(unit)?.trim().parse().ok()?;
        Some(Duration::from_millis(number.checked_mul(*millis)?))
    })
}

/// EXPLAIN that runs the statement.
pub(in crate::io) fn running(text: &str) -> String {
    format!("explain {MARKER} (analyze, buffers, verbose, settings, format json) {text}")
}

/// Every fixed query of a capture, in the order in which they are sent.
const QUERIES: [&str; 19] = [
    include_str!("../queries/extensions.sql"),
    include_str!("../queries/statements_8.sql"),
    include_str!("../queries/statements_9.sql"),
    include_str!("../queries/statements_11.sql"),
    include_str!("../queries/statements_entries.sql"),
    include_str!("../queries/statements_state.sql"),
    include_str!("../queries/server.sql"),
    include_str!("../queries/roles.sql"),
    include_str!("../queries/role_settings.sql"),
    include_str!("../queries/settings.sql"),
    include_str!("../queries/relations.sql"),
    include_str!("../queries/locked.sql"),
    include_str!("../queries/statistics.sql"),
    include_str!("../queries/columns.sql"),
    include_str!("../queries/activity.sql"),
    include_str!("../queries/indexes.sql"),
    include_str!("../queries/sizes.sql"),
    include_str!("../queries/foreign_keys.sql"),
    include_str!("../queries/functions.sql"),
];

/// Every statement that would be sent, without connecting.
///
/// Of the forms for versions of pg_stat_statements only one is sent, and composed statements
/// stand with `<statement>` where the user's text would be.
pub fn rehearsal(consent: &Consent) -> Vec<String> {
    let limits = Limits::default();
    let mut texts = vec![format!("{}; … rollback {MARKER}", prologue(limits, "…"))];
    texts.extend(QUERIES.iter().map(|it| fixed(it)));
    let others = [
        include_str!("../queries/function_names.sql"),
        include_str!("../queries/untrusted.sql"),
        include_str!("../queries/locks.sql"),
        include_str!("../queries/views.sql"),
    ];
    texts.extend(others.iter().map(|it| fixed(it)));
    texts.extend(crate::io::hypothetical::rehearsed());
    texts.push(super::planning("<statement>"));
    if consent.mode != ConsentMode::Never {
        texts.push(running("<statement>"));
    }
    texts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_the_user_allows() {
        let consent: Consent = "always,10s".parse().expect("read");
        assert_eq!(consent.mode, ConsentMode::Always);
        assert_eq!(consent.total, Duration::from_secs(10));
        assert_eq!("auto".parse::<Consent>().expect("read"), Consent::default());
        assert!("sometimes".parse::<Consent>().is_err());
        assert!("auto,soon".parse::<Consent>().is_err());
    }

    #[test]
    fn rehearses_nothing_that_is_not_allowed() {
        let never = Consent { mode: ConsentMode::Never, ..Consent::default() };
        assert!(rehearsal(&never).iter().all(|it| !it.contains("analyze, buffers")));
        assert!(rehearsal(&Consent::default()).iter().any(|it| it.contains("analyze, buffers")));
    }

    #[test]
    fn marks_every_text_and_says_its_versions() {
        for query in QUERIES {
            assert!(query.starts_with("-- "), "{query}");
            let text = fixed(query);
            let marked = ["select", "with"].map(|it| format!("{it} {MARKER} "));
            assert!(marked.iter().any(|it| text.starts_with(it.as_str())), "{text}");
            assert!(!text.contains("--"), "{text}");
        }
    }
}
