"""Reads every plan of the corpora and counts its nodes: corpora.py PROGRAM FOLDER.

Prints a row of the proof's table; fails when a plan was not read or has another number of nodes
than its text has lines of nodes: those with costs or rows, or where there are none, the root and
those with arrows.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

program, folder = sys.argv[1:]
files = sorted(Path(folder).glob("plans-*/*"))


def lines_of_nodes(text):
    """Figures, one pair of brackets after another, stand for one node."""
    figures = re.findall(r"\((?:cost=|actual |never executed)", text)
    costs = [it for it in figures if it == "(cost="]
    if figures:
        return len(costs) if costs else len(figures)
    return 1 + text.count("->  ")


nodes, plans, findings, missed = 0, 0, 0, []
for file in files:
    text = file.read_text()
    command = [program, "plan", "--all", "--format", "json", "-"]
    run = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    try:
        told = json.loads(run.stdout)
    except json.JSONDecodeError:
        missed.append(f"{file.name}: {run.stderr.strip()}")
        continue
    found = sum(len(plan["nodes"]) for plan in told["plans"])
    nodes, plans = nodes + found, plans + len(told["plans"])
    findings += sum(len(plan["findings"]) for plan in told["plans"])
    if found != lines_of_nodes(text):
        missed.append(f"{file.name}: {found} nodes of {lines_of_nodes(text)}")
which = ", ".join(missed)
print(f"| corpora | {len(files)} | {plans} | {nodes} | {findings} | {len(missed)} | {which} |")
sys.exit(bool(missed))
