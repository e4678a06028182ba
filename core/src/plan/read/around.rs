//! What EXPLAIN says outside of the tree: planning, triggers, settings, compilation.

use std::collections::BTreeMap;

use crate::base::{Bytes, Millis};
use crate::plan::tree::{Jit, Memory, Serialization, Surroundings, Trigger};

use super::fields::{Fields, Taken, wrong};
use super::figures;
use super::value::{Number, Value};

/// Reads what stands beside `Plan`, which was taken before.
pub(super) fn surroundings(mut from: Fields) -> Taken<Surroundings> {
    let mut planning = from.object("Planning")?.unwrap_or_default();
    let mut compilation = from.object("JIT")?;
    let mut serializing = from.object("Serialization")?;
    let (triggers, of_triggers) = triggers(&mut from)?;
    let execution = from.millis("Execution Time")?;
    let total = from.millis("Total Runtime")?; // up to 9.3
    let around = Surroundings {
        planning: from.millis("Planning Time")?,
        planning_buffers: figures::buffers(&mut planning)?,
        planning_io: figures::io(&mut planning)?,
        planner_memory: memory(&mut planning)?,
        execution: execution.or(total),
        settings: settings(&mut from)?,
        query_identifier: identifier(&mut from)?,
        query_text: from.text("Query Text")?,
        query_parameters: from.text("Query Parameters")?,
        triggers,
        jit: compilation.as_mut().map(jit).transpose()?,
        serialization: serializing.as_mut().map(serialization).transpose()?,
        extra: BTreeMap::new(),
    };
    let groups = [Some(planning), compilation, serializing].into_iter().flatten();
    let rest = groups.chain(of_triggers).fold(from, Fields::merged);
    Ok(Surroundings { extra: rest.rest(), ..around })
}

fn memory(from: &mut Fields) -> Taken<Option<Memory>> {
    let used = from.kilobytes("Memory Used")?;
    let allocated = from.kilobytes("Memory Allocated")?.unwrap_or_default();
    Ok(used.map(|used| Memory { used, allocated }))
}

fn settings(from: &mut Fields) -> Taken<BTreeMap<String, String>> {
    let Some(settings) = from.object("Settings")? else { return Ok(BTreeMap::new()) };
    settings
        .each()
        .map(|(name, value)| match value.into_text() {
            Ok(text) => Ok((name, text)),
            Err(other) => Err(wrong(&name, &other)),
        })
        .collect()
}

/// A signed number of 64 bits; some tools write it without its sign.
fn identifier(from: &mut Fields) -> Taken<Option<i64>> {
    const KEY: &str = "Query Identifier";
    match from.number(KEY)? {
        None => Ok(None),
        Some(Number::Whole(number)) => Ok(i64::try_from(number)
            .ok()
            .or_else(|| u64::try_from(number).ok().map(u64::cast_signed))),
        Some(broken) => Err(wrong(KEY, &Value::Number(broken))),
    }
}

/// The triggers, and what their objects hold beyond that.
fn triggers(from: &mut Fields) -> Taken<(Vec<Trigger>, Vec<Fields>)> {
    let mut objects = from.objects("Triggers")?;
    let triggers = objects.iter_mut().map(trigger).collect::<Taken<_>>()?;
    Ok((triggers, objects))
}

fn trigger(from: &mut Fields) -> Taken<Trigger> {
    let constraint = from.text("Constraint Name")?;
    let name = from.text("Trigger Name")?;
    Ok(Trigger {
        name: name.or_else(|| constraint.clone()).unwrap_or_default(),
        constraint,
        relation: from.text("Relation")?,
        time: from.millis("Time")?,
        calls: from.float("Calls")?.unwrap_or(0.0),
    })
}

fn jit(from: &mut Fields) -> Taken<Jit> {
    let mut timing = from.object("Timing")?.unwrap_or_default();
    let total = timing.millis("Total")?;
    let mut parts = BTreeMap::new();
    for (name, value) in timing.each() {
        let time = match value {
            Value::Number(number) => Some(Millis(number.float())),
            // From 17 a part with a part of its own: deforming within generation.
            value => match value.into_entries() {
                Ok(entries) => Fields::new(entries).millis("Total")?,
                Err(other) => return Err(wrong(&name, &other)),
            },
        };
        parts.extend(time.map(|time| (name, time)));
    }
    let mut options = BTreeMap::new();
    for (name, value) in from.object("Options")?.unwrap_or_default().each() {
        let Value::Flag(on) = value else { return Err(wrong(&name, &value)) };
        options.insert(name, on);
    }
    Ok(Jit { functions: from.count("Functions")?.unwrap_or(0), total, parts, options })
}

fn serialization(from: &mut Fields) -> Taken<Serialization> {
    Ok(Serialization {
        time: from.millis("Time")?,
        volume: from.kilobytes("Output Volume")?.unwrap_or(Bytes(0)),
        format: from.text("Format")?.unwrap_or_default(),
        buffers: figures::buffers(from)?,
        io: figures::io(from)?,
    })
}
