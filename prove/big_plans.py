"""Plans of a size that no server prints every day: python3 prove/big_plans.py FOLDER.

`wide`: 100,000 nodes, all partitions of one Append. `mixed`: 100,000 nodes, ten thousand sorted
joins under an Append. `deep`: 10,000 nodes below each other. Each as JSON and as TEXT.
"""

import json
import pathlib
import sys

WIDE, DEEP = 100_000, 10_000


def node(kind, **more):
    return {
        "Node Type": kind,
        "Parallel Aware": False,
        "Async Capable": False,
        "Startup Cost": 0.42,
        "Total Cost": 8.44,
        "Plan Rows": 10,
        "Plan Width": 36,
        "Actual Startup Time": 0.004,
        "Actual Total Time": 0.005,
        "Actual Rows": 10,
        "Actual Loops": 1,
        **more,
    }


def leaf(number, relationship="Member"):
    part = f"part_{number}"
    return node(
        "Index Scan",
        **{
            "Parent Relationship": relationship,
            "Scan Direction": "Forward",
            "Index Name": f"{part}_pkey",
            "Relation Name": part,
            "Schema": "public",
            "Alias": part,
            "Output": [f"{part}.id", f"{part}.note"],
            "Index Cond": f"({part}.id = {number})",
            "Filter": f"({part}.note ~~ '%x%'::text)",
            "Rows Removed by Filter": 3,
            "Shared Hit Blocks": 4,
            "Shared Read Blocks": 1,
        },
    )


def above(kind, leaves, children, **more):
    """A node over so many leaves, with their time, rows and blocks."""
    sums = {
        "Total Cost": round(8.44 * leaves + 1, 2),
        "Plan Rows": 10 * leaves,
        "Actual Startup Time": 0.1,
        "Actual Total Time": round(0.006 * leaves + 1, 3),
        "Actual Rows": 10 * leaves,
        "Shared Hit Blocks": 4 * leaves,
        "Shared Read Blocks": leaves,
    }
    return {**node(kind), **sums, **more, "Plans": children}


def wide():
    return above("Append", WIDE - 1, [leaf(number) for number in range(WIDE - 1)])


def branch(number):
    """Ten nodes: four joins of a table with four others, sorted."""
    table = f"t_{number}"
    scan = {
        "Parent Relationship": "Outer",
        "Relation Name": table,
        "Schema": "public",
        "Alias": table,
        "Filter": f"({table}.a = {number})",
        "Rows Removed by Filter": 5000,
    }
    at = node("Seq Scan", **scan)
    for step in range(4):
        inner = leaf(10 * number + step, "Inner")
        keys = {
            "Parent Relationship": "Outer",
            "Join Type": "Inner",
            "Inner Unique": True,
            "Join Filter": f"({table}.x = {inner['Alias']}.y)",
            "Rows Removed by Join Filter": 7,
        }
        at = above("Nested Loop", step + 1, [at, inner], **keys)
    sort = {"Parent Relationship": "Member", "Sort Key": [f"{table}.a"]}
    used = {"Sort Method": "quicksort", "Sort Space Used": 25, "Sort Space Type": "Memory"}
    return above("Sort", 4, [at], **sort, **used)


def mixed():
    return above("Append", WIDE, [branch(number) for number in range(WIDE // 10)])


def deep():
    at = leaf(0, "Outer")
    for number in range(DEEP - 1):
        kind = "Materialize" if number % 2 else "Sort"
        at = above(kind, 1, [at], **{"Parent Relationship": "Outer"})
    return at


def write_json(root, out):
    """Not with `json` alone, which goes down by recursion."""
    waiting = [root]
    out.write('[{"Plan": ')
    while waiting:
        it = waiting.pop()
        if isinstance(it, str):
            out.write(it)
            continue
        flat = json.dumps({key: value for key, value in it.items() if key != "Plans"})
        children = it.get("Plans")
        if not children:
            out.write(flat)
            continue
        out.write(flat[:-1] + ', "Plans": [')
        waiting.append("]}")
        for position, child in enumerate(reversed(children)):
            waiting += [","] if position else []
            waiting.append(child)
    took = root["Actual Total Time"] + 1
    out.write(f', "Planning Time": 12.5, "Triggers": [], "Execution Time": {took:.3f}}}]\n')


def title(it):
    index = f" using {it['Index Name']}" if "Index Name" in it else ""
    table = f" on public.{it['Relation Name']}" if "Relation Name" in it else ""
    cost = f"cost={it['Startup Cost']:.2f}..{it['Total Cost']:.2f}"
    time = f"actual time={it['Actual Startup Time']:.3f}..{it['Actual Total Time']:.3f}"
    real = f"rows={it['Actual Rows']} loops=1"
    planned = f"({cost} rows={it['Plan Rows']} width=36)"
    return f"{it['Node Type']}{index}{table}  {planned} ({time} {real})"


def write_text(root, out, with_details):
    waiting = [(root, 0)]
    while waiting:
        it, depth = waiting.pop()
        arrow = " " * (6 * depth - 4) + "->  " if depth else ""
        out.write(f"{arrow}{title(it)}\n")
        below = " " * (6 * depth + 2)
        keys = ("Output", "Sort Key", "Index Cond", "Join Filter", "Rows Removed by Join Filter")
        for key in (*keys, "Filter", "Rows Removed by Filter"):
            if with_details and key in it:
                value = it[key]
                text = ", ".join(value) if isinstance(value, list) else value
                out.write(f"{below}{key}: {text}\n")
        if with_details and "Sort Method" in it:
            out.write(f"{below}Sort Method: quicksort  Memory: 25kB\n")
        if with_details and "Shared Hit Blocks" in it:
            blocks = f"hit={it['Shared Hit Blocks']} read={it['Shared Read Blocks']}"
            out.write(f"{below}Buffers: shared {blocks}\n")
        waiting += [(child, depth + 1) for child in reversed(it.get("Plans", []))]
    took = root["Actual Total Time"] + 1
    out.write(f"Planning Time: 12.500 ms\nExecution Time: {took:.3f} ms\n")


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    for make in (wide, mixed, deep):
        root = make()
        with open(folder / f"{make.__name__}.json", "w") as out:
            write_json(root, out)
        with open(folder / f"{make.__name__}.txt", "w") as out:
            # Ten thousand steps in are 60 kB of blanks a line: one line a node is enough.
            write_text(root, out, with_details=make is not deep)


main(pathlib.Path(sys.argv[1]))
