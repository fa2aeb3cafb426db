"""What a bedside says aloud, and when: after a receipt, never a promise of arrival."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from smartward.clinical.nurse_call import CallReason
from smartward.clinical.priority import Priority
from smartward.screen.bedside_call import UNANSWERED_S

EXPIRES_S = 10.0
"""Words that could not be said within this time are not said any more."""


class Speaker(Protocol):
    """The device's one arbiter of tones and speech, as far as a bedside needs it."""

    def announce(
        self,
        prompt_key: str,
        values: dict[str, str],
        priority: Priority,
        lang: str,
        expires_s: float,
    ) -> None:
        """Say a prompt of the table."""

    def tick(self) -> None:
        """One soft tick: a touch was taken."""

    def can_say(self, lang: str) -> bool:
        """Whether free text can be spoken in this language, and heard, now."""

    def say(self, text: str, priority: Priority, lang: str, expires_s: float) -> None:
        """Speak a text that a person asked to hear."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What the person at the bed has been told of the call so far. `falls`: they may fall, and are
    asked to wait for help from the first receipt on."""

    call_id: str = ""
    presses: int = 0
    stage: int = 0
    reason: CallReason | None = None
    unanswered: int = 0
    falls: bool = False


def prompts(before: Heard, now: Heard) -> list[str]:
    """The prompts due when a call went from `before` to `now`; at most one of each, in order."""
    if not now.call_id:
        return []
    if now.call_id != before.call_id:
        before = Heard(call_id=now.call_id)
    said = []
    if now.stage >= 1 and before.stage < 1:
        said.append("call_placed")
    elif now.stage in (1, 2) and now.presses > before.presses >= 1:
        said.append("call_placed_again")
    if now.stage == 3 and before.stage < 3:
        said.append("on_the_way")
    if _wait_for_help(now) and not _wait_for_help(before):
        said.append("help_you_up")
    if now.stage < 3 and now.unanswered > before.unanswered:
        said.append("nobody_yet")
    return said


KIND_TIMES = 3
"""So often a kind word is said while it holds (field.md 5.2)."""
KIND_AGAIN_S = 50.0
"""No sooner than so many seconds after the last time; looked at with the minute."""


class KindWords:
    """A kind word to the patient, said when it comes and a few times more while it holds."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._id = ""
        self._times = 0
        self._last = 0.0

    def due(self, id: str) -> bool:
        """Whether it is to be said now; `id`: of what it is about, empty: nothing."""
        now = self._monotonic()
        if id != self._id:
            self._id, self._times, self._last = id, 0, now - KIND_AGAIN_S
        if not id or self._times >= KIND_TIMES or now - self._last < KIND_AGAIN_S:
            return False
        self._times, self._last = self._times + 1, now
        return True


def _wait_for_help(told: Heard) -> bool:
    """Whether whoever heard this was asked not to get up alone."""
    return told.reason is CallReason.TOILET or (told.falls and told.stage >= 1)


def unanswered_count(waited_s: float) -> int:
    """How often "nobody yet" is due after this many seconds: at 180 and each 180 after."""
    return int(max(0.0, waited_s) // UNANSWERED_S)
