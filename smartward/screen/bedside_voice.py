"""What a bedside says aloud, and when: after a receipt, never a promise of arrival."""

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


def _wait_for_help(told: Heard) -> bool:
    """Whether whoever heard this was asked not to get up alone."""
    return told.reason is CallReason.TOILET or (told.falls and told.stage >= 1)


def unanswered_count(waited_s: float) -> int:
    """How often "nobody yet" is due after this many seconds: at 180 and each 180 after."""
    return int(max(0.0, waited_s) // UNANSWERED_S)
