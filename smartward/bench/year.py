"""A year of a ward's history in a hub's file, made before the hub first runs."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

from smartward.clinical.observation import Measurement, Parameter, VitalSign
from smartward.clock import SystemClock
from smartward.hub.store.model import encode, instant
from smartward.hub.store.sqlite import SqliteStore

BEDS = 60
SETS_A_DAY = 6
_SIGNS = (
    (Parameter.RESPIRATORY_RATE, 16.0),
    (Parameter.OXYGEN_SATURATION, 97.0),
    (Parameter.SYSTOLIC, 124.0),
    (Parameter.HEART_RATE, 78.0),
    (Parameter.TEMPERATURE, 36.8),
)
_ROW = (
    "insert into history (ward, seq, at, kind, id, body, bed, room, encounter)"
    " values (?, ?, ?, 'vital_sign', ?, ?, ?, null, ?)"
)


def fill(file: Path, ward: str, length: timedelta) -> int:
    """Write what a ward of 60 beds measures in that time, six sets a day; gives the rows."""
    file.parent.mkdir(parents=True, exist_ok=True)
    SqliteStore.open(file, SystemClock()).close()
    began = SystemClock().now() - length
    sets = length.days * SETS_A_DAY
    with closing(sqlite3.connect(file)) as db, db:
        db.executemany(_ROW, _rows(ward, began, sets))
        count: int = db.execute("select count(*) from history").fetchone()[0]
        db.execute("insert or replace into sequence (ward, seq) values (?, ?)", (ward, count))
    return count


def _rows(ward: str, began: datetime, sets: int) -> Iterator[tuple[object, ...]]:
    seq = 0
    for number in range(sets):
        at = began + timedelta(hours=24 / SETS_A_DAY) * number
        for bed in range(BEDS):
            stay = f"past-stay-{bed}"
            for parameter, value in _SIGNS:
                seq += 1
                id = f"past-{seq}"
                body = _body(id, stay, at, parameter, value)
                yield (ward, seq, instant(at), id, body, f"bed-{bed}", stay)


def _body(id: str, stay: str, at: datetime, parameter: Parameter, value: float) -> bytes:
    return encode(
        VitalSign(
            id=id,
            encounter_id=stay,
            taken_at=at,
            received_at=at,
            measurements=(Measurement(parameter=parameter, value=value),),
        )
    )
