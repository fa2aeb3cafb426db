"""How the patient of this bed is reached: what the profile changes on their own screen. No Qt."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from smartward.clinical.profile import Hand, Profile, effective
from smartward.i18n import TABLE, Catalogue
from smartward.screen.beds_names import Namer
from smartward.screen.bedside_day import part_of_day
from smartward.wire.views import BedsideEncounter, ProfileView, TeamView

SIZES = (1.0, 1.3, 1.6)
"""The three text sizes of a bedside."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """The profile as the screen uses it: only what somebody said counts as a need."""

    language: str | None = None
    text_scale: float | None = None
    hand: Hand | None = None
    hears: bool = True
    sees: bool = True
    speaks: bool = True
    confused: bool = False
    comfort: bool = False


def profile_of(stay: BedsideEncounter, note: ProfileView | None) -> Profile:
    """What holds of a stay: the nurse's word where she gave one, else the record's."""
    return effective(stay.profile, note)


def reach(stay: BedsideEncounter | None, note: ProfileView | None) -> Reach:
    """How this patient is reached; a free bed and an unknown patient have no profile."""
    if stay is None:
        return Reach()
    told = profile_of(stay, note)
    blind = told.sight_impaired is True
    scale = told.text_scale
    return Reach(
        language=told.language or stay.language,
        text_scale=SIZES[-1] if scale is None and blind else scale,
        hand=told.hand,
        hears=told.hearing_impaired is not True,
        sees=not blind,
        speaks=told.speech_impaired is not True,
        confused=told.confused is True,
        comfort=told.comfort_care is True,
    )


def screen_language(tag: str | None, otherwise: str) -> str:
    """The screen language of whoever reads this BCP 47 tag (`yue`, `en-GB`); else `otherwise`."""
    found = TABLE.spoken_by(tag or "")
    return otherwise if found is None else found.code


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a patient is: the ward's name (may be empty), the bed's label, and who comes."""

    ward: str
    bed: str
    team: Sequence[TeamView]


def orientation(catalogue: Catalogue, place: Place, now: datetime) -> tuple[str, str, str]:
    """Which day it is, where this is, and who comes: for somebody who may have forgotten."""
    text = catalogue.text
    when = text(f"bedside.orient.{part_of_day(catalogue, now)}", at=now.isoformat())
    where = text("bedside.orient.bed", bed=place.bed)
    if place.ward:
        where = text("bedside.orient.ward", ward=place.ward, bed=place.bed)
    who = _nurse(catalogue, place)
    comes = text("bedside.orient.who", who=who) if who else text("bedside.orient.nurses")
    return when, where, comes


def orientation_briefly(catalogue: Catalogue, place: Place, now: datetime) -> tuple[str, ...]:
    """The same without sentences, where there is no room for them."""
    where = catalogue.text("bedside.orient.where", bed=place.bed)
    lines = (catalogue.date(now), where, _nurse(catalogue, place))
    return tuple(line for line in lines if line)


def _nurse(catalogue: Catalogue, place: Place) -> str:
    nurses = [member for member in place.team if member.role in ("nurse", "head_nurse")]
    return Namer(catalogue).member(nurses[0]) if nurses else ""
