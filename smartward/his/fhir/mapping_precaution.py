"""The six precaution slots (see the table in `mapping_encounter`): *absent* needs evidence."""

from collections.abc import Iterable
from datetime import UTC, datetime

from smartward.clinical.encounter import Assessment, Precaution, PrecautionSlot
from smartward.clinical.words import Wording
from smartward.his.fhir import times
from smartward.his.fhir.chart import Chart
from smartward.his.fhir.codes import Codebook
from smartward.his.fhir.elements import Concept
from smartward.his.fhir.resources import AllergyIntolerance, Flag, NutritionOrder, Observation

_OLDEST = datetime.min.replace(tzinfo=UTC)
_HIGHEST_SCORE = 125
"""Of Morse; Braden ends at 23."""
_GOOD = ("final", "amended", "corrected")


def precautions(stay: str, chart: Chart, book: Codebook, now: datetime) -> tuple[Precaution, ...]:
    """All six slots in their fixed order."""
    flags = [one for one in chart.of_stay(Flag, stay) if one.status != "entered-in-error"]
    return (
        _allergy(chart.all(AllergyIntolerance), book),
        _isolation(flags, book, now),
        _nil_by_mouth(stay, chart, flags, book, now),
        _risk(PrecautionSlot.FALL, stay, chart, flags, book, now),
        _risk(PrecautionSlot.SKIN, stay, chart, flags, book, now),
        _flagged(PrecautionSlot.LINE, flags, book, now),
    )


def _allergy(allergies: Iterable[AllergyIntolerance], book: Codebook) -> Precaution:
    words: list[str] = []
    present = none_known = False
    for one in allergies:
        verified = one.verification_status.codes if one.verification_status else ()
        clinical = one.clinical_status.codes if one.clinical_status else ()
        if "refuted" in verified or "entered-in-error" in verified:
            continue
        if clinical and "active" not in clinical:
            continue
        if book.word("no_known_allergy", one.code) is not None:
            none_known = True
            continue
        present = True
        if one.code is not None and one.code.words and one.code.words not in words:
            words.append(one.code.words)
    if present:
        wording = Wording(his="、".join(words)) if words else None
        return _slot(PrecautionSlot.ALLERGY, Assessment.PRESENT, wording)
    state = Assessment.ABSENT if none_known else Assessment.NOT_ASSESSED
    return _slot(PrecautionSlot.ALLERGY, state)


def _slot(
    slot: PrecautionSlot,
    state: Assessment,
    wording: Wording | None = None,
    since: datetime | None = None,
    protection: tuple[str, ...] = (),
) -> Precaution:
    return Precaution(slot=slot, state=state, wording=wording, since=since, protection=protection)


def _is_up(flag: Flag, now: datetime) -> bool:
    return flag.status == "active" and times.current(flag.period, now)


def _isolation(flags: Iterable[Flag], book: Codebook, now: datetime) -> Precaution:
    slot = PrecautionSlot.ISOLATION
    known = [(flag, word) for flag in flags if (word := book.word("isolation", flag.code))]
    up = [(flag, word) for flag, word in known if _is_up(flag, now)]
    if not up:
        return _slot(slot, Assessment.ABSENT if known else Assessment.NOT_ASSESSED)
    protection: dict[str, None] = {}
    for _, word in up:
        protection |= dict.fromkeys(book.texts("protection", word))
    return _slot(
        slot,
        Assessment.PRESENT,
        _words(flag.code for flag, _ in up),
        _since(flag for flag, _ in up),
        tuple(protection),
    )


def _flagged(
    slot: PrecautionSlot, flags: Iterable[Flag], book: Codebook, now: datetime
) -> Precaution:
    known = [flag for flag in flags if book.word(slot.value, flag.code) is not None]
    up = [flag for flag in known if _is_up(flag, now)]
    if up:
        return _slot(slot, Assessment.PRESENT, _words(one.code for one in up), _since(up))
    return _slot(slot, Assessment.ABSENT if known else Assessment.NOT_ASSESSED)


def _words(concepts: Iterable[Concept | None]) -> Wording | None:
    said = dict.fromkeys(one.words for one in concepts if one is not None and one.words)
    return Wording(his="、".join(str(text) for text in said)) if said else None


def _since(flags: Iterable[Flag]) -> datetime | None:
    starts = (times.maybe(one.period.start) for one in flags if one.period is not None)
    return min((at for at in starts if at is not None), default=None)


def nil_orders(stay: str, chart: Chart, book: Codebook) -> list[NutritionOrder]:
    """The active orders that let the patient neither eat nor drink."""
    return [
        one
        for one in chart.of_stay(NutritionOrder, stay)
        if one.status == "active"
        and one.oral_diet is not None
        and book.word("nil_by_mouth", *one.oral_diet.type) is not None
    ]


def _nil_by_mouth(
    stay: str, chart: Chart, flags: Iterable[Flag], book: Codebook, now: datetime
) -> Precaution:
    slot = PrecautionSlot.NIL_BY_MOUTH
    orders = nil_orders(stay, chart, book)
    up = [one for one in flags if book.word("nil_by_mouth", one.code) and _is_up(one, now)]
    if orders or up:
        starts = [times.maybe(one.date_time) for one in orders] + [_since(up)]
        since = min((at for at in starts if at is not None), default=None)
        return _slot(slot, Assessment.PRESENT, Wording(key="diet.nil_by_mouth"), since)
    diets = [
        one.oral_diet
        for one in chart.of_stay(NutritionOrder, stay)
        if one.status == "active" and one.oral_diet is not None
    ]
    # A diet in words nobody explained may be "NPO" in another spelling: no evidence.
    clear = [bool(d.type) and all(book.word("diet", t) for t in d.type) for d in diets]
    state = Assessment.ABSENT if clear and all(clear) else Assessment.NOT_ASSESSED
    return _slot(slot, state)


def _risk(
    slot: PrecautionSlot,
    stay: str,
    chart: Chart,
    flags: Iterable[Flag],
    book: Codebook,
    now: datetime,
) -> Precaution:
    flagged = _flagged(slot, flags, book, now)
    total, at = _newest_score(slot, stay, chart, book)
    if flagged.state is Assessment.PRESENT or total is None:
        return flagged
    limit = book.number("risk_limits", slot.value)
    at_risk = total >= limit if slot is PrecautionSlot.FALL else total <= limit
    if not at_risk:
        return _slot(slot, Assessment.ABSENT, since=at)
    wording = Wording(key=f"his.risk.{slot.value}", values={"score": round(total)})
    return _slot(slot, Assessment.PRESENT, wording, at)


def _newest_score(
    slot: PrecautionSlot, stay: str, chart: Chart, book: Codebook
) -> tuple[float | None, datetime | None]:
    newest: tuple[datetime, float] | None = None
    for one in chart.of_stay(Observation, stay):
        if one.status not in _GOOD or book.word("risk_score", one.code) != slot.value:
            continue
        total = one.value_quantity.value if one.value_quantity is not None else one.value_integer
        at = times.maybe(one.effective_date_time)
        if total is None or not 0 <= total <= _HIGHEST_SCORE:
            continue
        if at is not None and (newest is None or at > newest[0]):
            newest = (at, float(total))
    return (newest[1], newest[0]) if newest else (None, None)
