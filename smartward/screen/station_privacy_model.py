"""The page "What may be shown" for QML: choose, look what it does, say why, send."""

from PySide6.QtCore import Property, QObject, Signal, Slot
from PySide6.QtQml import QmlElement, QmlUncreatable

from smartward.clinical.name_policy import NEVER, NamePlace, NamePolicy, NameRule
from smartward.clinical.name_preview import with_rule
from smartward.clinical.ward import StaffRole
from smartward.screen.list_model import KeyedListModel
from smartward.screen.station_ask import Answer, Question
from smartward.screen.station_desk import Desk
from smartward.screen.station_privacy import (
    ExampleRow,
    PlaceRow,
    changed_text,
    example_rows,
    place_rows,
    rule_change,
)
from smartward.wire.envelope import ActionKind

QML_IMPORT_NAME = "SmartWard.Screen"
QML_IMPORT_MAJOR_VERSION = 1

WHY = ("ward", "complaint", "request", "else")
MAY_CHANGE = frozenset({StaffRole.PRIVACY_OFFICER, StaffRole.HEAD_NURSE})


@QmlElement
@QmlUncreatable("made by StationModel")
class PrivacyModel(QObject):  # type: ignore[operator]  # of QmlUncreatable: the stub is wrong
    """A draft of one change of the names policy, beside what holds. Computed while it is open."""

    changed = Signal()

    def __init__(self, desk: Desk, parent: QObject) -> None:
        super().__init__(parent)
        self._desk = desk
        self._open = False
        self._place = NamePlace.DOOR
        self._rule: NameRule | None = None
        self._texts: tuple[str, ...] = ()
        self._places = KeyedListModel(PlaceRow, self)
        self._examples = KeyedListModel(ExampleRow, self)

    # ------------------------------------------------------------------------- bringing it up

    @Slot(bool)
    def setOpen(self, is_open: bool) -> None:
        """The page is looked at, or is not any more: what was not sent is forgotten."""
        self._open, self._rule = is_open, None
        self.show()

    def show(self) -> None:
        """Bring everything to the policy that holds and to what is chosen here."""
        if not self._open:
            self._places.update([])
            self._examples.update([])
            return
        words, holds = self._desk.words, self._desk.ward_state.policy
        if self._rule is holds.rule(self._place):
            self._rule = None
        draft = self._draft(holds)
        self._places.update(place_rows(draft, holds, words))
        self._examples.update(example_rows(draft, self._place, words))
        after = self._rule
        change = "" if after is None else self._change(holds.rule(self._place), after)
        sending = bool(self._desk.pending(ActionKind.MASKING_SET))
        status = words.text("status.sending") if sending else ""
        texts = (
            words.text(f"names.place.{self._place.value}"),
            change,
            status or changed_text(holds, words, self._desk.hub_now()),
        )
        if texts != self._texts:
            self._texts = texts
            self.changed.emit()

    def _draft(self, holds: NamePolicy) -> NamePolicy:
        return holds if self._rule is None else with_rule(holds, self._place, self._rule)

    def _change(self, before: NameRule, after: NameRule) -> str:
        return rule_change(self._place, before, after, self._desk.words)

    # ------------------------------------------------------------------------------- gestures

    @Slot(str)
    def look(self, place: str) -> None:
        """Look at one place with everybody; a choice at another one is forgotten."""
        if place != self._place.value and place in tuple(NamePlace):
            self._place, self._rule = NamePlace(place), None
            self.show()

    @Slot(str, str)
    def choose(self, place: str, rule: str) -> None:
        """Choose a rule, to look what it does. One that nobody may choose does nothing."""
        self.look(place)
        if place != self._place.value or rule not in tuple(NameRule):
            return
        chosen = NameRule(rule)
        if chosen not in NEVER.get(self._place, frozenset()):
            self._rule = chosen
            self.show()

    @Slot()
    def undo(self) -> None:
        """Leave it as it is."""
        self._rule = None
        self.show()

    @Slot()
    def apply(self) -> None:
        """Ask why, then who, and send it."""
        rule, place, words = self._rule, self._place, self._desk.words
        if rule is None:
            return
        before = self._desk.ward_state.policy.rule(place)

        def deed(key: str) -> None:
            why = words.text(f"names.why.{key}")
            self._desk.as_staff(lambda: self._send(place, rule, why))

        self._desk.ask_beside(
            Question(
                title=words.text("names.why_title"),
                hint=rule_change(place, before, rule, words),
                answers=[Answer(key=key, name=words.text(f"names.why.{key}")) for key in WHY],
                deed=deed,
                about="names",
            )
        )

    def _send(self, place: NamePlace, rule: NameRule, why: str) -> None:
        if not self._may():
            self._desk.tell("station.names.not_yours")
            return
        data = {"place": place.value, "rule": rule.value, "why": why}
        self._desk.act_as_staff(ActionKind.MASKING_SET, "masking", dict(data))
        self._rule = None
        self.show()

    def _may(self) -> bool:
        """Whether whoever is known here decides on names; the hub has the last word."""
        person = self._desk.person
        return person is not None and any(
            member.id == person.id and member.role in MAY_CHANGE
            for member in self._desk.ward_state.roster.members
        )

    # ------------------------------------------------------------------------------------ texts

    @Property(str, notify=changed)
    def place(self) -> str:
        """The place that is looked at with everybody."""
        return self._texts[0] if self._texts else ""

    @Property(str, notify=changed)
    def change(self) -> str:
        """What would be changed; empty while nothing is chosen."""
        return self._texts[1] if self._texts else ""

    @Property(str, notify=changed)
    def lastChange(self) -> str:
        """Who changed it last and when."""
        return self._texts[2] if self._texts else ""

    @Property(QObject, constant=True)
    def places(self) -> KeyedListModel[PlaceRow]:
        """key, name, audience, rules, ruleWords, chosen, changed, examples."""
        return self._places

    @Property(QObject, constant=True)
    def examples(self) -> KeyedListModel[ExampleRow]:
        """key, full, shown."""
        return self._examples
