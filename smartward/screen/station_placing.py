"""The screens that wait for a place, as the page "Screens and links" shows them to whoever may
place them, and what is asked before one is placed or refused."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from smartward.clinical.device import WARD_WIDE_ROLES, ScreenRole
from smartward.screen.station_ask import Answer, Question
from smartward.screen.station_fleet import place_words
from smartward.screen.station_state import WardState
from smartward.screen.station_words import Words
from smartward.wire.pairing import NUMBER_S
from smartward.wire.placing import ToType, Waiting, WipedScreen

PLANNED = "planned"
ROLES = (
    ScreenRole.BEDSIDE,
    ScreenRole.BEDHEAD,
    ScreenRole.DOOR,
    ScreenRole.CORRIDOR,
    ScreenRole.STATION,
)
"""What a waiting screen can become here, the most frequent first."""

Deed = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class WipedRow:
    """One screen that was wiped and has not forgotten all yet."""

    key: str
    """Its id."""
    title: str
    detail: str
    """Since when, what it still has, and what is to be done."""
    verb: str
    """To write it off; empty while it forgets."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingRow:
    """One screen that waits."""

    key: str
    """Its code."""
    title: str
    detail: str
    """Since when it waits, what was planned for it, what its machine is called, and whether a
    number will have to be typed at it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberRow:
    """The number that has to be typed at a screen that was placed just now."""

    key: str
    """Its code."""
    title: str
    """The number."""
    detail: str
    """Where, and what it means when that screen does not take it."""


def still_to_type(
    numbers: tuple[ToType, ...], state: WardState, now: datetime
) -> tuple[ToType, ...]:
    """Without those that were typed since, and those whose time is over: the hub is asked only when
    a person asks, but that a screen has come is heard as it comes."""

    def asks(one: ToType) -> bool:
        if one.placed_at is None:  # of a hub that does not say
            return True
        screen = state.screens.get(one.device_id)
        has_come = screen is not None and screen.online and screen.since >= one.placed_at
        return not has_come and now < one.placed_at + timedelta(seconds=NUMBER_S)

    return tuple(filter(asks, numbers))


def number_rows(numbers: tuple[ToType, ...], state: WardState, words: Words) -> list[NumberRow]:
    """As the hub told them."""
    return [
        NumberRow(
            key=one.code,
            title=words.text("placing.number", number=one.number),
            detail=words.text(
                "placing.number_at",
                code=one.code,
                where=place_words(state, one.role, one.place, words),
            ),
        )
        for one in numbers
    ]


def waiting_rows(
    waiting: tuple[Waiting, ...], state: WardState, words: Words, now: datetime
) -> list[WaitingRow]:
    """As the hub told them: who waits longest first."""
    return [_row(one, state, words, now) for one in waiting]


def _row(one: Waiting, state: WardState, words: Words, now: datetime) -> WaitingRow:
    told = [words.text("placing.since", at=words.moment(one.since, now))]
    if one.role is not None:
        where = place_words(state, one.role, one.place, words)
        told.append(words.text("placing.planned", where=where))
    if one.serial:
        told.append(words.text("placing.serial", serial=one.serial))
    if one.compares:
        told.append(words.text("placing.compares"))
    if one.denied:
        told.append(words.text("placing.denied"))
    return WaitingRow(key=one.code, title=one.code, detail=" · ".join(told))


def wiped_rows(
    wiped: tuple[WipedScreen, ...], state: WardState, words: Words, now: datetime
) -> list[WipedRow]:
    """As the hub told them: what was wiped first stands first."""
    return [
        WipedRow(
            key=one.device_id,
            title=words.text("placing.wiped", where=wiped_where(one, state, words)),
            detail=words.text(
                "placing.forgetting" if one.forgetting else "placing.not_here",
                at=words.moment(one.at, now),
                device=one.device_id,
            ),
            verb="" if one.forgetting else words.text("placing.write_off"),
        )
        for one in wiped
    ]


def wiped_where(one: WipedScreen, state: WardState, words: Words) -> str:
    """What it was called, else what it was and where; of one that nobody kept it of, its id."""
    if one.label or one.role is None:
        return one.label or one.device_id
    return place_words(state, one.role, one.place or None, words)


def write_off_question(one: WipedScreen, where: str, words: Words, deed: Deed) -> Question:
    """Really? It has what it kept for as long as it is not here again."""
    return Question(
        title=words.text("placing.write_off_title", where=where),
        hint=words.text("placing.write_off_hint"),
        answers=[Answer(key="write_off", name=words.text("placing.write_off_yes"))],
        deed=deed,
        about=_about(one.device_id),
    )


def what_question(one: Waiting, state: WardState, words: Words, deed: Deed) -> Question:
    """As what? What was planned stands first."""
    answers = [
        Answer(key=str(role), name=words.text(f"screen.role.{role.value}")) for role in ROLES
    ]
    if one.role is not None:
        where = place_words(state, one.role, one.place, words)
        answers.insert(0, Answer(key=PLANNED, name=words.text("placing.planned", where=where)))
    return Question(
        title=words.text("placing.what", code=one.code),
        hint=words.text("placing.what_hint"),
        answers=answers,
        deed=deed,
        about=_about(one.code),
    )


def where_question(
    code: str, role: ScreenRole, state: WardState, words: Words, deed: Deed
) -> Question | None:
    """At which bed or room? None for what belongs to the whole ward."""
    if role in WARD_WIDE_ROLES:
        return None
    beds = sorted(state.beds.values(), key=lambda bed: bed.order)
    if role is ScreenRole.DOOR:
        rooms = {bed.room_id: bed.room for bed in beds}
        answers = [
            Answer(key=id, name=words.text("sub.room", room=room)) for id, room in rooms.items()
        ]
    else:
        answers = [
            Answer(
                key=bed.id,
                name=words.text("bed", bed=bed.number),
                detail=words.text("sub.room", room=bed.room) if bed.room else "",
            )
            for bed in beds
        ]
    title = "placing.where_room" if role is ScreenRole.DOOR else "placing.where_bed"
    name = words.text(f"screen.role.{role.value}")
    return Question(
        title=words.text(title),
        hint=words.text("placing.where_hint", role=name, code=code),
        answers=answers,
        deed=deed,
        about=_about(code),
    )


def there_question(code: str, where: str, words: Words, deed: Deed) -> Question:
    """There is a screen already: beside it or in its place?"""
    return Question(
        title=words.text("placing.there", where=where),
        hint=words.text("placing.there_hint", code=code),
        answers=[
            Answer(
                key="second",
                name=words.text("placing.second"),
                detail=words.text("placing.second_detail"),
            ),
            Answer(
                key="instead",
                name=words.text("placing.instead"),
                detail=words.text("placing.instead_detail"),
            ),
        ],
        deed=deed,
        about=_about(code),
    )


def refuse_question(code: str, words: Words, deed: Deed) -> Question:
    """Really?"""
    return Question(
        title=words.text("placing.refuse_title", code=code),
        hint=words.text("placing.refuse_hint"),
        answers=[Answer(key="refuse", name=words.text("placing.refuse_yes"))],
        deed=deed,
        about=_about(code),
    )


def _about(code: str) -> str:
    return f"placing:{code}"
