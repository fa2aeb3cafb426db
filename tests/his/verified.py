"""The README's table of what was verified against what: `python -m tests.his.verified`.

Tests marked `verifies(with whom, what)` leave a record of their outcome in `build/verified`. This
puts what passed there between the markers in the README. `make verified` runs them all and then
this.
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

Rows = dict[tuple[str, str], int]
"""With whom and what -> how many tests passed."""


def passed(folder: Path) -> Rows:
    """What the last run of each marked test says. Raises ValueError for one that did not pass."""
    rows: Rows = {}
    for path in sorted(folder.glob("*.json")):
        record = json.loads(path.read_text(encoding="utf-8"))
        if record["outcome"] != "passed":
            raise ValueError(f"{record['test']} {record['outcome']}")
        key = (record["with"], record["what"])
        rows[key] = rows.get(key, 0) + 1
    return rows


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
    found = re.findall(r"^\| (.+?) \| (.+?) \| (\d+) \|$", inside, re.MULTILINE)
    return {(whom, what): int(count) for whom, what, count in found}


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
