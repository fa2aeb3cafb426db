"""The screens that wait for a place, for QML: look, place, refuse."""

from collections.abc import Callable
from datetime import datetime
from typing import Literal, Protocol

from PySide6.QtCore import Property, QObject, Signal, Slot
from PySide6.QtQml import QmlElement, QmlUncreatable

from smartward.clinical.device import ScreenRole
from smartward.i18n import Catalogue
from smartward.screen.list_model import KeyedListModel
from smartward.screen.station_checks import CheckRow
from smartward.screen.station_desk import Desk
from smartward.screen.station_fleet import place_words
from smartward.screen.station_orders import ScreenOrders
from smartward.screen.station_placing import (
    PLANNED,
    NumberRow,
    WaitingRow,
    WipedRow,
    number_rows,
    refuse_question,
    still_to_type,
    there_question,
    waiting_rows,
    what_question,
    where_question,
    wiped_rows,
    wiped_where,
    write_off_question,
)
from smartward.wire.order import OrderAsk, OrderTold, OrderWatch
from smartward.wire.placing import (
    THERE_ALREADY,
    PlaceAsk,
    Placing,
    ToType,
    Waiting,
    WipedScreen,
)

QML_IMPORT_NAME = "SmartWard.Screen"
QML_IMPORT_MAJOR_VERSION = 1

_WHY = {
    "enrol.no_such_code": "station.placing.gone",
    "enrol.unknown_place": "station.placing.no_place",
    "enrol.ambiguous": "station.placing.no_place",
    "enrol.no_beds": "station.placing.no_place",
    "enrol.not_wiped": "station.placing.nobody_waits",
    "enrol.wipe_first": "station.placing.nobody_waits",
}
"""What an administrator is told of commands, in the words of this page."""


class Asker(Protocol):
    """The way to the hub (`screen/placing_client.py`)."""

    def ask(self, asked: PlaceAsk, told: Callable[[Placing | None], None]) -> None:
        """`told` is called once with the answer; None: there is none."""

    def order(self, asked: OrderAsk, told: Callable[[OrderTold | None], None]) -> None:
        """The same for an order to a screen."""

    def watch(self, asked: OrderWatch, told: Callable[[OrderTold], None]) -> None:
        """`told` is called once with what became of a check."""


@QmlElement
@QmlUncreatable("made by StationModel")
class PlacingModel(QObject):  # type: ignore[operator]  # of QmlUncreatable: the stub is wrong
    """Who waits is known here while the person stands here who asked, and no longer."""

    changed = Signal()

    def __init__(self, desk: Desk, parent: QObject) -> None:
        super().__init__(parent)
        self._desk = desk
        self.asker: Asker | None = None
        """Set once there is a hub to ask."""
        self._waiting: tuple[Waiting, ...] | None = None
        self._wiped: tuple[WipedScreen, ...] = ()
        self._numbers: tuple[ToType, ...] = ()
        self._noticed: tuple[ToType, ...] = ()
        """Of which a notice says that they are to be typed: it outlasts the person."""
        self._whose: str | None = None
        self._busy = False
        self._orders = ScreenOrders(desk, lambda: self.asker)
        self._rows = KeyedListModel(WaitingRow, self)
        self._wiped_rows = KeyedListModel(WipedRow, self)
        self._number_rows = KeyedListModel(NumberRow, self)
        self._check_rows = KeyedListModel(CheckRow, self)
        self._texts: tuple[str, ...] = ("", "", "", "")

    def show(self, now: datetime) -> None:
        """Bring it to the ward, the language and who stands here."""
        person, words = self._desk.person, self._desk.words
        if person is None or person.id != self._whose:
            self._know_nothing()
        told, state = self._waiting or (), self._desk.ward_state
        self._rows.update(waiting_rows(told, state, words, now))
        self._wiped_rows.update(wiped_rows(self._wiped, state, words, now))
        self._numbers = still_to_type(self._numbers, state, now)
        self._notice_only(still_to_type(self._noticed, state, now))
        self._number_rows.update(number_rows(self._numbers, state, words))
        self._check_rows.update(self._orders.checks.rows(words, now))
        status = words.text("placing.none") if self._waiting == () else ""
        status = words.text("status.sending") if self._busy else status
        verbs = (words.text(f"placing.{verb}") for verb in ("look", "place", "refuse"))
        texts = (status, *verbs)
        if texts != self._texts:
            self._texts = texts
            self.changed.emit()

    # ----------------------------------------------------------------------------- for the page

    @Slot()
    def look(self) -> None:
        """Ask the hub who waits; by whoever is known here."""
        self._desk.as_staff(lambda: self._ask("look", lambda _: None))

    @Slot(str)
    def place(self, code: str) -> None:
        """Ask as what and where, then place it."""
        one = self._find(code)
        if one is None:
            return

        def what(key: str) -> None:
            if key == PLANNED:
                self._place(code, one.role, one.place, planned=True)
                return
            role = ScreenRole(key)
            question = where_question(
                code, role, state, words, lambda place: self._place(code, role, place)
            )
            if question is None:
                self._place(code, role, None)
            else:
                self._desk.ask_beside(question)

        state, words = self._desk.ward_state, self._desk.words
        self._desk.ask_beside(what_question(one, state, words, what))

    @Slot(str)
    def refuse(self, code: str) -> None:
        """Ask once, then refuse it."""
        if self._find(code) is None:
            return

        def done(answer: Placing) -> None:
            if not answer.why:
                self._desk.tell("station.placing.refused", code=code)

        def refused(_: str) -> None:
            self._desk.as_staff(lambda: self._ask("refuse", done, code))

        self._desk.ask_beside(refuse_question(code, self._desk.words, refused))

    @Slot(str)
    def writeOff(self, device_id: str) -> None:
        """Ask once, then wait for this wiped screen no more."""
        one = next((one for one in self._wiped if one.device_id == device_id), None)
        if one is None:
            return
        words = self._desk.words
        where = wiped_where(one, self._desk.ward_state, words)

        def done(answer: Placing) -> None:
            if not answer.why:
                self._desk.tell("station.placing.written_off", where=where)

        def write_off(_: str) -> None:
            self._desk.as_staff(lambda: self._ask("write_off", done, device_id=device_id))

        self._desk.ask_beside(write_off_question(one, where, words, write_off))

    @Slot(str)
    def touchScreen(self, device_id: str) -> None:
        """Ask what shall be done with a screen of the ward."""
        self._orders.ask(device_id)

    @Slot(str)
    def putAway(self, device_id: str) -> None:
        """What this screen found of itself was read."""
        self._orders.checks.put_away(device_id)
        self._desk.show_all()

    def _know_nothing(self) -> None:
        """Whoever asked has gone, or the hub says nothing."""
        self._waiting, self._wiped, self._numbers = None, (), ()

    def _find(self, code: str) -> Waiting | None:
        return next((one for one in self._waiting or () if one.code == code), None)

    def _place(
        self,
        code: str,
        role: ScreenRole | None,
        place: str | None,
        there: Literal["second", "instead"] | None = None,
        *,
        planned: bool = False,
    ) -> None:
        """`planned`: the hub knows better than the station what was planned, with its label."""
        words = self._desk.words
        where = "" if role is None else place_words(self._desk.ward_state, role, place, words)

        def again(key: str) -> None:
            self._place(
                code, role, place, "second" if key == "second" else "instead", planned=planned
            )

        def done(answer: Placing) -> None:
            if answer.why == THERE_ALREADY:
                self._desk.ask_beside(there_question(code, where, self._desk.words, again))
            elif not answer.why:
                number = next((one for one in answer.numbers if one.code == code), None)
                if number is None:
                    self._desk.tell("station.placing.done", code=code, where=where)
                else:
                    self._notice(number, where)

        asked = (None, None) if planned else (role, place)
        self._desk.as_staff(lambda: self._ask("place", done, code, *asked, there))

    def _notice(self, one: ToType, where: str) -> None:
        def said(texts: Catalogue) -> str:
            key = "station.placing.done_number"
            return texts.text(key, code=one.code, where=where, number=one.number)

        self._noticed = (*self._noticed, one)
        self._desk.tell_words(said, of=_notice_of(one))

    def _notice_only(self, left: tuple[ToType, ...]) -> None:
        """Of the others nobody has to read any more that they are to be typed."""
        gone = [one for one in self._noticed if one not in left]
        self._noticed = left
        for one in gone:
            self._desk.tell_no_more(_notice_of(one))

    def _ask(
        self,
        do: Literal["look", "place", "refuse", "write_off"],
        done: Callable[[Placing], None],
        code: str = "",
        role: ScreenRole | None = None,
        place: str | None = None,
        there: Literal["second", "instead"] | None = None,
        device_id: str = "",
    ) -> None:
        person = self._desk.person
        if person is None or self._busy:
            return
        if self.asker is None:
            self._desk.tell("station.placing.no_hub")
            return
        self._busy = True
        self._desk.show_all()
        asked = PlaceAsk(
            by=person, do=do, code=code, role=role, place=place, there=there, device_id=device_id
        )
        self.asker.ask(asked, lambda answer: self._told(asked, answer, done))

    def _told(
        self, asked: PlaceAsk, answer: Placing | None, done: Callable[[Placing], None]
    ) -> None:
        self._busy = False
        if answer is None:
            self._know_nothing()
            self._desk.tell("station.placing.no_hub")
        else:
            known = not answer.why or answer.why.startswith("enrol.")
            self._waiting, self._whose = answer.waiting if known else None, asked.by.id
            self._wiped = answer.wiped if known else ()
            self._numbers = answer.numbers if known else ()
            if known:
                self._notice_only(tuple(one for one in self._noticed if one in answer.numbers))
            if answer.why and answer.why != THERE_ALREADY:
                self._desk.tell(_WHY.get(answer.why, answer.why), code=asked.code)
            done(answer)
        self._desk.show_all()

    @Property(QObject, constant=True)
    def rows(self) -> KeyedListModel[WaitingRow]:
        """key, title, detail."""
        return self._rows

    @Property(QObject, constant=True)
    def numbers(self) -> KeyedListModel[NumberRow]:
        """key, title, detail."""
        return self._number_rows

    @Property(QObject, constant=True)
    def wiped(self) -> KeyedListModel[WipedRow]:
        """key, title, detail, verb."""
        return self._wiped_rows

    @Property(QObject, constant=True)
    def checks(self) -> KeyedListModel[CheckRow]:
        """key, title, result, fault, running, faults, untested, well, verb."""
        return self._check_rows

    @Property(str, notify=changed)
    def status(self) -> str:
        """That nobody waits, or that the hub is being asked; empty: nothing to say."""
        return self._texts[0]

    @Property(str, notify=changed)
    def lookVerb(self) -> str:
        """Have the hub tell who waits."""
        return self._texts[1]

    @Property(str, notify=changed)
    def placeVerb(self) -> str:
        """This one stands here."""
        return self._texts[2]

    @Property(str, notify=changed)
    def refuseVerb(self) -> str:
        """This one is none of ours."""
        return self._texts[3]


def _notice_of(one: ToType) -> str:
    return f"placing.number:{one.device_id}:{one.number}"
