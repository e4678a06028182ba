//! What can be typed: one definition, of which help, completions and the man page are faces.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Which indexes a Postgres workload needs, and why
#[derive(Debug, Parser)]
#[command(name = "pgsextant", version, about, max_term_width = 100, disable_help_subcommand = true)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Arguments {
    /// The command; without one, what can be done here is shown.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// Options of every command.
    #[command(flatten)]
    pub look: Look,
}

/// How results look.
#[derive(Debug, Clone, Args)]
pub struct Look {
    /// Colours: auto looks at the terminal, NO_COLOR and CLICOLOR_FORCE
    #[arg(long, value_enum, default_value_t, global = true, env = "PGSEXTANT_COLOR")]
    pub color: When,
    /// Columns to wrap at; the terminal's width by default, 80 elsewhere
    #[arg(long, global = true, env = "PGSEXTANT_WIDTH", value_name = "COLUMNS")]
    pub width: Option<usize>,
    /// Write the result to a file instead of standard output
    #[arg(long, short, global = true, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Say nothing on standard error but errors
    #[arg(long, short, global = true)]
    pub quiet: bool,
}

/// Yes, no, or find out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum When {
    /// Find out.
    #[default]
    Auto,
    /// Yes.
    Always,
    /// No.
    Never,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Rank the indexes to build, with gain, price, risk and undo
    Advise(AdviseArguments),
    /// Write schema, statistics, sizes, settings and workload to a folder; no rows
    Capture(CaptureArguments),
    /// Say where the time of a plan went, why, and what would help; two plans are compared
    Plan(PlanArguments),
    /// For psql: PSQL_PAGER='pgsextant pager' shows plans analyzed, and all else as before
    Pager,
    /// Explain a rule, or list all
    Rule(RuleArguments),
    /// Show all of it on a throwaway server with a web shop and two million rows
    Demo(DemoArguments),
    /// Show one stage of the way from a capture to advice
    Dump(DumpArguments),
    /// Print completions for a shell
    Completions(CompletionArguments),
    /// Print the manual page
    Man,
    /// Keep a throwaway server and end it with its owner
    #[command(name = "__guard", hide = true)]
    Guard {
        /// What to guard, as JSON.
        specification: String,
    },
}

/// `advise`.
#[derive(Debug, Args)]
pub struct AdviseArguments {
    /// Where to read: a URI or key=value string; PG* and DATABASE_URL otherwise
    #[arg(value_name = "DSN", conflicts_with = "from")]
    pub dsn: Option<String>,
    /// Read a capture (folder or .tar.zst) instead of a server
    #[arg(long, value_name = "CAPTURE")]
    pub from: Option<PathBuf>,
    /// Keep what was read and every answer of the planner in this folder
    #[arg(long, value_name = "DIR")]
    pub save: Option<PathBuf>,
    /// How to price candidates
    #[arg(long, value_enum, default_value_t, env = "PGSEXTANT_PRICE")]
    pub price: Price,
    /// What may touch the server.
    #[command(flatten)]
    pub consent: ConsentArguments,
    /// What the advice must keep to.
    #[command(flatten)]
    pub budget: BudgetArguments,
    /// The form of the result
    #[arg(long, short, value_enum, default_value_t, env = "PGSEXTANT_FORMAT")]
    pub format: Format,
    /// Exit 1 when a finding of this severity, or worse, is there
    #[arg(long, value_enum, default_value_t = FailOn::Never, env = "PGSEXTANT_FAIL_ON")]
    pub fail_on: FailOn,
    /// List every statement, finding and refusal instead of the first ones
    #[arg(long)]
    pub all: bool,
}

/// What may touch the server.
#[derive(Debug, Clone, Args)]
pub struct ConsentArguments {
    /// Run read-only statements with EXPLAIN (ANALYZE): auto runs them on a standby only;
    /// a time limit in seconds may follow, as in always,30s
    #[arg(long, default_value = "auto", env = "PGSEXTANT_ANALYZE", value_name = "WHEN[,SECONDS]")]
    pub analyze: String,
    /// Print every statement that would be sent, and send none
    #[arg(long)]
    pub dry_run: bool,
    /// Trust functions of this role as those of a superuser (repeatable)
    #[arg(long, value_name = "ROLE", env = "PGSEXTANT_TRUST_OWNER", value_delimiter = ',')]
    pub trust_owner: Vec<String>,
}

/// What the advice must keep to.
#[derive(Debug, Clone, Args)]
pub struct BudgetArguments {
    /// At most so many new indexes
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub max_indexes: usize,
    /// At most so much new storage, such as 500MB or 2GB
    #[arg(long, value_name = "SIZE")]
    pub storage: Option<String>,
    /// A statement may become at most so many percent dearer
    #[arg(long, value_name = "PERCENT", default_value_t = 10.0)]
    pub max_regression: f64,
    /// An index must save at least so many percent of the recorded time
    #[arg(long, value_name = "PERCENT", default_value_t = 0.1)]
    pub min_gain: f64,
}

/// `capture`.
#[derive(Debug, Args)]
pub struct CaptureArguments {
    /// Where to read: a URI or key=value string; PG* and DATABASE_URL otherwise
    #[arg(value_name = "DSN")]
    pub dsn: Option<String>,
    /// The folder to write, or a file whose name ends in .tar.zst
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Leave out every value that comes from a row
    #[arg(long)]
    pub no_values: bool,
    /// What may touch the server.
    #[command(flatten)]
    pub consent: ConsentArguments,
}

/// `plan`.
#[derive(Debug, Args)]
pub struct PlanArguments {
    /// EXPLAIN output or a server's log in any form; - or nothing for standard input; two files
    /// are compared, three and more logs are read as one.
    /// With --sql: where to connect, as for advise
    #[arg(value_name = "FILE", num_args = 0..)]
    pub places: Vec<PathBuf>,
    /// Plan the statements of this file on a server, and run those that only read where
    /// --analyze allows it; - for standard input
    #[arg(long, value_name = "FILE")]
    pub sql: Option<PathBuf>,
    /// What may touch the server.
    #[command(flatten)]
    pub consent: ConsentArguments,
    /// The log_line_prefix of the server that wrote the log; found out where not given
    #[arg(long, value_name = "PREFIX", env = "PGSEXTANT_LOG_PREFIX", allow_hyphen_values = true)]
    pub log_prefix: Option<String>,
    /// Replace every name, value and text of yours by a stand-in, for sharing
    #[arg(long)]
    pub anonymize: bool,
    /// The form of the result
    #[arg(long, short, value_enum, default_value_t, env = "PGSEXTANT_PLAN_FORMAT")]
    pub format: PlanFormat,
    /// Exit 1 when a finding of this severity, or worse, is there
    #[arg(long, value_enum, default_value_t = FailOn::Never)]
    pub fail_on: FailOn,
    /// Show every finding, plan and condition instead of the first ones
    #[arg(long)]
    pub all: bool,
}

/// The forms of a plan's result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum PlanFormat {
    /// For people
    #[default]
    Text,
    /// For programs
    Json,
    /// For pull requests and wikis
    Markdown,
    /// One page with everything, to open or to mail
    Html,
    /// The pictures alone: time and blocks as icicles
    Svg,
    /// The plans themselves as EXPLAIN (FORMAT JSON) prints them
    ExplainJson,
}

/// `rule`.
#[derive(Debug, Args)]
pub struct RuleArguments {
    /// The rule's name; all rules without one
    #[arg(value_name = "NAME")]
    pub name: Option<String>,
}

/// `demo`.
#[derive(Debug, Args)]
pub struct DemoArguments {
    /// Another seed makes other data, and so another report
    #[arg(long, env = "SEED", default_value_t = 1)]
    pub seed: i64,
    /// The folder with schema, data, workload and planted faults; the built-in one by default
    #[arg(long, value_name = "DIR", env = "PGSEXTANT_DEMO")]
    pub world: Option<PathBuf>,
    /// Server binaries to use
    #[command(flatten)]
    pub servers: ServerArguments,
    /// Also write the whole advise report to this file
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
    /// Keep the capture of the demo database in this folder
    #[arg(long, value_name = "DIR")]
    pub save: Option<PathBuf>,
}

/// Where to find server binaries.
#[derive(Debug, Clone, Args)]
pub struct ServerArguments {
    /// The folder that holds postgres and initdb
    #[arg(long, value_name = "DIR", env = "PGSEXTANT_PG_BIN")]
    pub pg_bin: Option<PathBuf>,
    /// The unprivileged user to run throwaway servers as, when run as root
    #[arg(long, value_name = "NAME", env = "PGSEXTANT_PG_USER")]
    pub pg_user: Option<String>,
}

/// `dump`.
#[derive(Debug, Args)]
pub struct DumpArguments {
    /// The stage
    #[arg(value_enum)]
    pub stage: Stage,
    /// The capture
    #[arg(long, value_name = "CAPTURE")]
    pub from: PathBuf,
    /// Only the statement with this label or key
    #[arg(long, value_name = "STATEMENT")]
    pub id: Option<String>,
}

/// The stages, one per arrow of the way data goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Stage {
    /// Statements as they were parsed.
    Statement,
    /// Parameter sets.
    Parameters,
    /// Plans as outlines.
    Plan,
    /// What each statement asks for.
    Wishes,
    /// Faults.
    Findings,
    /// Candidate indexes and refusals.
    Candidates,
    /// Recorded answers of the planner.
    Answers,
    /// What was decided.
    Advice,
}

/// `completions`.
#[derive(Debug, Args)]
pub struct CompletionArguments {
    /// The shell
    pub shell: clap_complete::Shell,
}

/// How to price candidates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Price {
    /// HypoPG where it is installed, else structure
    #[default]
    Auto,
    /// Hypothetical indexes in the server's planner
    Hypopg,
    /// No price: ranked by covered time
    Structure,
}

/// The forms of a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Format {
    /// For people
    #[default]
    Text,
    /// For programs
    Json,
    /// For pull requests and wikis
    Markdown,
    /// One page with everything, to open or to mail
    Html,
    /// A script with its undo
    Sql,
}

/// From which severity on findings make the exit code 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    /// None does.
    Never,
    /// Any does.
    Info,
    /// Warnings and errors do.
    Warn,
    /// Errors do.
    Error,
}
