"""Observations written back: one rounding for each set, each sign once.

What of a set is there already is found by our lines in the summary (`note`), before anything is
made: a retry after a lost answer finds its first try. A rounding is made in progress, for a nurse
to end and sign. A later state is written with the row's `_timestamp`, so that nothing a person
changed meanwhile is lost, and a column that holds another value than ours is a conflict; so is a
rounding that is signed, until a person decides that ours stands over it.
"""

import math
from typing import Any

import msgspec

from smartward.clinical.observation import Parameter
from smartward.errors import BadData, Refused
from smartward.his.drafts import Draft, Known, ObservationDraft
from smartward.his.gnuhealth.note import MARK, SignLine, line_of, lines, with_lines
from smartward.his.gnuhealth.rows import RoundingRow, StayRow, columns, logical, number_of
from smartward.his.gnuhealth.rpc import CONFLICT, Json, Rpc, moment
from smartward.his.gnuhealth.signs import COLUMNS, columns_of
from smartward.his.port import Still, Written

_TRIES = 4
"""How often it is tried anew in one go when the rounding changes under our hands."""
_MODEL = RoundingRow.MODEL
_SIGNED = "done"


async def may_write(rpc: Rpc) -> bool:
    """Whether this user may make and change roundings and is somebody who can sign one."""
    rights = await rpc.rights(_MODEL)
    if not {"read", "create", "write"} <= rights:
        return False
    told = await rpc.model(_MODEL, "default_get", ["health_professional"])
    return isinstance(told, dict) and told.get("health_professional") is not None


class _Found(msgspec.Struct, frozen=True):
    """A rounding as it is now."""

    row: RoundingRow
    timestamp: str | None


async def write(rpc: Rpc, source: str, draft: Draft, known: Known) -> Written:
    """See HisPort. Raises Refused with `his.write.not_offered` for what GNU Health has no place
    for, with `his.write.conflict`, or as the port says."""
    if not isinstance(draft, ObservationDraft):
        raise Refused("his.write.not_offered", type(draft).__name__)
    stay = number_of(draft.encounter_id.removeprefix(f"{source}."), StayRow.MODEL)
    line = line_of(draft.id, draft.values, withdrawn=draft.withdrawn)
    if stay is None or lines(str(line)).get(draft.id) != line:
        raise Refused("his.write.gone", "not of this hospital system")
    for _ in range(_TRIES):
        found = await _find(rpc, stay, line)
        try:
            if found is None:
                return await _make(rpc, stay, draft, line)
            return await _bring(rpc, found, draft, line, known)
        except Refused as refused:
            if refused.values.get("status") != CONFLICT:
                raise
    raise Refused("his.write.conflict", "it goes on changing", status=412)


async def still(rpc: Rpc, source_id: str) -> Still:
    """See HisPort. Of a rounding that was deleted GNU Health says nothing, as of one that this user
    may not see any more (a rule, another company): it is only not found."""
    number = number_of(source_id, _MODEL)
    if number is None:
        return Still.UNTOLD
    try:
        rows = await rpc.rows(_MODEL, [["id", "=", number]], ("id",))
    except Refused as refused:
        if "status" in refused.values:  # HTTP's own word: not about the model
            raise
        return Still.UNTOLD  # it may not be read now
    return Still.THERE if rows else Still.NOT_FOUND


async def _find(rpc: Rpc, stay: int, line: SignLine) -> _Found | None:
    """The rounding that holds this sign; else one in progress that holds others of its set."""
    rows = await rpc.rows(
        _MODEL,
        [["registration", "=", stay], ["round_summary", "like", f"%{MARK} {line.set}.%"]],
        (*columns(RoundingRow), "_timestamp"),
    )
    own = [one for one in map(_found, rows) if _holds(one, line)]
    exact = [one for one in own if line.key in lines(one.row.round_summary)]
    going_on = [one for one in own if one.row.state != _SIGNED]
    return next(iter([*exact, *going_on]), None)


def _found(row: Json) -> _Found:
    try:
        stamp = row.get("_timestamp")
        return _Found(msgspec.convert(row, RoundingRow), stamp if isinstance(stamp, str) else None)
    except msgspec.ValidationError as error:
        raise BadData("his.bad.not_gnuhealth", "a rounding that cannot be read") from error


def _holds(found: _Found, line: SignLine) -> bool:
    return any(one.set == line.set for one in lines(found.row.round_summary).values())


async def _make(rpc: Rpc, stay: int, draft: ObservationDraft, line: SignLine) -> Written:
    if draft.withdrawn:  # it never came there: nothing is to be taken back
        return Written(source_id=logical(_MODEL, 0), version="", created=False)
    values: Json = {
        "registration": stay,
        "evaluation_start": moment(draft.taken_at.replace(microsecond=0)),
        "round_summary": str(line),
        **_columns(draft),
    }
    made = await rpc.model(_MODEL, "create", [values])
    match made:
        case [int(id)]:
            return await _written(rpc, id, created=True)
    raise BadData("his.bad.not_gnuhealth", "a rounding was made without an id")


async def _bring(
    rpc: Rpc, found: _Found, draft: ObservationDraft, line: SignLine, known: Known
) -> Written:
    """From what is there to what the draft says, unless somebody else's word would be lost."""
    row = found.row
    before = lines(row.round_summary)
    if before.get(line.key) == line and (line.withdrawn or _stands(row, draft)):
        return await _written(rpc, row.id, created=False)
    if not known.over and (row.state == _SIGNED or not _ours(row, line, before)):
        raise Refused("his.write.conflict", "it was changed or signed by somebody", status=412)
    later = [one for one in before.values() if one.sign == line.sign and one.key != line.key]
    standing = [one for one in later if not one.withdrawn]
    changes: Json = {}
    if not line.withdrawn:
        changes = _columns(draft)
        standing = [SignLine(one.key, withdrawn=True) for one in standing]
    elif not standing:
        changes = dict.fromkeys(_names(line))
    told = [*standing, line] if not line.withdrawn else [line]
    changes["round_summary"] = with_lines(row.round_summary, told)
    stamp = {f"{_MODEL},{row.id}": found.timestamp} if found.timestamp else {}
    await rpc.model(_MODEL, "write", [row.id], changes, _timestamp=stamp)
    return await _written(rpc, row.id, created=False)


def _ours(row: RoundingRow, line: SignLine, before: dict[str, SignLine]) -> bool:
    """Whether the columns of this sign are empty or hold what our lines say."""
    told = [dict(one.values) for one in before.values() if one.sign == line.sign]
    for parameter in columns_of(line.sign):
        value = getattr(row, COLUMNS[parameter])
        said = [one[parameter.value] for one in told if parameter.value in one]
        if value is not None and not any(_same(value, text) for text in said):
            return False
    return True


def _stands(row: RoundingRow, draft: ObservationDraft) -> bool:
    """Whether the columns hold what the draft says."""
    return all(
        _same(getattr(row, COLUMNS[one.parameter]), one.text)
        for one in draft.values
        if one.parameter in COLUMNS
    )


def _same(value: float | int | None, text: str) -> bool:
    return value is not None and math.isclose(float(value), float(text), abs_tol=1e-6)


def _columns(draft: ObservationDraft) -> Json:
    """The columns of the values; what has none is in the line only."""
    found: Json = {}
    for one in draft.values:
        if one.parameter not in COLUMNS:
            continue
        value: Any = float(one.text) if one.parameter is Parameter.TEMPERATURE else int(one.text)
        found[COLUMNS[one.parameter]] = value
        if one.parameter is Parameter.PAIN:
            found["pain"] = value > 0
    return found


def _names(line: SignLine) -> list[str]:
    return [COLUMNS[one] for one in columns_of(line.sign)]


async def _written(rpc: Rpc, id: int, *, created: bool) -> Written:
    rows = await rpc.rows(_MODEL, [["id", "=", id]], ("write_date", "create_date"))
    found = [one.get("write_date") or one.get("create_date") for one in rows]
    return Written(
        source_id=logical(_MODEL, id), version=str(next(iter(found), "")), created=created
    )
