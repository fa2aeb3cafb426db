"""What can be ordered of a screen from the page "Screens and links": that it shows which it is, and
that it starts anew."""

from collections.abc import Callable
from typing import Literal, Protocol

from smartward.clinical.device import ScreenRole
from smartward.i18n import Catalogue
from smartward.screen.station_ask import Answer, Question
from smartward.screen.station_desk import Desk
from smartward.screen.station_fleet import screen_name
from smartward.wire.order import OrderAsk, OrderTold

_NO_SCREENS = frozenset({ScreenRole.GATEWAY, ScreenRole.STANDBY})

Do = Literal["identify", "restart"]

_WHY = {
    "order.away": "station.order.away",
    "order.call_open": "station.order.call_open",
    "order.last_one": "station.order.last_one",
    "order.no_service": "station.order.no_service",
    "order.not_known": "station.order.not_known",
    "order.too_old": "station.order.too_old",
}
"""Why not, in words for who stands at a station: the hub's own are for a console."""


class Orderer(Protocol):
    """The way to the hub (`screen/placing_client.py`)."""

    def order(self, asked: OrderAsk, told: Callable[[OrderTold | None], None]) -> None:
        """`told` is called once with the answer; None: there is none."""


class ScreenOrders:
    """Asks what, asks again before a screen goes dark, and has the hub do it."""

    def __init__(self, desk: Desk, orderer: Callable[[], Orderer | None]) -> None:
        self._desk = desk
        self._orderer = orderer

    def ask(self, device_id: str) -> None:
        """What shall be done with this screen? Of one that is none, nothing can be asked."""
        screen = self._desk.ward_state.screens.get(device_id)
        if screen is None or screen.role in _NO_SCREENS:
            return
        words, where = self._desk.words, self._name(device_id)
        self._desk.ask_beside(
            Question(
                title=words.text("order.what", where=where),
                hint=words.text("order.what_hint", device=device_id),
                answers=[self._answer("identify"), self._answer("restart")],
                deed=lambda do: self._sure(device_id) if do == "restart" else self._show(device_id),
                about=_about(device_id),
            )
        )

    def _answer(self, do: Do) -> Answer:
        words = self._desk.words
        return Answer(
            key=do, name=words.text(f"order.{do}"), detail=words.text(f"order.{do}_detail")
        )

    def _show(self, device_id: str) -> None:
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

    def _order(self, device_id: str, do: Do, done: Literal["identified", "restarted"]) -> None:
        person, orderer = self._desk.person, self._orderer()
        if person is None:
            return
        if orderer is None:
            self._desk.tell("station.placing.no_hub")
            return
        where = self._name(device_id)

        def told(answer: OrderTold | None) -> None:
            key, values = "station.order.unheard", {"where": where}
            if answer is None:
                key = "station.placing.no_hub"
            elif answer.outcome == "done":
                key = f"station.order.{done}"
            elif answer.outcome == "refused":
                key = _WHY.get(answer.why, answer.why)
                values = {"where": where} if answer.why in _WHY else {"device": where}
            # What an order before it came to holds no more.
            self._desk.tell_words(
                lambda texts: _said(texts, key, where, values), of=_about(device_id)
            )

        orderer.order(OrderAsk(by=person, device_id=device_id, do=do), told)

    def _name(self, device_id: str) -> str:
        screen = self._desk.ward_state.screens.get(device_id)
        if screen is None:
            return device_id
        return screen_name(self._desk.ward_state, screen, self._desk.words)


def _said(texts: Catalogue, key: str, where: str, values: dict[str, str]) -> str:
    """What became of it. Why a screen did nothing may be a word of its own, newer than this program
    or wrong: nobody is shown that."""
    said = texts.told(key, **values)
    return texts.text("station.order.refused", where=where) if said == key else said


def _about(device_id: str) -> str:
    return f"order:{device_id}"
