"""What the record itself says of patients who got worse, so that a warning can be measured by it.

Taken as deterioration: a NEWS2 of 7 or more by the shipped thresholds; a call for help by staff
(assist or emergency) from the bed; a condition mark (critical or serious) that is new or worse;
special nursing that is new; a death. Where a patient went when they left the ward the record does
not say: an admission to intensive care counts only by what preceded it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from smartward.clinical.alert_lives import lives
from smartward.clinical.bed import Bed
from smartward.clinical.encounter import ConditionMark, Encounter, NursingLevel
from smartward.clinical.nurse_call import CallClass, NurseCall
from smartward.clinical.rules import REGISTRY, Mode, RuleSettings
from smartward.clinical.silence import Silence, SilenceReason
from smartward.hub.rehearsal.replay import Change, Replayed
from smartward.hub.store.model import decode

SCORE = "news2"
"""The rule whose alerts tell of a score that high."""

SCORE_KINDS = frozenset({"ward", "bed", "encounter", "silence", "vital_sign"})
"""What that rule looks at."""

ONE_EPISODE = timedelta(hours=24)
"""What happens to a patient within this time is one deterioration."""

_HELP = (CallClass.ASSIST, CallClass.EMERGENCY)
_MARKS = (None, ConditionMark.SERIOUS, ConditionMark.CRITICAL)


class Sign(StrEnum):
    """What tells of a deterioration."""

    SCORE = "score"
    HELP = "help"
    CONDITION = "condition"
    SPECIAL_CARE = "special_care"
    DEATH = "death"


@dataclass(frozen=True, slots=True)
class Deterioration:
    """One of a stay, from its first sign on. `subject` as in the log of alerts."""

    at: datetime
    subject: str
    bed: str | None
    signs: tuple[Sign, ...]


@dataclass(slots=True)
class Witness:
    """Looks at the changes as they pass, and notes beds and who got worse."""

    beds: dict[str, Bed] = field(default_factory=dict)
    """Every bed there was, by id."""
    _stays: dict[str, Encounter] = field(default_factory=dict)
    _calls: set[str] = field(default_factory=set)
    _wishes: set[str] = field(default_factory=set)
    """Stays with a silence that a nurse wished for."""
    _signs: list[tuple[datetime, str, str | None, Sign]] = field(default_factory=list)

    def watch(self, changes: Iterable[Change]) -> Iterator[Change]:
        """The same changes, looked at."""
        for one in changes:
            if one.body is not None:
                self._look(one, one.body)
            elif one.kind == "encounter":
                self._stays.pop(one.id, None)
            yield one

    def _look(self, change: Change, body: bytes) -> None:
        if change.kind == "bed":
            self.beds[change.id] = decode(body, Bed)
        elif change.kind == "encounter":
            self._look_at_stay(change.at, decode(body, Encounter))
        elif change.kind == "nurse_call" and change.id not in self._calls:
            self._calls.add(change.id)
            self._look_at_call(decode(body, NurseCall))
        elif change.kind == "silence":
            self._look_at_silence(change.at, decode(body, Silence))

    def _look_at_silence(self, at: datetime, silence: Silence) -> None:
        """A silence that stands so from before is no new death; of one that was a wish first,
        nobody tells when the patient died but the change itself."""
        if silence.reason is not SilenceReason.DECEASED:
            self._wishes.add(silence.encounter_id)
            return
        died = at if silence.encounter_id in self._wishes else silence.since
        self._note(died, silence.encounter_id, Sign.DEATH)

    def _look_at_stay(self, at: datetime, stay: Encounter) -> None:
        before = self._stays.get(stay.id)
        self._stays[stay.id] = stay
        if before is None:  # how somebody comes is no change
            return
        if _MARKS.index(stay.condition) > _MARKS.index(before.condition):
            self._note(at, stay.id, Sign.CONDITION)
        special = NursingLevel.SPECIAL
        if stay.nursing_level is special and before.nursing_level not in (special, None):
            self._note(at, stay.id, Sign.SPECIAL_CARE)
        if stay.patient.deceased and not before.patient.deceased:
            self._note(at, stay.id, Sign.DEATH)

    def _look_at_call(self, call: NurseCall) -> None:
        bed = self.beds.get(call.bed_id)
        occupants = () if bed is None else bed.occupants
        # Of two in a bed nobody can tell for whom; one that stands from before is no new one.
        if call.call_class in _HELP and len(occupants) == 1:
            self._note(call.placed_at, occupants[0], Sign.HELP)

    def _note(self, at: datetime, stay: str, sign: Sign) -> None:
        known = self._stays.get(stay)
        bed = None if known is None else known.bed_id
        self._signs.append((at, f"encounter:{stay}", bed, sign))

    def deteriorations(
        self, scores: Replayed, since: datetime, until: datetime
    ) -> list[Deterioration]:
        """All that began in [since, until), by time. `scores`: the rehearsal of `score_alone`."""
        high = [
            (life.opened, life.subject, life.bed, Sign.SCORE)
            for life in lives(scores.log, since, until)
            if life.fresh
        ]
        return [
            one
            for one in _episodes(
                sorted([*self._signs, *high], key=lambda sign: (sign[0], sign[1], sign[3]))
            )
            if since <= one.at < until
        ]


def _episodes(
    signs: Sequence[tuple[datetime, str, str | None, Sign]],
) -> list[Deterioration]:
    found: list[Deterioration] = []
    last: dict[str, tuple[int, datetime]] = {}
    for at, subject, bed, sign in signs:
        place, before = last.get(subject, (-1, at))
        if place >= 0 and at - before < ONE_EPISODE:
            one = found[place]
            signs_now = one.signs if sign in one.signs else (*one.signs, sign)
            found[place] = Deterioration(one.at, subject, one.bed or bed, signs_now)
        else:
            place = len(found)
            found.append(Deterioration(at, subject, bed, (sign,)))
        last[subject] = (place, at)
    return found


def score_alone() -> RuleSettings:
    """Settings by which only the high score is looked for, as shipped."""
    modes = {rule.id: Mode.OFF for rule in REGISTRY.everything}
    return RuleSettings().with_modes(modes | {SCORE: Mode.SHADOW})
