//! Whole conversations against small worlds whose best answer can be had by trying everything.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::base::{
    Bytes, CandidateId, Cost, Millis, Name, Pages, QualifiedName, Range, Rows, SetId, Share,
    StatementId, TableId,
};
use crate::catalog::{Catalog, CatalogParts, Table, TableKind};
use crate::indexes::{Candidate, Definition, KeyColumn, RefusalReason, Size};
use crate::plan::Direction;
use crate::whatif::{Abilities, Answer, Answers, Priced, Wave};
use crate::workload::{Wish, WishId};

use super::advice::{Advice, Fate, Method};
use super::advisor::{Advisor, Record, Step};
use super::board::Set;
use super::ground::{Doubt, Ground, Line};
use super::option::{Options, Pricer};

/// One way to run a statement: the candidates it needs and what it costs.
#[derive(Debug, Clone)]
struct Way {
    needs: Set,
    cost: f64,
    stops_early: bool,
}

/// A world whose planner takes the cheapest way there is.
#[derive(Debug, Clone)]
struct World {
    ground: Ground,
    record: Record,
    ways: BTreeMap<StatementId, Vec<Way>>,
    /// The planner is wrong: with this candidate there, this statement costs so many times more.
    traps: Vec<(StatementId, CandidateId, f64)>,
}

/// A small generator of numbers, the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

fn table(position: usize) -> Table {
    Table {
        name: QualifiedName::new("public", &format!("t{position}")),
        kind: TableKind::Table,
        columns: Vec::new(),
        rows: Some(Rows(1e6)),
        pages: Pages(10_000),
        all_visible: Pages(0),
        file_pages: None,
        parents: Vec::new(),
        row_security: false,
        owner: Name::from("app"),
        activity: None,
        modified_since_analyze: None,
        analyzed: Some(true),
    }
}

fn candidate(position: usize, table: usize, bytes: u64) -> Candidate {
    let column = Name::from(format!("c{position}").as_str());
    Candidate {
        id: CandidateId::at(position),
        table: TableId::at(table),
        definition: Definition {
            table: QualifiedName::new("public", &format!("t{table}")),
            method: Name::from("btree"),
            keys: vec![KeyColumn { column, descending: false, nulls_first: false }],
            include: Vec::new(),
            predicate: None,
        },
        size: Size {
            pages: Pages(bytes / 8192),
            bytes: Range { low: Bytes(bytes), high: Bytes(bytes) },
            height: 2,
        },
        wishes: vec![WishId(0)],
    }
}

fn line(position: usize, total: f64) -> Line {
    let tables = BTreeSet::from([TableId(0), TableId(1)]);
    Line {
        statement: StatementId::at(position),
        key: format!("key{position:03}"),
        label: format!("s{position}"),
        calls: 10,
        total: Millis(total),
        mean: Millis(total / 10.0),
        share: Share(0.0),
        sets: vec![(SetId(0), 0.5), (SetId(1), 0.5)],
        wished: tables.clone(),
        tables,
        verdict: None,
        doubts: BTreeMap::new(),
        writes: Vec::new(),
        rows: 10,
        executed: None,
    }
}

fn record() -> Record {
    let tables = vec![table(0), table(1)];
    let catalog = Catalog::new(CatalogParts { tables, ..CatalogParts::default() });
    Record { catalog, days: None, wishes: Vec::new(), refusals: Vec::new() }
}

fn world(seed: u64, candidates: usize, statements: usize) -> World {
    let mut dice = Dice(seed);
    let made: Vec<Candidate> =
        (0..candidates).map(|it| candidate(it, it % 2, 8192 * (10 + dice.roll(200)))).collect();
    let mut ways = BTreeMap::new();
    let mut lines = Vec::new();
    for position in 0..statements {
        lines.push(line(position, 100.0 + dice.roll(10_000) as f64));
        let base = 1_000.0 + dice.roll(100_000) as f64;
        let mut mine = vec![Way { needs: Set::new(), cost: base, stops_early: false }];
        for _ in 0..=dice.roll(5) {
            let members = 1 + usize::from(dice.roll(4) == 0);
            let needs = (0..members)
                .map(|_| CandidateId::at(usize::try_from(dice.roll(candidates as u64)).unwrap()))
                .collect();
            let cost = base * dice.roll(1_100) as f64 / 1_000.0;
            mine.push(Way { needs, cost, stops_early: false });
        }
        ways.insert(StatementId::at(position), mine);
    }
    World { ground: Ground::new(lines, made), record: record(), ways, traps: Vec::new() }
}

impl World {
    fn price(&self, statement: StatementId, add: &Set) -> Priced {
        let open = self.ways[&statement].iter().filter(|it| it.needs.is_subset(add));
        let way = open.min_by(|one, two| one.cost.total_cmp(&two.cost)).unwrap();
        let mut used = way.needs.clone();
        let mut cost = way.cost;
        for (_, id, times) in self.traps.iter().filter(|it| it.0 == statement) {
            if add.contains(id) {
                cost *= times;
                used.insert(*id);
            }
        }
        Priced {
            cost: Cost(cost),
            rows: Rows(10.0),
            used: used.iter().map(|it| self.ground.text(*it).to_owned()).collect(),
            used_existing: BTreeSet::new(),
            pages: None,
            stops_early: way.stops_early,
        }
    }

    fn answers(&self, wave: &Wave) -> Answers {
        let answer = |add: &Set, statement| Answer::Priced(Arc::new(self.price(statement, add)));
        let answers = wave.0.iter().map(|it| {
            it.cells.iter().map(|cell| answer(&it.configuration.add, cell.statement)).collect()
        });
        Answers { answers: answers.collect(), stop: false }
    }

    /// Talks to the end, each wave's answers changed on the way by its number.
    fn advise(&self, options: &Options, spoil: impl Fn(usize, Answers) -> Answers) -> Advice {
        let abilities = Abilities { add: true, ..Abilities::NONE };
        let pricer = Pricer { method: Method::Shadow, abilities };
        let (mut advisor, mut step) =
            Advisor::on(self.ground.clone(), self.record.clone(), options, pricer);
        for number in 0.. {
            let answers = match step {
                Step::Define(_) => Answers::default(),
                Step::Ask(wave) => self.answers(&wave),
                Step::Done(advice) => return *advice,
            };
            (advisor, step) = advisor.resume(spoil(number, answers));
        }
        unreachable!("the loop ends with advice");
    }

    /// Recorded time saved by a set, by the same rules as the search.
    fn saved(&self, set: &Set, options: &Options) -> f64 {
        let lines = self.ground.lines.iter();
        lines
            .map(|line| {
                let before = self.price(line.statement, &Set::new()).cost.0;
                let after = self.price(line.statement, set).cost.0;
                let counts = after <= before * (1.0 - options.gain_min.0) || after > before;
                if counts { line.total.0 * (1.0 - after / before) } else { 0.0 }
            })
            .sum()
    }

    /// The most that any set within the budget saves.
    fn best(&self, options: &Options) -> f64 {
        let count = self.ground.candidates.len();
        (0..1_u32 << count)
            .map(|bits| {
                let ids = (0..count).filter(|it| bits >> it & 1 == 1).map(CandidateId::at);
                ids.collect::<Set>()
            })
            .filter(|set| set.len() <= options.indexes_max)
            .filter(|set| {
                let bytes: u64 = set.iter().map(|it| self.ground.bytes(*it).0).sum();
                options.storage.is_none_or(|it| bytes <= it.0)
            })
            .map(|set| self.saved(&set, options))
            .fold(0.0, f64::max)
    }

    fn chosen(&self, advice: &Advice) -> Set {
        let texts = advice.recommendations.iter().map(|it| it.definition.canonical());
        texts.map(|it| self.ground.by_text[&it]).collect()
    }
}

fn check_whole(world: &World, advice: &Advice) {
    let told: Vec<StatementId> = advice.fates.iter().map(|it| it.statement).collect();
    let asked: Vec<StatementId> = world.ground.lines.iter().map(|it| it.statement).collect();
    assert_eq!(told, asked, "one fate each, in order");
    assert!(advice.fates.iter().all(|it| !it.reason.is_empty()), "{:#?}", advice.fates);
    let refused = advice.refusals.len() + advice.recommendations.len();
    assert_eq!(refused, world.ground.candidates.len(), "nothing is dropped in silence");
}

fn undisturbed(_: usize, answers: Answers) -> Answers {
    answers
}

#[test]
fn comes_near_the_best_set_there_is() {
    let mut shares: Vec<f64> = Vec::new();
    for seed in 0..60 {
        let world = world(seed, 8, 12);
        let indexes_max = 2 + usize::try_from(seed % 4).unwrap();
        let storage = (seed % 3 == 0).then_some(Bytes(8192 * 400));
        let options = Options { indexes_max, storage, ..Options::default() };
        let advice = world.advise(&options, undisturbed);
        check_whole(&world, &advice);
        let saved = world.saved(&world.chosen(&advice), &options);
        assert!(saved >= 0.0, "seed {seed} saves {saved}");
        let best = world.best(&options);
        shares.push(if best > 0.0 { saved / best } else { 1.0 });
    }
    let mean = shares.iter().sum::<f64>() / shares.len() as f64;
    let least = shares.iter().copied().fold(1.0, f64::min);
    assert!(mean >= 0.99, "mean {mean:.4}, least {least:.4}");
    assert!(least >= 0.9, "mean {mean:.4}, least {least:.4}");
}

#[test]
fn asks_less_than_trying_everything() {
    let world = world(7, 8, 12);
    let advice = world.advise(&Options::default(), undisturbed);
    let everything = (1 << 8) * world.ground.lines.len() * 2;
    assert!(advice.effort.planner_calls * 8 < everything, "{:?}", advice.effort);
    assert!(advice.effort.reused > 0, "{:?}", advice.effort);
}

#[test]
fn never_makes_a_statement_dearer_than_allowed() {
    for seed in 0..60 {
        let mut world = world(seed, 6, 10);
        let mut dice = Dice(seed + 1_000);
        world.traps = (0..3)
            .map(|_| {
                (
                    StatementId(u32::try_from(dice.roll(10)).unwrap()),
                    CandidateId(u32::try_from(dice.roll(6)).unwrap()),
                    1.05 + dice.roll(40) as f64 / 10.0,
                )
            })
            .collect();
        let options = Options::default();
        let advice = world.advise(&options, undisturbed);
        check_whole(&world, &advice);
        let chosen = world.chosen(&advice);
        for line in &world.ground.lines {
            let before = world.price(line.statement, &Set::new()).cost.0;
            let after = world.price(line.statement, &chosen).cost.0;
            let most = before * (1.0 + options.regression_max.0);
            assert!(after <= most, "seed {seed}: {} goes from {before} to {after}", line.label);
        }
    }
}

#[test]
fn says_whom_a_regression_would_hit() {
    let mut world = world(1, 1, 2);
    let only = Set::from([CandidateId(0)]);
    let way = |needs: &Set, cost| Way { needs: needs.clone(), cost, stops_early: false };
    world.ways.insert(StatementId(0), vec![way(&Set::new(), 1e5), way(&only, 10.0)]);
    world.ways.insert(StatementId(1), vec![way(&Set::new(), 1e5)]);
    world.traps = vec![(StatementId(1), CandidateId(0), 3.0)];
    let advice = world.advise(&Options::default(), undisturbed);
    assert_eq!(advice.recommendations, []);
    assert_eq!(advice.refusals[0].reason, RefusalReason::Regression, "{:?}", advice.refusals);
    assert_eq!(advice.fates[0].fate, Fate::Blocked, "{:?}", advice.fates);
}

#[test]
fn puts_statistics_first_where_the_estimate_was_wrong() {
    let mut world = world(1, 1, 1);
    let only = Set::from([CandidateId(0)]);
    let ways = vec![
        Way { needs: Set::new(), cost: 1e5, stops_early: false },
        Way { needs: only, cost: 10.0, stops_early: true },
    ];
    world.ways.insert(StatementId(0), ways);
    let mut lines = world.ground.lines.clone();
    lines[0].doubts = BTreeMap::from([(
        TableId(0),
        Doubt {
            planned: Rows(9_980.0),
            actual: Rows(3.0),
            direction: Direction::Over,
            table_rows: Some(Rows(1e6)),
        },
    )]);
    world.ground = Ground::new(lines, world.ground.candidates.clone());
    let advice = world.advise(&Options::default(), undisturbed);
    assert_eq!(advice.recommendations, []);
    assert_eq!(advice.fates[0].fate, Fate::StatisticsFirst);
    assert_eq!(advice.refusals[0].reason, RefusalReason::EstimateWrong);
    assert!(advice.refusals[0].detail.contains("planned 9 980 rows, 3 came"), "{advice:?}");
}

#[test]
fn ends_with_every_fate_whichever_answer_fails() {
    let world = world(3, 5, 6);
    let whole = world.advise(&Options::default(), undisturbed);
    let waves = whole.effort.waves + 1;
    for failing in 0..waves {
        let fail = |number, mut answers: Answers| {
            if number == failing {
                for answer in answers.answers.iter_mut().flatten() {
                    *answer = Answer::Refused("canceling statement due to timeout".to_owned());
                }
            }
            answers
        };
        check_whole(&world, &world.advise(&Options::default(), fail));
        let lose = |number, answers| if number == failing { Answers::default() } else { answers };
        check_whole(&world, &world.advise(&Options::default(), lose));
    }
    for failing in 0..whole.effort.planner_calls {
        let counted = std::cell::Cell::new(0);
        let fail = |_, mut answers: Answers| {
            for answer in answers.answers.iter_mut().flatten() {
                if counted.replace(counted.get() + 1) == failing {
                    *answer = Answer::Refused("lost".to_owned());
                }
            }
            answers
        };
        check_whole(&world, &world.advise(&Options::default(), fail));
    }
}

#[test]
fn ends_at_once_when_told_to_with_the_best_so_far() {
    let world = world(3, 5, 6);
    let whole = world.advise(&Options::default(), undisturbed);
    for end in 0..=whole.effort.waves {
        let stop = |number, answers: Answers| Answers { stop: number == end, ..answers };
        let advice = world.advise(&Options::default(), stop);
        check_whole(&world, &advice);
        assert!(advice.effort.waves <= end + 1);
        let saved = world.saved(&world.chosen(&advice), &Options::default());
        assert!(saved >= 0.0, "stopped at {end} saves {saved}");
    }
    let bounded = Options { waves_max: 2, ..Options::default() };
    check_whole(&world, &world.advise(&bounded, undisturbed));
}

#[test]
fn chooses_the_same_whatever_the_order_of_statements() {
    for seed in 0..20 {
        let world = world(seed, 6, 9);
        let advice = world.advise(&Options::default(), undisturbed);
        let mut turned = world.clone();
        let count = world.ground.lines.len();
        let place = |position: usize| (position * 4 + 2) % count;
        let mut lines: Vec<Line> = Vec::new();
        let mut ways = BTreeMap::new();
        for position in 0..count {
            let from = StatementId::at(place(position));
            let to = StatementId::at(position);
            lines.push(Line { statement: to, ..world.ground.lines[from.position()].clone() });
            ways.insert(to, world.ways[&from].clone());
        }
        turned.ground = Ground::new(lines, world.ground.candidates.clone());
        turned.ways = ways;
        let again = turned.advise(&Options::default(), undisturbed);
        let texts = |advice: &Advice| -> Vec<(String, String)> {
            let all = advice.recommendations.iter();
            all.map(|it| (it.definition.canonical(), format!("{:?}", it.gain))).collect()
        };
        assert_eq!(texts(&advice), texts(&again), "seed {seed}");
        assert_eq!(advice.refusals.len(), again.refusals.len());
    }
}

#[test]
fn ranks_by_covered_time_where_nothing_can_price() {
    let mut world = world(1, 4, 4);
    let wish = |position: u32, table: u32| Wish {
        id: WishId(position),
        statement: StatementId(position),
        table: TableId(table),
        equalities: Vec::new(),
        ranges: vec![Name::from("c")],
        order: Vec::new(),
        limited: false,
        columns: None,
        kept: None,
    };
    world.record.wishes = vec![wish(0, 0), wish(1, 1), wish(2, 1)];
    let mut candidates = world.ground.candidates.clone();
    candidates[0].wishes = vec![WishId(0)];
    candidates[1].wishes = vec![WishId(1), WishId(2)];
    let leading = candidates[1].definition.keys[0].clone();
    candidates[3].definition.keys.insert(0, leading);
    candidates[2].wishes = Vec::new();
    candidates[3].wishes = vec![WishId(2)];
    let mut lines: Vec<Line> = (0..4).map(|it| line(it, [300.0, 100.0, 500.0, 50.0][it])).collect();
    lines[3].verdict = Some((Fate::Utility, "VACUUM or ANALYZE has no plan".to_owned()));
    world.ground = Ground::new(lines, candidates);
    let pricer = Pricer { method: Method::Structure, abilities: Abilities::NONE };
    let (ground, record) = (world.ground.clone(), world.record.clone());
    let (_, step) = Advisor::on(ground, record, &Options::default(), pricer);
    let Step::Done(advice) = step else { panic!("structure asks nothing") };
    check_whole(&world, &advice);
    let told: Vec<(String, usize)> =
        advice.recommendations.iter().map(|it| (it.definition.shape(), it.helped.len())).collect();
    // Statement 1's index is the beginning of statement 2's, so one index serves both.
    assert_eq!(told, [("USING btree (c1, c3)".to_owned(), 2), ("USING btree (c0)".to_owned(), 1)]);
    assert!(advice.recommendations.iter().all(|it| it.gain.is_none()));
    let fates: Vec<Fate> = advice.fates.iter().map(|it| it.fate).collect();
    assert_eq!(fates, [Fate::Advised, Fate::Advised, Fate::Advised, Fate::Utility]);
}
