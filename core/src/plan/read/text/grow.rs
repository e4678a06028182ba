//! Lines into the nodes of one plan, by their columns, and what stands beside the tree.
//!
//! A node hangs below the nearest one above whose arrow stands further left; how far does not
//! matter, so indentation may have been changed. All nodes lie flat: no depth is too deep.

use super::head::{self, Head};
use super::line::{Line, property};
use super::make::{Entries, entry, text};
use super::{around, detail};
use crate::plan::read::key::{Key, key};
use crate::plan::read::remote;
use crate::plan::read::value::Value;

/// The group of a table that a ModifyTable names on a line of its own.
const TARGET: &str = "Target Table";

/// Groups within groups beyond which lines are kept as they are: the server makes three.
const GROUPS_MAX: usize = 6;

/// A node while its plan is read.
#[derive(Debug)]
pub(super) struct Branch {
    /// The number of its line.
    pub line: usize,
    /// The node that it hangs below; none for the root.
    pub parent: Option<usize>,
    /// `Node Type`.
    pub kind: String,
    /// How it hangs there.
    pub relationship: Option<&'static str>,
    pub entries: Entries,
    pub workers: Vec<(u64, Entries)>,
    /// The keys of an Aggregate in printed order, with their columns.
    pub keys: Vec<(usize, Key, Value)>,
    /// Tables that a ModifyTable names one by one.
    pub targets: Vec<Value>,
    /// Children without a name of their own.
    pub plain_children: usize,
}

/// One plan while it is read.
#[derive(Debug, Default)]
pub(super) struct Growing {
    pub branches: Vec<Branch>,
    /// The nodes that the next one may hang below, with the columns of their arrows.
    path: Vec<Step>,
    root_column: usize,
    /// What stands beside the tree.
    pub around: Entries,
    pub triggers: Vec<Value>,
    groups: Vec<Group>,
    /// A line that names the next node: `SubPlan 1`.
    title: Option<(usize, String)>,
    /// Lines that nothing was made of, with their numbers.
    pub unread: Vec<(usize, String)>,
    /// The last line of the tree.
    pub last_line: usize,
    /// Where the next properties belong.
    place: Place,
}

/// Where a property belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Place {
    /// Beside the tree.
    #[default]
    Beside,
    /// To the node at this position.
    Node(usize),
}

/// A node that the next one may hang below.
#[derive(Debug)]
struct Step {
    /// The column of its arrow; none for the root.
    column: Option<usize>,
    /// Its position among the nodes.
    position: usize,
    /// The line that names it.
    title: Option<String>,
}

/// A line with lines below it: `Worker 0:`, `Planning:`, `JIT:`.
#[derive(Debug)]
struct Group {
    column: usize,
    key: String,
    worker: Option<u64>,
    entries: Entries,
    lines: Vec<String>,
}

impl Growing {
    /// Whether a root was seen.
    pub fn has_root(&self) -> bool {
        !self.branches.is_empty()
    }

    /// The node that properties belong to.
    fn here(&mut self) -> Option<&mut Branch> {
        match self.place {
            Place::Beside => None,
            Place::Node(position) => self.branches.get_mut(position),
        }
    }

    /// Whether lines beside the tree have begun.
    pub fn is_beside(&self) -> bool {
        self.place == Place::Beside
    }

    /// The first node of a plan.
    pub fn root(&mut self, line: &Line<'_>, head: Head) {
        self.root_column = line.column;
        self.grow(line, head, None);
    }

    /// A node behind an arrow.
    pub fn node(&mut self, line: &Line<'_>, head: Head) {
        self.close_to(0);
        let title = self.title.take();
        let column = title.as_ref().map_or(line.column, |(column, _)| *column);
        let mut left = None;
        while self.path.last().is_some_and(|step| step.column.is_some_and(|at| at >= column)) {
            left = self.path.pop();
        }
        // Up to 8.4 one bare `SubPlan` names all subqueries below it.
        let same = left.filter(|step| step.column == Some(line.column));
        let title = title.map(|(_, name)| name).or_else(|| same.and_then(|step| step.title));
        self.grow(line, head, title);
    }

    fn grow(&mut self, line: &Line<'_>, head: Head, title: Option<String>) {
        let parent = self.path.last().map(|step| step.position);
        let relationship = parent.map(|parent| self.relationship(parent, title.as_deref()));
        let mut entries = head.entries;
        entries.extend(title.iter().map(|title| entry("Subplan Name", text(title))));
        let column = parent.map(|_| line.column);
        self.path.push(Step { column, position: self.branches.len(), title });
        self.last_line = line.number;
        self.place = Place::Node(self.branches.len());
        self.unread.extend(head.unread.map(|rest| (line.number, rest)));
        self.branches.push(Branch {
            line: line.number,
            parent,
            kind: head.kind,
            relationship,
            entries,
            workers: Vec::new(),
            keys: Vec::new(),
            targets: Vec::new(),
            plain_children: 0,
        });
    }

    /// How a new child hangs below its parent, by its title, the parent's kind, and its turn.
    fn relationship(&mut self, parent: usize, title: Option<&str>) -> &'static str {
        let parent = &mut self.branches[parent];
        if let Some(title) = title {
            let is_early = title.starts_with("InitPlan") || title.starts_with("CTE ");
            return if is_early { "InitPlan" } else { "SubPlan" };
        }
        parent.plain_children += 1;
        match (parent.kind.as_str(), parent.plain_children) {
            ("Append" | "Merge Append" | "BitmapAnd" | "BitmapOr", _) => "Member",
            ("Subquery Scan", _) => "Subquery",
            ("Custom Scan", _) => "child",
            (_, 1) => "Outer",
            (_, 2) => "Inner",
            _ => "Member",
        }
    }

    /// Any line but that of a node. Returns whether it was understood.
    pub fn line(&mut self, line: &Line<'_>) -> bool {
        let words = line.text.as_ref();
        if let Some((number, rest)) = worker(words) {
            self.close_to(line.column);
            self.open(line.column, "Worker", Some(number));
            return rest.is_empty() || self.property(line.column + 1, rest);
        }
        if let Some(trigger) = around::trigger(words) {
            self.close_to(0);
            self.place = Place::Beside;
            self.triggers.push(trigger);
            return true;
        }
        if let Some(number) = around::compiled_by(words) {
            self.close_to(line.column);
            self.open(line.column, "JIT", None);
            return self.keep(vec![entry("Worker Number", number)]);
        }
        if self.property(line.column, words) {
            return true;
        }
        let modified = self.here().filter(|it| it.kind == "ModifyTable");
        if let Some(target) = modified.and_then(|_| head::modified(words)) {
            self.close_to(line.column);
            return self.open(line.column, TARGET, None) && self.keep(target);
        }
        if line.before_arrow && self.has_root() {
            self.close_to(0);
            self.title = Some((line.column, words.to_owned()));
            return true;
        }
        let free = |group: &&mut Group| group.column < line.column && !is_typed(group);
        if let Some(group) = self.groups.last_mut().filter(free) {
            group.lines.push(words.to_owned());
            return true;
        }
        false
    }

    fn property(&mut self, column: usize, words: &str) -> bool {
        if let Some(measured) = words.strip_prefix("actual ").filter(|_| self.is_worker()) {
            let mut entries = Entries::new();
            return head::measured(measured, &mut entries).is_some() && self.keep(entries);
        }
        let Some((key, value)) = property(words) else { return false };
        while self.groups.last().is_some_and(|it| it.column >= column && !holds(&it.key, key)) {
            self.close();
        }
        let key = around::modern(key);
        if !self.has_root() && !around::is_beside(key) {
            return false;
        }
        if around::is_beside(key) && !(key == "JIT" && self.is_worker()) {
            self.close_to(0);
            self.place = self.remote(column);
        } else if self.groups.is_empty() {
            self.place = self.above(column, detail::is_known(key));
        }
        if value.is_empty() && detail::may_be_a_group(key) {
            return self.groups.len() < GROUPS_MAX && self.open(column, key, None);
        }
        if key == "Serialization" {
            self.open(column, key, None);
        }
        let mut entries = Entries::new();
        let group = self.groups.last().map_or("", |group| group.key.as_str());
        let read = around::within(group, key, value, &mut entries)
            .or_else(|| self.grouping(column, key, value))
            .or_else(|| detail::detail(key, value, &mut entries));
        read.is_some() && self.keep(entries)
    }

    /// The keys of an Aggregate may be those of grouping sets, which the next lines tell.
    fn grouping(&mut self, column: usize, key: &str, value: &str) -> Option<()> {
        let keys = ["Group Key", "Hash Key", "Sort Key"];
        if !self.groups.is_empty() || !keys.contains(&key) {
            return None;
        }
        let last = self.here().filter(|it| it.kind == "Aggregate")?;
        let parts = match value {
            "()" => Value::List(Vec::new()),
            _ => detail::expressions(value),
        };
        last.keys.push((column, key.to_owned().into(), parts));
        Some(())
    }

    /// The node that a property in this column belongs to: as a rule the last one, but one
    /// further up where the property stands left of the arrow of the last (Citus does so).
    fn above(&self, column: usize, is_known: bool) -> Place {
        if self.is_beside() || (column <= self.root_column && !is_known) {
            return Place::Beside;
        }
        // Where all indentation was lost, all arrows stand in the column of the root.
        let holds =
            |step: &&Step| step.column.is_none_or(|at| at < column || at <= self.root_column);
        self.path.iter().rev().find(holds).map_or(self.place, |step| Place::Node(step.position))
    }

    /// Where a line belongs that stands beside the tree: that of a plan within the plan, which
    /// another server made, belongs to the node above that one.
    fn remote(&self, column: usize) -> Place {
        let is_remote = |step: &&Step| {
            step.column.is_some_and(|at| at < column)
                && remote::KINDS.contains(&self.branches[step.position].kind.as_str())
        };
        let found = self.path.iter().rev().find(is_remote);
        found.map_or(Place::Beside, |step| Place::Node(step.position))
    }

    /// Keeps entries where the line stood: in a group, beside the tree, with a node.
    fn keep(&mut self, entries: Entries) -> bool {
        if let Some(group) = self.groups.last_mut() {
            group.entries.extend(entries);
            return true;
        }
        match self.here() {
            Some(branch) => branch.entries.extend(entries),
            None => self.around.extend(entries),
        }
        true
    }

    fn is_worker(&self) -> bool {
        self.groups.iter().any(|group| group.worker.is_some())
    }

    fn open(&mut self, column: usize, key: &str, worker: Option<u64>) -> bool {
        let key = key.to_owned();
        let (entries, lines) = (Vec::new(), Vec::new());
        self.groups.push(Group { column, key, worker, entries, lines });
        true
    }

    /// Closes all groups that a line in this column does not stand in.
    fn close_to(&mut self, column: usize) {
        while self.groups.last().is_some_and(|group| group.column >= column) {
            self.close();
        }
    }

    fn close(&mut self) {
        let Some(group) = self.groups.pop() else { return };
        if let (Some(number), Some(branch)) = (group.worker, self.here()) {
            branch.workers.push((number, group.entries));
            return;
        }
        if let (TARGET, Some(branch)) = (group.key.as_str(), self.here()) {
            branch.targets.push(Value::Object(group.entries));
            return;
        }
        let is_empty = group.entries.is_empty() && !is_typed(&group);
        let value = match (is_empty, group.lines.is_empty()) {
            (true, _) => Value::Text(group.lines.join("\n")),
            (false, true) => Value::Object(group.entries),
            (false, false) => {
                let lines = entry("Lines", Value::Text(group.lines.join("\n")));
                Value::Object(group.entries.into_iter().chain([lines]).collect())
            }
        };
        self.keep(vec![(key(&group.key), value)]);
    }

    /// Ends the plan: nothing is open any more.
    pub fn ended(mut self) -> Self {
        self.close_to(0);
        if let Some((_, title)) = self.title.take() {
            self.unread.push((self.last_line, title));
        }
        self
    }

    /// The first node that lacks an input, and its line.
    pub fn childless(&self) -> Option<(usize, &str)> {
        let lacking = self.branches.iter().find(|it| it.plain_children < inputs(&it.kind))?;
        Some((lacking.line, &lacking.kind))
    }

    /// Whether a line in this column may begin another plan, by its column alone.
    pub fn may_end_before(&self, column: usize) -> bool {
        column <= self.root_column
    }
}

/// Inputs that a node of this kind always has.
fn inputs(kind: &str) -> usize {
    match kind {
        "Nested Loop" | "Hash Join" | "Merge Join" | "Recursive Union" => 2,
        "Aggregate" | "Bitmap Heap Scan" | "Gather" | "Gather Merge" | "Group" | "Hash"
        | "Incremental Sort" | "Limit" | "LockRows" | "Materialize" | "Memoize" | "ModifyTable"
        | "ProjectSet" | "SetOp" | "Sort" | "Subquery Scan" | "Unique" | "WindowAgg" => 1,
        _ => 0,
    }
}

/// Whether FORMAT JSON always has an object for a group.
fn is_typed(group: &Group) -> bool {
    group.worker.is_some()
        || ["JIT", "Planning", "Serialization", TARGET].contains(&group.key.as_str())
}

/// Lines that belong to a group even where their indentation was lost.
fn holds(group: &str, key: &str) -> bool {
    match group {
        "Planning" => ["Buffers", "I/O Timings", "Memory"].contains(&key),
        "Serialization" => ["Buffers", "I/O Timings"].contains(&key),
        "JIT" => ["Functions", "Options", "Timing"].contains(&key),
        _ => false,
    }
}

/// `Worker 0:  rest`
fn worker(words: &str) -> Option<(u64, &str)> {
    let (number, rest) = words.strip_prefix("Worker ")?.split_once(':')?;
    Some((number.parse().ok()?, rest.trim()))
}

/// The text of a line as a value, for what could not be read.
pub(super) fn unread(lines: &[(usize, String)]) -> Value {
    match lines {
        [(_, line)] => text(line),
        _ => Value::List(lines.iter().map(|(_, line)| text(line)).collect()),
    }
}
