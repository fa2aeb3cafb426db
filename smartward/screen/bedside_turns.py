"""What staff record at the bed with a gloved hand: how the patient lies now, and a round."""

from collections.abc import Iterable
from dataclasses import dataclass

from PySide6.QtCore import Property, QObject, Signal, Slot
from PySide6.QtQml import QmlElement

from smartward.clinical.care_event import CareKind, Need, Position
from smartward.screen.list_model import KeyedListModel
from smartward.screen.screen_model import ScreenModel
from smartward.wire.envelope import Action, ActionKind, Seen
from smartward.wire.views import BedsideEncounter, CareView

QML_IMPORT_NAME = "SmartWard.Screen"
QML_IMPORT_MAJOR_VERSION = 1

POSITION_ICONS = {
    Position.LEFT: "arrow-left-bold-box-outline",
    Position.SUPINE: "bed-outline",
    Position.RIGHT: "arrow-right-bold-box-outline",
    Position.PRONE: "arrow-down-bold-box-outline",
    Position.SITTING: "seat-outline",
}
ROUND = "round"


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnRow:
    """One thing to record. `tone` is chosen where it is how the patient lies now, or on its way."""

    key: str
    icon: str
    text: str
    tone: str


@QmlElement
class TurnsModel(QObject):
    """The page of what was done at this bed. Every touch is a staff action: it asks for proof."""

    changed = Signal()

    def __init__(self, screen: ScreenModel) -> None:
        super().__init__(screen)
        self._screen = screen
        self._stay: BedsideEncounter | None = None
        self._rows = KeyedListModel(TurnRow, self)
        self._texts = ("", "", "", "")
        screen.languageChanged.connect(self.renew)

    def show(self, stay: BedsideEncounter | None) -> None:
        """The patient at hand has become `stay`, or something was done for them."""
        self._stay = stay
        self.renew()

    @Slot()
    def renew(self) -> None:
        """Bring the page up to date."""
        stay, text = self._stay, self._screen.staff_texts.text
        if stay is None:
            self._rows.update([])
            return
        events = [
            one for one in self._screen.replica.all("care_event", CareView)
            if one.encounter_id == stay.id
        ]  # fmt: skip
        turn, visit = _last(events, CareKind.TURN), _last(events, CareKind.ROUND)
        sent = self._sent(stay.id)
        now = {turn.position.value} if turn is not None and turn.position is not None else set()
        chosen = {sent[-1]} if sent else now
        rows = [
            TurnRow(
                key=one.value,
                icon=POSITION_ICONS[one],
                text=text(f"bedside.turns.{one.value}"),
                tone="chosen" if one.value in chosen else "",
            )
            for one in Position
        ]
        rows.append(TurnRow(key=ROUND, icon="walk", text=text("bedside.turns.round"), tone=""))
        self._rows.update(rows)
        told = (
            text("bedside.turns.who", name=stay.display_name),
            self._line("turned", turn),
            self._line("visited", visit),
            text("bedside.turns.sending") if self._pending(stay.id) else "",
        )
        if told != self._texts:
            self._texts = told
            self.changed.emit()

    def _line(self, what: str, event: CareView | None) -> str:
        texts = self._screen.staff_texts
        if event is None:
            return texts.text(f"bedside.turns.never_{what}")
        at = texts.time(event.at)
        if event.position is None:
            return texts.text(f"bedside.turns.{what}", at=at)
        position = texts.text(f"bedside.turns.{event.position.value}")
        return texts.text(f"bedside.turns.{what}", at=at, position=position)

    def _pending(self, stay_id: str) -> list[Action]:
        return [
            one for one in self._screen.pending(ActionKind.CARE_RECORD) if one.subject == stay_id
        ]

    def _sent(self, stay_id: str) -> list[str]:
        """Positions on their way, the last one last."""
        told = (one.data.get("position") for one in self._pending(stay_id))
        return [str(one) for one in told if one is not None]

    @Slot(str)
    def touch(self, key: str) -> None:
        """Record a position or a round. Raises ValueError for anything else."""
        stay = self._stay
        if stay is None:
            return
        data: dict[str, str | int | None]
        if key == ROUND:
            data = {"kind": CareKind.ROUND.value, "needs": ",".join(Need)}
        else:
            data = {"kind": CareKind.TURN.value, "position": Position(key).value}
        seen = Seen(encounter_id=stay.id)
        self._screen.act_as_staff(ActionKind.CARE_RECORD, stay.id, data, seen)
        self.renew()

    @Property(QObject, constant=True)
    def rows(self) -> KeyedListModel[TurnRow]:
        """Positions and the round: key, icon, text, tone."""
        return self._rows

    @Property(str, notify=changed)
    def who(self) -> str:
        """Whose bed it is, and that the wristband is looked at."""
        return self._texts[0]

    @Property(str, notify=changed)
    def turned(self) -> str:
        """When the patient was turned last, and how they lie."""
        return self._texts[1]

    @Property(str, notify=changed)
    def visited(self) -> str:
        """When somebody made a round last."""
        return self._texts[2]

    @Property(str, notify=changed)
    def sending(self) -> str:
        """That something is on its way; empty otherwise."""
        return self._texts[3]


def _last(events: Iterable[CareView], kind: CareKind) -> CareView | None:
    found = (one for one in events if one.kind is kind)
    return max(found, key=lambda one: (one.at, one.id), default=None)
