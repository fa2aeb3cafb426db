"""What the rules about falls share: who is at high risk."""

from dataclasses import dataclass
from datetime import datetime

from smartward.clinical.bed_state import BedSensor
from smartward.clinical.encounter import PrecautionSlot
from smartward.clinical.rules.base import Facts
from smartward.clinical.rules.settings import Settings, setting
from smartward.clinical.rules.told import present, scores, sensor
from smartward.clinical.score_result import ScoreKind
from smartward.clinical.scores.morse import HIGH_FROM, SOURCE


@dataclass(frozen=True, slots=True, kw_only=True)
class FallSettings(Settings):
    """From which score the risk of falling is high."""

    section = "fall_risk"

    morse_from: float = setting(HIGH_FROM, "points", SOURCE, "high risk from", "高风险起始分")


def high_risk(facts: Facts, settings: FallSettings, now: datetime) -> bool:
    """A fall precaution is in force, or the newest Morse score is high."""
    found, _ = scores(facts, ScoreKind.MORSE, now)
    by_score = bool(found) and found[-1].value >= settings.morse_from
    return by_score or present(facts.encounter, PrecautionSlot.FALL)


def exit_watch_ordered(facts: Facts, now: datetime) -> bool:
    """The bed's exit alarm is armed: somebody wants to know."""
    armed = sensor(facts, BedSensor.BED_EXIT_ALARM, now)
    return armed is not None and armed.on
