"""The page "Screens and links" for QML: every screen, what is wrong with them, and what the
hospital system sent that could not be used."""

from datetime import datetime

from PySide6.QtCore import Property, QObject, Slot
from PySide6.QtQml import QmlElement, QmlUncreatable

from smartward.screen.link import LinkState
from smartward.screen.list_model import KeyedListModel
from smartward.screen.station_desk import Desk
from smartward.screen.station_fleet import FaultRow, fault_rows, standby_rows
from smartward.screen.station_header import Links
from smartward.screen.station_links import RejectionRow, ScreenRow, rejection_rows, screen_rows

QML_IMPORT_NAME = "SmartWard.Screen"
QML_IMPORT_MAJOR_VERSION = 1


@QmlElement
@QmlUncreatable("made by StationModel")
class LinksModel(QObject):  # type: ignore[operator]  # of QmlUncreatable: the stub is wrong
    """The rows of the page, worked out while somebody looks at it: a ward that comes back after a
    power cut changes them a hundred times within seconds."""

    def __init__(self, desk: Desk, link: LinkState, parent: QObject) -> None:
        super().__init__(parent)
        self._desk, self._link = desk, link
        self._screens = KeyedListModel(ScreenRow, self)
        self._faults = KeyedListModel(FaultRow, self)
        self._rejections = KeyedListModel(RejectionRow, self)
        self._shown: object = None
        self._lookers = 0

    def stale(self) -> None:
        """Documents have changed that the page depends on."""
        self._shown = None

    def show(self, now: datetime) -> None:
        """Bring it to documents, link and time, if somebody looks at it."""
        if self._lookers == 0:
            return
        desk, link = self._desk, self._link
        minute = now.replace(second=0, microsecond=0)
        shown = (minute, link.live, link.standby, desk.words.catalogue.language)
        if shown == self._shown:
            return
        self._shown = shown
        state, words = desk.ward_state, desk.words
        as_of = Links.of(link, desk.settings.his_late_s).as_of
        self._screens.update(screen_rows(state, words, now, as_of))
        at = standby_rows(link.standby if link.live else "", words)
        self._faults.update(at + fault_rows(state, words, now))
        self._rejections.update(rejection_rows(state.his_link, words))

    @Slot()
    def look(self) -> None:
        """The page is on the screen: it follows the documents at once."""
        self._lookers += 1
        self.show(self._desk.hub_now())

    @Slot()
    def lookAway(self) -> None:
        """It is gone again."""
        self._lookers -= 1

    @Property(QObject, constant=True)
    def screens(self) -> KeyedListModel[ScreenRow]:
        """Every screen of the ward, faults first."""
        return self._screens

    @Property(QObject, constant=True)
    def faults(self) -> KeyedListModel[FaultRow]:
        """What is wrong with them, one line for each cause."""
        return self._faults

    @Property(QObject, constant=True)
    def rejections(self) -> KeyedListModel[RejectionRow]:
        """What the hospital system sent that could not be used, by reason."""
        return self._rejections
