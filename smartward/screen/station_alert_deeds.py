"""What is asked before an alert is put off or done, and what is then told to the hub."""

from datetime import timedelta

from smartward.clinical.alert import SNOOZES, SnoozeReason
from smartward.screen.services import Data
from smartward.screen.station_ask import Answer, Question
from smartward.screen.station_desk import Desk
from smartward.screen.station_queue import QueueItem
from smartward.wire.envelope import ActionKind, Seen

DONE_NOTES = ("attended", "informed", "not_needed")


def card_data(item: QueueItem) -> Data:
    """The parts of the card that are seen beside its headline: they are answered with it."""
    ids = ",".join(one.id for one in item.parts)
    return {"parts": ids} if ids else {}


def snooze_length(desk: Desk, item: QueueItem, seen: Seen) -> Question:
    """For how long."""
    words = desk.words
    lengths = {str(length // timedelta(minutes=1)): length for length in SNOOZES}

    def deed(key: str) -> None:
        desk.ask_beside(_snooze_why(desk, item, seen, int(key)))

    return Question(
        title=words.text("snooze.title", bed=_bed(desk, item), what=_what(desk, item)),
        hint=words.text("snooze.hint"),
        answers=[Answer(key=key, name=words.text("snooze.minutes", n=int(key))) for key in lengths],
        deed=deed,
        about=item.key,
    )


def _snooze_why(desk: Desk, item: QueueItem, seen: Seen, minutes: int) -> Question:
    words, alert_id = desk.words, item.the_alert.id

    def deed(reason: str) -> None:
        data: Data = {**card_data(item), "minutes": minutes, "reason": reason}
        desk.act_as_staff(ActionKind.ALERT_SNOOZE, alert_id, data, seen)

    return Question(
        title=words.text("snooze.why_title"),
        hint=words.text("snooze.why_hint"),
        answers=[
            Answer(key=why.value, name=words.text(f"snooze.reason.{why.value}"))
            for why in SnoozeReason
        ],
        deed=deed,
        about=item.key,
    )


def done_note(desk: Desk, item: QueueItem, seen: Seen) -> Question:
    """What was done."""
    words, alert_id = desk.words, item.the_alert.id

    def deed(note: str) -> None:
        data: Data = {**card_data(item), "note": note}
        desk.act_as_staff(ActionKind.ALERT_DONE, alert_id, data, seen)

    return Question(
        title=words.text("done.title", bed=_bed(desk, item), what=_what(desk, item)),
        hint=words.text("done.hint"),
        answers=[Answer(key=key, name=words.text(f"done.note.{key}")) for key in DONE_NOTES],
        deed=deed,
        about=item.key,
    )


def _bed(desk: Desk, item: QueueItem) -> str:
    return "" if item.bed is None else desk.words.text("bed", bed=item.bed.number)


def _what(desk: Desk, item: QueueItem) -> str:
    return desk.words.told(item.the_alert.title, desk.hub_now())
