"""How a ward measures: by the score and by rounds, late, less by night, and at once where it shows.

Intervals are those of the NEWS2 chart (Royal College of Physicians, 2017), on a ward that measures
everybody at least three times a day. Nurses are late and leave sets out, more so by night
(Hands et al., BMJ Qual Saf 2013;22:719-26). After some hourly sets without change a doctor orders
a longer interval. Between sets somebody looks in by the nursing grade and measures where a look
tells.
"""

from dataclasses import dataclass, field
from random import Random

from smartward.bench.worlds.body import State
from smartward.bench.worlds.instruments import Chart
from smartward.bench.worlds.people import Person
from smartward.clinical.encounter import NursingLevel
from smartward.clinical.news2 import News2Input, News2Score, score
from smartward.clinical.observation_set import SCORED

ROUNDS_H = (2.0, 6.0, 10.0, 14.0, 18.0, 22.0)
_LOOK_IN_H = {NursingLevel.ONE: 1.0, NursingLevel.TWO: 2.0, NursingLevel.THREE: 3.0}
_NOTICED = 0.7
_CALM_SETS = 4
_ORDERED_MIN = (120, 240)
_NIGHT = (22.0, 6.0)
_EARLY_H = 0.5


@dataclass(slots=True)
class Nursing:
    """Whoever looks after one patient: what is planned and what is ordered. Times in hours."""

    seed: str
    person: Person
    next_set_h: float = 0.0
    next_look_h: float = 0.0
    ordered_min: int | None = None
    _run: list[int] = field(default_factory=list)
    """Totals of the sets in a row that asked for hourly ones."""
    _chance: Random = field(init=False)

    def __post_init__(self) -> None:
        self._chance = Random(f"{self.seed}/nursing/{self.person.number}")

    def begin(self, at_h: float) -> None:
        """The first round after admission."""
        self.next_set_h = at_h + self._chance.uniform(0.1, 4.0)
        self._plan_look(at_h)

    def charted(self, made: Chart, at_h: float, hour: float) -> bool:
        """Plan the next set by what was charted; whether an order has changed."""
        result = score(
            # Its fields are called as the parameters are, which the type check cannot know.
            News2Input(**{one.value: made.values.get(one) for one in SCORED}),  # type: ignore[arg-type]  # by its own names
            self.person.scale,
        )
        before = self.ordered_min
        interval = 6.0
        if isinstance(result, News2Score):
            hourly = result.total >= 5 or result.single_three
            self._run = [*self._run, result.total] if hourly else []
            interval = self._interval(result, hourly)
        self._plan_set(at_h, hour, interval)
        return before != self.ordered_min

    def _interval(self, result: News2Score, hourly: bool) -> float:
        run = self._run
        worse = len(run) > 1 and run[-1] >= run[0] + 2
        if worse or not hourly:
            self.ordered_min = None
        elif len(run) >= _CALM_SETS and self.ordered_min is None:
            self.ordered_min = self._chance.choice(_ORDERED_MIN)
        if self.ordered_min is not None:
            return self.ordered_min / 60
        if result.total >= 7:
            return 0.5
        if hourly:
            return 1.0
        watched = self.person.grade is NursingLevel.ONE
        if result.total == 0:
            return 6.0 if watched else 8.0
        return 4.0 if watched else 6.0

    def _plan_set(self, at_h: float, hour: float, interval: float) -> None:
        """At the due time, of the longer ones with the round before it; then late or not at all."""
        due = at_h + interval
        if interval >= 4:
            due -= _since_round(hour + interval)
        chance, night = self._chance, _by_night(hour + interval)
        late = chance.lognormvariate(-2.2 if interval <= 1 else -1.5, 0.9) * (1.6 if night else 1)
        due += min(late, 1.0 if interval <= 1 else 3.0)
        if chance.random() < (0.12 if night else 0.05):
            due += interval * chance.uniform(0.5, 1.0)
        self.next_set_h = max(due, at_h + 0.2)

    def looked(self, state: State, at_h: float) -> bool:
        """Somebody looks in; whether they measure at once."""
        self._plan_look(at_h)
        return state.alarming and self._chance.random() < _NOTICED

    def _plan_look(self, at_h: float) -> None:
        every = _LOOK_IN_H.get(self.person.grade, 1.0)
        self.next_look_h = at_h + every * self._chance.uniform(0.7, 1.4)

    def told_after_h(self) -> float:
        """How long a set lies on paper before it is typed in."""
        if self._chance.random() < 0.12:
            return self._chance.uniform(0.3, 1.2)
        return min(0.5, self._chance.lognormvariate(-3.0, 0.7))


def _by_night(hour: float) -> bool:
    return hour % 24 >= _NIGHT[0] or hour % 24 < _NIGHT[1]


def _since_round(hour: float) -> float:
    """Hours since the last round, at most half an hour before the next counts as that."""
    waits = [(hour + _EARLY_H - one) % 24 - _EARLY_H for one in ROUNDS_H]
    return min(waits)
