//! The terminal: how wide, whether coloured, with which signs, and progress for people who wait.
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

/// Where a result goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sink {
    /// Standard output.
    Output,
    /// A file, which no person looks at now.
    File,
}

/// What the user said of how results are to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ScreenWish {
    /// Colours.
    pub colour: ColourWish,
    /// Columns; none for those of the terminal.
    pub width: Option<usize>,
}

/// How a result is to look: the one place where this is decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Screen {
    /// Columns.
    pub width: usize,
    /// Whether escape sequences for colours are written.
    pub is_coloured: bool,
    /// Whether box drawing and arrows are, or plain signs in their stead.
    pub is_unicode: bool,
}

/// Columns when nobody says how many there are.
const WIDTH: usize = 80;

impl Screen {
    /// How a result that goes there is to look.
    ///
    /// Width: the flag, the terminal's own, `COLUMNS`, else 80. Colour: the flag; then a
    /// `NO_COLOR` that is not empty means none; then a `CLICOLOR_FORCE` that is neither empty nor
    /// `0` means colours; then `CLICOLOR=0` and `TERM=dumb` mean none; else whether it is a
    /// terminal. Signs: plain ones when `LC_ALL`, `LC_CTYPE` or `LANG`, the first that is set,
    /// names a locale that is not UTF-8.
    pub fn of(sink: Sink, wish: ScreenWish, environment: &BTreeMap<String, String>) -> Self {
        let is_terminal = sink == Sink::Output && std::io::stdout().is_terminal();
        let measured = if is_terminal { terminal_width() } else { None };
        let said = || environment.get("COLUMNS").and_then(|it| it.parse().ok());
        Self {
            width: wish.width.or(measured).or_else(said).filter(|it| *it > 0).unwrap_or(WIDTH),
            is_coloured: is_coloured(wish.colour, is_terminal, environment),
            is_unicode: is_unicode(environment),
        }
    }
}

fn terminal_width() -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(std::io::stdout()).ok()?;
    Some(usize::from(size.ws_col)).filter(|it| *it > 0)
}

fn is_coloured(
    wish: ColourWish,
    is_terminal: bool,
    environment: &BTreeMap<String, String>,
) -> bool {
    let said = |name: &str| environment.get(name).map(String::as_str).filter(|it| !it.is_empty());
    match wish {
        ColourWish::Always => true,
        ColourWish::Never => false,
        ColourWish::Auto if said("NO_COLOR").is_some() => false,
        ColourWish::Auto if said("CLICOLOR_FORCE").is_some_and(|it| it != "0") => true,
        ColourWish::Auto => {
            let is_unwanted = said("CLICOLOR") == Some("0") || said("TERM") == Some("dumb");
            is_terminal && !is_unwanted
        }
    }
}

/// No locale at all is no wish: containers have none, and their terminals show UTF-8.
fn is_unicode(environment: &BTreeMap<String, String>) -> bool {
    let said = ["LC_ALL", "LC_CTYPE", "LANG"]
        .iter()
        .find_map(|name| environment.get(*name).filter(|it| !it.is_empty()));
    said.is_none_or(|locale| {
        let locale = locale.to_ascii_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    })
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
        if self.0.elapsed() >= PATIENCE && self.0.is_hidden() && std::io::stderr().is_terminal() {
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

    fn environment(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn follows_the_conventions_of_colour() {
        let forced = environment(&[("CLICOLOR_FORCE", "1")]);
        let without = environment(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]);
        let empty = environment(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "")]);
        let nought = environment(&[("CLICOLOR_FORCE", "0")]);
        let unwanted = environment(&[("CLICOLOR", "0")]);
        let none = environment(&[]);
        assert!(is_coloured(ColourWish::Auto, false, &forced));
        assert!(!is_coloured(ColourWish::Auto, true, &without));
        assert!(is_coloured(ColourWish::Auto, false, &empty));
        assert!(!is_coloured(ColourWish::Auto, false, &nought));
        assert!(!is_coloured(ColourWish::Auto, true, &unwanted));
        assert!(is_coloured(ColourWish::Auto, true, &none));
        assert!(!is_coloured(ColourWish::Auto, false, &none));
        assert!(is_coloured(ColourWish::Always, false, &without));
        assert!(!is_coloured(ColourWish::Never, true, &forced));
    }

    #[test]
    fn the_first_locale_that_is_set_decides() {
        assert!(is_unicode(&environment(&[])));
        assert!(is_unicode(&environment(&[("LANG", "de_DE.UTF-8")])));
        assert!(is_unicode(&environment(&[("LC_ALL", ""), ("LC_CTYPE", "C.utf8")])));
        assert!(!is_unicode(&environment(&[("LC_ALL", "C"), ("LANG", "en_US.UTF-8")])));
        assert!(!is_unicode(&environment(&[("LANG", "POSIX")])));
    }

    #[test]
    fn the_flag_then_columns_then_eighty() {
        let columns = environment(&[("COLUMNS", "132")]);
        let wish = |width| ScreenWish { width, ..ScreenWish::default() };
        let width = |wish, environment| Screen::of(Sink::File, wish, environment).width;
        assert_eq!(width(wish(Some(60)), &columns), 60);
        assert_eq!(width(wish(None), &columns), 132);
        assert_eq!(width(wish(None), &environment(&[])), 80);
    }
}
