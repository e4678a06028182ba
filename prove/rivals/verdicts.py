"""Found, missed and false, by rule and tool, over the plans of the rules' fixtures.

verdicts.py OURS EXPLAINSQL DATAXPLAN: the program, the program of prove/rivals, the folder of
dataxplan. A case that fires is its rule's fault in a real plan; a case that is silent is the
nearest plan in which nothing is wrong. A rival finds a fault when it says anything that its
documentation means by it, wherever in the plan; it is false when it says so of the silent plan.
pgexplain is in no registry any more; its column is what its published triggers say, not a run.
"""

import json
import os
import pathlib
import subprocess
import sys

ESTIMATES = ["row-misestimate", "correlated-columns", "skewed-column", "stale-row-count",
             "default-selectivity", "generic-plan-trap"]
SCANS = ["selective-seq-scan", "function-on-column", "leading-wildcard", "or-across-columns"]
SPILLS = ["sort-spill", "hash-batches", "hash-aggregate-spill", "window-spill", "cte-spill",
          "materialize-spill", "temp-files"]
LOOPS = ["nested-loop-many-rounds", "nested-loop-rescan", "nested-loop-underestimate"]

# What each rival's finding can mean in our words, read generously.
MEANS = {
    "ExplainSQL": {
        "ES001": SCANS, "ES002": ESTIMATES, "ES003": ["sort-spill", "avoidable-sort"],
        "ES004": ["hash-batches", "hash-aggregate-spill"],
        "ES005": LOOPS + ["join-filter-discards"],
        "ES006": ["filtered-index-scan", "wrong-index-for-order"], "ES007": ["heap-fetches"],
        "ES008": ["lossy-bitmap"], "ES009": ["foreign-key-without-index", "slow-trigger"],
        "ES010": ["cartesian-product"], "ES011": ["fewer-workers"], "ES012": ["jit-overhead"],
        "ES013": ["disabled-node"],
    },
    "dataxplan": {
        "estimate_off": ESTIMATES, "seq_scan_hot": SCANS, "disk_spill": SPILLS,
        "filter_discard": SCANS + ["filtered-index-scan", "wrong-index-for-order",
                                   "foreign-filter-local", "late-filter"],
        "nested_loop_blowup": LOOPS, "index_only_heap_fetches": ["heap-fetches"],
        "lossy_bitmap": ["lossy-bitmap"], "jit_overhead": ["jit-overhead"],
    },
    "pgexplain": {
        "seq_scan_large": SCANS, "estimate": ESTIMATES,
        "filter": SCANS + ["filtered-index-scan", "wrong-index-for-order", "late-filter",
                           "foreign-filter-local"],
        "residual": ["filtered-index-scan", "wrong-index-for-order"],
        "offset": ["large-offset"], "heap_fetches": ["heap-fetches"],
        "index_only": ["could-be-index-only"], "lossy": ["lossy-bitmap"], "loop": LOOPS,
        "cartesian": ["cartesian-product"], "hash": ["hash-batches"], "sort": ["sort-spill"],
        "workers": ["fewer-workers"], "subplan": ["correlated-subplan", "exists-count"],
        "memoize": ["memoize-evictions"], "trigger": ["slow-trigger",
                                                      "foreign-key-without-index"],
        "cache": ["low-hit-share", "cold-cache"], "jit": ["jit-overhead"],
    },
}


def nodes(node, parent=None):
    yield node, parent
    for child in node.get("Plans", []):
        yield from nodes(child, node)


def pgexplain(document):
    """The published triggers of pgexplain, over one document."""
    found = set()
    root = document[0]
    execution = root.get("Execution Time") or 0
    for trigger in root.get("Triggers", []):
        if trigger.get("Time", 0) > 0.10 * execution > 0:
            found.add("trigger")
    jit = root.get("JIT", {}).get("Timing", {}).get("Total", 0)
    if execution and jit > 0.25 * execution:
        found.add("jit")
    top = root["Plan"]
    hit, read = top.get("Shared Hit Blocks", 0), top.get("Shared Read Blocks", 0)
    if read > 1000 and hit < 0.9 * (hit + read):
        found.add("cache")
    for node, parent in nodes(top):
        kind, loops = node["Node Type"], node.get("Actual Loops", 0)
        rows = node.get("Actual Rows", 0) * loops
        removed = node.get("Rows Removed by Filter", 0) * loops
        planned = node.get("Plan Rows", 0)
        if kind == "Seq Scan" and rows + removed >= 100_000:
            found.add("seq_scan_large")
        if removed > 10_000 and removed / (removed + rows) > 0.9:
            found.add("filter")
        if kind == "Index Scan" and removed > 0:
            found.add("residual")
        if loops and max(rows, planned) >= 100:
            ratio = max(rows, 1) / max(planned, 1)
            if ratio >= 10 or ratio <= 0.1:
                found.add("estimate")
        if kind == "Limit":
            below = node["Plans"][0]
            if below.get("Actual Rows", 0) * below.get("Actual Loops", 0) - rows >= 10_000:
                found.add("offset")
        if kind == "Index Only Scan":
            fetches = node.get("Heap Fetches", 0)
            if fetches > 1_000 or (fetches and fetches > 0.1 * rows):
                found.add("heap_fetches")
        if kind == "Index Scan" and len(node.get("Output", [])) in range(1, 5) \
                and "Filter" not in node:
            found.add("index_only")
        if node.get("Lossy Heap Blocks", 0) > 0:
            found.add("lossy")
        if kind == "Nested Loop":
            outer, inner = node["Plans"][0], node["Plans"][-1]
            if outer.get("Actual Rows", 0) * outer.get("Actual Loops", 0) > 10_000:
                found.add("loop")
            bound = any(key in below for below, _ in nodes(inner)
                        for key in ("Index Cond", "Recheck Cond", "TID Cond"))
            many = outer.get("Actual Rows", 0) > 1 and inner.get("Actual Rows", 0) > 1
            if "Join Filter" not in node and not bound and many:
                found.add("cartesian")
        if node.get("Hash Batches", 1) > 1:
            found.add("hash")
        if node.get("Sort Space Type") == "Disk":
            found.add("sort")
        if node.get("Workers Launched", 0) < node.get("Workers Planned", 0) \
                and "Workers Launched" in node:
            found.add("workers")
        if node.get("Parent Relationship") == "SubPlan" and loops > 1_000:
            found.add("subplan")
        if kind == "Memoize":
            if node.get("Cache Overflows", 0) > 0 \
                    or node.get("Cache Evictions", 0) > node.get("Cache Hits", 0):
                found.add("memoize")
    return found


def run(*command, **more):
    return subprocess.run(command, check=False, capture_output=True, text=True, **more).stdout


def cases():
    """Every case of a plan rule with its document: rule, case, fires, file."""
    for intent in sorted(pathlib.Path("fixtures/rules").glob("*/*/intent")):
        rule, document = intent.parent.parent.name, intent.parent / "plan.json"
        if document.exists():
            fires = intent.read_text().startswith("fires")
            yield rule.replace("_", "-"), intent.parent.name, fires, document


def main():
    ours, explainsql, dataxplan = sys.argv[1:4]
    files = list(cases())
    lines = run(explainsql, "findings", *[str(it[3]) for it in files]).splitlines()
    by_explainsql = dict(line.split("\t") for line in lines)
    environment = {**os.environ, "PYTHONPATH": dataxplan}
    tally, wrong = {}, []
    for rule, case, fires, file in files:
        said = {}
        told = json.loads(run(ours, "plan", "--format", "json", "--all", str(file)))
        said["pgsextant"] = {finding["rule"] for finding in told["findings"]}
        ids = by_explainsql[str(file)].split()
        said["ExplainSQL"] = {m for it in ids for m in MEANS["ExplainSQL"].get(it, [])}
        report = run("python3", "-m", "dataxplan", "--json", str(file), env=environment)
        found = json.loads(report).get("findings", []) if report.strip() else []
        kinds = {it.get("rule") or it.get("id") or it.get("code") for it in found}
        said["dataxplan"] = {m for it in kinds for m in MEANS["dataxplan"].get(it, [])}
        kinds = pgexplain(json.loads(file.read_text()))
        said["pgexplain"] = {m for it in kinds for m in MEANS["pgexplain"][it]}
        for tool, rules in said.items():
            row = tally.setdefault(rule, {}).setdefault(tool, [0, 0, 0, 0])
            row[0 if fires else 2] += rule in rules
            row[1 if fires else 3] += 1
        if (rule in said["pgsextant"]) != fires:
            wrong.append(f"{rule}/{case}")
    tools = ["pgsextant", "ExplainSQL", "dataxplan", "pgexplain"]
    print("| rule |", " | ".join(f"{it}: found | false" for it in tools), "|")
    print("| --- |", " | ".join("--- | ---" for _ in tools), "|")
    sums = {tool: [0, 0, 0, 0] for tool in tools}
    for rule, row in sorted(tally.items()):
        cells = []
        for tool in tools:
            found, of, false, twins = row[tool]
            sums[tool] = [a + b for a, b in zip(sums[tool], row[tool])]
            cells.append(f"{found}/{of} | {false}/{twins}")
        print(f"| {rule} |", " | ".join(cells), "|")
    cells = [f"**{it[0]}/{it[1]}** | **{it[2]}/{it[3]}**" for it in (sums[t] for t in tools)]
    print(f"| **all {len(tally)} rules** |", " | ".join(cells), "|")
    if wrong:
        print("wrong:", ", ".join(wrong), file=sys.stderr)
        sys.exit(1)


main()
