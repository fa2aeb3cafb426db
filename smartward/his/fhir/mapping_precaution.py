"""The six precaution slots (see SLOTS and PRECAUTION): *absent* needs evidence."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from smartward.clinical.allergy import Allergy, Criticality
from smartward.clinical.encounter import Assessment, Precaution, PrecautionSlot
from smartward.clinical.words import Wording
from smartward.his.fhir import times
from smartward.his.fhir.chart import Chart
from smartward.his.fhir.codes import Codebook
from smartward.his.fhir.elements import Concept
from smartward.his.fhir.mapping_encounter_fields import MARKS
from smartward.his.fhir.mapping_fields import Field, Mapped
from smartward.his.fhir.mapping_form import ABSENT
from smartward.his.fhir.mapping_names import codes_of, names_of
from smartward.his.fhir.resources import AllergyIntolerance, Flag, NutritionOrder, Observation
from smartward.his.fhir.setting import Setting

_HIGHEST_SCORE = 125
"""Of Morse; Braden ends at 23."""
_GOOD = ("final", "amended", "corrected")


SLOTS = Mapped(
    PrecautionSlot,
    "Precautions",
    (
        Field(
            "allergy",
            (
                "AllergyIntolerance.code",
                "AllergyIntolerance.clinicalStatus",
                "AllergyIntolerance.verificationStatus",
            ),
            "not assessed",
            ("no_known_allergy",),
            how="an active one that is not refuted: present, in its words; one of "
            "`[no_known_allergy]`: absent",
        ),
        Field("isolation", MARKS, "not assessed", ("isolation", "protection", "extension")),
        Field(
            "nil_by_mouth",
            ("NutritionOrder.oralDiet.type", *MARKS),
            "not assessed",
            ("nil_by_mouth", "diet", "extension"),
            how="an active diet whose every type is a known other one: absent",
        ),
        Field(
            "fall",
            (*MARKS, "Observation.code", "Observation.valueQuantity", "Observation.valueInteger"),
            "not assessed",
            ("fall", "risk_score", "risk_limits", "extension"),
            how="a mark, or the newest total of `[risk_score]` that reaches `[risk_limits]`; one "
            "that does not: absent",
        ),
        Field(
            "skin",
            (*MARKS, "Observation.code", "Observation.valueQuantity", "Observation.valueInteger"),
            "not assessed",
            ("skin", "risk_score", "risk_limits", "extension"),
            how="as fall; of Braden the lower total is the greater risk",
        ),
        Field("line", MARKS, "not assessed", ("line", "extension")),
    ),
    notes="A mark that is active in its period: present. One that was cleared (`inactive`), or "
    "whose word is `none`: absent. Present wins.",
)
PRECAUTION = Mapped(
    Precaution,
    "One precaution",
    (
        Field("slot", (), "", how="one of the six above"),
        Field("state", ("Flag.status", "ServiceRequest.status"), "not assessed"),
        Field("wording", ("Flag.code", "AllergyIntolerance.code"), "the slot's own word"),
        Field("protection", (), "none", ("protection",)),
        Field(
            "since",
            (
                "Flag.period",
                "ServiceRequest.authoredOn",
                "NutritionOrder.dateTime",
                "Observation.effectiveDateTime",
                "Observation.effectiveInstant",
            ),
            "None",
            how="an exact time only",
        ),
    ),
)


ALLERGY = Mapped(
    Allergy,
    "Allergy",
    (
        Field("id", ("AllergyIntolerance.id",), "rejected"),
        Field("codes", ("AllergyIntolerance.code",), "none", how="system and code of each coding"),
        Field("names", ("AllergyIntolerance.code",), "none", how="text and displays"),
        Field(
            "criticality",
            ("AllergyIntolerance.criticality",),
            "unable-to-assess",
        ),
    ),
    notes="Those that show in the slot: active, neither refuted nor entered in error, and none of "
    "`[no_known_allergy]`.",
)


def precautions(
    stay: str, chart: Chart, flags: Iterable[Flag], setting: Setting
) -> tuple[Precaution, ...]:
    """All six slots in their fixed order; `flags` are the findings of the stay."""
    marks = _Marks(list(flags), setting)
    return (
        _allergy(chart.all(AllergyIntolerance), setting.book),
        _isolation(marks),
        _nil_by_mouth(stay, chart, marks),
        _risk(PrecautionSlot.FALL, stay, chart, marks),
        _risk(PrecautionSlot.SKIN, stay, chart, marks),
        _flagged(PrecautionSlot.LINE, marks),
    )


def _in_force(one: AllergyIntolerance) -> bool:
    verified = one.verification_status.codes if one.verification_status else ()
    clinical = one.clinical_status.codes if one.clinical_status else ()
    if "refuted" in verified or "entered-in-error" in verified:
        return False
    return not clinical or "active" in clinical


def allergies(chart: Chart, book: Codebook) -> tuple[Allergy, ...]:
    """The allergies in force, as they are coded."""
    return tuple(
        Allergy(
            id=one.id,
            codes=codes_of(one.code),
            names=names_of(one.code),
            criticality=_CRITICALITY.get(one.criticality or "", Criticality.UNKNOWN),
        )
        for one in chart.all(AllergyIntolerance)
        if _in_force(one)
        and one.code is not None
        and book.word("no_known_allergy", one.code) is None
    )


_CRITICALITY = {one.value: one for one in Criticality}


def _allergy(allergies: Iterable[AllergyIntolerance], book: Codebook) -> Precaution:
    words: list[str] = []
    present = none_known = False
    for one in allergies:
        if not _in_force(one):
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


class _Marks:
    """The flags of a stay by table."""

    def __init__(self, flags: Sequence[Flag], setting: Setting) -> None:
        self._flags = flags
        self.book, self._now, self.zone = setting.book, setting.now, setting.zone

    def up(self, table: str) -> list[tuple[Flag, str]]:
        """What says that it is so, with its word."""
        return [
            (flag, word) for flag, word in self._known(table) if word != ABSENT and self._on(flag)
        ]

    def absent(self, table: str) -> bool:
        """Whether anything says that it is not so: cleared, or looked at and not found."""
        return any((word == ABSENT) is self._on(flag) for flag, word in self._known(table))

    def _known(self, table: str) -> list[tuple[Flag, str]]:
        word = self.book.word
        return [(flag, known) for flag in self._flags if (known := word(table, flag.code))]

    def _on(self, flag: Flag) -> bool:
        return flag.status == "active" and times.current(flag.period, self._now, self.zone)


def is_nil(flags: Sequence[Flag], setting: Setting) -> list[Flag]:
    """The flags that let the patient neither eat nor drink."""
    return [flag for flag, _ in _Marks(flags, setting).up("nil_by_mouth")]


def _isolation(marks: _Marks) -> Precaution:
    slot = PrecautionSlot.ISOLATION
    up = marks.up("isolation")
    if not up:
        state = Assessment.ABSENT if marks.absent("isolation") else Assessment.NOT_ASSESSED
        return _slot(slot, state)
    protection: dict[str, None] = {}
    for _, word in up:
        protection |= dict.fromkeys(marks.book.texts("protection", word))
    return _slot(
        slot,
        Assessment.PRESENT,
        _words(flag.code for flag, _ in up),
        _since(flag for flag, _ in up),
        tuple(protection),
    )


def _flagged(slot: PrecautionSlot, marks: _Marks) -> Precaution:
    up = [flag for flag, _ in marks.up(slot.value)]
    if up:
        return _slot(slot, Assessment.PRESENT, _words(one.code for one in up), _since(up))
    state = Assessment.ABSENT if marks.absent(slot.value) else Assessment.NOT_ASSESSED
    return _slot(slot, state)


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


def _nil_by_mouth(stay: str, chart: Chart, marks: _Marks) -> Precaution:
    slot, book = PrecautionSlot.NIL_BY_MOUTH, marks.book
    orders = nil_orders(stay, chart, book)
    up = [flag for flag, _ in marks.up(slot.value)]
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
    clear = all(d.type and all(book.word("diet", t) for t in d.type) for d in diets)
    told = bool(diets) or marks.absent(slot.value)
    return _slot(slot, Assessment.ABSENT if clear and told else Assessment.NOT_ASSESSED)


def _risk(slot: PrecautionSlot, stay: str, chart: Chart, marks: _Marks) -> Precaution:
    flagged = _flagged(slot, marks)
    total, at = _newest_score(slot, stay, chart, marks)
    if flagged.state is Assessment.PRESENT or total is None:
        return flagged
    limit = marks.book.number("risk_limits", slot.value)
    at_risk = total >= limit if slot is PrecautionSlot.FALL else total <= limit
    if not at_risk:
        return _slot(slot, Assessment.ABSENT, since=at)
    wording = Wording(key=f"his.risk.{slot.value}", values={"score": round(total)})
    return _slot(slot, Assessment.PRESENT, wording, at)


def _newest_score(
    slot: PrecautionSlot, stay: str, chart: Chart, marks: _Marks
) -> tuple[float | None, datetime | None]:
    """The newest total, and when it was found, where that is told exactly."""
    found: list[tuple[datetime, str, float]] = []
    for one in chart.of_stay(Observation, stay):
        if one.status not in _GOOD or marks.book.word("risk_score", one.code) != slot.value:
            continue
        told = one.value_quantity
        total = told.value if told is not None and told.comparator is None else None
        total = total if told is not None else one.value_integer
        text = one.effective_date_time or one.effective_instant
        at = times.first(text, marks.zone)
        if one.data_absent_reason is not None or total is None or text is None:
            continue
        if 0 <= total <= _HIGHEST_SCORE and at > times.OLDEST:
            found.append((at, text, float(total)))
    if not found:
        return None, None
    # A day without a time began before every time of that day: the exact one is not overruled.
    _, text, newest = max(found, key=lambda one: one[0])
    return newest, times.maybe(text)
