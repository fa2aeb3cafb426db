"""The README's table of what was verified: of its form, and of nothing no test claims."""

import ast
from pathlib import Path

import pytest

from tests.his.suite.systems import SYSTEMS
from tests.his.verified import README, Rows, passed, rows_of, table, written

HERE = Path(__file__).resolve().parent


def claims() -> set[tuple[str, str]]:
    """With whom and what, of every `verifies` mark in the tests, and of every `shows` for each
    system that the suite is run against."""
    found = set()
    for path in sorted(HERE.rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            if ast.unparse(node.func).endswith("mark.verifies"):
                whom, what = (ast.literal_eval(one) for one in node.args)
                found.add((str(whom), str(what)))
            elif ast.unparse(node.func) == "shows":
                what = str(ast.literal_eval(node.args[0]))
                found |= {(system.whom, what) for system in SYSTEMS}
    return found


def test_the_readme_tells_what_tests_verify_and_nothing_else() -> None:
    rows = rows_of(README.read_text(encoding="utf-8"))
    assert rows.keys() == claims(), "make verified"
    cannot = {(one.whom, what): why for one in SYSTEMS for what, why in one.cannot.items()}
    assert {key: told for key, told in rows.items() if isinstance(told, str)} == cannot
    assert min(told for told in rows.values() if isinstance(told, int)) >= 1


def test_no_claim_breaks_the_table() -> None:
    for whom, what in claims():
        assert not set(whom + what) & set("|\n"), (whom, what)


def test_a_table_is_read_as_it_was_written() -> None:
    rows: Rows = {("a 1.0", "that and this"): 2, ("b", "it"): 1, ("b", "so"): "cannot: no way"}
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


def test_what_a_system_cannot_do_is_in_it_with_the_reason(tmp_path: Path) -> None:
    record = '{"with": "a", "what": "b", "test": "t", "outcome": "skipped", "why": "%s"}'
    tmp_path.joinpath("one.json").write_text(record % "cannot: it has none")
    assert passed(tmp_path) == {("a", "b"): "cannot: it has none"}
    tmp_path.joinpath("one.json").write_text(record % "not installed")
    with pytest.raises(ValueError, match="t skipped"):
        passed(tmp_path)
