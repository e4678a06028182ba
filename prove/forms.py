"""Forms that no psql prints: forms.py FOLDER writes them beside the plan of FOLDER/plain.

What clients and people make of a plan on its way: quotes around lines or around the whole, a
Markdown fence, a mail's quote marks, another program's line ends.
"""

import sys
from pathlib import Path

folder = Path(sys.argv[1])
plain = (folder / "plain").read_text()
lines = plain.rstrip("\n").split("\n")


def quoted(line):
    return '"' + line.replace('"', '""') + '"'


forms = {
    "pgAdmin": "\n".join(map(quoted, lines)) + "\n",
    "pgAdmin with heading": "\n".join(['"QUERY PLAN"', *map(quoted, lines)]) + "\n",
    "one quoted cell": '"QUERY PLAN"\n' + quoted(plain.rstrip("\n")) + "\n",
    "Markdown fence": f"Here is the plan:\n\n```\n{plain}```\n\nWhat is slow?\n",
    "mail quote": "".join(f"> {it}\n" for it in lines),
    "indented": "".join(f"    {it}\n" for it in lines),
    "line ends of Windows": "\ufeff" + plain.replace("\n", "\r\n"),
    "statement in front": f"postgres=# explain analyze select 1;\n{plain}\n",
}
for name, text in forms.items():
    (folder / name).write_bytes(text.encode())
