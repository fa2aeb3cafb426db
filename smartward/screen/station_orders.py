"""What can be ordered of a screen from the page "Screens and links": that it shows which it is,
that it starts anew, that it looks itself over, and when it is night there."""

from collections.abc import Callable
from typing import Literal, Protocol

from smartward.i18n import Catalogue
from smartward.screen.station_ask import Answer, Question
from smartward.screen.station_checks import ScreenChecks
from smartward.screen.station_desk import Desk
from smartward.screen.station_fleet import screen_name
from smartward.screen.station_night import (
    AS_WARD,
    NEVER,
    NO_SCREENS,
    WHOM,
    done_words,
    end_question,
    night_answer,
    start_question,
    whom_question,
    whom_words,
)
from smartward.screen.station_words import Words
from smartward.wire.order import OrderAsk, OrderTold, OrderWatch

Do = Literal["identify", "restart", "check"]

_WHY = {
    "order.away": "station.order.away",
    "order.call_open": "station.order.call_open",
    "order.call_first": "station.order.call_first",
    "order.checks_itself": "station.order.checks_itself",
    "order.last_one": "station.order.last_one",
    "order.no_service": "station.order.no_service",
    "order.not_known": "station.order.not_known",
    "order.too_old": "station.order.too_old",
    "order.took_too_long": "station.order.took_too_long",
}
"""Why not, in words for who stands at a station: the hub's own are for a console."""


class Orderer(Protocol):
    """The way to the hub (`screen/placing_client.py`)."""

    def order(self, asked: OrderAsk, told: Callable[[OrderTold | None], None]) -> None:
        """`told` is called once with the answer; None: there is none."""

    def watch(self, asked: OrderWatch, told: Callable[[OrderTold], None]) -> None:
        """`told` is called once with what became of a check."""


class ScreenOrders:
    """Asks what, asks again before a screen goes dark, and has the hub do it."""

    def __init__(self, desk: Desk, orderer: Callable[[], Orderer | None]) -> None:
        self._desk = desk
        self._orderer = orderer
        self.checks = ScreenChecks(desk)

    def ask(self, device_id: str) -> None:
        """What shall be done with this screen? Of one that is none, nothing can be asked."""
        state, words = self._desk.ward_state, self._desk.words
        screen = state.screens.get(device_id)
        if screen is None or screen.role in NO_SCREENS:
            return
        night = night_answer(state, screen, words)
        self._desk.ask_beside(
            Question(
                title=words.text("order.what", where=self._name(device_id)),
                hint=words.text("order.what_hint", device=device_id),
                answers=[
                    self._answer("identify"),
                    self._answer("restart"),
                    self._answer("check"),
                    *([] if night is None else [night]),
                ],
                deed=lambda do: self._chosen(device_id, do),
                about=_about(device_id),
            )
        )

    def _answer(self, do: Do) -> Answer:
        words = self._desk.words
        return Answer(
            key=do, name=words.text(f"order.{do}"), detail=words.text(f"order.{do}_detail")
        )

    def _chosen(self, device_id: str, do: str) -> None:
        if do == "restart":
            self._sure(device_id)
        elif do == "night":
            self._night(device_id)
        elif do == "check":
            self._desk.as_staff(lambda: self._check(device_id))
        else:
            self._desk.as_staff(lambda: self._order(device_id, "identify", "identified"))

    def _sure(self, device_id: str) -> None:
        words = self._desk.words

        def restart(_: str) -> None:
            self._desk.as_staff(lambda: self._order(device_id, "restart", "restarted"))

        self._desk.ask_beside(
            Question(
                title=words.text("order.sure", where=self._name(device_id)),
                hint=words.text("order.sure_hint"),
                answers=[Answer(key="yes", name=words.text("order.yes"))],
                deed=restart,
                about=_about(device_id),
            )
        )

    def _night(self, device_id: str) -> None:
        """For whom, from when, until when."""
        state, words, about = self._desk.ward_state, self._desk.words, _about(device_id)
        screen, ward = state.screens.get(device_id), state.ward
        if screen is None or ward is None:
            return

        def chosen(whom: str) -> None:
            meant = whom_words(state, screen, whom, words)

            def begins(start: str) -> None:
                if start in (AS_WARD, NEVER):
                    give(start)
                    return
                until = end_question(meant, start, words, about, lambda end: give(f"{start}-{end}"))
                self._desk.ask_beside(until)

            def give(hours: str) -> None:
                self._desk.as_staff(lambda: self._set_night(device_id, whom, hours, meant))

            self._desk.ask_beside(start_question(meant, ward, words, about, begins))

        question = whom_question(state, screen, words, about, chosen)
        if question is not None:
            self._desk.ask_beside(question)

    def _set_night(self, device_id: str, whom: str, hours: str, meant: str) -> None:
        person = self._desk.person
        if person is None:
            return
        asked = OrderAsk(by=person, device_id=device_id, do="night", whom=WHOM[whom], hours=hours)
        self._give(asked, lambda texts: done_words(hours, meant, Words(texts)))

    def _order(self, device_id: str, do: Do, done: Literal["identified", "restarted"]) -> None:
        person, where = self._desk.person, self._name(device_id)
        if person is not None:
            asked = OrderAsk(by=person, device_id=device_id, do=do)
            self._give(asked, lambda texts: texts.text(f"station.order.{done}", where=where))

    def _check(self, device_id: str) -> None:
        person, orderer = self._desk.person, self._orderer()
        if person is None:
            return

        def became(answer: OrderTold) -> None:
            self.checks.ended(device_id, answer.found)
            if answer.found is None:
                self._say(device_id, answer, lambda texts: "")
            else:
                self._tell(device_id, "station.order.checked")

        def given(answer: OrderTold | None) -> None:
            if answer is None or answer.outcome != "given" or orderer is None:
                self._say(device_id, answer, lambda texts: "")
                return
            self.checks.begun(device_id)
            self._tell(device_id, "station.order.checking")
            orderer.watch(OrderWatch(device_id=device_id, order=answer.order), became)

        if orderer is None:
            self._desk.tell("station.placing.no_hub")
        else:
            orderer.order(OrderAsk(by=person, device_id=device_id, do="check"), given)

    def _give(self, asked: OrderAsk, done: Callable[[Catalogue], str]) -> None:
        orderer = self._orderer()
        if orderer is None:
            self._desk.tell("station.placing.no_hub")
            return

        orderer.order(asked, lambda answer: self._say(asked.device_id, answer, done))

    def _tell(self, device_id: str, key: str) -> None:
        where = self._name(device_id)
        self._desk.tell_words(lambda texts: texts.text(key, where=where), of=_about(device_id))

    def _say(
        self, device_id: str, answer: OrderTold | None, done: Callable[[Catalogue], str]
    ) -> None:
        """What an order before it came to holds no more."""
        where = self._name(device_id)
        self._desk.tell_words(
            lambda texts: _became(texts, answer, where, done), of=_about(device_id)
        )

    def _name(self, device_id: str) -> str:
        screen = self._desk.ward_state.screens.get(device_id)
        if screen is None:
            return device_id
        return screen_name(self._desk.ward_state, screen, self._desk.words)


def _became(
    texts: Catalogue, answer: OrderTold | None, where: str, done: Callable[[Catalogue], str]
) -> str:
    """What became of it. Why a screen did nothing may be a word of its own, newer than this program
    or wrong: nobody is shown that."""
    if answer is None:
        return texts.text("station.placing.no_hub")
    if answer.outcome == "done":
        return done(texts)
    if answer.outcome != "refused":
        return texts.text("station.order.unheard", where=where)
    if answer.why in _WHY:
        return texts.text(_WHY[answer.why], where=where)
    said = texts.told(answer.why, device=where)
    return texts.text("station.order.refused", where=where) if said == answer.why else said


def _about(device_id: str) -> str:
    return f"order:{device_id}"
