"""A stay with all that a nurse must know at a glance, put together from a patient's chart.

Where each field comes from: `mapping_encounter_fields`. Allergies and flags that were entered in
error, refuted or resolved are neither present nor evidence of absence; only a flag that was cleared
(`inactive`), or a code that says "none", is.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from smartward.clinical.encounter import (
    CareTeamMember,
    ConditionMark,
    Diet,
    Encounter,
    EncounterStatus,
    News2Exclusion,
    News2Order,
    NursingLevel,
)
from smartward.clinical.plan import PlanItem, PlanKind, PlanStatus
from smartward.clinical.words import Wording
from smartward.his.fhir import times
from smartward.his.fhir.chart import Chart
from smartward.his.fhir.codes import Codebook
from smartward.his.fhir.elements import Concept, Period, Reference
from smartward.his.fhir.mapping_contact import contacts
from smartward.his.fhir.mapping_finding import findings, orders
from smartward.his.fhir.mapping_person import person
from smartward.his.fhir.mapping_precaution import allergies, is_nil, nil_orders, precautions
from smartward.his.fhir.mapping_profile import profile
from smartward.his.fhir.mapping_weight import weight_kg
from smartward.his.fhir.names import best_name, family_of, full_name
from smartward.his.fhir.reject import MISSING, STATUS, Ended, Reject
from smartward.his.fhir.resources import (
    CareTeam,
    Condition,
    Flag,
    NutritionOrder,
    ServiceRequest,
)
from smartward.his.fhir.resources import Encounter as Stay
from smartward.his.fhir.setting import Setting

_STATUS = {
    "planned": EncounterStatus.PLANNED,
    "arrived": EncounterStatus.ARRIVED,
    "triaged": EncounterStatus.ARRIVED,
    "in-progress": EncounterStatus.IN_PROGRESS,
    "onleave": EncounterStatus.ON_LEAVE,
}
_OVER = ("finished", "cancelled", "entered-in-error")
_LONGEST_INTERVAL_MIN = 7 * 24 * 60
_TAKES_OVER_WITHIN = timedelta(hours=24)
_TEAM = ("doctor", "nurse", "carer")
"""The roles a care team is shown by, in their order."""
_HERE = ("active",)
_KEPT = ("planned", "reserved")


def status(stay: Stay) -> EncounterStatus:
    """Raises Ended for a stay that is over, Reject for a status FHIR does not know. `unknown` is
    no end, unless one is told: nobody vanishes for it, and nobody is shown by it."""
    told_end = stay.period is not None and stay.period.end is not None
    if stay.status in _OVER or (stay.status == "unknown" and told_end):
        raise Ended
    known = _STATUS.get(stay.status or "")
    if known is None:
        raise Reject(STATUS, "Encounter.status")
    return known


@dataclass(frozen=True, slots=True)
class Place:
    """Where a stay is on this ward, by logical ids. `bed` None: here, but in no bed.

    `also` are other beds that are told of it and cannot be told from the one; `awaited`: it is not
    here yet, the bed is kept for it.
    """

    bed: str | None
    also: tuple[str, ...] = ()
    awaited: bool = False
    since: datetime | None = None


def place(stay: Stay, setting: Setting) -> Place:
    """Raises Ended when it has no open place on this ward."""
    # "reserved" is a place held empty for the patient: that of one on leave is still theirs.
    open_as = {"planned": _KEPT + _HERE, "onleave": (*_HERE, "reserved")}.get(stay.status or "")
    here = _open_places(stay, setting, open_as or _HERE)
    awaited = False
    if not here and stay.status != "planned":
        here, awaited = _open_places(stay, setting, _KEPT), True
    if not here:
        raise Ended
    beds = sorted(((at, id) for at, id in here if id in setting.beds), reverse=True)
    if not beds:
        return Place(None, awaited=awaited)
    since, bed = beds[0]
    unsure = {id for at, id in beds if id != bed and times.OLDEST in (at, since)}
    unsure |= {id for at, id in beds if id != bed and at == since}
    told = since if since > times.OLDEST else None
    return Place(bed, tuple(sorted(unsure)), awaited=awaited, since=told)


def bed_of(stay: Stay, setting: Setting) -> str | None:
    """The logical id of the bed somebody lies in by their stay, whether or not it can be shown."""
    if stay.status == "planned" or stay.status in _OVER:
        return None
    try:
        where = place(stay, setting)
    except Ended:
        return None
    return where.bed if not where.awaited else None


def open_places(stay: Stay, setting: Setting) -> set[str]:
    """The logical ids of all places a stay is open at, on this ward or elsewhere; none of one that
    is over."""
    if stay.status in _OVER:
        return set()
    return {id for _, id in _open_anywhere(stay, setting, _HERE + _KEPT)}


def _open_places(
    stay: Stay, setting: Setting, open_as: Collection[str]
) -> list[tuple[datetime, str]]:
    """The places of this ward that are told as open, with their beginning."""
    found = _open_anywhere(stay, setting, open_as)
    return [(at, id) for at, id in found if id in setting.places]


def _open_anywhere(
    stay: Stay, setting: Setting, open_as: Collection[str]
) -> list[tuple[datetime, str]]:
    """The places that are told as open, with their beginning, wherever they are."""
    found: list[tuple[datetime, str]] = []
    for one in stay.location:
        id = one.location.id_of("Location") if one.location else None
        if id is None or (one.status or "active") not in open_as:
            continue
        if not times.ended(one.period, setting.now, setting.zone):
            start = one.period.start if one.period else None
            found.append((times.first(start, setting.zone), id))
    return found


def encounter(stay: Stay, chart: Chart, plan: Collection[PlanItem], setting: Setting) -> Encounter:
    """The whole document. Raises Ended or Reject (about the Encounter or its Patient)."""
    state = status(stay)
    where = place(stay, setting)
    if chart.patient is None:
        raise Reject(MISSING, "subject: there is no such Patient")
    admitted = times.maybe(stay.period.start) if stay.period else None
    ordered = orders(stay.id, chart)
    flags = findings(stay, chart, ordered, setting.book)
    mother = stay.part_of.id_of("Encounter") if stay.part_of else None
    return Encounter(
        id=setting.id(stay.id),
        patient=person(chart.patient, setting, stay.meta),
        status=EncounterStatus.PLANNED if where.awaited else state,
        bed_id=setting.id(where.bed) if where.bed is not None else None,
        also_in=tuple(setting.id(id) for id in where.also),
        part_of=setting.id(mother) if mother is not None else None,
        admitted_at=where.since if where.awaited else admitted,
        nursing_level=_nursing_level(ordered, flags, setting),
        condition=_condition(flags, setting),
        precautions=precautions(stay.id, chart, flags, setting),
        diet=_diet(stay.id, chart, flags, setting),
        team=_team(stay, chart, setting),
        upcoming=_upcoming(stay, chart, setting),
        news2=_news2(stay.id, chart, ordered, setting.book),
        diagnosis=_diagnosis(stay, chart),
        surgery_at=_next(plan, PlanKind.SURGERY),
        discharge_at=_next(plan, PlanKind.DISCHARGE),
        contacts=contacts(chart, chart.patient, setting),
        profile=profile(stay.id, chart, chart.patient, flags, setting),
        allergies=allergies(chart, setting.book),
        weight_kg=weight_kg(stay.id, chart, setting.book, setting.zone)[0],
    )


def _nursing_level(
    ordered: Iterable[ServiceRequest], flags: Iterable[Flag], setting: Setting
) -> NursingLevel | None:
    """The newest order's, else what marks say. Of two at one time the graver counts."""
    told = [
        (times.first(one.authored_on, setting.zone), word)
        for one in ordered
        if (word := setting.book.word("nursing_level", one.code)) is not None
    ]
    if not told:
        told = [
            (times.first(one.period.start if one.period else None, setting.zone), word)
            for one in flags
            if (word := setting.book.word("nursing_level", one.code)) is not None
            and _is_up(one, setting)
        ]
    newest = max((at for at, _ in told), default=None)
    words = {word for at, word in told if at == newest}
    return next((level for level in NursingLevel if level.value in words), None)


def _is_up(flag: Flag, setting: Setting) -> bool:
    return flag.status == "active" and times.current(flag.period, setting.now, setting.zone)


def _condition(flags: Iterable[Flag], setting: Setting) -> ConditionMark | None:
    words = {
        setting.book.word("condition_mark", flag.code) for flag in flags if _is_up(flag, setting)
    }
    return next((mark for mark in ConditionMark if mark.value in words), None)


def _diet(stay: str, chart: Chart, flags: Sequence[Flag], setting: Setting) -> Diet | None:
    book = setting.book
    nil = [one.date_time for one in nil_orders(stay, chart, book)]
    nil += [one.period.start if one.period else None for one in is_nil(flags, setting)]
    if nil:
        since = [times.maybe(text) for text in nil]
        return Diet(
            wording=Wording(key="diet.nil_by_mouth"),
            ordered_at=min((at for at in since if at is not None), default=None),
        )
    active = [
        one
        for one in chart.of_stay(NutritionOrder, stay)
        if one.status == "active" and one.oral_diet is not None
    ]
    active.sort(key=lambda one: times.first(one.date_time, setting.zone), reverse=True)
    for one in active:
        wording = _diet_words(one, book)
        if wording is not None:
            return Diet(wording=wording, ordered_at=times.maybe(one.date_time))
    marks = (book.word("diet", one.code) for one in flags if _is_up(one, setting))
    word = next((word for word in marks if word is not None), None)
    return Diet(wording=Wording(key=f"diet.{word}")) if word is not None else None


def _diet_words(order: NutritionOrder, book: Codebook) -> Wording | None:
    diet = order.oral_diet
    if diet is None:
        return None
    if len(diet.type) == 1 and (word := book.word("diet", diet.type[0])) is not None:
        return Wording(key=f"diet.{word}")
    said = [concept.words for concept in diet.type] or [diet.instruction]
    text = "，".join(one for one in said if one)
    return Wording(his=text) if text else None


def _team(stay: Stay, chart: Chart, setting: Setting) -> tuple[CareTeamMember, ...]:
    members = _members(stay, chart, setting)
    return _ordered(one for one in members if times.holds((one.start, one.end), setting.now))


def _upcoming(stay: Stay, chart: Chart, setting: Setting) -> tuple[CareTeamMember, ...]:
    """Who takes over next, so that a handover needs no word of the HIS at that minute."""
    until = setting.now + _TAKES_OVER_WITHIN
    members = _members(stay, chart, setting)
    soon = [one for one in members if one.start and setting.now < one.start <= until]
    return _ordered(sorted(soon, key=lambda one: one.start or until))


def _ordered(members: Iterable[CareTeamMember]) -> tuple[CareTeamMember, ...]:
    """Once each, by their role."""
    found: dict[str, CareTeamMember] = {}
    for one in members:
        found.setdefault(one.staff_id, one)
    return tuple(sorted(found.values(), key=lambda one: _TEAM.index(one.role)))


def _members(stay: Stay, chart: Chart, setting: Setting) -> list[CareTeamMember]:
    """Everybody who is named, now or at another time."""
    teams = [
        one
        for team in chart.of_stay(CareTeam, stay.id)
        if team.status in ("active", None) and times.current(team.period, setting.now, setting.zone)
        for one in team.participant
    ]
    found = [_joins(one.member, one.period, "staff_role", one.role, setting) for one in teams]
    if not any(one and (one.end is None or setting.now < one.end) for one in found):
        found = [
            _joins(one.individual, one.period, "encounter_role", one.type, setting)
            for one in stay.participant
        ]
    return [one for one in found if one is not None]


def _joins(
    member: Reference | None,
    period: Period | None,
    table: str,
    roles: Iterable[Concept],
    setting: Setting,
) -> CareTeamMember | None:
    word = setting.book.word(table, *roles)
    role = "nurse" if word == "head_nurse" else word
    if member is None or role not in _TEAM:
        return None
    id = member.id_of("Practitioner") or setting.roles.get(member.id_of("PractitionerRole") or "")
    if id is None:
        return None
    known = setting.people.get(id)
    name = best_name(known.name, setting.now, setting.zone) if known is not None else None
    shown = full_name(name) if name is not None else (member.display or "").strip()
    if not shown:
        return None
    try:
        start, end = times.bounds(period, setting.zone, "participant.period")
    except Reject:
        start = end = None  # a time nobody understands shuts nobody out
    family = family_of(name) if name is not None else ""
    return CareTeamMember(staff_id=id, name=shown, role=role, family=family, start=start, end=end)


def _news2(stay: str, chart: Chart, orders: Iterable[ServiceRequest], book: Codebook) -> News2Order:
    scale, by, at, interval, interval_at = 1, None, None, None, None
    exclusion = None
    for condition in chart.of_stay(Condition, stay):
        if book.word("pregnancy", condition.code) is not None and _is_active(condition):
            exclusion = News2Exclusion.PREGNANT
    for order in orders:
        match book.word("news2_order", order.code):
            case "scale_2":
                scale, at = 2, times.maybe(order.authored_on)
                by = order.requester.display if order.requester is not None else None
            case "none":
                exclusion = exclusion or News2Exclusion.BY_ORDER
            case "observations":
                interval, interval_at = _minutes(order), times.maybe(order.authored_on)
    return News2Order(
        scale=scale,
        ordered_by=by,
        ordered_at=at,
        exclusion=exclusion,
        interval_min=interval,
        interval_ordered_at=interval_at,
    )


def _minutes(order: ServiceRequest) -> int | None:
    repeat = order.occurrence_timing.repeat if order.occurrence_timing else None
    unit = {"min": 1, "h": 60, "d": 1440}.get((repeat.period_unit if repeat else None) or "")
    if repeat is None or unit is None or not repeat.period:
        return None
    minutes = repeat.period * unit / max(repeat.frequency or 1, 1)
    return round(minutes) if 1 <= minutes <= _LONGEST_INTERVAL_MIN else None


def _is_active(condition: Condition) -> bool:
    status = condition.clinical_status.codes if condition.clinical_status else ()
    verified = condition.verification_status.codes if condition.verification_status else ()
    wrong = ("refuted", "entered-in-error")
    return not any(code in wrong for code in verified) and (not status or "active" in status)


def _diagnosis(stay: Stay, chart: Chart) -> str | None:
    ranked = sorted(stay.diagnosis, key=lambda one: one.rank if one.rank is not None else 999)
    for one in ranked:
        id = one.condition.id_of("Condition") if one.condition else None
        known = chart.get(Condition, id)
        words = known.code.words if known is not None and known.code is not None else None
        words = words or (one.condition.display if one.condition else None)
        if words:
            return words
    return next((one.words for one in stay.reason_code if one.words), None)


def _next(plan: Collection[PlanItem], kind: PlanKind) -> datetime | None:
    open_items = (PlanStatus.PLANNED, PlanStatus.IN_PROGRESS)
    due = [one.due_at for one in plan if one.kind is kind and one.status in open_items]
    return min(due, default=None)
