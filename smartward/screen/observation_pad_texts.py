"""What a set of observations that is typed says: its fields, its score, its questions."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from smartward.clinical.care_event import Missed
from smartward.clinical.news2 import News2Band, News2Excluded, News2Incomplete, News2Score
from smartward.clinical.observation import UNITS, Parameter
from smartward.clinical.observation_entry import POSSIBLE
from smartward.i18n import Catalogue
from smartward.screen.observation_pad_draft import Draft, PadPatient, interval, judged, previous
from smartward.screen.observation_pad_sent import Sent
from smartward.screen.observation_pad_typing import CHOICES
from smartward.screen.screen_model import ScreenModel

_P = Parameter
NOTHING = "– –"
WHY_NOT = tuple(Missed)
WHY_WRONG = ("typed", "device", "patient")
"""Why a set is corrected."""
LEAVE = ("go_on", "keep", "drop")
ASKED: dict[str, Sequence[str]] = {
    "sure": ("yes", "correct"),
    "missed": tuple(one.value for one in WHY_NOT),
    "all_missed": tuple(one.value for one in WHY_NOT),
    "why": WHY_WRONG,
    "all_why": ("patient",),
    "leave": LEAVE,
}
"""The answers to each question."""
_LEAST_MIN = {"hourly": 60, "continuous": 0}
"""What holds against an order that asks for less (RCP 2017, minimum frequency)."""
_FEW = 3
"""So many missing parts are named; more are counted."""
_LEVELS = {
    News2Band.HIGH: "high",
    News2Band.MEDIUM: "medium",
    News2Band.LOW_MEDIUM: "medium",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PadRow:
    """One field."""

    key: str
    name: str
    value: str
    """What was typed or chosen, or why not."""
    unit: str
    before: str
    """The last value before, with when and how long ago."""
    part: str
    """Its points in NEWS2; empty where it has none, or no score is for this patient."""
    status: str
    """`""`, `typed`, `missed`, `doubt` (to be confirmed) or `wrong` (it cannot be)."""
    current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PadAnswer:
    """Something to touch: a choice of a field, or an answer."""

    key: str
    name: str
    chosen: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PadScore:
    """NEWS2 of what was typed so far. `total` is a number or dashes, never a partial sum."""

    total: str = NOTHING
    band: str = ""
    detail: str = ""
    level: str = ""
    """`high` or `medium` where the score asks for somebody at once; empty otherwise."""


def name_of(parameter: Parameter, texts: Catalogue) -> str:
    """What a field is called."""
    return texts.text(f"station.vital.{parameter.value}")


def value_of(parameter: Parameter, text: str, texts: Catalogue) -> str:
    """A value in words where it is a code."""
    match parameter:
        case _P.OXYGEN_SUPPLY:
            return texts.text(f"station.vital.oxygen.{text}")
        case _P.CONSCIOUSNESS:
            return texts.text(f"station.vital.acvpu.{text}")
        case _P.OXYGEN_DEVICE:
            return texts.text(f"station.vital.device.{text}")
        case _:
            return text


def rows(
    draft: Draft,
    patient: PadPatient,
    texts: Catalogue,
    now: datetime,
    *,
    asking: bool = False,
    sent: bool = False,
) -> list[PadRow]:
    """The fields in their order. `asking`: a question is open; while none is, what is typed just
    now is not doubted. `sent`: nothing is typed any more."""
    asked, wrong, points = draft.asked(), _wrong(draft), _points(draft, patient)
    found = []
    for one in draft.fields:
        text = draft.values.get(one, "")
        half = one is draft.at and not asking and not sent
        status = "" if half else "wrong" if one in wrong else "doubt" if one in asked else ""
        missed = draft.missed.get(one) or (None if text else draft.all_missed)
        status = status or ("missed" if missed is not None else "typed" if text else "")
        why = "" if missed is None else texts.text(f"observation_pad.missed.{missed.value}")
        found.append(
            PadRow(
                key=one.value,
                name=_label(one, patient, texts),
                value=why or (value_of(one, text, texts) if text else ""),
                unit=UNITS.get(one, "") if text else "",
                before=before_of(one, patient, texts, now),
                part=_part(points.get(one)),
                status=status,
                current=one is draft.at and not sent,
            )
        )
    return found


def _part(points: int | None) -> str:
    return "" if points is None else f"+{points}" if points > 0 else "0"


def _label(parameter: Parameter, patient: PadPatient, texts: Catalogue) -> str:
    name = name_of(parameter, texts)
    if parameter is _P.OXYGEN_SATURATION and patient.scale == 2:
        return texts.text("observation_pad.scale_2", name=name)
    return name


def _wrong(draft: Draft) -> set[Parameter]:
    found = draft.possible()
    return {one for one in draft.fields if draft.values.get(one) and one not in found}


_AT_REST = {
    _P.RESPIRATORY_RATE: "16", _P.OXYGEN_SATURATION: "98", _P.OXYGEN_SUPPLY: "air",
    _P.SYSTOLIC: "120", _P.HEART_RATE: "70", _P.CONSCIOUSNESS: "A", _P.TEMPERATURE: "37",
}  # fmt: skip
"""Stands for what is not typed yet where the points of the other parts are told: none of it is
shown, and none of it is a score."""


def _points(draft: Draft, patient: PadPatient) -> dict[Parameter, int]:
    """The points of each part that was typed, by the score's own table. Those of SpO2 depend on air
    or oxygen with scale 2, and wait for it."""
    whole = replace(draft, values={**_AT_REST, **_possible(draft)})
    result = judged(whole, patient)
    if not isinstance(result, News2Score):
        return {}
    known = _possible(draft)
    if patient.scale == 2 and _P.OXYGEN_SUPPLY not in known:
        known.pop(_P.OXYGEN_SATURATION, None)
    return {one: points for one, points in result.parts.items() if one in known}


def _possible(draft: Draft) -> dict[Parameter, str]:
    return {one: value.text for one, value in draft.possible().items()}


def before_of(parameter: Parameter, patient: PadPatient, texts: Catalogue, now: datetime) -> str:
    """`18 · 4 h ago`; empty where it was never measured."""
    last = previous(patient, parameter)
    if last is None:
        return ""
    value, at = last
    minutes = max(0, int((now - at).total_seconds() // 60))
    if minutes < 60:
        ago = texts.text("observation_pad.ago.minutes", n=minutes)
    elif minutes < 48 * 60:
        ago = texts.text("observation_pad.ago.hours", n=minutes // 60)
    else:
        ago = texts.text("observation_pad.ago.days", n=minutes // (24 * 60))
    said = value_of(parameter, value, texts)
    return texts.text("observation_pad.before", value=said, ago=ago)


def before_at(parameter: Parameter, patient: PadPatient, texts: Catalogue) -> str:
    """`Before: 18 at 06:10`; empty where it was never measured."""
    last = previous(patient, parameter)
    if last is None:
        return ""
    said = value_of(parameter, last[0], texts)
    return texts.text("observation_pad.before_at", value=said, at=last[1].isoformat())


def choices(draft: Draft, texts: Catalogue) -> list[PadAnswer]:
    """What can be chosen in the current field; nothing where it is typed."""
    chosen = draft.values.get(draft.at, "")
    return [
        PadAnswer(key=one, name=value_of(draft.at, one, texts), chosen=one == chosen)
        for one in CHOICES.get(draft.at, ())
    ]


def score_of(draft: Draft, patient: PadPatient, texts: Catalogue) -> PadScore:
    """NEWS2 as far as it goes: a total only of all seven."""
    result = judged(draft, patient)
    if isinstance(result, News2Excluded):
        why = texts.text(f"station.news2.excluded.{result.reason.value}")
        return PadScore(band=why)
    if isinstance(result, News2Incomplete):
        left = len(result.missing)
        if left > _FEW:
            return PadScore(band=texts.text("observation_pad.incomplete_more", n=left))
        missing = listed([name_of(one, texts) for one in result.missing], texts)
        return PadScore(band=texts.text("observation_pad.incomplete", what=missing))
    return PadScore(
        total=str(result.total),
        band=texts.text(f"station.news2.band.{result.band.value}"),
        detail=" ".join(_response(result, patient, texts)),
        level=_LEVELS.get(result.band, ""),
    )


def _response(result: News2Score, patient: PadPatient, texts: Catalogue) -> Iterator[str]:
    """What the score asks for. An ordered interval takes the place of the table's where the score
    is low; where it is not, it is told only if it asks for more: both cannot be followed."""
    ordered, every = patient.every_min, interval(result)
    if result.band is News2Band.LOW_MEDIUM:
        yield texts.text("observation_pad.single")
    if ordered is None or every in _LEAST_MIN:
        yield texts.text(f"observation_pad.next.{every}")
    if ordered is not None and ordered < _LEAST_MIN.get(every, math.inf):
        yield texts.text("observation_pad.next.ordered", n=ordered)


def listed(names: Sequence[str], texts: Catalogue) -> str:
    """Several things in one line."""
    return texts.text("station.list_and").join(names)


def unit_of(parameter: Parameter) -> str:
    """The unit of a field; empty where it has none."""
    return UNITS.get(parameter, "")


def wrong_text(draft: Draft, wrong: Parameter, texts: Catalogue) -> str:
    """Why a field cannot be saved."""
    if not draft.values.get(wrong):
        return texts.text("observation.no_systolic")
    low, high = POSSIBLE[wrong]
    name = name_of(wrong, texts)
    return texts.text("observation_pad.impossible", name=name, low=str(low), high=str(high))


def question(asking: str, about: Parameter, draft: Draft | None, texts: Catalogue) -> str:
    """What is asked; empty where nothing is."""
    if draft is None or not asking:
        return ""
    name = name_of(about, texts)
    if asking != "sure":
        return texts.text(f"observation_pad.ask.{asking}", name=name)
    value = f"{value_of(about, draft.values.get(about, ''), texts)} {unit_of(about)}".strip()
    return texts.text("observation_pad.ask.sure", name=name, value=value)


def status(sent: Sent | None, screen: ScreenModel, texts: Catalogue) -> str:
    """What became of what was saved; empty while it is typed, or asked who saves it."""
    if sent is None or not sent.action_id:
        return ""
    link = screen.services.link
    if not sent.saved:
        return texts.text("observation_pad.sending" if link.live else "observation_pad.kept")
    at = link.hub_now(sent.at).isoformat()
    by = sent.by or texts.text("station.who.station")
    told = "observation_pad.saved" if link.his_up else "observation_pad.saved_his_down"
    return texts.text(told, at=at, by=by)
