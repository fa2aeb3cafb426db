"""My care and Care team: own readings in plain words, and who looks after the patient."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from smartward.clinical.freshness import Freshness, judge
from smartward.clinical.observation import Measurement, Parameter, VitalSign
from smartward.i18n import Catalogue
from smartward.screen.beds_names import Namer
from smartward.wire.views import TeamView

SHOWN = (
    (Parameter.TEMPERATURE, "thermometer", 1),
    (Parameter.SYSTOLIC, "gauge", 0),
    (Parameter.HEART_RATE, "heart-pulse", 0),
    (Parameter.RESPIRATORY_RATE, "lungs", 0),
    (Parameter.OXYGEN_SATURATION, "water-percent", 0),
    (Parameter.GLUCOSE, "water", 1),
)
"""What a patient is shown of the readings, in order, with icon and decimals. Consciousness,
oxygen supply and pain scores are staff's words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingRow:
    """One reading. A stale one has dashes for its value and keeps its time."""

    key: str
    icon: str
    label: str
    value: str
    taken: str
    stale: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamRow:
    """One person of the care team."""

    key: str
    icon: str
    name: str
    role: str


def readings(
    catalogue: Catalogue, signs: Sequence[VitalSign], now: datetime
) -> tuple[ReadingRow, ...]:
    """The newest reading of each kind; none of a kind that was never taken."""
    rows = []
    for parameter, icon, decimals in SHOWN:
        found = _newest(signs, parameter)
        if found is None:
            continue
        sign, measurement = found
        age = judge("vital_sign", sign.taken_at, now)
        stale = sign.doubtful or age in (Freshness.STALE, Freshness.DOUBTFUL)
        value = "– –" if stale else _value(catalogue, sign, measurement, decimals)
        rows.append(
            ReadingRow(
                key=parameter.value,
                icon=icon,
                label=catalogue.text(f"bedside.reading.{parameter.value}"),
                value=value,
                taken=_taken(catalogue, sign.taken_at, now),
                stale=stale,
            )
        )
    return tuple(rows)


def _newest(
    signs: Sequence[VitalSign], parameter: Parameter
) -> tuple[VitalSign, Measurement] | None:
    found = [
        (sign, measurement)
        for sign in signs
        for measurement in sign.measurements
        if measurement.parameter is parameter and measurement.value is not None
    ]
    return max(found, key=lambda pair: (pair[0].taken_at, pair[0].id), default=None)


def _value(catalogue: Catalogue, sign: VitalSign, measurement: Measurement, decimals: int) -> str:
    number = f"{measurement.value:.{decimals}f}"
    if measurement.parameter is Parameter.SYSTOLIC:
        lower = next((m for m in sign.measurements if m.parameter is Parameter.DIASTOLIC), None)
        if lower is not None and lower.value is not None:
            number = f"{number}/{lower.value:.0f}"
    return catalogue.text(f"bedside.unit.{measurement.parameter.value}", number=number)


def _taken(catalogue: Catalogue, at: datetime, now: datetime) -> str:
    days = (catalogue.local(now).date() - catalogue.local(at).date()).days
    if days <= 0:
        return catalogue.text("bedside.taken.today", at=at.isoformat())
    if days == 1:
        return catalogue.text("bedside.taken.yesterday", at=at.isoformat())
    return catalogue.text("bedside.taken.day", at=at.isoformat(), day=at.isoformat())


def team_rows(catalogue: Catalogue, team: Sequence[TeamView]) -> tuple[TeamRow, ...]:
    """Names and roles, nurses first: who comes when called."""
    order = {"head_nurse": 1, "nurse": 0, "doctor": 2}
    namer = Namer(catalogue)
    ranked = sorted(enumerate(team), key=lambda pair: (order.get(pair[1].role, 3), pair[0]))
    return tuple(
        TeamRow(
            key=f"{index}",
            icon="stethoscope" if member.role == "doctor" else "badge-account-outline",
            name=namer.whole(member),
            role=catalogue.text(f"bedside.role.{_role(member.role)}"),
        )
        for index, member in ranked
    )


def _role(role: str) -> str:
    return role if role in ("doctor", "nurse", "head_nurse", "carer") else "else"
