//! The pure road at size: 5,000 statements over 300 tables, from texts to candidates.
//!
//! Prints seconds per phase, their share of the whole, and the peak memory of the process. Run by
//! `make bench`. The bounds that the project holds itself to are printed beside the figures; a
//! figure over its bound ends the bench with 1, so that a proof can rest on it.

#![expect(clippy::disallowed_methods, clippy::print_stdout, reason = "a bench measures and prints")]

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::time::Instant;

use pgsextant::base::{Bytes, Millis, Name, Pages, QualifiedName, Rows, Share};
use pgsextant::catalog::{
    Catalog, CatalogParts, Column, ColumnStatistics, Distinct, Function, FunctionKind, Index,
    IndexKey, KeyTerm, Language, Server, Setting, Table, TableKind, Version, Volatility,
};
use pgsextant::indexes::{CandidateLimits, candidates};
use pgsextant::rules::{Scene, check_all};
use pgsextant::workload::{Capture, Counters, Privacy, RecordedStatement, cases, drafts, wishes};

/// Statements of the synthetic workload.
const STATEMENTS: usize = 5_000;
/// A quarter of them, for how the time grows.
const QUARTER: usize = STATEMENTS / 4;
/// Tables of the synthetic schema.
const TABLES: usize = 300;
/// The bound on the whole, in seconds on two cores.
const SECONDS_MAX: f64 = 2.0;
/// The bound on the process's memory.
const MEGABYTES_MAX: f64 = 200.0;
/// Four times the statements may take so many times the time: 4 is linear, and half as much again
/// is left to sorting and to the machine.
const GROWTH_MAX: f64 = 6.0;
/// Runs of each kind; the fastest counts, since what other processes take is only ever added.
const RUNS: usize = 5;

/// Phases with their seconds.
type Phases = Vec<(&'static str, f64)>;

fn main() -> ExitCode {
    let (whole_world, quarter) = (synthetic(STATEMENTS), synthetic(QUARTER));
    let (one, two) = (pool(1), pool(2));
    // Turn by turn, so that a busy moment of the machine falls on all kinds alike.
    let mut runs: [Vec<Phases>; 3] = [Vec::new(), Vec::new(), Vec::new()];
    for _ in 0..RUNS {
        runs[0].push(two.install(|| phases(&whole_world)));
        runs[1].push(one.install(|| phases(&whole_world)));
        runs[2].push(two.install(|| phases(&quarter)));
    }
    let [on_two, on_one, of_quarter] = runs.map(fastest);
    let seconds = whole(&on_two);
    println!("{STATEMENTS} statements over {TABLES} tables, fastest of {RUNS} runs");
    println!("  {:<28} {:>11} {:>8} {:>11}", "", "2 threads", "", "1 thread");
    for ((phase, time), (_, alone)) in on_two.iter().zip(&on_one) {
        let share = time / seconds * 100.0;
        println!("  {phase:<28} {:>8.1} ms {share:>6.1} % {:>8.1} ms", time * 1e3, alone * 1e3);
    }
    let megabytes = peak_megabytes();
    let speedup = whole(&on_one) / seconds;
    let growth = seconds / whole(&of_quarter);
    let figures = [
        ("whole", seconds * 1e3, "ms", SECONDS_MAX * 1e3),
        ("peak memory of the process", megabytes, "MB", MEGABYTES_MAX),
        ("time of 5,000 over 1,250", growth, "x", GROWTH_MAX),
    ];
    for (name, figure, unit, bound) in figures {
        println!("  {name:<28} {figure:>8.1} {unit:<2} (bound {bound:.0} {unit})");
    }
    println!(
        "  {:<28} {speedup:>8.2} x  (no bound: cores may be shared)",
        "1 thread over 2 threads"
    );
    if figures.iter().any(|(_, figure, _, bound)| figure > bound) {
        println!("over the bound");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

/// Threads with the stacks that deep statements need.
fn pool(threads: usize) -> rayon::ThreadPool {
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .stack_size(64 << 20)
        .build()
        .expect("a thread or two can be started")
}

fn whole(phases: &Phases) -> f64 {
    phases.iter().map(|(_, time)| time).sum()
}

fn fastest(mut runs: Vec<Phases>) -> Phases {
    runs.sort_by(|a, b| whole(a).total_cmp(&whole(b)));
    runs.swap_remove(0)
}

/// The pure steps with their seconds.
fn phases(capture: &Capture) -> Phases {
    let mut taken = Vec::new();
    let start = Instant::now();
    let drafted = drafts(capture);
    taken.push(("parse, resolve, parameters", start.elapsed().as_secs_f64()));
    assert!(drafted.iter().all(|it| it.statement.is_ok()), "every statement parses");
    let start = Instant::now();
    let cases = cases(drafted, capture);
    taken.push(("cases", start.elapsed().as_secs_f64()));
    let start = Instant::now();
    let wishes = wishes(&cases, &capture.catalog);
    taken.push(("wishes", start.elapsed().as_secs_f64()));
    assert!(wishes.len() >= capture.statements.len() / 2, "most statements ask for something");
    let start = Instant::now();
    let found = check_all(&Scene::new(capture, &cases, &wishes));
    taken.push(("rules", start.elapsed().as_secs_f64()));
    let start = Instant::now();
    let (made, refused) = candidates(&wishes, &capture.catalog, &CandidateLimits::default());
    taken.push(("candidates", start.elapsed().as_secs_f64()));
    assert!(made.len() > TABLES, "tables have candidates");
    std::hint::black_box((found, refused));
    taken
}

/// The high-water mark of resident memory, where the system says it.
fn peak_megabytes() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|it| it.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|it| it.trim().trim_end_matches("kB").trim().parse().ok());
    kilobytes.unwrap_or(0.0) / 1024.0
}

fn synthetic(statements: usize) -> Capture {
    Capture {
        captured_at: "2026-01-01T00:00:00Z".to_owned(),
        privacy: Privacy::Values,
        server: server(),
        settings: vec![Setting {
            name: "search_path".to_owned(),
            value: "app, public".to_owned(),
            scope: String::new(),
        }],
        roles: Vec::new(),
        catalog: Catalog::new(CatalogParts {
            tables: (0..TABLES).map(table).collect(),
            indexes: (0..TABLES).map(primary_key).collect(),
            functions: vec![count()],
            ..CatalogParts::default()
        }),
        statements: (0..statements).map(statement).collect(),
        plans: Vec::new(),
        gaps: Vec::new(),
        unknown: BTreeMap::new(),
    }
}

fn server() -> Server {
    Server {
        version: Version(170_000),
        database: Name::from("app"),
        standby: false,
        encoding: "UTF8".to_owned(),
        collation: "C".to_owned(),
        block: Bytes(8192),
        role: Name::from("app"),
        superuser: false,
        counters_since: None,
        started_at: None,
        counter_days: Some(40.0),
        active_time_ms: None,
        statements: None,
        hypopg: None,
    }
}

fn count() -> Function {
    Function {
        name: QualifiedName::new("pg_catalog", "count"),
        arguments: String::new(),
        kind: FunctionKind::Aggregate,
        volatility: Volatility::Immutable,
        language: Language::Internal,
        built_in: true,
        leakproof: false,
    }
}

const COLUMNS: [(&str, &str, i16, f64); 8] = [
    ("id", "bigint", 8, -1.0),
    ("tenant_id", "integer", 4, 500.0),
    ("status", "text", -1, 6.0),
    ("kind", "text", -1, 40.0),
    ("owner_id", "bigint", 8, 20_000.0),
    ("amount", "numeric", -1, -0.5),
    ("created_at", "timestamp with time zone", 8, -0.9),
    ("note", "text", -1, -0.8),
];

fn table(number: usize) -> Table {
    let columns =
        COLUMNS.iter().enumerate().map(|(position, (name, kind, length, distinct))| Column {
            number: i16::try_from(position + 1).expect("eight columns"),
            name: Name::from(*name),
            type_name: (*kind).to_owned(),
            type_length: *length,
            type_alignment: if *length == 8 { 'd' } else { 'i' },
            sortable: true,
            not_null: position < 2,
            statistics: Some(ColumnStatistics {
                null_share: Share(0.0),
                width: Bytes(12),
                distinct: Distinct::from_catalog(*distinct),
                common: (0..20).map(|it| (it.to_string(), Share(0.02))).collect(),
                histogram: (0..101).map(|it| (it * 37).to_string()).collect(),
                correlation: Some(0.1),
            }),
        });
    Table {
        name: QualifiedName::new("app", &format!("table_{number}")),
        kind: TableKind::Table,
        columns: columns.collect(),
        rows: Some(Rows(1e6)),
        pages: Pages(20_000),
        all_visible: Pages(10_000),
        file_pages: Some(Pages(20_000)),
        parents: Vec::new(),
        row_security: false,
        owner: Name::from("app"),
        activity: None,
        modified_since_analyze: Some(0),
        analyzed: Some(true),
    }
}

fn primary_key(number: usize) -> Index {
    Index {
        name: QualifiedName::new("app", &format!("table_{number}_pkey")),
        table: QualifiedName::new("app", &format!("table_{number}")),
        method: Name::from("btree"),
        keys: vec![IndexKey {
            term: KeyTerm::Column(Name::from("id")),
            operator_class: None,
            collation: None,
            descending: false,
            nulls_first: false,
        }],
        include: Vec::new(),
        predicate: None,
        unique: true,
        nulls_not_distinct: false,
        constraint: Some(Name(format!("table_{number}_pkey"))),
        primary: true,
        exclusion: false,
        valid: true,
        ready: true,
        replica_identity: false,
        clustered: false,
        referenced: false,
        parent: None,
        pages: Pages(2_745),
        file_pages: Some(Pages(2_745)),
        rows: Some(Rows(1e6)),
        definition: None,
        usage: None,
        of_extension: false,
    }
}

/// One of several shapes, each with another tag, so that no two texts are equal.
fn statement(number: usize) -> RecordedStatement {
    let a = number * 7 % TABLES;
    let b = (number * 13 + 5) % TABLES;
    let text = match number % 6 {
        0 => format!(
            "SELECT /* app:list_{number} */ id, amount FROM table_{a} WHERE tenant_id = $1 AND \
             status = $2 ORDER BY created_at DESC LIMIT $3"
        ),
        1 => format!(
            "SELECT /* app:join_{number} */ x.id, y.amount, count(*) FROM table_{a} x JOIN \
             table_{b} y ON y.owner_id = x.id WHERE x.tenant_id = $1 AND y.kind = ANY($2) GROUP \
             BY x.id, y.amount"
        ),
        2 => format!(
            "SELECT /* app:range_{number} */ * FROM table_{a} WHERE owner_id = $1 AND created_at \
             >= $2 AND created_at < $3"
        ),
        3 => format!("UPDATE /* app:set_{number} */ table_{a} SET note = $1 WHERE kind = $2"),
        4 => format!(
            "SELECT /* app:exists_{number} */ id FROM table_{a} x WHERE tenant_id = $1 AND \
             EXISTS (SELECT $2 FROM table_{b} y WHERE y.owner_id = x.id AND y.status = $3)"
        ),
        _ => format!("SELECT /* app:get_{number} */ * FROM table_{a} WHERE id = $1"),
    };
    RecordedStatement {
        queryid: i64::try_from(number).ok(),
        role: Name::from("app"),
        toplevel: true,
        text,
        counters: Counters {
            calls: 100,
            rows: 1_000,
            total: Millis(1_000.0),
            mean: Millis(10.0),
            ..Counters::default()
        },
    }
}
