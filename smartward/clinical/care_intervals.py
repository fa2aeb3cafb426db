"""How often somebody is turned, looked in on and measured: the one home of these numbers.

The rules 14, 28 and 34 take their defaults from here, a ward's own file overrides them there, and
what is then in force goes to the station's list of work as a document.
"""

from dataclasses import dataclass
from datetime import timedelta

from smartward.clinical.encounter import NursingLevel
from smartward.clinical.observation_set import WINDOW_MIN

TURN_SOURCE = "Bergstrom N et al., TURN study, J Am Geriatr Soc 2013: 2, 3 and 4 h are alike"
ROUND_SOURCE = "Nursing grades of the Chinese ministry, 2009, and WS/T 431-2013"


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservationIntervals:
    """From one complete set of observations to the next, in minutes. By the score: RCP 2017; the
    others are local choices."""

    first_min: float = 240
    """After admission, while there is no set yet."""
    score_0_min: float = 720
    score_low_min: float = 360
    """Score 1-4."""
    score_hourly_min: float = 60
    """Score 5-6, or a single 3."""
    score_high_min: float = 30
    """Score 7 and more: continuous, charted so often."""
    grace_share: float = 0.25
    """Of the interval."""
    grace_least_min: float = 15
    grace_most_min: float = 60
    window_min: float = WINDOW_MIN
    """Observations without a panel this close together are one set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CareIntervals:
    """Document kind `care_intervals`, one per ward, id "care_intervals". All in hours; sources:
    TURN_SOURCE, ROUND_SOURCE. Of the special grade somebody is always there."""

    turn_h: float = 2
    turn_mattress_h: float = 4
    """On an air mattress; local choice."""
    round_one_h: float = 1
    round_two_h: float = 2
    round_three_h: float = 3
    recorded_h: float = 24
    """Turns and rounds are expected of a stay where one was recorded within so long: where nobody
    records any, nothing is known of them. Local choice."""
    observations: ObservationIntervals = ObservationIntervals()

    def turn(self, *, mattress: bool) -> timedelta:
        """Between two turns, where no order says otherwise."""
        return timedelta(hours=self.turn_mattress_h if mattress else self.turn_h)

    def round(self, level: NursingLevel | None) -> timedelta | None:
        """Between two rounds; None: of the special grade, or nobody knows which."""
        hours = {
            NursingLevel.ONE: self.round_one_h,
            NursingLevel.TWO: self.round_two_h,
            NursingLevel.THREE: self.round_three_h,
        }
        every = None if level is None else hours.get(level)
        return None if every is None else timedelta(hours=every)


SHIPPED = CareIntervals()
"""What is in force where a ward says nothing else."""
