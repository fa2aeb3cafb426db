"""A known person's word on a piece of work: done, not done and why, or taken back.

Whoever marks something sees two identifiers of the patient first (patient safety goals 2019: a bed
is none). What was marked is taken back by a correction with its reason, never deleted.
"""

from collections.abc import Callable

from smartward.clinical.care_due import LIMITS, Standing
from smartward.clinical.care_event import CareKind, Missed, Need, Position
from smartward.clinical.encounter import Encounter
from smartward.clinical.plan import PlanItem, PlanKind
from smartward.screen.services import Data
from smartward.screen.station_ask import Answer, Question
from smartward.screen.station_care import CareEntry
from smartward.screen.station_desk import Desk
from smartward.screen.station_names import sheet_name
from smartward.screen.station_tasks import Work, title_of
from smartward.wire.envelope import ActionKind, Seen

NOT_DONE_WHY = ("refused", "asleep", "away", "condition", "stopped", "unavailable")
UNDO_WHY = ("patient", "task", "not_done", "typed")
_NOT = "not_done:"


class TaskDeeds:
    """Asks what became of it, and sends the answer."""

    def __init__(self, desk: Desk, observe: Callable[[str], None]) -> None:
        """`observe`: has a set of observations typed for a stay."""
        self._desk = desk
        self._observe = observe
        self._entry = CareEntry(desk, self._send)

    def ask(self, one: Work) -> None:
        """What became of this; of what is settled, why that was said."""
        if one.task.standing is Standing.SETTLED:
            self._ask_undo(one)
        elif one.task.observations:
            self._observe(one.stay.id)
        elif one.task.item is not None:
            self._ask_plan(one, one.task.item)
        else:
            self._ask_care(one)

    def record(self, stay: Encounter) -> None:
        """What was done for a patient, whether or not it was due."""
        self._entry.begin(stay, self._who(stay))

    def _who(self, stay: Encounter) -> tuple[str, str]:
        """Who it is by what identifies them, and what to do with that."""
        words, state = self._desk.words, self._desk.ward_state
        number, born = stay.patient.identifier, stay.patient.birth_date
        told = (
            sheet_name(state, stay, words, full=False),
            words.text("sheet.identifier", number=number) if number else "",
            words.text("tasks.born", at=born) if born else "",
        )
        known = [one for one in told if one]
        key = "tasks.check" if len(known) > 1 else "tasks.check_wristband"
        return " · ".join(known), words.text(key)

    def _question(self, one: Work, answers: list[Answer], deed: Callable[[str], None]) -> None:
        words = self._desk.words
        bed = words.text("bed", bed=one.bed.number) if one.bed is not None else ""
        what = " · ".join(part for part in (bed, title_of(one, words, opened=True)) if part)
        who, hint = self._who(one.stay)
        about = one.bed.id if one.bed is not None else one.stay.id
        self._desk.ask_beside(
            Question(title=f"{what}\n{who}", hint=hint, answers=answers, deed=deed, about=about)
        )

    def _why_not(self) -> list[Answer]:
        words = self._desk.words
        return [
            Answer(
                key=f"{_NOT}{why}",
                name=words.text("tasks.not_done_why", why=words.text(f"tasks.why.{why}")),
            )
            for why in NOT_DONE_WHY
        ]

    def _ask_plan(self, one: Work, item: PlanItem) -> None:
        words, turning = self._desk.words, item.kind is PlanKind.TURNING
        medicine = item.kind is PlanKind.MEDICINE
        done = [Answer(key="done", name=words.text("tasks.given" if medicine else "tasks.done"))]
        if turning:
            done = self._positions()
        seen = Seen(encounter_id=one.stay.id)

        def deed(key: str) -> None:
            data: Data = {"outcome": "done"}
            if key.startswith(_NOT):
                why = words.text(f"tasks.why.{key.removeprefix(_NOT)}")
                data = {"outcome": "not_done", "reason": why}
            kind = ActionKind.ADMINISTRATION_MARK if medicine else ActionKind.TASK_MARK
            self._desk.act_as_staff(kind, item.id, data, seen)
            if turning and not key.startswith(_NOT):
                self._send(one.stay.id, {"kind": CareKind.TURN, "position": key})

        self._question(one, [*done, *self._why_not()], deed)

    def _positions(self) -> list[Answer]:
        words = self._desk.words
        return [
            Answer(key=one.value, name=words.text(f"care.position.{one.value}")) for one in Position
        ]

    def _ask_care(self, one: Work) -> None:
        """A turn says how the patient lies now, a round that all four were seen to."""
        words, care = self._desk.words, one.task.care
        if care is CareKind.LIMITS_ASKED:
            self._ask_limits(one)
            return
        done = self._positions()
        if care is CareKind.ROUND:
            done = [Answer(key="round", name=words.text("tasks.seen_to"))]
        left = [Missed.ASLEEP, Missed.REFUSED, Missed.AWAY, Missed.UNABLE]
        not_done = [
            Answer(
                key=f"{_NOT}{why.value}",
                name=words.text(
                    "tasks.not_done_why", why=words.text(f"care.missed_why.{why.value}")
                ),
            )
            for why in left
        ]

        def deed(key: str) -> None:
            data: Data
            if key.startswith(_NOT):
                why, about = key.removeprefix(_NOT), None if care is None else care.value
                data = {"kind": CareKind.REVIEWED, "about": about, "missed": why}
            elif care is CareKind.ROUND:
                data = {"kind": CareKind.ROUND, "needs": ",".join(Need)}
            else:
                data = {"kind": CareKind.TURN, "position": key}
            self._send(one.stay.id, data)

        self._question(one, [*done, *not_done], deed)

    def _ask_limits(self, one: Work) -> None:
        """What the doctor said: new limits, or that they stay."""
        words = self._desk.words
        answers = [
            Answer(key=key, name=words.text(f"tasks.{key}"))
            for key in ("limits_set", "limits_kept")
        ]

        def deed(key: str) -> None:
            data: Data = {"kind": CareKind.REVIEWED, "about": LIMITS}
            kept: Data = {"missed": Missed.ORDERED} if key == "limits_kept" else {}
            self._send(one.stay.id, {**data, **kept})

        self._question(one, answers, deed)

    def _ask_undo(self, one: Work) -> None:
        words, event, item = self._desk.words, one.event, one.task.item
        answers = [Answer(key=why, name=words.text(f"tasks.undo.{why}")) for why in UNDO_WHY]
        seen = Seen(encounter_id=one.stay.id)

        def deed(key: str) -> None:
            why = words.text(f"tasks.undo.{key}")
            if event is not None:
                self._desk.act_as_staff(ActionKind.CARE_CORRECT, event.id, {"why": why}, seen)
            elif item is not None:
                medicine = item.kind is PlanKind.MEDICINE
                kind = ActionKind.ADMINISTRATION_MARK if medicine else ActionKind.TASK_MARK
                data: Data = {"outcome": "mistake", "reason": why}
                self._desk.act_as_staff(kind, item.id, data, seen)

        self._question(one, answers, deed)

    def _send(self, stay_id: str, data: Data) -> None:
        self._desk.act_as_staff(ActionKind.CARE_RECORD, stay_id, data, Seen(encounter_id=stay_id))
