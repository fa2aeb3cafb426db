"""View model of a screen that waits to be paired: its code, and what a person does with it."""

from typing import Any

import segno
from PySide6.QtCore import Property, QObject, Signal, Slot
from PySide6.QtQml import QmlElement

from smartward.clinical.device import ScreenRole
from smartward.i18n import TABLE
from smartward.screen.screen_model import ScreenModel
from smartward.screen.services import Services
from smartward.screen.standing import (
    CONFIRM,
    DONE,
    FORGETTING,
    FULL,
    LOOKING,
    REFUSED,
    STUCK,
    WAITING,
    Standing,
)
from smartward.wire.pairing import CODE_LENGTH, NUMBER_LENGTH, NUMBER_TRIES

QML_IMPORT_NAME = "SmartWard.Screen"
QML_IMPORT_MAJOR_VERSION = 1

_ANSWERED = {"pairing.page.three_wrong", "pairing.page.denied", "pairing.page.unanswered"}
"""Why it looks anew though a hub answered: then nobody is sent to look for a cable."""

_ICON = {
    LOOKING: "lan-connect",
    WAITING: "monitor",
    CONFIRM: "check",
    REFUSED: "monitor-off",
    FULL: "timer-sand",
    STUCK: "alert-circle-outline",
    FORGETTING: "timer-sand",
    DONE: "check",
}


@QmlElement
class PairingModel(ScreenModel):
    """What stands on the page. Nothing of a patient is known here."""

    standingChanged = Signal()
    numberTyped = Signal(str)
    """Somebody typed all digits of the number that the hub shows."""
    denied = Signal()
    """Somebody says that the hub shows none."""

    def __init__(self, services: Services, parent: QObject | None = None) -> None:
        super().__init__(services, parent)
        self._standing = Standing()
        self._typed = ""
        self._before: ScreenRole | None = None
        self._damaged = False
        self._runs: list[list[int]] = []
        self._side = 0

    def show_standing(self, standing: Standing) -> None:
        """Show this from now on."""
        if standing == self._standing:
            return
        if standing.qr != self._standing.qr:
            self._runs, self._side = _runs(standing.qr)
        if (standing.state, standing.tries) != (self._standing.state, self._standing.tries):
            self._typed = ""
        self._standing = standing
        self.standingChanged.emit()

    def show_before(self, role: ScreenRole | None, *, damaged: bool) -> None:
        """What this screen was until now, None where it was nothing yet; and whether it asks since
        its certificate could not be used."""
        self._before, self._damaged = role, damaged
        self.standingChanged.emit()

    def relabel(self) -> None:
        """The language has changed."""
        self.standingChanged.emit()

    def state(self) -> dict[str, Any]:
        """Named states for the control socket."""
        return {
            "pairing": self._standing.state,
            "code": self._standing.code,
            "damaged": self._damaged,
        }

    @Property(str, notify=standingChanged)
    def icon(self) -> str:
        """Beside the title."""
        return _ICON[self._standing.state]

    @Property(str, notify=standingChanged)
    def title(self) -> str:
        """How it stands, in a few words."""
        return self.texts.text(f"pairing.page.{self._standing.state}")

    @Property(str, notify=standingChanged)
    def what(self) -> str:
        """What to do."""
        now = self._standing
        if self._is_wrong:
            return self.texts.text("pairing.page.wrong_number", n=now.tries)
        said = []
        if now.why not in _ANSWERED:
            said.append(self.texts.text(f"pairing.page.{now.state}_text"))
        # Beside another code than before it is said why there is one, and a number with it.
        if now.state == WAITING and now.compares and not now.why:
            said.append(self.texts.text("pairing.page.waiting_number"))
        # Beside a code and what is said of its number there is no room for it, but on a page with
        # the small QR code of a bedside.
        of_number = now.state == WAITING and now.compares and not self._was_bedside
        if self._damaged and now.state != CONFIRM and not of_number:
            said.insert(0, self.texts.text("pairing.page.damaged"))
        if now.why:
            said.insert(0, self.texts.text(now.why, **dict(now.values)))
        return "\n".join(said)

    @Property(str, notify=standingChanged)
    def call(self) -> str:
        """That nobody can be called here yet; empty where `patient` says more."""
        return "" if self._was_bedside else self.texts.text("pairing.page.call")

    @property
    def _was_bedside(self) -> bool:
        return self._before is ScreenRole.BEDSIDE

    @Property("QStringList", notify=standingChanged)  # type: ignore[arg-type]  # by its name in Qt
    def patient(self) -> list[str]:
        """What whoever lies here is to do, where a bedside stands that can call no more: in the
        page's language, then in each that a bedside speaks. Nobody knows whose it is now."""
        if not self._was_bedside:
            return []
        catalogues = (self.texts, *map(self.services.catalogue, TABLE.languages))
        return list(dict.fromkeys(each.text("bedside.not_connected") for each in catalogues))

    @Property(str, notify=standingChanged)
    def code(self) -> str:
        """The six characters in two groups, as people say them; empty while there are none."""
        half = CODE_LENGTH // 2
        code = self._standing.code
        return f"{code[:half]} {code[half:]}" if code else ""

    @property
    def _asks(self) -> bool:
        return self._standing.state == CONFIRM

    @property
    def _is_wrong(self) -> bool:
        return self._asks and self._standing.tries < NUMBER_TRIES

    @property
    def _is_whole(self) -> bool:
        return len(self._typed) == NUMBER_LENGTH

    @Property(bool, notify=standingChanged)
    def asksNumber(self) -> bool:
        """Whether the number that the hub shows is to be typed."""
        return self._asks

    @Property(bool, notify=standingChanged)
    def wrong(self) -> bool:
        """Whether another number was typed than the hub's."""
        return self._is_wrong

    @Property("QStringList", notify=standingChanged)  # type: ignore[arg-type]  # by its name in Qt
    def digits(self) -> list[str]:
        """What was typed of it, place by place; empty where there is none yet."""
        return list(self._typed.ljust(NUMBER_LENGTH)) if self._asks else []

    @Property(bool, notify=standingChanged)
    def erasable(self) -> bool:
        """Whether anything was typed."""
        return bool(self._typed)

    @Property(bool, notify=standingChanged)
    def ready(self) -> bool:
        """Whether all was typed."""
        return self._is_whole

    @Slot(str)
    def typeDigit(self, digit: str) -> None:
        """One more."""
        if self._asks and not self._is_whole and digit.isascii() and digit.isdigit():
            self._type(self._typed + digit)

    @Slot()
    def eraseDigit(self) -> None:
        """One less."""
        if self._typed:
            self._type(self._typed[:-1])

    def _type(self, typed: str) -> None:
        self._typed = typed
        self.standingChanged.emit()

    @Slot()
    def submitNumber(self) -> None:
        """That is it."""
        if self._is_whole:
            self.numberTyped.emit(self._typed)

    @Property(str, notify=standingChanged)
    def noneVerb(self) -> str:
        """The hub shows no number; empty where nobody asks for one."""
        return self.texts.text("pairing.page.confirm_none") if self._asks else ""

    @Slot()
    def deny(self) -> None:
        """A person says so."""
        if self._asks:
            self.denied.emit()

    @Property(str, notify=standingChanged)
    def about(self) -> str:
        """Which device this is, and which hub it asks. A hub that DNS names has the name that
        whoever answers there wants: none stands beside the question for its number."""
        if self._asks:
            return ""
        said = []
        if self._standing.serial:
            said.append(self.texts.text("pairing.page.serial", serial=self._standing.serial))
        if self._standing.hub:
            said.append(self.texts.text("pairing.page.hub", hub=self._standing.hub))
        return "\n".join(said)

    @Property("QVariantList", notify=standingChanged)  # type: ignore[arg-type]  # the stub wants a class
    def qrRuns(self) -> list[list[int]]:
        """The dark runs of the QR code: row, first column, length."""
        return self._runs

    @Property(int, notify=standingChanged)
    def qrSide(self) -> int:
        """How many modules a side of it has, without the quiet zone; 0: there is none."""
        return self._side


def _runs(text: str) -> tuple[list[list[int]], int]:
    if not text:
        return [], 0
    matrix = segno.make(text, error="m", micro=False).matrix
    runs: list[list[int]] = []
    for row, modules in enumerate(matrix):
        begin = None
        for column, dark in enumerate((*modules, 0)):
            if dark and begin is None:
                begin = column
            elif not dark and begin is not None:
                runs.append([row, begin, column - begin])
                begin = None
    return runs, len(matrix)
