"""What the audit says of an action: what it was about, where, of whose stay, and why."""

import msgspec

from smartward.clinical.audit import About
from smartward.clinical.device import Device
from smartward.hub.store.tx import Tx
from smartward.wire.envelope import Action, ActionKind

_ABOUT = {
    "call": "nurse_call",
    "alert": "alert",
    "sheet": "bed",
    "wristband": "bed",
    "presence": "bed",
    "entrust": "entrustment",
    "place": "device",
    "masking": "masking",
    "administration": "plan_item",
    "task": "plan_item",
    "his_write": "his_write",
    "drill": "drill",
    ActionKind.DRILL_CALL: "nurse_call",
    ActionKind.OBSERVATION_CORRECT: "observation_entry",
    ActionKind.CARE_CORRECT: "care_event",
}
"""Document kind of the subject, by the action or its first word; of the others it is a stay."""

_OF_STAY = ("nurse_call", "alert", "plan_item", "his_write", "observation_entry", "care_event")
"""Kinds that say themselves which stay they belong to."""

_TOLD: dict[str, tuple[str, ...]] = {
    ActionKind.CALL_HAND_OVER: ("staff_id",),
    ActionKind.ENTRUST_ASK: ("to_device",),
    ActionKind.PRESENCE_LEAVE: ("staff_id",),
    ActionKind.LAYER_OPENED: ("how",),
    ActionKind.MASKING_SET: ("place", "rule"),
    ActionKind.SILENCE_START: ("reason",),
    ActionKind.ADMINISTRATION_MARK: ("outcome",),
    ActionKind.TASK_MARK: ("outcome",),
    ActionKind.CARE_RECORD: ("kind",),
    ActionKind.ANSWER_GIVE: ("question",),
    ActionKind.QUESTION_ASK: ("question",),
    ActionKind.HIS_WRITE_RESOLVE: ("how",),
    ActionKind.ALERT_SNOOZE: ("minutes", "reason"),
    ActionKind.ALERT_DONE: ("note",),
    ActionKind.PLACE_CONFIRM: ("place",),
}
"""What of an action's data the audit repeats; everything else, a PIN above all, stays out."""

_WHY_IS_REASON = (
    ActionKind.CALL_CLOSE,
    ActionKind.ADMINISTRATION_MARK,
    ActionKind.TASK_MARK,
)
_LONGEST = 200
"""Characters of a reason that are kept."""


class _OfStay(msgspec.Struct):
    """What a document may say of the stay it belongs to."""

    encounter_id: str | None = None


class _OfSubject(msgspec.Struct):
    """What an alert says of it."""

    subject: dict[str, str]


def about(tx: Tx, device: Device, action: Action) -> About:
    """What the audit says of this action, as the documents stand now."""
    word = action.kind.partition(".")[0]
    kind = _ABOUT.get(action.kind) or _ABOUT.get(word, "encounter")
    id = tx.alias_of(device.ward, kind, action.subject)
    stored = tx.get(device.ward, kind, id)
    stay = action.seen.encounter_id
    if kind == "encounter":
        stay = id
    elif stored is not None and kind in _OF_STAY:
        stay = _stay(kind, stored.body) or stay
    return About(
        kind=kind,
        id=id,
        bed=None if stored is None else stored.bed,
        encounter=stay,
        why=_why(action),
        detail=_detail(action),
    )


def _stay(kind: str, body: bytes) -> str | None:
    if kind != "alert":
        return msgspec.json.decode(body, type=_OfStay).encounter_id
    subject = msgspec.json.decode(body, type=_OfSubject).subject
    return subject["id"] if subject["kind"] == "encounter" else None


def _why(action: Action) -> str | None:
    """Some call it `reason`."""
    name = "reason" if action.kind in _WHY_IS_REASON else "why"
    why = action.data.get(name)
    return why[:_LONGEST] if isinstance(why, str) and why else None


def _detail(action: Action) -> dict[str, str]:
    if action.kind == ActionKind.PROFILE_SET:
        return {"fields": ", ".join(sorted(action.data))}
    told = ((name, action.data.get(name)) for name in _TOLD.get(action.kind, ()))
    return {name: str(value)[:_LONGEST] for name, value in told if value is not None}
