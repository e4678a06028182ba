//! Advice for a plan that is given alone: the indexes that its findings ask for, with how sure we
//! are, or why no index would help.
//!
//! There is no planner to ask, so nothing here is priced: what an index would spare is a model
//! over measured time, with its range, or it is not said at all. Refuses what the plan itself
//! shows to exist.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::{Millis, Name, NodeId, QualifiedName, Range, Share, stable_id};
use crate::catalog::Index;
use crate::indexes::{
    Candidate, CandidateLimits, DdlStatement, Definition, Refusal, begins_with, candidates, ddl,
};
use crate::plan::{Node, NodeKind, Plan};
use crate::rules::{Confidence, Finding, Remedy, Subject};
use crate::workload::{PlanWorld, Wish, WishId};

use super::verdict::verdict;

/// Indexes that are advised for one plan at most: past three a plan needs another statement.
pub const PLAN_INDEXES_MAX: usize = 3;

/// What one plan allows to advise.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanAdvice {
    /// The most useful first.
    pub recommendations: Vec<PlanRecommendation>,
    /// What was considered and given up.
    pub refusals: Vec<Refusal>,
    /// One sentence: what to build, or that no index would help, and why.
    pub verdict: String,
}

/// One index that the findings of a plan ask for.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanRecommendation {
    /// The same in every run: made of the definition.
    pub id: String,
    /// What to build.
    pub definition: Definition,
    /// The name that the script gives it.
    pub name: QualifiedName,
    /// How to build it.
    pub create: Vec<DdlStatement>,
    /// How to get rid of it.
    pub undo: Vec<DdlStatement>,
    /// High: measured, selective, and nothing in the plan speaks against it.
    pub confidence: Confidence,
    /// The rules whose findings ask for it.
    pub rules: Vec<&'static str>,
    /// The nodes that they speak of.
    pub nodes: Vec<NodeId>,
    /// Time of this execution that should be spared, by our model; `None` where the plan was not
    /// run or shows too little.
    pub spared: Option<Range<Millis>>,
    /// What the plan cannot show, one sentence each.
    pub doubts: Vec<String>,
}

/// Works out which indexes the findings of a plan ask for.
pub fn plan_advice(plan: &Plan, world: &PlanWorld, findings: &[Finding]) -> PlanAdvice {
    let (all, mut refusals) =
        candidates(&world.wishes, &world.catalog, &CandidateLimits::default());
    let wanted = wanted(findings);
    let asked: BTreeSet<WishId> = wanted.iter().copied().collect();
    let chosen = chosen(&all, &wanted);
    let definitions: Vec<Definition> = chosen.iter().map(|it| it.definition.clone()).collect();
    let names = ddl::names_for(&definitions, &world.catalog);
    let recommendations: Vec<PlanRecommendation> = chosen
        .iter()
        .zip(names)
        .map(|(candidate, name)| {
            let for_it = |it: &&Finding| asks(it).any(|it| candidate.wishes.contains(&it));
            let asking = findings.iter().filter(for_it).collect();
            View { plan, world, candidate, asking }.recommendation(name)
        })
        .collect();
    let subjects: BTreeSet<String> = world
        .wishes
        .iter()
        .filter(|it| asked.contains(&it.id))
        .map(|it| crate::indexes::wish_words(it, world.catalog.table(it.table)))
        .collect();
    refusals.retain(|it| subjects.contains(&it.subject) || asked.is_empty());
    let asked_for = findings.iter().any(|it| asks(it).next().is_some());
    let verdict = verdict(plan, asked_for, &recommendations, &refusals);
    PlanAdvice { recommendations, refusals, verdict }
}

/// The wishes that a finding asks to be granted.
fn asks(finding: &Finding) -> impl Iterator<Item = WishId> {
    let remedies = finding.remedies.iter().filter_map(|it| match it {
        Remedy::Index(wish) => Some(*wish),
        _ => None,
    });
    finding.wishes.iter().copied().chain(remedies)
}

/// Every wish that a finding asks for, once, in the order of the findings.
fn wanted(findings: &[Finding]) -> Vec<WishId> {
    let mut known = BTreeSet::new();
    findings.iter().flat_map(asks).filter(|wish| known.insert(*wish)).collect()
}

/// For each wanted wish the widest candidate that grants it; narrower ones folded into wider.
fn chosen<'a>(all: &'a [Candidate], wanted: &[WishId]) -> Vec<&'a Candidate> {
    let mut widest: BTreeMap<WishId, &Candidate> = BTreeMap::new();
    for candidate in all {
        for wish in &candidate.wishes {
            let known = widest.entry(*wish).or_insert(candidate);
            if candidate.definition.keys.len() > known.definition.keys.len() {
                *known = candidate;
            }
        }
    }
    let mut known = BTreeSet::new();
    let found = wanted.iter().filter_map(|wish| widest.get(wish).copied());
    let found: Vec<&Candidate> = found.filter(|it| known.insert(it.id)).collect();
    let folded = |it: &Candidate| found.iter().any(|w| begins_with(&w.definition, &it.definition));
    let alone = found.iter().copied().filter(|it| !folded(it));
    alone.take(PLAN_INDEXES_MAX).collect()
}

/// One candidate, and what the plan says of it.
struct View<'a> {
    plan: &'a Plan,
    world: &'a PlanWorld,
    candidate: &'a Candidate,
    asking: Vec<&'a Finding>,
}

impl View<'_> {
    fn recommendation(&self, name: QualifiedName) -> PlanRecommendation {
        let definition = self.candidate.definition.clone();
        let rules: BTreeSet<&'static str> = self.asking.iter().map(|it| it.rule).collect();
        let nodes: BTreeSet<NodeId> = self.nodes().map(|it| it.id).collect();
        let doubts = self.doubts();
        PlanRecommendation {
            id: stable_id(&["index", &definition.canonical()]),
            create: ddl::create_unchecked(&definition, &name, &self.world.catalog),
            undo: ddl::undo(&definition, &name, &self.world.catalog),
            confidence: self.confidence(&doubts),
            rules: rules.into_iter().collect(),
            nodes: nodes.into_iter().collect(),
            spared: self.spared(),
            doubts,
            definition,
            name,
        }
    }

    /// The nodes that the asking findings speak of.
    fn nodes(&self) -> impl Iterator<Item = &Node> {
        self.asking.iter().filter_map(|it| match &it.subject {
            Subject::PlanNode { node, .. } => Some(self.plan.node(*node)),
            _ => None,
        })
    }

    /// The scans of the table that the index is for.
    fn scans(&self) -> impl Iterator<Item = &Node> {
        let table = &self.candidate.definition.table;
        self.plan.nodes().filter(move |node| {
            node.kind.is_scan()
                && node.relation.as_ref().is_some_and(|it| {
                    it.name == table.name
                        && it.schema.as_ref().is_none_or(|own| *own == table.schema)
                })
        })
    }

    fn doubts(&self) -> Vec<String> {
        let table = &self.candidate.definition.table;
        let mut doubts = Vec::new();
        if self.scans().any(|it| it.relation.as_ref().is_some_and(|it| it.schema.is_none())) {
            doubts.push(format!(
                "the plan does not name the schema of {}: check it (EXPLAIN with VERBOSE names it)",
                table.name
            ));
        }
        let indexes = self.world.catalog.indexes_of(self.candidate.table).map(|(_, index)| index);
        let unsure: Vec<String> = indexes
            .filter(|index| may_begin_with(index, &self.candidate.definition))
            .map(|index| index.name.name.to_string())
            .collect();
        if !unsure.is_empty() {
            doubts.push(format!(
                "the plan does not show all columns of {}: look whether it begins with these keys \
                 already",
                unsure.join(", ")
            ));
        }
        if self.nodes().any(|node| self.is_walked_in_unknown_order(node)) {
            doubts.push(
                "the order that is asked for is not in the plan: put the columns of ORDER BY \
                 behind these keys"
                    .to_owned(),
            );
        }
        if !self.plan.is_analyzed() {
            doubts.push("the plan was not run: estimates may be wrong".to_owned());
        }
        doubts
    }

    /// Whether a node walks an index for its order, and the plan does not show what that is.
    fn is_walked_in_unknown_order(&self, node: &Node) -> bool {
        let walked = node.index.is_some() && node.conditions.index_condition.is_none();
        let limited = self.plan.parent(node.id).is_some_and(|it| it.kind == NodeKind::Limit);
        walked && limited && self.granted().all(|wish| wish.order.is_empty())
    }

    /// Measured and selective is high; a doubt or a mere estimate lowers it.
    fn confidence(&self, doubts: &[String]) -> Confidence {
        if !self.plan.is_analyzed() {
            return Confidence::Low;
        }
        let selective = self.kept_share().is_some_and(|it| it.0 <= SELECTIVE.0);
        if selective && doubts.is_empty() { Confidence::High } else { Confidence::Medium }
    }

    /// The share of the table that the wishes keep, the largest of them.
    fn kept_share(&self) -> Option<Share> {
        let rows = self.world.catalog.table(self.candidate.table).rows?;
        let shares = self.granted().filter_map(|it| Some(Share::of(it.kept?.0, rows.0)));
        shares.max_by(Share::total_cmp)
    }

    fn granted(&self) -> impl Iterator<Item = &Wish> {
        self.world.wishes.iter().filter(|it| self.candidate.wishes.contains(&it.id))
    }

    /// Own time of the scans less what is left of it, by how many rows and pages an index scan
    /// would read in their place.
    ///
    /// A scan's cost is its pages plus a hundredth of its rows (`seq_page_cost`, `cpu_tuple_cost`);
    /// an index scan's is a descent of `DESCENT` pages and one scattered page a row kept, which is
    /// between as dear as one in order, when it is cached, and `random_page_cost` of 4 times that.
    fn spared(&self) -> Option<Range<Millis>> {
        const ROW: f64 = 0.01;
        const SCATTERED: f64 = 4.0;
        const DESCENT: f64 = 3.0;
        let table = self.world.catalog.table(self.candidate.table);
        let (rows, pages) = (table.rows?, table.pages.0 as f64);
        let kept = self.granted().filter_map(|it| it.kept).map(|it| it.0).reduce(f64::max)?;
        let scans: Vec<&Node> = self.scans().filter(|it| it.kind == NodeKind::SeqScan).collect();
        let own: Millis = scans.iter().filter_map(|it| self.plan.own_time(it.id)).sum();
        if scans.is_empty() || own.0 <= 0.0 {
            return None;
        }
        let before = pages + rows.0 * ROW;
        let left =
            |page: f64| (((DESCENT + kept.min(pages)) * page + kept * ROW) / before).min(1.0);
        Some(Range { low: own * (1.0 - left(SCATTERED)), high: own * (1.0 - left(1.0)) })
    }
}

/// Kept shares up to here need no second look: an index reads a hundredth of the table.
const SELECTIVE: Share = Share::percent(1.0);

/// Whether an index of which the plan shows only some keys may begin with all of the candidate's:
/// its known keys are fewer and agree, and its name does not spell them as all there are.
fn may_begin_with(index: &Index, wanted: &Definition) -> bool {
    let known: Vec<&str> = index.columns().map(Name::as_str).collect();
    let name = index.name.name.as_str().trim_end_matches(|it: char| it.is_ascii_digit());
    let spelled = known.join("_");
    let whole = !known.is_empty()
        && (name.ends_with(&format!("_{spelled}")) || name.ends_with(&format!("_{spelled}_idx")));
    !whole
        && known.len() < wanted.keys.len()
        && wanted.columns().zip(&known).all(|(a, b)| a.as_str() == *b)
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;
    use crate::plan::read;
    use crate::rules::{PlanOf, check_plan};
    use crate::testing::{assert_told, fixtures, recorded_plans};
    use crate::workload::plan_world;

    /// The advice of one recorded plan, as lines.
    fn told(text: &str) -> String {
        let mut out = String::new();
        for plan in read(text).unwrap().plans {
            let world = plan_world(&plan);
            let findings = check_plan(&PlanOf::alone(&plan, &world));
            let advice = plan_advice(&plan, &world, &findings);
            writeln!(out, "  {}", advice.verdict).unwrap();
            for it in advice.recommendations {
                writeln!(out, "    {:?} {:?} spares {:?}", it.confidence, it.rules, it.spared)
                    .unwrap();
                for doubt in it.doubts {
                    writeln!(out, "      doubt: {doubt}").unwrap();
                }
            }
        }
        out
    }

    #[test]
    fn every_recorded_plan_gets_advice_or_a_reason() {
        let mut all = String::new();
        for (name, text) in recorded_plans() {
            writeln!(all, "{name}\n{}", told(&text).trim_end()).unwrap();
        }
        assert_told(&fixtures("plans"), "advice", &all);
    }

    /// The text with other figures, one after the other.
    fn with_figures(text: &str, figures: &[&str]) -> String {
        let mut next = figures.iter().cycle();
        let mut out = String::new();
        for (position, piece) in text.split('"').enumerate() {
            let quoted = position % 2 == 1;
            out.push_str(if position > 0 { "\"" } else { "" });
            let is_part = |it: char| it.is_ascii_digit() || matches!(it, '.' | '-');
            let mut rest = piece;
            while let Some(at) = rest.find(is_part).filter(|_| !quoted) {
                out.push_str(&rest[..at]);
                out.push_str(next.next().unwrap());
                rest = rest[at..].trim_start_matches(is_part);
            }
            out.push_str(rest);
        }
        out
    }

    #[test]
    fn stands_figures_that_no_server_counts_to() {
        let most = ["18446744073709551615"];
        let mixed = ["9223372036854775807", "0", "1e308", "0.4"];
        let less = ["-1", "0.0005", "1e999"];
        for figures in [&most[..], &mixed, &less] {
            for (name, text) in recorded_plans().into_iter().filter(|it| it.1.starts_with('[')) {
                // An identifier that is none is refused, not brought to the nearest.
                let text = text.replace("Query Identifier", "Identifier");
                for plan in read(&with_figures(&text, figures)).unwrap().plans {
                    let own = plan.nodes().filter_map(|it| plan.own_time(it.id));
                    assert!(own.into_iter().all(|it| it.0 >= 0.0), "{name}");
                    let world = plan_world(&plan);
                    let findings = check_plan(&PlanOf::alone(&plan, &world));
                    plan_advice(&plan, &world, &findings);
                }
            }
        }
    }
}
