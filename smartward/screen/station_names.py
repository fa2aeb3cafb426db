"""What of a patient's name the station shows: by the ward's policy, and for how long in full."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from smartward.clinical.encounter import Encounter, Patient
from smartward.clinical.masking import shown_name
from smartward.clinical.name_policy import NamePlace, NameRule
from smartward.clinical.namesakes import namesakes
from smartward.screen.station_state import WardState
from smartward.screen.station_words import Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """The board's names by encounter id, and whose name is another's too."""

    shown: Mapping[str, str]
    same: frozenset[str]

    def marked(self, stay_id: str, words: Words) -> str:
        """A name as the queue says it, `张＊国 同名`; empty where the policy shows none."""
        name = self.shown.get(stay_id, "")
        return f"{name} {words.text('alike')}".strip() if stay_id in self.same else name


def board_names(state: WardState, words: Words) -> Names:
    """The names of everybody on the ward as board and queue show them; of a silenced stay none.

    A protected person is on the board too: staff must find the bed, and a nameless card among forty
    is itself a sign. Shown are the bed's number, the alias or the name as the policy masks it (in
    full never, whatever the policy says of the others) and that the person is protected. The whole
    name is on the opened sheet, to a proved person who gives a reason, for `unmask_s`.
    """
    rule, language = state.policy.rule(NamePlace.STATION_BOARD), words.catalogue.language
    here = {s.id: s.patient for s in state.encounters.values() if s.id not in state.silences}
    asked = (rule, language, here)
    before, known = state.worked_out.get("board_names", (None, None))
    names: Names | None = known
    if before != asked or names is None:
        names = Names(
            shown={id: shown_name(one, _at_most(one, rule), language) for id, one in here.items()},
            same=namesakes(here, lambda one: _at_most(one, rule), language),
        )
        state.worked_out["board_names"] = (asked, names)
    return names


def _at_most(patient: Patient, rule: NameRule) -> NameRule:
    """The rule for one patient: nobody's protection ends with a policy made for all."""
    return NameRule.MASKED if patient.protected and rule is NameRule.FULL else rule


def sheet_name(state: WardState, stay: Encounter, words: Words, *, full: bool) -> str:
    """The name on a sheet a proved person has opened; `full` while it was asked for."""
    rule = NameRule.FULL if full else state.policy.rule(NamePlace.STATION_SHEET)
    return shown_name(stay.patient, rule, words.catalogue.language)


@dataclass(slots=True)
class NearTier:
    """What is read at arm's length only: hidden by the privacy key, names in full for a while."""

    hidden: bool = False
    """The privacy key was pressed: no names, reasons, drugs, scores, sheet."""
    _until: dict[str, datetime] = field(default_factory=dict)

    def unmask(self, stay_id: str, now: datetime, seconds: float) -> None:
        """Show a full name for so many seconds."""
        self._until[stay_id] = now + timedelta(seconds=seconds)

    def mask(self) -> None:
        """No full name any more."""
        self._until.clear()

    def full(self, stay_id: str, now: datetime) -> bool:
        """Whether this stay's name is shown in full now."""
        until = self._until.get(stay_id)
        return until is not None and now < until and not self.hidden

    def counting(self, now: datetime) -> bool:
        """Whether a full name is on the screen that must go at its second."""
        return not self.hidden and any(now < until for until in self._until.values())
