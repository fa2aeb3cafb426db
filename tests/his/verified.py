"""The README's table of what was verified against what: `python -m tests.his.verified`.

Tests marked `verifies(with whom, what)` leave a record of their outcome in `build/verified`. This
puts what passed there between the markers in the README, and what a system cannot do with the
reason. `make verified` runs them all and then this.
"""

import json
import re
import sys
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
RECORDS = ROOT / "build" / "verified"
BEGIN, END = "<!-- verified: made by `make verified` -->", "<!-- /verified -->"
HEAD = ("verified against", "what", "tests")

CANNOT = "cannot: "
"""How the reason begins for which a test is not run against a system."""

Rows = dict[tuple[str, str], int | str]
"""With whom and what -> how many tests passed, or why it cannot be."""


def passed(folder: Path) -> Rows:
    """What the last run of each marked test says. Raises ValueError for one that did not pass, but
    where its system cannot do what it is about."""
    counts: dict[tuple[str, str], int] = {}
    cannot: Rows = {}
    for path in sorted(folder.glob("*.json")):
        record = json.loads(path.read_text(encoding="utf-8"))
        key = (record["with"], record["what"])
        if record["outcome"] == "passed":
            counts[key] = counts.get(key, 0) + 1
        elif record["outcome"] == "skipped" and record.get("why", "").startswith(CANNOT):
            cannot[key] = record["why"]
        else:
            raise ValueError(f"{record['test']} {record['outcome']}")
    return {**cannot, **counts}


def table(rows: Rows) -> str:
    """The rows as Markdown, in the order of their words."""
    lines = [HEAD, *((whom, what, str(rows[whom, what])) for whom, what in sorted(rows))]
    text = [f"| {' | '.join(line)} |" for line in lines]
    return "\n".join([text[0], "|---|---|---|", *text[1:]])


def written(readme: str, rows: Rows) -> str:
    """The README with another table. Raises ValueError where its markers are not there once."""
    if readme.count(BEGIN) != 1 or readme.count(END) != 1:
        raise ValueError("the README has not exactly one place for the table")
    before, _, rest = readme.partition(BEGIN)
    return f"{before}{BEGIN}\n{table(rows)}\n{END}{rest.partition(END)[2]}"


def rows_of(readme: str) -> Rows:
    """The table as it stands in a README."""
    inside = readme.partition(BEGIN)[2].partition(END)[0]
    row = rf"^\| (.+?) \| (.+?) \| (\d+|{CANNOT}.+?) \|$"
    found = re.findall(row, inside, re.MULTILINE)
    return {(whom, what): int(told) if told.isdigit() else told for whom, what, told in found}


def main(arguments: Iterable[str]) -> int:
    """Write the table; 1 when nothing was run, or something did not pass."""
    del arguments
    try:
        rows = passed(RECORDS)
        if not rows:
            raise ValueError("no marked test has been run: make verified")
        README.write_text(written(README.read_text(encoding="utf-8"), rows), encoding="utf-8")
    except ValueError as error:
        print(f"verified: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
