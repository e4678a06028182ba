//! Where the time of a demo goes: one line on standard error as each phase ends.

use std::cell::RefCell;
use std::io::Write as _;
use std::time::{Duration, Instant};

use crate::io::{Progress, ProgressLine, Silent};

/// The phases so far.
#[derive(Debug)]
pub struct Phases {
    quiet: bool,
    begun: Instant,
    ended: RefCell<Vec<(&'static str, Duration)>>,
}

/// A phase that goes on.
pub struct Phase<'a> {
    phases: &'a Phases,
    name: &'static str,
    begun: Instant,
    progress: Box<dyn Progress>,
}

/// Shorter phases are not told at the end.
const TELLING: Duration = Duration::from_secs(1);

impl Phases {
    /// No phase yet; `--quiet` keeps them from being told.
    pub fn of(look: &crate::cli::args::Look) -> Self {
        Self { quiet: look.quiet, begun: Instant::now(), ended: RefCell::default() }
    }

    /// A new phase.
    pub fn begin(&self, name: &'static str) -> Phase<'_> {
        let progress: Box<dyn Progress> =
            if self.quiet { Box::new(Silent) } else { Box::new(ProgressLine::new()) };
        Phase { phases: self, name, begun: Instant::now(), progress }
    }

    /// All of the time, and the seconds of the phases that matter, in one sentence.
    pub fn sentence(&self) -> String {
        let ended = self.ended.borrow();
        let long = ended.iter().filter(|(_, took)| *took >= TELLING);
        let words = long.map(|(name, took)| format!("{name} {:.1}", took.as_secs_f64()));
        let words: Vec<String> = words.collect();
        format!("{:.0} s in all: {}", self.begun.elapsed().as_secs_f64(), words.join(", "))
    }
}

impl Phase<'_> {
    /// What to tell single steps to.
    pub fn progress(&self) -> &dyn Progress {
        &*self.progress
    }

    /// Ends it and says what it came to.
    pub fn end(self, came_to: &str) {
        let took = self.begun.elapsed();
        drop(self.progress);
        self.phases.ended.borrow_mut().push((self.name, took));
        if !self.phases.quiet {
            let name = self.name;
            // When standard error is closed nobody wants to know.
            let _ =
                writeln!(std::io::stderr(), "  {name:<8} {:>6.1} s  {came_to}", took.as_secs_f64());
        }
    }
}
