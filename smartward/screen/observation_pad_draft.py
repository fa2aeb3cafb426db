"""A set of observations while it is typed: values, reasons, what was asked about and confirmed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from smartward.clinical.care_event import Missed
from smartward.clinical.encounter import News2Exclusion
from smartward.clinical.news2 import (
    News2Excluded,
    News2Incomplete,
    News2Input,
    News2Score,
    score,
)
from smartward.clinical.observation import Parameter, VitalSign
from smartward.clinical.observation_entry import (
    EnteredValue,
    ObservationEntry,
    current,
    improbable,
)
from smartward.clinical.observation_set import SCORED
from smartward.screen.observation_pad_typing import (
    CHOICES,
    OF_OXYGEN,
    ORDER,
    closed,
    erased,
    fields,
    is_complete,
    possible_values,
    typed,
)
from smartward.screen.services import Data

KEPT_S = 15 * 60.0
"""For so long after the last key what was typed and not saved is kept for whoever typed it: a nurse
is called away every few minutes, and what was measured earlier than that is measured anew (local
choice)."""

_P = Parameter


@dataclass(frozen=True, slots=True, kw_only=True)
class PadPatient:
    """Whose observations they are, as the screen at hand knows them. Texts are finished."""

    stay_id: str
    place: str
    """Bed 12."""
    who: str
    """What identifies them."""
    check: str
    """What to do with that."""
    scale: int = 1
    """SpO2 scale, by a clinician's order."""
    exclusion: News2Exclusion | None = None
    every_min: int | None = None
    """Minutes between sets, where an order says so."""
    signs: tuple[VitalSign, ...] = ()
    entry: ObservationEntry | None = None
    """The last set that whoever stands here entered, where it can be corrected."""


@dataclass(slots=True, kw_only=True)
class Draft:
    """What was typed for one stay. Nothing of it is on a disk."""

    begun: datetime
    """When its first key was pressed, in hub time."""
    touched: float
    """Monotonic second of the last key."""
    values: dict[Parameter, str] = field(default_factory=dict)
    missed: dict[Parameter, Missed] = field(default_factory=dict)
    all_missed: Missed | None = None
    confirmed: set[Parameter] = field(default_factory=set)
    at: Parameter = _P.RESPIRATORY_RATE
    fresh: bool = True
    """The next digit begins the field anew."""
    correcting: str = ""
    """The set that is corrected; empty for a new one."""
    before: Mapping[Parameter, str] = field(default_factory=dict)
    told: set[Parameter | None] = field(default_factory=set)
    """The reasons that are on their way already; None: the one for all of it."""
    place: str = ""
    """Bed 12."""

    @property
    def fields(self) -> tuple[Parameter, ...]:
        """What can be typed; of a correction all that was entered, whatever of it stands: only
        whoever puts oxygen right to air takes its flow and device back by that."""
        if not self.correcting:
            return fields(self.values)
        supply = _P.OXYGEN_SUPPLY
        to_air = self.before.get(supply) == "oxygen" and self.values.get(supply) == "air"
        own = tuple(one for one in ORDER if one in self.before)
        return tuple(one for one in own if not to_air or one not in OF_OXYGEN)

    @property
    def empty(self) -> bool:
        """Whether nothing of it would be lost."""
        if self.correcting:
            return not self.changes()
        return not any(self.values.values()) and not self.reasons()

    def go(self, parameter: Parameter) -> None:
        """Stand at a field."""
        self._close()
        self.at, self.fresh = parameter, True

    def go_on(self, steps: int = 1) -> None:
        """Stand at the next field, or at the one before; at either end one stays."""
        own = self.fields
        place = own.index(self.at) + steps if self.at in own else 0
        self.go(own[min(max(place, 0), len(own) - 1)] if own else self.at)

    def press(self, key: str) -> bool:
        """One more digit, the point, or a choice. True when the field is complete by it."""
        parameter = self.at
        if parameter in CHOICES:
            self._set(parameter, key)
            return True
        before = "" if self.fresh else self.values.get(parameter, "")
        text = typed(parameter, before, key)
        self._set(parameter, text)
        self.fresh = False
        return text != before and is_complete(parameter, text)

    def erase(self) -> None:
        """The last digit, or the choice, goes; in an empty field one stands at the one before."""
        text = self.values.get(self.at, "")
        if not text and self.at not in self.missed:
            self.go_on(-1)
            self.fresh = False
            return
        self.missed.pop(self.at, None)
        self._set(self.at, "" if self.at in CHOICES else erased(text))
        self.fresh = False

    def miss(self, why: Missed) -> None:
        """This field could not be measured, and why."""
        self._set(self.at, "")
        self.missed[self.at] = why

    def miss_all(self, why: Missed) -> None:
        """Nothing could be measured, and why."""
        self.values.clear()
        self.missed.clear()
        self.confirmed.clear()
        self.all_missed = why

    def _set(self, parameter: Parameter, text: str) -> None:
        if text != self.values.get(parameter, ""):
            # A confirmed value was that one, and a pressure is judged beside its fellow.
            self.confirmed -= {parameter, _P.DIASTOLIC, _P.OXYGEN_FLOW}
        if text:
            self.values[parameter] = text
            self.missed.pop(parameter, None)
            self.all_missed = None
        else:
            self.values.pop(parameter, None)

    def _close(self) -> None:
        text = closed(self.values.get(self.at, ""))
        if self.at in self.values:
            self.values[self.at] = text

    # --------------------------------------------------------------------------------- what it is

    def possible(self) -> dict[Parameter, EnteredValue]:
        """What was typed and can be."""
        return possible_values(self.values, self.fields)

    def asked(self) -> tuple[Parameter, ...]:
        """The fields, in their order, whose values should be confirmed once."""
        found = self.possible()
        doubts = improbable(found.values())
        return tuple(one for one in self.fields if one in doubts and one not in self.confirmed)

    def wrong(self) -> Parameter | None:
        """The first field that holds what cannot be; None where none does."""
        found = self.possible()
        for one in self.fields:
            if self.values.get(one) and one not in found:
                return one
        alone = _P.DIASTOLIC in found and _P.SYSTOLIC not in found
        return _P.SYSTOLIC if alone else None

    def data(self) -> Data:
        """The values as an action has them."""
        found = self.possible()
        told: Data = {one.value: found[one].text for one in self.fields if one in found}
        return self._with_confirmed(told)

    def reasons(self) -> dict[Parameter | None, Missed]:
        """Why fields that are asked for were not measured; None: why nothing was."""
        own = self.fields
        told: dict[Parameter | None, Missed] = {
            one: why for one, why in self.missed.items() if one in own
        }
        return told if self.all_missed is None else {**told, None: self.all_missed}

    def changes(self) -> dict[Parameter, str | None]:
        """Of a correction, what shall be otherwise; None: it was not so at all."""
        own = self.fields
        now = {one: closed(self.values.get(one, "")) if one in own else "" for one in self.before}
        return {one: now[one] or None for one in self.before if now[one] != self.before[one]}

    def correction(self) -> Data:
        """What shall be otherwise as an action has it, without the reason."""
        return self._with_confirmed({one.value: text for one, text in self.changes().items()})

    def _with_confirmed(self, told: Data) -> Data:
        sure = [one.value for one in self.fields if one in self.confirmed]
        return {**told, "confirmed": ",".join(sure)} if told and sure else told


def begun(at: datetime, moment: float) -> Draft:
    """An empty set."""
    return Draft(begun=at, touched=moment)


def correcting(entry: ObservationEntry, at: datetime, moment: float) -> Draft:
    """A set as it was entered, to be put right."""
    values = {one.parameter: one.text for sign in current(entry) for one in sign.values}
    draft = Draft(begun=at, touched=moment, values=dict(values), correcting=entry.id, before=values)
    draft.at = next(iter(draft.fields), draft.at)
    # What was entered was confirmed then, where it had to be.
    draft.confirmed = set(draft.asked())
    return draft


def judged(draft: Draft, patient: PadPatient) -> News2Score | News2Incomplete | News2Excluded:
    """NEWS2 of what was typed so far; what cannot be is missing, and missing is no zero."""
    if patient.exclusion is not None:
        return News2Excluded(reason=patient.exclusion)
    found = draft.possible()

    def number(parameter: Parameter) -> float | None:
        return float(found[parameter].text) if parameter in found else None

    def code(parameter: Parameter) -> str | None:
        return found[parameter].text if parameter in found else None

    given = {one.value: code(one) if one in CHOICES else number(one) for one in SCORED}
    return score(News2Input(**given), patient.scale)  # type: ignore[arg-type]  # by its own names


def interval(result: News2Score) -> str:
    """When the next set is due, as a leaf of `observation_pad.next` (RCP 2017, minimum frequency of
    monitoring: 12 h, 4 to 6 h, 1 h, continuous)."""
    if result.total >= 7:
        return "continuous"
    if result.total >= 5 or result.single_three:
        return "hourly"
    return "low" if result.total > 0 else "zero"


def previous(patient: PadPatient, parameter: Parameter) -> tuple[str, datetime] | None:
    """The last value before, with when it was taken; None where there is none to be believed."""
    last: tuple[str, datetime] | None = None
    for sign in patient.signs:
        if sign.doubtful or (last is not None and sign.taken_at < last[1]):
            continue
        for one in sign.measurements:
            if one.parameter is not parameter:
                continue
            if one.code is not None:
                last = (one.code, sign.taken_at)
            elif one.value is not None:
                last = (_shown(parameter, one.value), sign.taken_at)
    return last


def _shown(parameter: Parameter, value: float) -> str:
    if parameter in (_P.TEMPERATURE, _P.GLUCOSE):
        return f"{value:.1f}"
    return f"{value:g}"
