"""`smartward enrol bulk | expected | withdraw`: which serial number shall stand where, before the
screens are put up."""

import argparse
import csv
import io
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from smartward import columns
from smartward.errors import Misconfigured
from smartward.i18n import Catalogue, of_terminal

COMMANDS = ("bulk", "expected", "withdraw")

_NEEDED = ("serial", "role", "place")
_COLUMNS = (*_NEEDED, "label")
_TOLD = (*_COLUMNS, "code")
"""Columns of what `expected` prints."""
_DELIMITERS = (",", ";", "\t")

Row = dict[str, Any]
Asking = Callable[..., Row]


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add these commands to those of `smartward enrol`."""
    bulk = commands.add_parser("bulk", help="which serial number shall stand where, as a list")
    bulk.add_argument(
        "file", type=Path, help="CSV (UTF-8) with the columns serial, role, place, label"
    )
    listed = commands.add_parser("expected", help="who stands in such a list and was not placed")
    listed.add_argument("--json", action="store_true", help="as JSON, for programs")
    withdraw = commands.add_parser("withdraw", help="this screen is expected no more")
    withdraw.add_argument("serial", help="its serial number: smartward enrol expected")


def main(options: argparse.Namespace, path: Path, ask: Asking) -> int:
    """Do one of them. Raises Unreachable, Misconfigured."""
    if options.command == "bulk":
        print(json.dumps(_bulk(path, ask, options.file)))
    elif options.command == "withdraw":
        answer = ask(path, do="withdraw", serial=options.serial)
        print(json.dumps(answer, ensure_ascii=False))
    else:
        _show(ask(path, do="expected")["expected"], of_terminal(), as_json=options.json)
    return 0


def _show(rows: list[Row], words: Catalogue, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps({"expected": rows}, ensure_ascii=False))
        return
    if not rows:
        print(words.text("enrol.nobody_expected"), file=sys.stderr)
        return
    head = [words.text(f"enrol.column.{name}") for name in _TOLD]
    cells = [
        [
            row["serial"],
            words.text(f"check.role.{row['role']}"),
            row["place"] or "-",
            row["label"] or "-",
            row["code"] or words.text("enrol.not_there"),
        ]
        for row in rows
    ]
    for line in columns.table(
        [head, *([columns.printable(cell) for cell in row] for row in cells)]
    ):
        print(line)


def _bulk(path: Path, ask: Asking, file: Path) -> Row:
    """Have the hub take a list. Raises Misconfigured, after each wrong line was told."""
    read = list(_lines(file))
    lines = [line for line in read if "key" not in line]
    wrong = [line for line in read if "key" in line]
    if not read:
        raise Misconfigured("enrol.bulk_file", "one line alone", file=str(file))
    answer = ask(path, do="bulk", lines=lines, flawed=bool(wrong))
    wrong += answer.get("wrong", [])
    if not wrong:
        return answer
    words = of_terminal()
    for one in sorted(wrong, key=lambda one: int(one["line"])):
        why = words.told(one["key"], **one["values"])
        told = words.text("enrol.bulk_line", line=one["line"], why=why)
        print(columns.printable(told), file=sys.stderr)
    raise Misconfigured("enrol.bulk_wrong", "", file=str(file), n=len(wrong))


def _lines(file: Path) -> Iterator[Row]:
    """The lines of a table, each with its number in the file; of one that is wrong already as it
    stands there the `key` and the `values` of the reason instead. Raises Misconfigured."""
    text = _text(file)
    table = csv.DictReader(io.StringIO(text, newline=""), strict=True, delimiter=_between(text))
    try:
        names = [name.strip().lower() for name in table.fieldnames or ()]
        if not set(_NEEDED) <= set(names):
            raise Misconfigured("enrol.bulk_file", "no columns serial, role, place", file=str(file))
        yield from _wrong_columns(names)
        table.fieldnames = [name or f"#{turn}" for turn, name in enumerate(names)]
        unnamed = {name for name in table.fieldnames if name.startswith("#")}
        for line in table:
            surplus = line.pop(None, [])  # where csv puts what is too much
            told = {name: (value or "").strip() for name, value in line.items()}
            if surplus or line["role"] is None or any(told.pop(name) for name in unnamed):
                yield _wrong(table.line_num, "enrol.bulk_fields")
            elif any(told.values()):  # a spreadsheet writes also a row whose cells were emptied
                yield told | {"line": table.line_num}
    except csv.Error:  # of what begins behind the last line that could be read
        yield _wrong(table.line_num + 1, "enrol.bulk_quote")


def _wrong_columns(names: list[str]) -> Iterator[Row]:
    """What a misspelt column says would be lost without a word."""
    for turn, name in enumerate(names):
        if name and name not in _COLUMNS:
            yield _wrong(1, "enrol.bulk_column", column=name, columns=", ".join(_COLUMNS))
        elif name and name in names[:turn]:
            yield _wrong(1, "enrol.bulk_column_twice", column=name)


def _wrong(line: int, key: str, **values: str) -> Row:
    return {"line": line, "key": key, "values": values}


def _between(text: str) -> str:
    """What stands between the fields, by the first line: a spreadsheet writes what is the custom of
    its country, a semicolon where a comma stands in numbers."""
    first = text.partition("\n")[0]
    return max(_DELIMITERS, key=first.count)


def _text(file: Path) -> str:
    """Raises Misconfigured."""
    try:
        said = file.read_bytes()
    except OSError as error:
        why = error.strerror or str(error)
        raise Misconfigured("enrol.bulk_unread", why, file=str(file), why=why) from error
    try:
        return said.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = said.count(b"\n", 0, error.start) + 1
        raise Misconfigured("enrol.bulk_utf8", str(error), line=line, file=str(file)) from error
