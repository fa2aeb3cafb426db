"""What a station says of an order that a screen did not carry out."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from smartward.clinical.device import ScreenRole
from smartward.i18n import Catalogue
from smartward.screen.station_orders import ScreenOrders
from smartward.screen.station_words import Words
from smartward.wire.envelope import Person
from smartward.wire.order import OrderAsk, OrderTold


class Desk(SimpleNamespace):
    """Of a head nurse who has proved who she is: she chooses to see which screen it is."""

    def ask_beside(self, question: Any) -> None:
        question.deed("identify")

    def as_staff(self, deed: Callable[[], None]) -> None:
        deed()

    def tell_words(self, said: Callable[[Catalogue], str], of: str) -> None:
        self.said = said


@pytest.mark.parametrize("language", ["zh_CN", "en"])
@pytest.mark.parametrize(
    "why, known", [("order.call_open", True), ("order.of_next_year", False), ("", False)]
)
def test_a_reason_that_it_does_not_know_is_shown_to_nobody(
    language: str, why: str, known: bool
) -> None:
    words = Catalogue(language, ZoneInfo("Asia/Shanghai"))
    screen = SimpleNamespace(role=ScreenRole.BEDSIDE, label="Bed 7", place="7")
    desk = Desk(
        person=Person(id="n-1", name="n"),
        words=Words(words),
        ward_state=SimpleNamespace(screens={"d": screen}),
    )

    class Hub:
        def order(self, asked: OrderAsk, told: Callable[[OrderTold | None], None]) -> None:
            told(OrderTold(outcome="refused", why=why))

    ScreenOrders(desk, Hub).ask("d")  # type: ignore[arg-type]  # no more of a desk is asked
    said = desk.said(words)
    assert (said == words.told("order.call_open", device="Bed 7")) == known
    assert not why or why not in said
    assert known or "Bed 7" in said
