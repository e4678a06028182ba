//! What a rule is, and the two macros that declare and list them.

use std::collections::BTreeMap;

use crate::base::{Millis, NodeId, QualifiedName, Share, StatementId};
use crate::catalog::Catalog;
use crate::plan::{Node, Plan};
use crate::rules::{Confidence, Fact, Finding, Scene, Severity, Subject};
use crate::workload::{Capture, Case, Counters, PlanWorld, Wish, WishId};

/// One rule: a constant, so that it can be listed, printed and compared.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// Its name, such as `selective-seq-scan`.
    pub name: &'static str,
    /// Its text: what it does, why it matters, when it is fine, what to do.
    pub text: &'static str,
    /// The severity it usually reports.
    pub severity: Severity,
    /// What it looks at.
    pub check: Check,
}

/// What a rule looks at; its signature is its scope.
#[derive(Debug, Clone, Copy)]
pub enum Check {
    /// One plan.
    Plan(fn(&PlanOf<'_>, &mut Vec<Finding>)),
    /// One statement with all its plans.
    Case(fn(&CaseOf<'_>, &mut Vec<Finding>)),
    /// The whole capture.
    Workload(fn(&Scene<'_>, &mut Vec<Finding>)),
}

/// One statement, and where it stands.
#[derive(Debug, Clone, Copy)]
pub struct CaseOf<'a> {
    /// The whole scene.
    pub scene: Scene<'a>,
    /// The statement.
    pub case: &'a Case,
    /// Its wishes.
    pub wishes: &'a [Wish],
}

/// One plan, and what is known around it.
#[derive(Debug, Clone, Copy)]
pub struct PlanOf<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// The database; read from the plan itself when there is no other.
    pub catalog: &'a Catalog,
    /// What reports call the statement.
    pub label: &'a str,
    /// The statement; `None` for a plan given alone.
    pub statement: Option<StatementId>,
    /// What the statement did; `None` for a plan given alone.
    pub counters: Option<&'a Counters>,
    /// The wishes of the statement.
    pub wishes: &'a [Wish],
    /// `work_mem` in kilobytes, where it is known.
    pub work_mem_kb: Option<u64>,
}

impl<'a> PlanOf<'a> {
    /// A plan given alone, in the world that it shows itself.
    pub fn alone(plan: &'a Plan, world: &'a PlanWorld) -> Self {
        let work_mem = plan.settings.get("work_mem");
        Self {
            plan,
            catalog: &world.catalog,
            label: "",
            statement: None,
            counters: None,
            wishes: &world.wishes,
            work_mem_kb: work_mem.and_then(|it| kilobytes(it)),
        }
    }
}

impl PlanOf<'_> {
    /// This node as the subject of a finding.
    pub fn subject(&self, node: &Node) -> Subject {
        Subject::PlanNode {
            statement: self.statement,
            label: self.label.to_owned(),
            node: node.id,
            relation: node.relation.as_ref().map(|relation| {
                let schema = relation.schema.as_ref().map_or("public", |it| it.as_str());
                QualifiedName::new(schema, relation.name.as_str())
            }),
        }
    }

    /// The node's part of the statement: of its time where it ran, else of its planner cost.
    ///
    /// A part of the cost is never more than all of it: under a LIMIT the planner expects to pay
    /// for a part of its children only, so one of them may cost more than the root.
    pub fn share(&self, id: NodeId) -> (Share, Fact) {
        if let (Some(own), Some(all)) = (self.plan.own_time(id), self.plan.wall_time(self.root())) {
            let share = Share::of(own.0, all.0);
            return (share, Fact::TimeShare(share));
        }
        let own = self.own_cost(id);
        let all = self.plan.root().estimate.as_ref().map_or(0.0, |it| it.total.0);
        let share = Share::of(own.min(all), all);
        (share, Fact::CostShare(share))
    }

    /// A planner cost of the node without its children: a lower bound of zero, since a child
    /// under a LIMIT may cost more than is ever paid.
    fn own_cost(&self, id: NodeId) -> f64 {
        let total = |id| self.plan.node(id).estimate.as_ref().map_or(0.0, |it| it.total.0);
        let children: f64 = self.plan.children(id).map(|child| total(child.id)).sum();
        (total(id) - children).max(0.0)
    }

    fn root(&self) -> NodeId {
        self.plan.root().id
    }

    /// How sure a finding from this plan can be: it ran, or was only planned.
    pub fn confidence(&self) -> Confidence {
        if self.plan.is_analyzed() { Confidence::High } else { Confidence::Medium }
    }

    /// Recorded time that a share of this statement stands for.
    pub fn weight(&self, share: Share) -> Millis {
        let total = match (self.counters, self.plan.execution) {
            (Some(counters), _) => counters.total,
            (None, Some(execution)) => execution,
            (None, None) => Millis(0.0),
        };
        total * share.0.clamp(0.0, 1.0)
    }

    /// The wishes of this statement on the relation that a node reads, those left out that ask
    /// for nothing an index could find or order.
    pub fn wishes_on(&self, node: &Node) -> Vec<WishId> {
        let Some(relation) = &node.relation else { return Vec::new() };
        let named = |wish: &&Wish| {
            let table = self.catalog.table(wish.table);
            table.name.name == relation.name
                && relation.schema.as_ref().is_none_or(|schema| *schema == table.name.schema)
                || table_is_parent(self.catalog, wish, node)
        };
        let asks =
            |it: &&Wish| !(it.equalities.is_empty() && it.ranges.is_empty() && it.order.is_empty());
        self.wishes.iter().filter(asks).filter(named).map(|wish| wish.id).collect()
    }
}

/// The node reads a partition of the table that the wish is about.
fn table_is_parent(catalog: &Catalog, wish: &Wish, node: &Node) -> bool {
    let Some(relation) = &node.relation else { return false };
    let wanted = &catalog.table(wish.table).name;
    catalog
        .tables_named(&relation.name)
        .iter()
        .any(|child| catalog.table(*child).parents.contains(wanted))
}

/// Runs every rule over everything; findings sorted by weight, then by id.
pub fn check_all(scene: &Scene<'_>) -> Vec<Finding> {
    use rayon::prelude::*;

    let by_statement = wishes_by_statement(scene.wishes);
    let work_mem_kb = work_mem_kb(scene.capture);
    let mut found: Vec<Finding> = scene
        .cases
        .par_iter()
        .flat_map_iter(|case| {
            let wishes = by_statement.get(&case.draft.id).copied().unwrap_or(&[]);
            check_case(&CaseOf { scene: *scene, case, wishes }, work_mem_kb)
        })
        .collect();
    for rule in crate::rules::ALL {
        if let Check::Workload(check) = rule.check {
            check(scene, &mut found);
        }
    }
    crate::rules::settle(found)
}

/// Runs the rules that look at one plan.
pub fn check_plan(plan: &PlanOf<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for rule in crate::rules::ALL {
        if let Check::Plan(check) = rule.check {
            check(plan, &mut found);
        }
    }
    crate::rules::settle(found)
}

fn check_case(case: &CaseOf<'_>, work_mem_kb: Option<u64>) -> Vec<Finding> {
    let mut found = Vec::new();
    for rule in crate::rules::ALL {
        match (rule.check, case.case.best_plan()) {
            (Check::Plan(check), Some(best)) => {
                let plan = PlanOf {
                    plan: &best.plan,
                    catalog: &case.scene.capture.catalog,
                    label: &case.case.draft.label,
                    statement: Some(case.case.draft.id),
                    counters: Some(&case.case.draft.counters),
                    wishes: case.wishes,
                    work_mem_kb,
                };
                check(&plan, &mut found);
            }
            (Check::Case(check), _) => check(case, &mut found),
            (Check::Plan(_), None) | (Check::Workload(_), _) => {}
        }
    }
    found
}

/// Wishes come sorted by statement, so each statement's are one slice.
fn wishes_by_statement(wishes: &[Wish]) -> BTreeMap<StatementId, &[Wish]> {
    wishes.chunk_by(|a, b| a.statement == b.statement).map(|it| (it[0].statement, it)).collect()
}

/// `work_mem` of the server in kilobytes, from the text that SHOW prints.
fn work_mem_kb(capture: &Capture) -> Option<u64> {
    kilobytes(crate::catalog::Server::setting(&capture.settings, "work_mem")?)
}

/// A size as SHOW and EXPLAIN (SETTINGS) print it, in kilobytes.
fn kilobytes(text: &str) -> Option<u64> {
    let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
    let number: u64 = digits.parse().ok()?;
    match text[digits.len()..].trim() {
        "" | "kB" => Some(number),
        "B" => Some(number / 1024),
        "MB" => number.checked_mul(1024),
        "GB" => number.checked_mul(1024 * 1024),
        "TB" => number.checked_mul(1024 * 1024 * 1024),
        _ => None,
    }
}

/// Declares one rule: its text is the doc comment, its test is the fixture folder of its name.
macro_rules! rule {
    ($(#[doc = $doc:literal])* $name:literal, $severity:expr, $check:expr) => {
        /// The rule.
        pub const RULE: crate::rules::Rule = crate::rules::Rule {
            name: $name,
            text: concat!($($doc, "\n"),*),
            severity: $severity,
            check: $check,
        };

        #[cfg(test)]
        #[test]
        fn fixtures() {
            crate::testing::check_rule(&RULE);
        }
    };
}

/// Lists all rules: one word each makes the module and the entry in `ALL`, in report order.
macro_rules! rules {
    ($($(#[doc = $doc:literal])* $folder:ident { $($rule:ident),* $(,)? })*) => {
        $( $(#[doc = $doc])* pub mod $folder { $(
            /// One rule: its thresholds and its check.
            pub mod $rule;
        )* } )*

        /// Every rule there is, in the order of reports.
        pub const ALL: &[crate::rules::Rule] = &[ $( $( $folder::$rule::RULE, )* )* ];
    };
}
