//! `pgsextant dump`: one window per arrow of the way from a capture to advice.

use std::fmt::Write as _;

use crate::advise::Options;
use crate::cli::args::{DumpArguments, Stage};
use crate::cli::exit::Outcome;
use crate::cli::run::Run;
use crate::cli::story::{self, Answerer, Judged};
use crate::cli::{input, output};
use crate::plan::outline;
use crate::report::{fact, subject};
use crate::rules::RuleOptions;
use crate::whatif::Ledger;
use crate::workload::{Capture, Case, Draft, drafts};

/// Shows one stage.
pub fn dump(run: &Run, arguments: &DumpArguments) -> anyhow::Result<Outcome> {
    let (capture, ledger) = input::stored(&arguments.from)?;
    let drafts = run.deep(|| drafts(&capture));
    let judged = story::judge(run, &capture, drafts, RuleOptions::default());
    let window = Window { capture: &capture, judged: &judged, id: arguments.id.as_deref() };
    let text = match arguments.stage {
        Stage::Statement => window.each(|draft| format!("{:#?}", draft.statement)),
        Stage::Parameters => window.each(|draft| format!("{:#?}", draft.sets)),
        Stage::Plan => window.plans(),
        Stage::Wishes => window.wishes(),
        Stage::Findings => window.findings(),
        Stage::Candidates => window.candidates(),
        Stage::Answers => ledger.write(),
        Stage::Advice => format!("{:#?}\n", decided(run, &capture, &judged, ledger)),
    };
    output::write(&run.look, &text)?;
    Ok(Outcome::Fine)
}

fn decided(run: &Run, capture: &Capture, judged: &Judged, ledger: Ledger) -> crate::advise::Advice {
    let answerer = if ledger.is_empty() { Answerer::Nobody } else { Answerer::Ledger(ledger) };
    run.wait(story::decide(capture, judged, &Options::default(), answerer)).0
}

/// What is looked at.
struct Window<'a> {
    capture: &'a Capture,
    judged: &'a Judged,
    id: Option<&'a str>,
}

impl<'a> Window<'a> {
    fn cases(&self) -> impl Iterator<Item = &'a Case> {
        let id = self.id;
        self.judged
            .cases
            .iter()
            .filter(move |case| id.is_none_or(|id| id == case.draft.label || id == case.draft.key))
    }

    fn shows(&self, draft: &Draft) -> bool {
        self.id.is_none_or(|id| id == draft.label || id == draft.key)
    }

    fn each(&self, tell: impl Fn(&Draft) -> String) -> String {
        let cases = self.cases();
        cases.fold(String::new(), |text, case| {
            format!("{text}# {} {}\n{}\n", case.draft.label, case.draft.key, tell(&case.draft))
        })
    }

    fn plans(&self) -> String {
        let mut out = String::new();
        for case in self.cases() {
            for plan in &case.plans {
                let head = (&case.draft.label, plan.set, plan.origin);
                line(&mut out, format_args!("# {} set {} {:?}", head.0, head.1, head.2));
                out.push_str(&outline(&plan.plan));
            }
            for note in &case.notes {
                line(&mut out, format_args!("# {}: {}", case.draft.label, note.message));
            }
        }
        out
    }

    fn wishes(&self) -> String {
        let mut out = String::new();
        for wish in &self.judged.wishes {
            let draft = &self.judged.cases[wish.statement.position()].draft;
            if self.shows(draft) {
                let table = self.capture.catalog.table(wish.table).name.plain();
                line(&mut out, format_args!("# {} {table}\n{wish:#?}", draft.label));
            }
        }
        out
    }

    fn findings(&self) -> String {
        let mut out = String::new();
        for finding in &self.judged.findings {
            if self.id.is_none_or(|id| finding.subject.label() == Some(id)) {
                let place = subject(&finding.subject);
                line(&mut out, format_args!("{:?} {} {place}", finding.severity, finding.rule));
                for it in &finding.facts {
                    line(&mut out, format_args!("  {}", fact(it)));
                }
            }
        }
        out
    }

    fn candidates(&self) -> String {
        let mut out = String::new();
        for candidate in &self.judged.candidates {
            let size = candidate.size.bytes;
            let text = candidate.definition.canonical();
            line(&mut out, format_args!("{text}  {} to {}", size.low, size.high));
        }
        for refusal in &self.judged.refusals {
            line(
                &mut out,
                format_args!("- {} {:?}: {}", refusal.subject, refusal.reason, refusal.detail),
            );
        }
        out
    }
}

fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    writeln!(out, "{text}").expect("writing to a string cannot fail");
}
