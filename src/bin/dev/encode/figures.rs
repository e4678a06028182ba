//! Lines that hold several keys at once: buffers, memory, sorts, caches.

use crate::document::Item;

use super::node::Line;
use super::text::Dialect;

/// Keys whose value stands in the line of another one.
const ELSEWHERE: [&str; 23] = [
    "Sampling Parameters",
    "Repeatable Seed",
    "Maximum Storage",
    "HashAgg Batches",
    "Disk Usage",
    "Peak Memory Usage",
    "Lossy Heap Blocks",
    "Original Hash Buckets",
    "Hash Batches",
    "Original Hash Batches",
    "Sort Space Used",
    "Sort Space Type",
    "Worker Number",
    "Cache Misses",
    "Cache Evictions",
    "Cache Overflows",
    "WAL FPI",
    "WAL Bytes",
    "WAL Buffers Full",
    "Actual Startup Time",
    "Actual Total Time",
    "Actual Rows",
    "Actual Loops",
];

/// The lines that a key begins, if it stands with others; none when it stands alone.
///
/// Of a key that stands in the line of another one there is an empty list of lines.
pub(super) fn figure_lines(key: &str, of: &Item, dialect: Dialect) -> Option<Vec<String>> {
    let is_merge = of.get("Tuples Skipped").is_some();
    let line = match key {
        "Sort Method" => sort(of),
        "Full-sort Groups" | "Pre-sorted Groups" => Some(sort_groups(key, of)),
        "Hash Buckets" => Some(hash(of)),
        "Planned Partitions" => hash_aggregate(of),
        "HashAgg Batches" if of.get("Planned Partitions").is_none() => hash_aggregate(of),
        "Cache Hits" => Some(memoize(of)),
        "Exact Heap Blocks" => heap_blocks(of),
        "Storage" => Some(storage(of)),
        "Sampling Method" => Some(sampling(of)),
        "Tuples Inserted" if is_merge => merged(of),
        "Shared Hit Blocks" => buffers(of),
        "I/O Read Time" | "Shared I/O Read Time" => io(of, dialect),
        "WAL Records" => wal(of),
        _ if key.starts_with("Tuples ") && is_merge => None,
        _ if ELSEWHERE.contains(&key) => None,
        _ if key.ends_with(" Blocks") || key.contains("I/O ") => None,
        _ => return None,
    };
    Some(line.into_iter().collect())
}

fn storage(of: &Item) -> String {
    let (place, space) = (of.text("Storage"), of.text("Maximum Storage"));
    format!("Storage: {place}  Maximum Storage: {space}kB")
}

/// How a sort went.
pub(super) fn sort(of: &Item) -> Option<String> {
    let method = of.get("Sort Method")?.word();
    let (place, space) = (of.text("Sort Space Type"), of.text("Sort Space Used"));
    Some(format!("Sort Method: {method}  {place}: {space}kB"))
}

fn sort_groups(key: &str, of: &Item) -> String {
    let Some(groups) = of.get(key) else { return String::new() };
    let methods: Vec<String> = groups.all("Sort Methods Used").map(Item::word).collect();
    let plural = if methods.len() > 1 { "s" } else { "" };
    let (count, methods) = (groups.text("Group Count"), methods.join(", "));
    let mut line = format!("{key}: {count}  Sort Method{plural}: {methods}");
    for place in ["Memory", "Disk"] {
        let Some(space) = groups.get(&format!("Sort Space {place}")) else { continue };
        let (average, peak) =
            (space.text("Average Sort Space Used"), space.text("Peak Sort Space Used"));
        line += &format!("  Average {place}: {average}kB  Peak {place}: {peak}kB");
    }
    line
}

fn hash(of: &Item) -> String {
    let [buckets, first_buckets, batches, first_batches, memory] = [
        "Hash Buckets",
        "Original Hash Buckets",
        "Hash Batches",
        "Original Hash Batches",
        "Peak Memory Usage",
    ]
    .map(|key| of.text(key));
    if buckets == first_buckets && batches == first_batches {
        return format!("Buckets: {buckets}  Batches: {batches}  Memory Usage: {memory}kB");
    }
    format!(
        "Buckets: {buckets} (originally {first_buckets})  \
         Batches: {batches} (originally {first_batches})  Memory Usage: {memory}kB"
    )
}

fn hash_aggregate(of: &Item) -> Option<String> {
    let mut parts = Vec::new();
    if let Some(planned) = of.number("Planned Partitions").filter(|it| *it > 0.0) {
        parts.push(format!("Planned Partitions: {planned}"));
    }
    if let Some(batches) = of.number("HashAgg Batches") {
        parts.push(format!("Batches: {batches}"));
        parts.push(format!("Memory Usage: {}kB", of.text("Peak Memory Usage")));
        if batches > 1.0 {
            parts.push(format!("Disk Usage: {}kB", of.text("Disk Usage")));
        }
    }
    (!parts.is_empty()).then(|| parts.join("  "))
}

fn memoize(of: &Item) -> String {
    let [hits, misses, evictions, overflows, memory] =
        ["Cache Hits", "Cache Misses", "Cache Evictions", "Cache Overflows", "Peak Memory Usage"]
            .map(|key| of.text(key));
    format!(
        "Hits: {hits}  Misses: {misses}  Evictions: {evictions}  Overflows: {overflows}  \
         Memory Usage: {memory}kB"
    )
}

/// ` name=value` for each key whose value is above zero.
fn pairs(of: &Item, keys: &[(&str, &str)]) -> String {
    let above_zero = |key: &str| of.number(key).is_some_and(|it| it > 0.0);
    let found = keys.iter().filter(|(_, key)| above_zero(key));
    found.flat_map(|(name, key)| [" ", *name, "=", &of.text(key)].map(str::to_owned)).collect()
}

/// `title` and its pairs; none without pairs.
fn pair_line(title: &str, of: &Item, keys: &[(&str, &str)]) -> Option<String> {
    Some(pairs(of, keys)).filter(|it| !it.is_empty()).map(|it| format!("{title}:{it}"))
}

fn heap_blocks(of: &Item) -> Option<String> {
    let keys = [("exact", "Exact Heap Blocks"), ("lossy", "Lossy Heap Blocks")];
    pair_line("Heap Blocks", of, &keys)
}

fn merged(of: &Item) -> Option<String> {
    let keys = ["inserted", "updated", "deleted", "skipped"];
    let title = |word: &str| format!("Tuples {}{}", word[..1].to_uppercase(), &word[1..]);
    let titles = keys.map(title);
    let keys: Vec<(&str, &str)> = keys.into_iter().zip(titles.iter().map(String::as_str)).collect();
    pair_line("Tuples", of, &keys)
}

fn sampling(of: &Item) -> String {
    let parameters = of.get("Sampling Parameters");
    let words: Vec<String> =
        parameters.map(Item::items).unwrap_or_default().iter().map(Item::word).collect();
    let seed = of.get("Repeatable Seed").map(|it| format!(" REPEATABLE ({})", it.word()));
    let (method, seed) = (of.text("Sampling Method"), seed.unwrap_or_default());
    format!("Sampling: {method} ({}){seed}", words.join(", "))
}

/// Buffers touched.
pub(super) fn buffers(of: &Item) -> Option<String> {
    let group = |place: &str| {
        let words = ["hit", "read", "dirtied", "written"];
        let title =
            |word: &str| format!("{place} {}{} Blocks", word[..1].to_uppercase(), &word[1..]);
        let titles = words.map(title);
        let keys: Vec<(&str, &str)> =
            words.into_iter().zip(titles.iter().map(String::as_str)).collect();
        let found = pairs(of, &keys);
        (!found.is_empty()).then(|| format!("{}{found}", place.to_lowercase()))
    };
    let groups: Vec<String> = ["Shared", "Local", "Temp"].into_iter().filter_map(group).collect();
    (!groups.is_empty()).then(|| format!("Buffers: {}", groups.join(", ")))
}

/// Time of reading and writing, under the names that the version uses.
pub(super) fn io(of: &Item, dialect: Dialect) -> Option<String> {
    let groups = match dialect.major {
        17.. => vec![
            ("shared", "Shared I/O Read Time", "Shared I/O Write Time"),
            ("local", "Local I/O Read Time", "Local I/O Write Time"),
            ("temp", "Temp I/O Read Time", "Temp I/O Write Time"),
        ],
        15 | 16 => vec![
            ("shared/local", "I/O Read Time", "I/O Write Time"),
            ("temp", "Temp I/O Read Time", "Temp I/O Write Time"),
        ],
        _ => vec![("", "I/O Read Time", "I/O Write Time")],
    };
    let groups: Vec<String> = groups
        .into_iter()
        .map(|(name, read, write)| (name, pairs(of, &[("read", read), ("write", write)])))
        .filter(|(_, found)| !found.is_empty())
        .map(|(name, found)| format!("{name}{found}").trim_start().to_owned())
        .collect();
    (!groups.is_empty()).then(|| format!("I/O Timings: {}", groups.join(", ")))
}

/// Write-ahead log made.
pub(super) fn wal(of: &Item) -> Option<String> {
    let keys = [
        ("records", "WAL Records"),
        ("fpi", "WAL FPI"),
        ("bytes", "WAL Bytes"),
        ("buffers full", "WAL Buffers Full"),
    ];
    pair_line("WAL", of, &keys)
}

/// Just-in-time compilation.
pub(super) fn jit(of: &Item) -> Vec<Line> {
    let mut lines = vec![(0, "JIT:".to_owned())];
    lines.push((1, format!("Functions: {}", of.text("Functions"))));
    let each = |key: &str, word: &dyn Fn(&str, &Item) -> String| {
        let words: Vec<String> = of
            .get(key)
            .map(Item::entries)
            .unwrap_or_default()
            .iter()
            .map(|(name, value)| word(name, value))
            .collect();
        (1, format!("{key}: {}", words.join(", ")))
    };
    lines.push(each("Options", &|name, value| format!("{name} {}", value.word())));
    if of.get("Timing").is_some() {
        lines.push(each("Timing", &|name, value| match value {
            Item::Map(_) => {
                let (total, part) = (value.text("Total"), value.text("Deform"));
                format!("{name} {total} ms (Deform {part} ms)")
            }
            time => format!("{name} {} ms", time.word()),
        }));
    }
    lines
}
