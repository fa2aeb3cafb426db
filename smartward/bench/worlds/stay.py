"""One generated patient over the hours of a world: everything that is measured and told of them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from random import Random

from smartward.bench.worlds.body import Body, Happening, State
from smartward.bench.worlds.facts import LEAD_IN_H, Bedside, Fact, hour_of_day, moment, stay
from smartward.bench.worlds.instruments import CHARTED, Chart, Monitor, chart, measurements
from smartward.bench.worlds.nursing import Nursing
from smartward.bench.worlds.people import Person
from smartward.clinical.lab_result import Analyte, LabResult
from smartward.clinical.observation import Measurement, Parameter, VitalSign
from smartward.clinical.score_result import ScoreKind, ScoreResult

_NEVER = float("inf")
_GLUCOSE_AT = (7.0, 11.0, 17.0, 21.5)
_BLOODS_AT = 6.5
_BLOODS_TAKE_H = 1.2
_HAS_BLOODS = 0.5
_SEDATION_EVERY_H = 4.0
_CALLS = 0.5
"""Share of patients who call when they feel something."""
_LEAVES_AFTER_H = 0.5
"""So long after the event the bed is empty, where the patient is taken away."""


class Stay:
    """Simulates one patient, in the order of time."""

    def __init__(
        self,
        seed: str,
        person: Person,
        happenings: Sequence[Happening],
        hours: float,
        monitor_min: float,
    ) -> None:
        self.person, self.place = person, Bedside(person.number)
        self._happenings = tuple(happenings)
        self._body = Body(seed, person, happenings)
        self._nursing = Nursing(seed, person)
        self._chance = Random(f"{seed}/stay/{person.number}")
        self._every_h = monitor_min / 60
        self._monitor = Monitor(seed, person.number, self._every_h)
        gone = [one.end_h + _LEAVES_AFTER_H for one in happenings if one.icu]
        self.gone_h = min(gone, default=_NEVER)
        self._end_h = min(hours, self.gone_h)
        self._facts: list[Fact] = []
        self._n = 0

    def run(self) -> list[Fact]:
        """Everything that is told of this patient."""
        begin = moment(-LEAD_IN_H)
        self._facts = [self.place.bed_fact(begin, occupied=True)]
        self._tell_stay(-LEAD_IN_H)
        self._nursing.begin(-LEAD_IN_H)
        planned = self._first()
        while True:
            name = min(planned, key=lambda one: planned[one])
            at_h = planned[name]
            if at_h >= self._end_h:
                break
            planned[name] = self._do(name, at_h)
            planned["set"] = self._nursing.next_set_h
            planned["look"] = self._nursing.next_look_h
        if self.gone_h < _NEVER:
            at = moment(self.gone_h)
            # What is written down after the stay is over comes to no ward any more.
            self._facts = [fact for fact in self._facts if fact.at < at]
            self._facts.append(self.place.fact(at, "encounter", self.place.encounter, None))
            self._facts.append(self.place.bed_fact(at, occupied=False))
        return self._facts

    def _first(self) -> dict[str, float]:
        chance, person = self._chance, self.person
        bloods = chance.random() < _HAS_BLOODS
        return {
            "set": self._nursing.next_set_h,
            "look": self._nursing.next_look_h,
            "monitor": -LEAD_IN_H if person.monitored else _NEVER,
            "glucose": self._next(-LEAD_IN_H, _GLUCOSE_AT) if person.diabetic else _NEVER,
            "bloods": self._next(-LEAD_IN_H, (_BLOODS_AT,)) if bloods else _NEVER,
            "sedation": -LEAD_IN_H + chance.uniform(0, 4) if person.opioid else _NEVER,
            "felt": min(self._felt(), default=_NEVER),
            "event": min((one.end_h + 0.1 for one in self._happenings
                          if not one.course.settles), default=_NEVER),
        }  # fmt: skip

    def _do(self, name: str, at_h: float) -> float:
        """What is planned now; when it is planned next."""
        deeds: Mapping[str, Callable[[State, float], float]] = {
            "set": self._set, "look": self._look, "monitor": self._sample,
            "glucose": self._glucose, "bloods": self._bloods, "sedation": self._sedation,
            "event": self._event, "felt": self._called,
        }  # fmt: skip
        return deeds[name](self._body.at(at_h, hour_of_day(at_h)), at_h)

    def _next(self, after_h: float, hours: Sequence[float]) -> float:
        """The next of some hours of the day, give or take twenty minutes."""
        now = hour_of_day(after_h)
        waits = [(one - now - 0.5) % 24 + 0.5 for one in hours]
        return after_h + max(0.2, min(waits) + self._chance.uniform(-0.3, 0.3))

    def _id(self, what: str) -> str:
        self._n += 1
        return f"{self.place.encounter}-{what}-{self._n}"

    # ---------------------------------------------------------------------------- what is done

    def _set(self, state: State, at_h: float) -> float:
        made = chart(state, self._body.oxygen, self._chance)
        told_h = at_h + self._nursing.told_after_h()
        id = self._id("set")
        self._sign(id, at_h, told_h, measurements(made.values), id)
        if made.right is not None:
            seen_h = told_h + self._chance.uniform(0.1, 1.5)
            self._sign(id, at_h, seen_h, measurements(made.right), id)
        if made.later is not None:
            added_h = at_h + self._chance.uniform(0.03, 0.14)
            told = max(told_h, added_h) + 0.02
            self._sign(f"{id}-later", added_h, told, measurements(made.later))
        self._give_oxygen(made)
        if self._nursing.charted(made, at_h, hour_of_day(at_h)):
            self._tell_stay(told_h)
        return _NEVER

    def _give_oxygen(self, made: Chart) -> None:
        value = made.values.get(CHARTED["spo2"])
        if value is None:
            return
        low, plenty = (86.0, 93.0) if self.person.scale == 2 else (92.0, 98.0)
        if float(value) < low:
            self._body.oxygen = True
        elif float(value) >= plenty and not self.person.oxygen:
            self._body.oxygen = False

    def _look(self, state: State, at_h: float) -> float:
        if not self._nursing.looked(state, at_h):
            return _NEVER
        if self.person.diabetic and state.mind != "A":
            self._glucose(state, at_h)
        return self._set(state, at_h)

    def _felt(self) -> Iterator[float]:
        """When this patient calls because of what they feel."""
        for one in self._happenings:
            if one.course.felt is not None and self._chance.random() < _CALLS:
                share = self._chance.uniform(one.course.felt, 1.1)
                yield one.onset_h + share * (one.end_h - one.onset_h)

    def _called(self, state: State, at_h: float) -> float:
        """The patient has called, and whoever comes measures."""
        if self.person.diabetic:
            self._glucose(state, at_h)
        self._set(state, at_h)
        return _NEVER

    def _event(self, state: State, at_h: float) -> float:
        """Whoever comes to the event measures."""
        self._set(state, at_h)
        return _NEVER

    def _sample(self, state: State, at_h: float) -> float:
        read = self._monitor.sample(state, at_h)
        if read:
            told = tuple(Measurement(parameter=CHARTED[n], value=v) for n, v in read.items())
            self._sign(self._id("monitor"), at_h, at_h, told)
        return at_h + self._every_h

    def _glucose(self, state: State, at_h: float) -> float:
        value = round(state.glucose * self._chance.gauss(1, 0.04), 1)
        told = Measurement(parameter=Parameter.GLUCOSE, value=value)
        self._sign(self._id("glucose"), at_h, at_h + 0.05, (told,))
        return self._next(at_h, _GLUCOSE_AT)

    def _bloods(self, state: State, at_h: float) -> float:
        chance, told_h = self._chance, at_h + _BLOODS_TAKE_H
        for analyte, value in (
            (Analyte.POTASSIUM, round(chance.gauss(4.1, 0.4), 1)),
            (Analyte.SODIUM, round(chance.gauss(139, 3))),
            (Analyte.GLUCOSE, round(state.glucose * chance.gauss(1, 0.02), 1)),
            (Analyte.HAEMOGLOBIN, round(max(45.0, chance.gauss(122, 9) - state.blood_lost))),
        ):
            body = LabResult(
                id=self._id("lab"),
                encounter_id=self.place.encounter,
                analyte=analyte,
                value=float(value),
                taken_at=moment(at_h),
                received_at=moment(told_h),
            )
            self._facts.append(self.place.fact(moment(told_h), "lab_result", body.id, body))
        return self._next(at_h, (_BLOODS_AT,))

    def _sedation(self, state: State, at_h: float) -> float:
        body = ScoreResult(
            id=self._id("poss"),
            encounter_id=self.place.encounter,
            score=ScoreKind.POSS,
            value=state.poss,
            taken_at=moment(at_h),
            received_at=moment(at_h + 0.05),
        )
        self._facts.append(self.place.fact(body.received_at, "score_result", body.id, body))
        return at_h + _SEDATION_EVERY_H * self._chance.uniform(0.8, 1.3)

    # ---------------------------------------------------------------------------- what is told

    def _sign(
        self,
        id: str,
        at_h: float,
        told_h: float,
        values: tuple[Measurement, ...],
        panel: str | None = None,
    ) -> None:
        body = VitalSign(
            id=id,
            encounter_id=self.place.encounter,
            taken_at=moment(at_h),
            received_at=moment(told_h),
            measurements=values,
            panel_id=panel,
        )
        self._facts.append(self.place.fact(moment(told_h), "vital_sign", id, body))

    def _tell_stay(self, at_h: float) -> None:
        body = stay(self.person, self._nursing.ordered_min)
        self._facts.append(self.place.fact(moment(at_h), "encounter", body.id, body))
