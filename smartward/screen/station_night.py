"""When it is night on which screen, as the page "Screens and links" says it and asks for it."""

from collections.abc import Callable
from typing import Literal

from smartward.clinical.device import ScreenRole, ScreenStatus
from smartward.clinical.night_hours import NightBy, NightRule
from smartward.clinical.ward import Ward
from smartward.screen.station_ask import Answer, Question
from smartward.screen.station_fleet import screen_name
from smartward.screen.station_state import WardState
from smartward.screen.station_words import Words

NO_SCREENS = frozenset({ScreenRole.GATEWAY, ScreenRole.STANDBY})
AS_WARD, NEVER = "ward", "never"
"""What the hub takes in the place of hours."""
WHOM: dict[str, Literal["device", "role", "all"]] = {
    "device": "device",
    "role": "role",
    "all": "all",
}
_FROM = tuple(f"{hour % 24:02}:00" for hour in range(18, 25))
_UNTIL = tuple(f"{hour:02}:00" for hour in range(4, 10))
"""To the hour: whoever wants it finer says so at the console."""

Deed = Callable[[str], None]


def hours_here(state: WardState, screen: ScreenStatus) -> tuple[NightRule, NightBy] | None:
    """The hours of a screen; None before the ward is known, and of what shows no pages."""
    if state.ward is None or screen.role in NO_SCREENS:
        return None
    return state.night_hours.of(state.ward, screen.role, screen.device_id)


def night_figure(state: WardState, screen: ScreenStatus, words: Words) -> str:
    """The hours of a screen that are not the ward's; empty where they are."""
    found = hours_here(state, screen)
    if found is None or found[1] is NightBy.WARD:
        return ""
    hours = found[0]
    if hours.start == hours.end:
        return words.text("night.figure_never")
    return words.text("night.figure", **_span(hours))


def night_answer(state: WardState, screen: ScreenStatus, words: Words) -> Answer | None:
    """What opens these questions, with the hours that hold now."""
    found = hours_here(state, screen)
    if found is None:
        return None
    return Answer(key="night", name=words.text("night.what"), detail=_now(found[0], words))


def whom_question(
    state: WardState, screen: ScreenStatus, words: Words, about: str, deed: Deed
) -> Question | None:
    """For which screens?"""
    found = hours_here(state, screen)
    if found is None:
        return None
    where = screen_name(state, screen, words)
    return Question(
        title=words.text("night.whom"),
        hint=words.text("night.whom_hint", where=where, now=_now(found[0], words)),
        answers=[
            Answer(key="device", name=words.text("night.device"), detail=where),
            Answer(key="role", name=whom_words(state, screen, "role", words)),
            Answer(key="all", name=words.text("night.all")),
        ],
        deed=deed,
        about=about,
    )


def start_question(whom: str, ward: Ward, words: Words, about: str, deed: Deed) -> Question:
    """From when? Or as the ward, or never."""
    own = _span(NightRule(start=ward.night_start, end=ward.night_end))
    as_ward = Answer(
        key=AS_WARD,
        name=words.text("night.as_ward"),
        detail=words.text("night.as_ward_detail", **own),
    )
    never = Answer(
        key=NEVER, name=words.text("night.never"), detail=words.text("night.never_detail")
    )
    return Question(
        title=words.text("night.start"),
        hint=words.text("night.hint", whom=whom),
        answers=[as_ward, never, *(Answer(key=at, name=at) for at in _FROM)],
        deed=deed,
        about=about,
    )


def end_question(whom: str, start: str, words: Words, about: str, deed: Deed) -> Question:
    """Until when?"""
    return Question(
        title=words.text("night.end"),
        hint=words.text("night.hint", whom=whom),
        answers=[Answer(key=at, name=f"{start}–{at}") for at in _UNTIL],
        deed=deed,
        about=about,
    )


def whom_words(state: WardState, screen: ScreenStatus, whom: str, words: Words) -> str:
    """The screens that are meant."""
    if whom == "device":
        return screen_name(state, screen, words)
    if whom == "role":
        return words.text("night.role", role=words.text(f"screen.role.{screen.role.value}"))
    return words.text("night.all")


def done_words(hours: str, whom: str, words: Words) -> str:
    """What holds from now on."""
    if hours == AS_WARD:
        return words.text("night.done_ward", whom=whom)
    if hours == NEVER:
        return words.text("night.done_never", whom=whom)
    start, _, end = hours.partition("-")
    return words.text("night.done", start=start, end=end, whom=whom)


def _now(hours: NightRule, words: Words) -> str:
    if hours.start == hours.end:
        return words.text("night.now_never")
    return words.text("night.now", **_span(hours))


def _span(hours: NightRule) -> dict[str, str]:
    return {"start": f"{hours.start:%H:%M}", "end": f"{hours.end:%H:%M}"}
