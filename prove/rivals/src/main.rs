//! `findings FILE…`: what ExplainSQL finds in each plan, a line a file.
//! `bench SECONDS FILE…`: plans parsed, analysed and advised on a second, ours and ExplainSQL's,
//! on one core and on two, taking turns over the same texts in one process.

use std::hint::black_box;
use std::time::{Duration, Instant};

use pgsextant_core::advise::plan_advice;
use pgsextant_core::plan::read;
use pgsextant_core::rules::{PlanOf, check_plan};
use pgsextant_core::workload::plan_world;
use rayon::prelude::*;

fn main() {
    let mut arguments = std::env::args().skip(1);
    match arguments.next().as_deref() {
        Some("findings") => arguments.for_each(|file| findings(&file)),
        Some("bench") => {
            let seconds = arguments.next().and_then(|it| it.parse().ok()).expect("seconds");
            let texts: Vec<String> = arguments.map(|file| text(&file)).collect();
            bench(Duration::from_secs_f64(seconds), &texts);
        }
        _ => panic!("findings FILE… or bench SECONDS FILE…"),
    }
}

fn text(file: &str) -> String {
    std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{file}: {error}"))
}

fn findings(file: &str) {
    let found: Vec<String> = match explainsql_core::parse_all(&text(file)) {
        Ok(plans) => plans
            .iter()
            .flat_map(|plan| explainsql_core::analyze(plan).findings)
            .map(|finding| finding.rule.id.to_owned())
            .collect(),
        Err(error) => vec![format!("unread:{error}")],
    };
    println!("{file}\t{}", found.join(" "));
}

/// Plans of one text, read, judged and advised on by us.
fn ours(text: &str) -> usize {
    let plans = read(text).map_or_else(|_| Vec::new(), |it| it.plans);
    for plan in &plans {
        let world = plan_world(plan);
        let findings = check_plan(&PlanOf::alone(plan, &world));
        black_box(plan_advice(plan, &world, &findings));
    }
    plans.len()
}

/// The same by ExplainSQL.
fn theirs(text: &str) -> usize {
    let plans = explainsql_core::parse_all(text).unwrap_or_default();
    for plan in &plans {
        black_box(explainsql_core::analyze(plan));
    }
    plans.len()
}

/// Rounds of both in turn until the time is up; the median rate of each.
fn bench(time: Duration, texts: &[String]) {
    for cores in [1, 2] {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(cores)
            .stack_size(64 << 20)
            .build()
            .expect("threads start");
        let (mut own, mut other) = (Vec::new(), Vec::new());
        let end = Instant::now() + time;
        while Instant::now() < end || own.len() < 3 {
            own.push(pool.install(|| rate(texts, ours)));
            other.push(pool.install(|| rate(texts, theirs)));
        }
        let (own, other) = (median(own), median(other));
        println!("{cores}\t{own:.0}\t{other:.0}\t{:.2}", own / other);
    }
}

/// Plans a second over all texts.
fn rate(texts: &[String], work: fn(&str) -> usize) -> f64 {
    let start = Instant::now();
    let plans: usize = texts.par_iter().map(|text| work(text)).sum();
    plans as f64 / start.elapsed().as_secs_f64()
}

fn median(mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates[rates.len() / 2]
}
