//! What stands below the tree: settings, planning, triggers, compilation, times.

use std::collections::BTreeSet;

use crate::document::Item;

use super::figures::{buffers, io, jit};
use super::text::{Dialect, Lines};

/// Writes all keys beside the tree, in their order.
pub(super) fn around(plan: &Item, dialect: Dialect, found: &mut Lines) {
    for (key, value) in plan.entries() {
        match key.as_str() {
            "Plan" => {}
            "Settings" => found.line(0, &settings(value)),
            "Planning" => planning(value, dialect, found),
            "Triggers" => triggers(value, dialect, found),
            "JIT" => jit(value).iter().for_each(|(depth, line)| found.line(*depth, line)),
            "Serialization" => serialization(value, dialect, found),
            "Planning Time" | "Execution Time" => {
                let key =
                    if dialect.major <= 10 { key.replace("Time", "time") } else { key.clone() };
                found.line(0, &format!("{key}: {} ms", value.word()));
            }
            _ => found.line(0, &format!("{key}: {}", value.word())),
        }
    }
}

fn settings(of: &Item) -> String {
    let pair = |(name, value): &(String, Item)| format!("{name} = '{}'", value.word());
    let pairs: Vec<String> = of.entries().iter().map(pair).collect();
    format!("Settings: {}", pairs.join(", "))
}

fn planning(of: &Item, dialect: Dialect, found: &mut Lines) {
    let memory = of.get("Memory Used").map(|used| {
        let allocated = of.text("Memory Allocated");
        format!("Memory: used={}kB  allocated={allocated}kB", used.word())
    });
    let lines = [buffers(of), io(of, dialect), memory];
    let lines: Vec<String> = lines.into_iter().flatten().collect();
    if !lines.is_empty() {
        found.line(0, "Planning:");
    }
    for line in &lines {
        found.line(1, line);
    }
}

fn triggers(of: &Item, dialect: Dialect, found: &mut Lines) {
    let relations: BTreeSet<String> = of.items().iter().map(|it| it.text("Relation")).collect();
    for trigger in of.items() {
        let constraint = trigger.get("Constraint Name");
        let mut line = "Trigger".to_owned();
        if dialect.verbose || constraint.is_none() {
            line += &format!(" {}", trigger.text("Trigger Name"));
        }
        if let Some(constraint) = constraint {
            line += &format!(" for constraint {}", constraint.word());
        }
        if relations.len() > 1 {
            line += &format!(" on {}", trigger.text("Relation"));
        }
        let time = trigger.get("Time").map(|it| format!(" time={}", it.word()));
        let (time, calls) = (time.unwrap_or_default(), trigger.text("Calls"));
        found.line(0, &format!("{line}:{time} calls={calls}"));
    }
}

fn serialization(of: &Item, dialect: Dialect, found: &mut Lines) {
    let time = of.get("Time").map(|it| format!("time={} ms  ", it.word()));
    let (time, volume) = (time.unwrap_or_default(), of.text("Output Volume"));
    found.line(0, &format!("Serialization: {time}output={volume}kB  format={}", of.text("Format")));
    for line in [buffers(of), io(of, dialect)].into_iter().flatten() {
        found.line(1, &line);
    }
}
