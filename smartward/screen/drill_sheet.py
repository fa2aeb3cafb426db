"""The inspection record of one drill in words: what is printed, before it is drawn."""

from dataclasses import dataclass

from smartward.clinical.drill import (
    BedRecord,
    DrillRecord,
    DrillResult,
    DrillState,
    Leg,
    figures,
)
from smartward.i18n import Catalogue


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """Where the record stands in the audit: number and hash of its row."""

    seq: int
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One bed in the table of those that passed. `parts`: milliseconds of order to bed, bed to hub
    and hub to station, for its bar."""

    cells: tuple[str, ...]
    parts: tuple[int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A record as it is printed; beds that failed come first."""

    title: str
    ward: str
    verdict: str
    facts: tuple[tuple[str, str], ...]
    """Name and value."""
    method: str
    """What was tested, and what was not."""
    failed_title: str
    failed_heads: tuple[str, ...]
    failed: tuple[tuple[str, ...], ...]
    legs_title: str
    legs_heads: tuple[str, ...]
    legs: tuple[tuple[str, ...], ...]
    passed_title: str
    passed_heads: tuple[str, ...]
    passed: tuple[Line, ...]
    parts: tuple[str, str, str]
    """What the parts of a bar are."""
    signatures: tuple[str, ...]
    proof: str
    page: str
    """With `{n}` and `{of}`."""
    failed_widths: tuple[float, ...] = (26.0, 20.0, 24.0)
    """Of the first columns in mm; the last takes the rest."""
    legs_widths: tuple[float, ...] = (60.0, 22.0, 32.0)
    table_size: float = 9.0
    """Of the letters in both, in points."""


_IN_BAR = (Leg.REACH, Leg.SEND, Leg.SHOW)
_COLUMNS = (Leg.REACH, Leg.SEND, Leg.SHOW, Leg.LAMP, Leg.WHOLE)


def sheet(record: DrillRecord, proof: Proof, texts: Catalogue) -> Sheet:
    """The words of a record."""

    def text(key: str, **values: str | int | float) -> str:
        return texts.text(f"drill.sheet.{key}", **values)

    passed = [bed for bed in record.beds if bed.result is DrillResult.PASSED]
    others = [bed for bed in record.beds if bed.result is not DrillResult.PASSED]
    leg_names = tuple(texts.text(f"station.drill.leg.{leg.value}") for leg in _COLUMNS)
    return Sheet(
        title=text("title"),
        ward=record.ward,
        verdict=_verdict(record, texts),
        facts=_facts(record, texts),
        method=text("method", n=_seconds(record)),
        failed_title=text("failed", n=len(others)),
        failed_heads=(text("bed"), text("room"), text("result"), text("why")),
        failed=tuple(_failed(bed, record, texts) for bed in others),
        legs_title=text("legs"),
        legs_heads=(text("leg"), text("beds"), text("median"), text("most")),
        legs=_legs(record, texts),
        passed_title=text("passed", n=len(passed)),
        passed_heads=(text("bed"), text("room"), *leg_names),
        passed=tuple(_passed(bed) for bed in passed),
        parts=(leg_names[0], leg_names[1], leg_names[2]),
        signatures=(text("by_hand"), text("measures"), text("signature")),
        proof=text("proof", id=record.id, seq=proof.seq, hash=proof.hash),
        page=text("page", n="{n}", of="{of}"),
    )


def _verdict(record: DrillRecord, texts: Catalogue) -> str:
    failed, of = record.count(DrillResult.FAILED), len(record.beds)
    untested = record.count(DrillResult.NOT_TESTED)
    if failed:
        said = texts.text("drill.sheet.not_passed", n=failed, of=of)
    elif record.state is DrillState.STOPPED:
        said = texts.text("drill.sheet.incomplete", n=of - untested, of=of)
    elif untested == of:
        said = texts.text("drill.sheet.nothing", of=of)
    else:
        said = texts.text("drill.sheet.all_passed", n=of - untested, of=of)
    if untested and untested != of:
        said += " " + texts.text("drill.sheet.untested", n=untested)
    return said


def _facts(record: DrillRecord, texts: Catalogue) -> tuple[tuple[str, str], ...]:
    by = record.by or texts.text("station.drill.schedule")
    # With its year, and the same in every language: records are kept and compared.
    begun, ended = texts.local(record.started_at), texts.local(record.ended_at)
    facts = [
        (texts.text("drill.sheet.begun"), f"{begun:%Y-%m-%d %H:%M}"),
        (texts.text("drill.sheet.ended"), f"{ended:%Y-%m-%d %H:%M}"),
        (texts.text("drill.sheet.by"), by),
        (texts.text("drill.sheet.limit"), texts.text("drill.sheet.s", n=_seconds(record))),
    ]
    if record.state is DrillState.STOPPED and record.stop is not None:
        why = texts.text(f"drill.sheet.stopped.{record.stop.value}")
        facts.append((texts.text("drill.sheet.stop"), why))
    return tuple(facts)


def _seconds(record: DrillRecord) -> str:
    return f"{record.limit_s:g}"


def _failed(bed: BedRecord, record: DrillRecord, texts: Catalogue) -> tuple[str, ...]:
    why = [
        texts.text(f"station.drill.fault.{fault.value}", n=_seconds(record)) for fault in bed.faults
    ]
    failed = bed.result is DrillResult.FAILED
    result = texts.text("drill.sheet.failed_word" if failed else "drill.sheet.not_tested")
    return (_named(bed), bed.room, result, "\n".join(why))


def _named(bed: BedRecord) -> str:
    return f"{bed.bed} ({bed.label})" if bed.label else bed.bed


def _legs(record: DrillRecord, texts: Catalogue) -> tuple[tuple[str, ...], ...]:
    return tuple(
        (
            texts.text(f"station.drill.leg.{one.leg.value}"),
            str(one.seen),
            texts.text("station.drill.ms", n=one.median_ms),
            texts.text("station.drill.ms", n=one.most_ms),
        )
        for one in figures(record.beds)
    )


def _passed(bed: BedRecord) -> Line:
    cells = tuple(str(bed.legs[leg.value]) if leg.value in bed.legs else "–" for leg in _COLUMNS)
    first, second, third = (bed.legs.get(leg.value, 0) for leg in _IN_BAR)
    return Line(cells=(_named(bed), bed.room, *cells), parts=(first, second, third))
