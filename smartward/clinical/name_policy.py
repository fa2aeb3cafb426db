"""What of a name each place may show: one policy for text, voice, logs, pictures and paper."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from smartward.clinical.call_mark import Actor


class NamePlace(StrEnum):
    """Where a name may appear."""

    BEDHEAD = "bedhead"
    BEDSIDE = "bedside"
    """The public layer of the bedside."""
    BEDSIDE_OPENED = "bedside_opened"
    """After wristband or PIN, for 60 s."""
    DOOR = "door"
    CORRIDOR = "corridor"
    STATION_BOARD = "station_board"
    STATION_SHEET = "station_sheet"
    VOICE = "voice"
    LOG = "log"
    PICTURE = "picture"
    PRINT = "print"


PUBLIC_PLACES = frozenset(NamePlace) - {
    NamePlace.BEDSIDE_OPENED,
    NamePlace.STATION_BOARD,
    NamePlace.STATION_SHEET,
}
"""What others than the staff and the patient can read or hear: paper and pictures travel."""


class NameRule(StrEnum):
    """How much of it."""

    FULL = "full"
    MASKED = "masked"
    FAMILY = "family"
    """The family name alone, with a title where the sex is recorded."""
    INITIALS = "initials"
    NONE = "none"


DEFAULTS: dict[NamePlace, NameRule] = {
    NamePlace.BEDHEAD: NameRule.MASKED,
    NamePlace.BEDSIDE: NameRule.FAMILY,
    NamePlace.BEDSIDE_OPENED: NameRule.FULL,
    NamePlace.DOOR: NameRule.MASKED,
    NamePlace.CORRIDOR: NameRule.NONE,
    NamePlace.STATION_BOARD: NameRule.MASKED,
    NamePlace.STATION_SHEET: NameRule.MASKED,
    NamePlace.VOICE: NameRule.NONE,
    NamePlace.LOG: NameRule.NONE,
    NamePlace.PICTURE: NameRule.MASKED,
    NamePlace.PRINT: NameRule.MASKED,
}

NEVER: dict[NamePlace, frozenset[NameRule]] = {
    NamePlace.LOG: frozenset(NameRule) - {NameRule.NONE},
    NamePlace.VOICE: frozenset({NameRule.FULL, NameRule.MASKED, NameRule.INITIALS}),
    NamePlace.CORRIDOR: frozenset({NameRule.FULL, NameRule.FAMILY}),
}
"""What no officer can choose: a log holds no name, a voice says no more than a family name."""


def choices(place: NamePlace) -> tuple[NameRule, ...]:
    """The rules that may be chosen for a place, from most to least."""
    return tuple(rule for rule in NameRule if rule not in NEVER.get(place, ()))


@dataclass(frozen=True, slots=True, kw_only=True)
class NamePolicy:
    """Document kind `masking`, one per ward, id "masking": what was chosen, by whom and when. A
    place that is not in `rules` has its default."""

    rules: dict[NamePlace, NameRule] = field(default_factory=dict)
    changed_by: Actor | None = None
    changed_at: datetime | None = None

    def rule(self, place: NamePlace) -> NameRule:
        """The rule of a place."""
        return self.rules.get(place, DEFAULTS[place])

    def with_rule(self, place: NamePlace, rule: NameRule, by: Actor, at: datetime) -> "NamePolicy":
        """This policy with another rule at one place. Raises ValueError for one of NEVER."""
        if rule not in choices(place):
            raise ValueError(f"{rule} is never the rule of {place}")
        return replace(self, rules={**self.rules, place: rule}, changed_by=by, changed_at=at)
