"""Reads what is on the disks, as an investigator after an incident would."""

import json
import sqlite3
from pathlib import Path
from typing import Any

from smartward.harness.house import House


def _rows(path: Path, query: str, *values: object) -> list[tuple[Any, ...]]:
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        return connection.execute(query, values).fetchall()
    finally:
        connection.close()


def hub_documents(house: House, kind: str) -> dict[str, dict[str, Any]]:
    """The hub's documents of one kind by id."""
    rows = _rows(
        house.folder / "hub" / "hub.sqlite", "select id, body from document where kind = ?", kind
    )
    return {id: json.loads(body) for id, body in rows}


def hub_history(house: House, kind: str, id: str) -> list[dict[str, Any]]:
    """Every body one document ever had, in order."""
    rows = _rows(
        house.folder / "hub" / "hub.sqlite",
        "select body from history where kind = ? and id = ? and body is not null order by seq",
        kind,
        id,
    )
    return [json.loads(body) for (body,) in rows]
