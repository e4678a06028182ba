//! What a rule found: about what, how bad, how sure, by which facts, and what would cure it.

use serde::{Deserialize, Serialize};

use crate::base::{Millis, NodeId, QualifiedName, StatementId, stable_id};
use crate::rules::Fact;
use crate::workload::WishId;

/// One fault.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// The rule's name, such as `selective-seq-scan`.
    pub rule: &'static str,
    /// How bad.
    pub severity: Severity,
    /// How sure.
    pub confidence: Confidence,
    /// What it is about.
    pub subject: Subject,
    /// The evidence, most telling first.
    pub facts: Vec<Fact>,
    /// The wishes that, once granted, would cure it.
    pub wishes: Vec<WishId>,
    /// What else would cure it.
    pub remedies: Vec<Remedy>,
    /// Time of the workload that it concerns, where known: for ranking, not a promise.
    pub weight: Millis,
}

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Worth acting on.
    Warn,
    /// Dangerous or very costly.
    Error,
}

/// How sure a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// Suggested by counts or estimates alone.
    Low,
    /// Supported by the planner's estimates.
    Medium,
    /// Measured.
    High,
}

/// What a finding is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// A node of a statement's plan.
    PlanNode {
        /// The statement; `None` for a plan given alone.
        statement: Option<StatementId>,
        /// What reports call the statement.
        label: String,
        /// The node.
        node: NodeId,
        /// The relation it reads, where it reads one.
        relation: Option<QualifiedName>,
    },
    /// A statement as a whole.
    Statement {
        /// The statement.
        statement: StatementId,
        /// What reports call it.
        label: String,
    },
    /// A plan as a whole, where no statement is known: a plan given alone.
    Plan {
        /// What reports call it; empty for a plan given alone.
        label: String,
    },
    /// A table.
    Relation(QualifiedName),
    /// An index.
    Index(QualifiedName),
    /// A setting.
    Setting(String),
    /// A role.
    Role(String),
    /// The server.
    Server,
    /// A place in a file.
    Span {
        /// The file.
        file: String,
        /// Line, from 1.
        line: u32,
        /// Column, from 1.
        column: u32,
    },
}

/// What would cure a finding, besides an index.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Remedy {
    /// Grant this wish with an index.
    Index(WishId),
    /// Drop this index.
    Drop(QualifiedName),
    /// Rebuild this index.
    Reindex(QualifiedName),
    /// Run ANALYZE on this table.
    Analyze(QualifiedName),
    /// Raise the statistics target of a column.
    StatisticsTarget(QualifiedName, String),
    /// Create extended statistics on these columns.
    ExtendedStatistics(QualifiedName, Vec<String>),
    /// Set a setting to a value.
    Setting(String, String),
    /// Run VACUUM on this table.
    Vacuum(QualifiedName),
    /// Grant this role to the role that runs pgsextant.
    Grant(String),
    /// Change the statement or the application, in words.
    Rewrite(String),
}

impl Finding {
    /// The same in every run: made of the rule and of what the finding is about.
    pub fn id(&self) -> String {
        stable_id(&[self.rule, &self.subject.key()])
    }
}

impl Subject {
    /// What this is about, as a text that does not depend on order.
    pub fn key(&self) -> String {
        match self {
            Self::PlanNode { label, node, relation, .. } => match relation {
                Some(relation) => format!("{label} {}", relation.plain()),
                None => format!("{label} node {}", node.0),
            },
            Self::Statement { label, .. } => label.clone(),
            Self::Plan { label } => format!("{label} plan").trim_start().to_owned(),
            Self::Relation(name) | Self::Index(name) => name.plain(),
            Self::Setting(name) => format!("setting {name}"),
            Self::Role(name) => format!("role {name}"),
            Self::Server => "server".to_owned(),
            Self::Span { file, line, column } => format!("{file}:{line}:{column}"),
        }
    }

    /// The statement it is about, where it is about one.
    pub fn statement(&self) -> Option<StatementId> {
        match self {
            Self::PlanNode { statement, .. } => *statement,
            Self::Statement { statement, .. } => Some(*statement),
            _ => None,
        }
    }

    /// The statement's label, where it is about one.
    pub fn label(&self) -> Option<&str> {
        match self {
            Self::PlanNode { label, .. } | Self::Statement { label, .. } | Self::Plan { label } => {
                Some(label)
            }
            _ => None,
        }
    }
}
