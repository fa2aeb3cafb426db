"""What a station says of an order that a screen did not carry out."""

import re
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


WHYS = (
    "away",
    "call_open",
    "call_first",
    "checks_itself",
    "took_too_long",
    "last_one",
    "no_service",
    "not_known",
    "too_old",
    "not_yours",
)
"""What a hub or a screen of today may give as its reason for a screen of this ward."""
CONSOLE = re.compile(r"--|smartward |\.md|hub's console|\{")


def said_of(language: str, why: str) -> str:
    """What stands at the station once the order came back refused."""
    words = Catalogue(language, ZoneInfo("Asia/Shanghai"))
    screen = SimpleNamespace(role=ScreenRole.BEDSIDE, label="Bed 7", place="7")
    desk = Desk(
        person=Person(id="n-1", name="n"),
        words=Words(words),
        ward_state=SimpleNamespace(ward=None, screens={"d": screen}),
    )

    class Hub:
        def order(self, asked: OrderAsk, told: Callable[[OrderTold | None], None]) -> None:
            told(OrderTold(outcome="refused", why=why))

    ScreenOrders(desk, Hub).ask("d")  # type: ignore[arg-type]  # no more of a desk is asked
    return str(desk.said(words))


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_why_not_is_said_in_words_for_who_stands_there(language: str) -> None:
    """No command, no page of the operators: what can be done from here, each reason in its own."""
    said = {why: said_of(language, f"order.{why}") for why in WHYS}
    assert len(set(said.values())) == len(WHYS)
    unknown = said_of(language, "order.of_next_year")
    for why, text in said.items():
        assert not CONSOLE.search(text), (why, text)
        assert text != unknown, why
        assert "Bed 7" in text or why == "not_yours"


@pytest.mark.parametrize("language", ["zh_CN", "en"])
@pytest.mark.parametrize("why", ["order.of_next_year", ""])
def test_a_reason_that_it_does_not_know_is_shown_to_nobody(language: str, why: str) -> None:
    said = said_of(language, why)
    assert not why or why not in said
    assert "Bed 7" in said
