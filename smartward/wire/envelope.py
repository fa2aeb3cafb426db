"""Documents down, actions up: the envelopes of the feed and of the answers.

The feed is Server-Sent Events on `GET /feed`:

- `event: reset`   data `Hello`: throw the mirror away; what follows up to `current` replaces it.
- `event: hello`   data `Hello`: the cursor was good; what follows continues it.
- `event: write`   id `EPOCH-SEQ`, data `Write`: one write, to be applied in one transaction.
- `event: current` id `EPOCH-SEQ`, data `Beat`: caught up; draw.
- `event: beat`    data `Beat`: every second; nothing for 5 s is stale.
"""

from datetime import datetime
from typing import Literal

import msgspec

from smartward.clinical.call_point import CallPointEvent
from smartward.clinical.device import ScreenRole

Outcome = Literal["applied", "refused", "gone", "later"]


class Document(msgspec.Struct, frozen=True):
    """One document of a view; `body` is decoded by `kind` (see `views.py`)."""

    kind: str
    id: str
    seq: int
    body: msgspec.Raw


class Gone(msgspec.Struct, frozen=True):
    """A document that was deleted, or left this screen's view while it lives."""

    kind: str
    id: str


class Write(msgspec.Struct, frozen=True):
    """One write of the ward, as far as this screen may see it."""

    seq: int
    at: datetime
    documents: tuple[Document, ...] = ()
    gone: tuple[Gone, ...] = ()


class Hello(msgspec.Struct, frozen=True, kw_only=True):
    """Who the hub takes this screen for, and where the feed stands."""

    epoch: str
    view: str
    """A fingerprint of role, place and view version; a changed one forces a reset."""
    device_id: str
    role: ScreenRole
    ward: str
    place: str | None
    label: str
    now: datetime
    hubs: tuple[str, ...] = ()
    """Addresses of the ward's hubs, in the order in which screens go to them; empty: not told."""


class Beat(msgspec.Struct, frozen=True):
    """The hub's time, and when the last completed HIS census was (None: never)."""

    now: datetime
    his_as_of: datetime | None
    his_up: bool
    standby: Literal["", "following", "alone", "handing_over"] = ""
    """Where the standby hub says it: what it is about."""
    stores: bool = True
    """Whether the hub's storage takes writes; without it a new call is on no screen
    that hears of it from here. A hub that does not
    say so is taken to be well."""


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Who touched the screen: `known` says how they proved it, `name` that they touched their name.

    `session` is what `POST /staff/identify` gave, or `offline` where the screen itself checked
    badge or PIN while the hub was away; without one a badge or PIN is not believed."""

    known: Literal["badge", "pin", "name", "none"] = "none"
    id: str | None = None
    name: str | None = None
    family: str | None = None
    session: str | None = None


class Identify(msgspec.Struct, frozen=True, kw_only=True):
    """`POST /staff/identify`: a badge's code, or a person of the roster with their PIN."""

    badge: str | None = None
    staff_id: str | None = None
    pin: str | None = None


class Identified(msgspec.Struct, frozen=True, kw_only=True):
    """Who that is. `person` goes with every action until `until`; up to `offline_until` this screen
    may check the same badge or PIN by itself while the hub is away."""

    person: Person
    role: str
    until: datetime
    offline_until: datetime


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What the person was looking at: the encounter and the document's sequence."""

    encounter_id: str | None = None
    seq: int | None = None


class Action(msgspec.Struct, frozen=True, kw_only=True):
    """One touch. `id` (UUIDv7) is made at the touch; the same id with another body is 409.

    `kind` is one of `ActionKind`; `subject` the id of the call or alert it is about (for
    `call.place` the new call's id). `data` holds what the kind needs, see `ActionKind`.
    """

    id: str
    kind: str
    subject: str
    made_at: datetime
    by: Person = Person()
    seen: Seen = Seen()
    data: dict[str, str | int | None] = {}


class ActionRequest(msgspec.Struct, frozen=True, kw_only=True):
    """`POST /actions`. `age_ms`: how long ago the touch was by the device's monotonic clock,
    None when the device has restarted since; `older_ms`: how much longer ago it may have been, for
    the device's wall clock has gained so much since: it was set, or the machine stood still;
    `clock_skew_ms`: hub minus device wall time as last known, None when never known; `epoch`: the
    hub's history that the screen last heard of; `place`: the bed or room that it was touched at, as
    the screen last heard (empty: none), None where it never did. All belong to this sending, not to
    the action's body."""

    action: Action
    age_ms: int | None = None
    older_ms: int | None = None
    clock_skew_ms: int | None = None
    epoch: str | None = None
    place: str | None = None


class CallInput(msgspec.Struct, frozen=True, kw_only=True):
    """`POST /inputs`, from a gateway: what one of its call points did `age_ms` ago. Sent again with
    the same `id` it is done once; None where the gateway does not know its age."""

    id: str
    call_point: str
    event: CallPointEvent
    age_ms: int | None = None


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What became of an action: `key` and `values` are a text for the person (refused, gone)."""

    id: str
    outcome: Outcome
    seq: int | None = None
    epoch: str | None = None
    key: str | None = None
    values: dict[str, str | int] = {}
    retry_after_s: float | None = None


class ActionKind:
    """The actions there are; who may ask for which is in `hub/access.py`."""

    CALL_PLACE = "call.place"
    """data: `bed_id`, `class` (CallClass), `encounter_id` is in `seen`. From: bedside."""
    CALL_AGAIN = "call.again"
    CALL_REASON = "call.reason"
    """data: `reason` (CallReason)."""
    CALL_NOT_NEEDED = "call.not_needed"
    CALL_SHOWN = "call.shown"
    """From an awake station, when the frame that holds the call was drawn."""
    CALL_HEARD = "call.heard"
    """Mute: stops the sound, never the light."""
    CALL_ACCEPT = "call.accept"
    CALL_REINFORCE = "call.reinforce"
    CALL_HAND_OVER = "call.hand_over"
    """data: `staff_id`."""
    CALL_ARRIVE = "call.arrive"
    """In the room: from bedside or door."""
    CALL_CLOSE = "call.close"
    """In the room, or (normal only, where the ward allows) from the station with `reason`."""
    CALL_LOWER = "call.lower"
    """A person lowers a priority that was raised; data: `why`."""
    ALERT_ACKNOWLEDGE = "alert.acknowledge"
    """Subject: the headline of a card; data: `parts`, the comma-joined ids of its other alerts that
    were seen. The same for the two below."""
    ALERT_SNOOZE = "alert.snooze"
    """data: `minutes` (15, 30 or 60), `reason` (SnoozeReason)."""
    ALERT_DONE = "alert.done"
    """data: `note`, what was done, or nothing."""
    SESSION_END = "session.end"
    """Somebody left, or the screen locked; subject: session id; data: `why` (left, idle, other)."""
    SHEET_OPEN = "sheet.open"
    """A bed's sheet was opened at a station; subject: bed id. For the audit."""
    NAME_UNMASK = "name.unmask"
    """A full name was shown; subject: encounter id; data: `why`. For the audit."""
    CALL_POINT_EVENT = "call_point.event"
    """Subject: call point id; data: `event` (CallPointEvent). From the device it hangs on."""
    PRESENCE_ENTER = "presence.enter"
    """Somebody is in the room; subject: bed id or room id. From bedside or door."""
    PRESENCE_LEAVE = "presence.leave"
    ENTRUST_ASK = "entrust.ask"
    """Subject: "entrustment"; data: `to_device`. From a station."""
    ENTRUST_TAKE = "entrust.take"
    ENTRUST_END = "entrust.end"
    PROFILE_SET = "profile.set"
    """Subject: encounter id; data: fields of Profile, flags as 1 or 0, `text_scale` as text
    ("1.3"); a null takes the nurse's word back."""
    SILENCE_START = "silence.start"
    """Subject: encounter id; data: `reason` (SilenceReason)."""
    SILENCE_END = "silence.end"
    PATIENT_PIN = "patient.pin"
    """Subject: encounter id; data: `pin`, 4 to 8 digits, null to take it away. From bedside."""
    LAYER_OPENED = "layer.opened"
    """The bedside's private layer was opened; subject: encounter id; data: `how` (wristband, pin,
    staff). For the audit."""
    WRISTBAND_OTHER = "wristband.other"
    """A wristband that is not this bed's patient was read; subject: bed id."""
    MASKING_SET = "masking.set"
    """Subject: "masking"; data: `place` (NamePlace), `rule` (NameRule), `why`."""
    OBSERVATION_ENTER = "observation.enter"
    """Subject: encounter id; data: values by Parameter, as digits or code; `taken_at` (ISO 8601;
    else the touch), `confirmed`: comma-joined parameters that were asked about. The set's id is the
    action's. From: station, bedside."""
    OBSERVATION_CORRECT = "observation.correct"
    """Subject: observation entry id; data: `why`, and what was wrong by Parameter with the right
    value, null where there is none; `confirmed` as above."""
    ADMINISTRATION_MARK = "administration.mark"
    """Subject: id of a plan item that is a medicine; data: `outcome` (done, not_done, mistake),
    `reason` for the latter two."""
    TASK_MARK = "task.mark"
    """The same for every other plan item."""
    CARE_RECORD = "care.record"
    """Subject: encounter id; data: `kind` (CareKind), its values by name (`care_event.VALUES`; some
    codes are joined by commas), `at` (ISO 8601; else the touch), `confirmed`: comma-joined names
    that were asked about. The event's id is the action's. From: station, bedside."""
    CARE_CORRECT = "care.correct"
    """Subject: care event id; data: `why`, and where something else is right all of its values;
    `at` and `confirmed` as above. Without values it was merely wrong."""
    ANSWER_GIVE = "answer.give"
    """Subject: encounter id; data: `question` (PatientQuestion), `value`. From: bedside."""
    QUESTION_ASK = "question.ask"
    """A nurse has a patient asked at the bedside; subject: encounter id; data: `question`
    (PatientQuestion). From: station, bedside."""
    QUESTION_LATER = "question.later"
    """The patient does not want to answer now; subject and data as above. From: bedside."""
    HIS_WRITE_RESOLVE = "his_write.resolve"
    """Subject: id of a `his_write`; data: `how`: `keep` (ours) or `take` (theirs) of a conflict
    or of what was removed there, `retry` or `drop` of what was refused; `why` for `take` and
    `drop`. From: station."""
    DRILL_START = "drill.start"
    """Begin a drill of every bed; subject: "drill". From: station."""
    DRILL_STOP = "drill.stop"
    DRILL_PLACE = "drill.place"
    """A bed's own screen calls for a test; subject: drill call id; data: `bed_id`."""
    DRILL_SHOWN = "drill.shown"
    """A frame of a station, or of a door, holds the test call."""
    DRILL_CALL = "drill.call"
    """A call that came straight from its bed is on a frame of this station, and no hub knows of it:
    the drill ends as for any call; subject: the call's id. From: station."""
    PLACE_CONFIRM = "place.confirm"
    """Somebody says at a screen that was moved that it stands at its new place; subject: device id,
    data: `place`. From: bedhead, bedside, door."""
    PEER_TELL = "peer.tell"
    """For calls without a hub; subject: device id; data: `key` (its public key), and where a
    station or door listens: `address`, `port`."""
    PEER_CALL = "peer.call"
    """A direct call whose bed is silent; subject: its id; data: the bed's word as it was signed
    (`said` and `signature` in hex, `body`) and `age_ms`, how long ago it was heard."""
    SCREEN_FAULTS = "screen.faults"
    """subject: device id; data: `faults` = comma-joined text keys of what is wrong with it."""
