"""The texts around board and queue, for QML."""

from PySide6.QtCore import Property, QObject, Signal
from PySide6.QtQml import QmlElement, QmlUncreatable

from smartward.screen.station_head import Head

QML_IMPORT_NAME = "SmartWard.Screen"
QML_IMPORT_MAJOR_VERSION = 1


@QmlElement
@QmlUncreatable("made by StationModel")
class StationHead(QObject):  # type: ignore[operator]  # of QmlUncreatable: the stub is wrong
    """Header, links, and what the queue says of itself."""

    changed = Signal()
    firstChanged = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._head = Head()

    def show(self, head: Head) -> None:
        """Show these texts; quiet when they are shown already."""
        before, self._head = self._head, head
        if head.first != before.first:
            self.firstChanged.emit()
        if head != before:
            self.changed.emit()

    @Property(str, notify=changed)
    def ward(self) -> str:
        """The ward's name."""
        return self._head.ward

    @Property(str, notify=changed)
    def shift(self) -> str:
        """The shift on duty."""
        return self._head.shift

    @Property(str, notify=changed)
    def screens(self) -> str:
        """Screens offline or faulty; empty while all are well."""
        return self._head.screens

    @Property(str, notify=changed)
    def his(self) -> str:
        """From when the hospital's data are."""
        return self._head.his

    @Property(bool, notify=changed)
    def hisLate(self) -> bool:
        """Whether they are older than they should be."""
        return self._head.his_late

    @Property(str, notify=changed)
    def counts(self) -> str:
        """How many are urgent, soon and due."""
        return self._head.counts

    @Property(str, notify=changed)
    def empty(self) -> str:
        """Said in place of an empty queue."""
        return self._head.empty

    @Property(str, notify=changed)
    def emptyWhy(self) -> str:
        """As of when it is empty, or that nobody knows."""
        return self._head.empty_why

    @Property(str, notify=changed)
    def muted(self) -> str:
        """Until when the sound is off; empty while it is on."""
        return self._head.muted

    @Property(str, notify=changed)
    def alarm(self) -> str:
        """The highest priority that sounds now; empty while nothing does."""
        return self._head.alarm

    @Property(str, notify=changed)
    def hisStatus(self) -> str:
        """How the link to the hospital system stands."""
        return self._head.his_status

    @Property(str, notify=changed)
    def hisCensus(self) -> str:
        """When everything was last compared."""
        return self._head.his_census

    @Property(str, notify=changed)
    def hisRejected(self) -> str:
        """How many resources could not be used."""
        return self._head.his_rejected

    @Property(str, notify=changed)
    def noScreens(self) -> str:
        """Said in place of an empty list of screens."""
        return self._head.no_screens

    @Property(str, notify=changed)
    def noBeds(self) -> str:
        """Said in place of an empty board."""
        return self._head.no_beds

    @Property(str, notify=changed)
    def widest(self) -> str:
        """The ward's longest bed number."""
        return self._head.widest

    @Property(str, notify=firstChanged)
    def firstNumber(self) -> str:
        """The bed of the queue's first row."""
        return self._head.first.number

    @Property(str, notify=firstChanged)
    def firstTitle(self) -> str:
        """What its first row is."""
        return self._head.first.title

    @Property(str, notify=firstChanged)
    def firstTime(self) -> str:
        """Since when, or how long."""
        return self._head.first.time

    @Property(str, notify=firstChanged)
    def firstPriority(self) -> str:
        """Its priority."""
        return self._head.first.priority

    @Property(bool, notify=firstChanged)
    def firstFlashing(self) -> bool:
        """Whether it asks for somebody."""
        return self._head.first.flashing
