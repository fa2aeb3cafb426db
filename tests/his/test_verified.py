"""The README's table of what was verified: of its form, and of nothing no test claims."""

import ast
from pathlib import Path

import pytest

from tests.his.verified import README, Rows, passed, rows_of, table, written

HERE = Path(__file__).resolve().parent


def claims() -> set[tuple[str, str]]:
    """With whom and what, of every `verifies` mark in the tests."""
    found = set()
    for path in sorted(HERE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("mark.verifies"):
                whom, what = (ast.literal_eval(one) for one in node.args)
                found.add((str(whom), str(what)))
    return found


def test_the_readme_tells_what_tests_verify_and_nothing_else() -> None:
    rows = rows_of(README.read_text(encoding="utf-8"))
    assert rows.keys() == claims(), "make verified"
    assert min(rows.values()) >= 1


def test_no_claim_breaks_the_table() -> None:
    for whom, what in claims():
        assert not set(whom + what) & set("|\n"), (whom, what)


def test_a_table_is_read_as_it_was_written() -> None:
    rows: Rows = {("a 1.0", "that and this"): 2, ("b", "it"): 1}
    readme = README.read_text(encoding="utf-8")
    other = written(readme, rows)
    assert rows_of(other) == rows
    assert table(rows) in other
    assert written(other, rows_of(readme)) == readme


def test_what_failed_or_was_left_out_is_in_no_table(tmp_path: Path) -> None:
    one = tmp_path / "one.json"
    record = '{"with": "a", "what": "b", "test": "t", "outcome": "%s"}'
    one.write_text(record % "passed")
    assert passed(tmp_path) == {("a", "b"): 1}
    for outcome in ("failed", "skipped"):
        one.write_text(record % outcome)
        with pytest.raises(ValueError, match=f"t {outcome}"):
            passed(tmp_path)
