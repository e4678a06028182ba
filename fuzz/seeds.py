"""Seeds for the fuzz targets, out of the fixtures: python3 fuzz/seeds.py FOLDER.

One folder a target. What is longer than 65,536 bytes is cut there: cut input is input too.
"""

import itertools
import pathlib
import re
import sys

LONGEST = 65_536
ROOT = pathlib.Path(__file__).resolve().parent.parent
PLANS, LOGS = ROOT / "fixtures/plans", ROOT / "fixtures/logs"


# Figures at the edge of what anything can hold, one after the other in the place of a plan's own.
EDGES = (
    (b"18446744073709551615",),
    (b"9223372036854775807", b"0"),
    (b"1e308", b"1", b"1e999"),
    (b"-1", b"0.0005", b"18446744073709551616"),
    (b"0",),
    (b"0.4", b"340282366920938463463374607431768211456", b"17", b"4294967296"),
)


def at_the_edge(text):
    """The text with other figures; numbers that belong to a name stay."""
    for edges in EDGES:
        figures = itertools.cycle(edges)
        yield re.sub(rb"(?<![\w.-])-?\d+(\.\d+)?(?![\w])", lambda _: next(figures), text)


def forms(encoding):
    """The forms in which clients showed one plan, by their names."""
    text = (PLANS / f"frames/{encoding}.forms").read_text()
    parts = re.split(r"^#### (.*)\n", text, flags=re.MULTILINE)[1:]
    return list(zip(parts[::2], parts[1::2]))


def json_seeds():
    for path in PLANS.glob("**/*.json"):
        text = path.read_bytes()
        yield text
        if len(text) < LONGEST // 4:
            yield from at_the_edge(text)


def text_seeds():
    for path in (PLANS / "text").glob("*.txt"):
        text = path.read_bytes()
        yield text
        yield from at_the_edge(text)


def any_seeds():
    for encoding in ("json", "text", "yaml", "xml"):
        yield from (text.encode() for _, text in forms(encoding))
    yield from (path.read_bytes() for path in (PLANS / "text").glob("*_18.txt"))
    yield from (path.read_bytes() for path in PLANS.glob("*_18.json"))


def markup_seeds():
    """As the target has it: a byte that chooses, and what follows a beginning that it adds."""
    for _, text in forms("yaml"):
        yield b"\0" + re.sub(r"\A\s*- Plan: *\n +Node Type: .*\n", "", text).encode()
    for _, text in forms("xml"):
        yield b"\1" + re.sub(r"\A\s*<explain[^>]*>", "", text).encode()
    for path in LOGS.glob("*-yaml.stderr"):
        yield b"\0" + path.read_bytes()
    for path in LOGS.glob("*-xml.stderr"):
        yield b"\1" + path.read_bytes()


def log_seeds():
    """As the target has it: a byte with the length of a chunk, and the log."""
    for path in LOGS.iterdir():
        if path.suffix[1:].startswith(("csv", "json", "stderr", "syslog")):
            recorded = path.read_bytes()
            yield b"\x40" + recorded
            yield b"\x07" + recorded[: len(recorded) // 16]


def main(out):
    targets = {
        "any": any_seeds,
        "hidden": any_seeds,
        "json": json_seeds,
        "log": log_seeds,
        "markup": markup_seeds,
        "text": text_seeds,
    }
    for name, seeds in targets.items():
        folder = out / name
        folder.mkdir(parents=True, exist_ok=True)
        for number, seed in enumerate(sorted(seeds())):
            (folder / f"seed-{number:04}").write_bytes(seed[:LONGEST])


main(pathlib.Path(sys.argv[1]))
