//! The terminal: how wide, whether coloured, and progress for people who wait.
//!
//! Progress goes to standard error, only when that is a terminal, and only after a second; a
//! result never waits for it. It refuses to print anything else.

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// `--color`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ColourWish {
    /// On a terminal, unless the environment says otherwise.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// A stream that results or progress go to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    /// Standard output.
    Output,
    /// Standard error.
    Error,
}

/// Columns when nobody says how many there are.
const WIDTH: usize = 100;

impl Stream {
    /// A person reads it.
    pub fn is_terminal(self) -> bool {
        match self {
            Self::Output => std::io::stdout().is_terminal(),
            Self::Error => std::io::stderr().is_terminal(),
        }
    }

    /// Its columns: the terminal's, else `COLUMNS`, else a hundred.
    pub fn width(self, environment: &BTreeMap<String, String>) -> usize {
        let size = match self {
            Self::Output => rustix::termios::tcgetwinsize(std::io::stdout()),
            Self::Error => rustix::termios::tcgetwinsize(std::io::stderr()),
        };
        let said = environment.get("COLUMNS").and_then(|it| it.parse().ok());
        let measured = size.ok().map(|it| usize::from(it.ws_col)).filter(|it| *it > 0);
        measured.or(said).unwrap_or(WIDTH)
    }

    /// Whether to colour it: the flag, then `NO_COLOR`, then `CLICOLOR_FORCE`, then the terminal.
    pub fn coloured(self, wish: ColourWish, environment: &BTreeMap<String, String>) -> bool {
        let said = |name: &str| environment.get(name).is_some_and(|it| !it.is_empty());
        match wish {
            ColourWish::Always => true,
            ColourWish::Never => false,
            ColourWish::Auto if said("NO_COLOR") => false,
            ColourWish::Auto => {
                let forced = environment.get("CLICOLOR_FORCE").is_some_and(|it| it != "0");
                let dumb = environment.get("TERM").is_some_and(|it| it == "dumb");
                forced && said("CLICOLOR_FORCE") || self.is_terminal() && !dumb
            }
        }
    }
}

/// What a long piece of work tells as it goes on.
pub trait Progress: Send + Sync {
    /// A new piece of work of so many steps; zero when unknown.
    fn begin(&self, doing: &str, steps: u64);
    /// One more step is done.
    fn step(&self);
}

/// Tells nobody.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {
    fn begin(&self, _: &str, _: u64) {}
    fn step(&self) {}
}

/// A line on standard error that goes away when the work is done.
#[derive(Debug)]
pub struct ProgressLine(ProgressBar);

/// Work that is done sooner than this shows nothing.
const PATIENCE: Duration = Duration::from_secs(1);

impl ProgressLine {
    /// A line, hidden when standard error is not a terminal.
    pub fn new() -> Self {
        let bar = ProgressBar::hidden();
        let template = "{msg} {pos}/{len} ({elapsed})";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        Self(bar)
    }
}

impl Default for ProgressLine {
    fn default() -> Self {
        Self::new()
    }
}

impl Progress for ProgressLine {
    fn begin(&self, doing: &str, steps: u64) {
        self.0.set_message(doing.to_owned());
        self.0.set_length(steps);
        self.0.set_position(0);
    }

    fn step(&self) {
        if self.0.elapsed() >= PATIENCE && self.0.is_hidden() && Stream::Error.is_terminal() {
            self.0.set_draw_target(ProgressDrawTarget::stderr());
        }
        self.0.inc(1);
    }
}

impl Drop for ProgressLine {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follows_the_conventions_of_colour() {
        let environment = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
            pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
        };
        let forced = environment(&[("CLICOLOR_FORCE", "1")]);
        let without = environment(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]);
        let empty = environment(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "")]);
        assert!(Stream::Output.coloured(ColourWish::Auto, &forced));
        assert!(!Stream::Output.coloured(ColourWish::Auto, &without));
        assert!(Stream::Output.coloured(ColourWish::Auto, &empty));
        assert!(Stream::Output.coloured(ColourWish::Always, &without));
        assert!(!Stream::Output.coloured(ColourWish::Never, &forced));
    }
}
