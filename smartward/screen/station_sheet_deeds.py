"""What a proved person does from a bed's sheet: priority, full name, profile, silence."""

from PySide6.QtCore import Property, QObject, Signal, Slot
from PySide6.QtQml import QmlElement, QmlUncreatable

from smartward.clinical.profile import Profile, effective
from smartward.clinical.silence import SilenceReason
from smartward.screen.bedside_setup import (
    FIELDS,
    SetupRow,
    setup_rows,
    touched_profile,
    value_words,
    values,
)
from smartward.screen.list_model import KeyedListModel
from smartward.screen.station_ask import Answer, Question
from smartward.screen.station_desk import Desk
from smartward.screen.station_sheet_model import SheetModel
from smartward.wire.envelope import Action, ActionKind, Seen
from smartward.wire.views import ProfileView

QML_IMPORT_NAME = "SmartWard.Screen"
QML_IMPORT_MAJOR_VERSION = 1

LOWER_WHY = ("seen", "spoken", "known", "else")
UNMASK_WHY = ("identity", "telephone", "transfer", "else")


@QmlElement
@QmlUncreatable("made by StationModel")
class SheetDeeds(QObject):  # type: ignore[operator]  # of QmlUncreatable: the stub is wrong
    """The verbs of the open sheet. Each asks what it must know, then who it is."""

    changed = Signal()

    def __init__(self, desk: Desk, sheet: SheetModel, parent: QObject) -> None:
        super().__init__(parent)
        self._desk, self._sheet = desk, sheet
        self._profile = KeyedListModel(SetupRow, self)
        self._silenced = False

    def show(self, *, opened: bool) -> None:
        """Bring the profile to the stay that is shown; nothing of it for who may not read it."""
        stay_id = self._sheet.stay_id
        stay = self._desk.ward_state.encounters.get(stay_id)
        rows: tuple[SetupRow, ...] = ()
        if stay is not None and opened:
            told = self._desk.ward_state.profiles.get(stay_id)
            touches = self._touched(stay_id)
            note = touched_profile(Profile() if told is None else told.profile, touches)
            view = ProfileView(encounter_id=stay_id, profile=note)
            rows = setup_rows(self._desk.words.catalogue, note, effective(stay.profile, view))
        self._profile.update(rows)
        silenced = stay_id in self._desk.ward_state.silences
        if silenced != self._silenced:
            self._silenced = silenced
            self.changed.emit()

    def _touched(self, stay_id: str) -> list[Action]:
        return [t for t in self._desk.pending(ActionKind.PROFILE_SET) if t.subject == stay_id]

    def _seen(self) -> Seen:
        return Seen(encounter_id=self._sheet.stay_id or None)

    def _bed(self) -> str:
        """Which bed is meant, in every question about it."""
        bed = self._desk.ward_state.beds.get(self._sheet.bed_id)
        return "" if bed is None else self._desk.words.text("bed", bed=bed.number)

    # --------------------------------------------------------------------------------- cards

    @Slot(str)
    def turnCard(self, key: str) -> None:
        """Show the parts of a card below its headline, or show them no more."""
        self._sheet.expanded ^= {key}
        self._desk.show_all()

    # ----------------------------------------------------------------------------- priority

    @Slot(str)
    def lower(self, row: str) -> None:
        """Ask why a raised call is less urgent, and lower it."""
        call = self._desk.ward_state.calls.get(row.partition(":")[2])
        bed = None if call is None else self._desk.ward_state.beds.get(call.bed_id)
        if call is None or bed is None:
            return
        words, state = self._desk.words, self._desk.ward_state
        seen = Seen(
            encounter_id=bed.occupants[0] if bed.occupants else None,
            seq=state.seqs.get(("nurse_call", call.id)),
        )
        call_id = call.id

        def deed(key: str) -> None:
            why = words.text(f"lower.{key}")
            self._desk.act_as_staff(ActionKind.CALL_LOWER, call_id, {"why": why}, seen)

        self._desk.ask_beside(
            Question(
                title=words.text("lower.title", bed=words.text("bed", bed=bed.number)),
                hint=words.text("lower.hint"),
                answers=[Answer(key=key, name=words.text(f"lower.{key}")) for key in LOWER_WHY],
                deed=deed,
                about=row,
            )
        )

    # --------------------------------------------------------------------------------- name

    @Slot()
    def unmask(self) -> None:
        """Ask why the full name is wanted, then show it for a while."""
        stay_id, words, seen = self._sheet.stay_id, self._desk.words, self._seen()
        if not stay_id:
            return

        def deed(key: str) -> None:
            self._desk.as_staff(lambda: self._unmask(stay_id, words.text(f"unmask.{key}"), seen))

        self._desk.ask_beside(
            Question(
                title=words.text("unmask.title", bed=self._bed()),
                hint=words.text("unmask.hint", n=self._desk.settings.unmask_s),
                answers=[Answer(key=key, name=words.text(f"unmask.{key}")) for key in UNMASK_WHY],
                deed=deed,
                about=self._sheet.bed_id,
            )
        )

    def _unmask(self, stay_id: str, why: str, seen: Seen) -> None:
        """Told to the audit first: a name that nobody answers for is not shown."""
        self._desk.act_as_staff(ActionKind.NAME_UNMASK, stay_id, {"why": why}, seen)
        self._desk.near.unmask(stay_id, self._desk.hub_now(), self._desk.settings.unmask_s)
        self._desk.show_all()

    # ------------------------------------------------------------------------------ profile

    @Slot(str)
    def setProfile(self, field: str) -> None:
        """Ask for one field of how to reach the person. A field that is none does nothing."""
        if field not in FIELDS or not self._sheet.stay_id:
            return
        words, stay_id, seen = self._desk.words, self._sheet.stay_id, self._seen()
        choices = values(field)
        answers = [
            Answer(
                key=str(place),
                name=words.text("profile.record")
                if value is None
                else value_words(words.catalogue, field, value),
            )
            for place, value in enumerate(choices)
        ]

        def deed(key: str) -> None:
            data = {field: choices[int(key)]}
            self._desk.act_as_staff(ActionKind.PROFILE_SET, stay_id, dict(data), seen)

        self._desk.ask_beside(
            Question(
                title=f"{self._bed()} · {words.catalogue.text(f'bedside.setup.{field}')}",
                hint=words.text("profile.hint"),
                answers=answers,
                deed=deed,
                about=self._sheet.bed_id,
            )
        )

    @Property(QObject, constant=True)
    def profile(self) -> KeyedListModel[SetupRow]:
        """key, icon, text, tone."""
        return self._profile

    # ------------------------------------------------------------------------------ silence

    @Property(bool, notify=changed)
    def silenced(self) -> bool:
        """Whether nothing of this patient is shown or said."""
        return self._silenced

    @Slot()
    def silence(self) -> None:
        """Ask for the reason of a silence, to be held."""
        words, stay_id, seen = self._desk.words, self._sheet.stay_id, self._seen()
        if not stay_id:
            return

        def deed(reason: str) -> None:
            self._desk.act_as_staff(ActionKind.SILENCE_START, stay_id, {"reason": reason}, seen)

        self._desk.ask_beside(
            Question(
                title=words.text("silence.title", bed=self._bed()),
                hint=words.text("silence.hint"),
                answers=[
                    Answer(key=why.value, name=words.text(f"silence.reason.{why.value}"))
                    for why in SilenceReason
                ],
                deed=deed,
                hold=True,
                about=self._sheet.bed_id,
            )
        )

    @Slot()
    def endSilence(self) -> None:
        """Ask whether the silence is over, to be held."""
        words, stay_id, seen = self._desk.words, self._sheet.stay_id, self._seen()
        if stay_id not in self._desk.ward_state.silences:
            return

        def deed(_key: str) -> None:
            self._desk.act_as_staff(ActionKind.SILENCE_END, stay_id, {}, seen)

        self._desk.ask_beside(
            Question(
                title=words.text("silence.end_title", bed=self._bed()),
                hint=words.text("silence.end_hint"),
                answers=[Answer(key="end", name=words.text("silence.end"))],
                deed=deed,
                hold=True,
                about=self._sheet.bed_id,
            )
        )
