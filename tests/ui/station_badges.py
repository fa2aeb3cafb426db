"""Badges at a station without a hub: whose they are is known at once, or refused."""

from collections.abc import Callable
from datetime import timedelta

from smartward.screen.screen_model import ScreenModel
from smartward.screen.who_acts import NotProved, Proved
from smartward.wire.envelope import Identify, Person
from tests.ui.station_replicas.ward import NOW

LEE_BADGE, QIAN_BADGE, HEAD_BADGE, OFFICER_BADGE = "B-LEE", "B-QIAN", "B-HEAD", "B-OFFICER"
_PEOPLE = {
    LEE_BADGE: Person(known="badge", id="n1", name="李敏", family="李", session="s-lee"),
    QIAN_BADGE: Person(known="badge", id="n2", name="钱芳", family="钱", session="s-qian"),
    HEAD_BADGE: Person(known="badge", id="h1", name="孙玉兰", family="孙", session="s-head"),
    OFFICER_BADGE: Person(known="badge", id="p1", name="周文", family="周", session="s-officer"),
    # Checked by the screen itself, the hub being away.
    "B-OFFLINE": Person(known="badge", id="n1", name="李敏", family="李", session="offline"),
}


class Badges:
    """The hub's part: tells whose badge it is."""

    def prove(self, ask: Identify, told: Callable[[Proved | NotProved], None]) -> None:
        person = _PEOPLE.get(ask.badge or "")
        if person is None:
            told(NotProved("who.no_hub"))
        else:
            told(Proved(person, NOW + timedelta(hours=8)))


def with_badges(model: ScreenModel) -> ScreenModel:
    """The model with somebody who knows badges."""
    model.prover = Badges()
    return model
