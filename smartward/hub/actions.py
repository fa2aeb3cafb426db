"""Actions up: each touch is done once, and answered in the transaction that did it."""

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from smartward.clinical.alert import AlertRefused
from smartward.clinical.call_mark import Actor
from smartward.clinical.device import Device
from smartward.clinical.nurse_call import CallRefused, CallSettings
from smartward.clock import Clock
from smartward.config import Settings
from smartward.errors import BadData, SmartWardError, StorageFault
from smartward.hub import audit, audited, sessions
from smartward.hub.access import AUDITED, NEEDS_PERSON, Access, Forbidden
from smartward.hub.escalation import call_settings
from smartward.hub.out_of_scope import OutOfScope
from smartward.hub.store.base import Store, Tx
from smartward.hub.store.model import decode, instant
from smartward.hub.touch_time import check_request, longer_ago, touched_at
from smartward.wire.envelope import Action, ActionKind, ActionRequest, Answer, Outcome

LATER_S = 2.0
"""When to try again after a fault of the hub's disk, in seconds."""
TOLD_FOR = b""
"""In the place of a body's hash: another device told of it, and any body is the same."""


class Conflict(SmartWardError):
    """The same action id came with another body."""


@dataclass(frozen=True, slots=True)
class Done:
    """What a handler made of an action. `seq`: the write that shows it, when nothing changed."""

    outcome: Outcome = "applied"
    key: str | None = None
    values: dict[str, str | int] | None = None
    seq: int | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """One action with what the hub knows of its circumstances."""

    tx: Tx
    device: Device
    action: Action
    at: datetime
    """When the screen was touched, in hub time: what is recorded of it."""
    estimated: bool
    by: Actor
    access: Access
    settings: CallSettings
    prepared: object = None
    """What the rule's `prepare` made of the action."""
    handed_over: bool = False
    """The standby hub took it in time, and hands it over now."""
    older: timedelta = timedelta(0)
    """How much longer ago it may have been (`longer_ago`)."""
    of_this_history: bool = True
    """The screen knows no other history of this hub."""

    @property
    def earliest(self) -> datetime:
        """When it may have been touched at the earliest, in hub time: what it ends or answers had
        been asked by then."""
        return self.at - self.older

    @property
    def ward(self) -> str:
        """The ward the device belongs to."""
        return self.device.ward

    def text(self, name: str) -> str:
        """A text of the action's data. Raises BadData when it is not there."""
        value = self.action.data.get(name)
        if not isinstance(value, str) or not value:
            raise BadData("action.bad_request", f"{self.action.kind} needs data.{name}")
        return value


Handler = Callable[[Request], Done]


@dataclass(frozen=True, slots=True)
class Rule:
    """How an action is handled. `staff`: too old, it comes back as a question. `prepare`: what is
    slow and needs no store, done off the event loop and before the write. `secret`: a name in the
    action's data whose value is kept in no form but the handler's."""

    handle: Handler
    staff: bool
    prepare: Callable[[Action], object] | None = None
    secret: str | None = None


def _sent_again(request: Request) -> bool:
    """Whether this closes a call that only a restored hub has open still: the screen sends its last
    day again. Whoever asked for somebody since then keeps the call open all the same."""
    since = request.tx.meta_get("epoch_since")
    return (
        request.action.kind == ActionKind.CALL_CLOSE
        and not request.estimated
        and since is not None
        and instant(request.at) < since
    )


def actor(tx: Tx, device: Device, action: Action, at: datetime) -> Actor:
    """Who acts. A person is called as the ward's roster calls them; of whom the roster does not
    know, the id is kept for the history and no name is believed.

    Raises NotProved where a badge or PIN is claimed that does not stand for the time of the touch.
    """
    by = action.by
    if by.known in sessions.PROVED_BY:
        return sessions.proved(tx, device, by, at)
    if by.known != "name" or by.id is None:
        return Actor(device_id=device.id)
    member = sessions.member_of(tx, device.ward, by.id)
    if member is None:
        return Actor(device_id=device.id, person_id=by.id)
    return Actor(
        device_id=device.id,
        person_id=member.id,
        name=member.name,
        family=member.family,
        known="name",
    )


def _fingerprint(action: Action, secret: str | None) -> bytes:
    """Tells one body from another under the same id. A secret is left out: it is short, and from
    its hash everybody could find it."""
    if secret is not None:
        data = {name: value for name, value in action.data.items() if name != secret}
        action = msgspec.structs.replace(action, data=data)
    return hashlib.sha256(msgspec.json.encode(action, order="deterministic")).digest()


class Actions:
    """Takes actions of screens; what is answered `applied` is on the disk."""

    def __init__(
        self,
        store: Store,
        access: Access,
        clock: Clock,
        settings: Settings,
        rules: dict[str, Rule],
        out_of_scope: OutOfScope,
    ) -> None:
        self._store = store
        self._access = access
        self._clock = clock
        self._staff_max_age = timedelta(seconds=settings.staff_action_max_age_s)
        self.oldest = timedelta(days=settings.answer_keep_days)
        """No touch is believed to be older."""
        self._calls = call_settings(settings)
        self._proof_needed = settings.staff_proof == "required"
        self._rules = rules
        self._out_of_scope = out_of_scope
        self.on_answer: Callable[[str, Outcome], None] = lambda kind, outcome: None
        """Told the kind and outcome of every answer."""
        self.quick: Callable[[Device, ActionRequest], Answer | None] = lambda device, request: None
        """Told every action before it is done; answers what needs no write."""
        self.note: Callable[[Tx, Device, ActionRequest, Answer], None] = lambda *told: None
        """Told every action that was done, within its write and once: what it adds is one with
        it, and what it raises undoes it."""

    async def answer(
        self, device: Device, request: ActionRequest, *, handed_over: bool = False
    ) -> Answer:
        """Do an action once and answer it. `handed_over`: the standby hub took it in time.

        Raises Forbidden (403) out of scope, Conflict (409) for the same id with another body,
        BadData (400) for an action that says too little.
        """
        action = request.action
        try:
            return await self._answer(device, request, handed_over)
        except Forbidden:
            told = self.other_history(request)
            if told is not None:
                return told
            kind = action.kind if action.kind in self._rules else "unknown"
            await self._out_of_scope.tried(device, kind, action.by.id, action.subject)
            raise

    def other_history(self, request: ActionRequest) -> Answer | None:
        """The answer to what is unknown here and came from a screen that knows another history of
        this hub: it will hear of this one, and send again first what it is about."""
        if self._of_this_history(request):
            return None
        return Answer(
            id=request.action.id,
            outcome="later",
            key="action.other_history",
            retry_after_s=LATER_S,
        )

    def _of_this_history(self, request: ActionRequest) -> bool:
        return request.epoch in (None, self._store.epoch)

    def touched_at(self, tx: Tx, request: ActionRequest) -> tuple[datetime, bool]:
        """When the screen was touched, in hub time, and whether that is an estimate."""
        staff = self._rules[request.action.kind].staff
        return touched_at(request, tx.now, self.oldest, tx.set_lately, staff=staff)

    async def _answer(self, device: Device, request: ActionRequest, handed_over: bool) -> Answer:
        action = request.action
        self._access.check_kind(device, action.kind)
        check_request(request)
        known = self.quick(device, request)
        if known is not None:
            self.on_answer(action.kind, known.outcome)
            return known
        prepare = self._rules[action.kind].prepare
        prepared = None if prepare is None else await asyncio.to_thread(prepare, action)
        try:
            answer = await self._store.write(
                lambda tx: self._once(tx, device, request, prepared, handed_over)
            )
        except StorageFault as error:
            answer = Answer(id=action.id, outcome="later", key=error.key, retry_after_s=LATER_S)
        self.on_answer(action.kind, answer.outcome)
        return answer

    def _once(
        self,
        tx: Tx,
        device: Device,
        request: ActionRequest,
        prepared: object = None,
        handed_over: bool = False,
    ) -> Answer:
        action = request.action
        body = _fingerprint(action, self._rules[action.kind].secret)
        known = tx.answer_get(device.id, action.id)
        if known is not None:
            if known.hash not in (body, TOLD_FOR):
                raise Conflict("action.conflict", action.id)
            return self._again(tx, device, decode(known.answer, Answer))
        if not handed_over and request.place not in (None, device.place or ""):
            # The screen was moved, and hears so first: it was touched at another bed.
            return Answer(
                id=action.id, outcome="later", key="action.other_place", retry_after_s=LATER_S
            )
        done = self._handle(tx, device, request, prepared, handed_over)
        answer = Answer(
            id=action.id,
            outcome=done.outcome,
            seq=tx.touched.get(device.ward, done.seq),
            epoch=self._store.epoch,
            key=done.key,
            values=done.values or {},
        )
        tx.answer_put(device.id, action.id, body, msgspec.json.encode(answer))
        self.note(tx, device, request, answer)
        return answer

    def _again(self, tx: Tx, device: Device, answer: Answer) -> Answer:
        """An answer that was given before. One of another epoch names the ward's present write:
        what the action did is in it, and the screen's feed will pass it."""
        if answer.epoch == self._store.epoch:
            return answer
        seq = None if answer.seq is None else tx.head(device.ward)
        return msgspec.structs.replace(answer, epoch=self._store.epoch, seq=seq)

    def _handle(
        self,
        tx: Tx,
        device: Device,
        request: ActionRequest,
        prepared: object = None,
        handed_over: bool = False,
    ) -> Done:
        action = request.action
        at, estimated = self.touched_at(tx, request)
        doubt: str | None = None
        try:
            by = actor(tx, device, action, at)
        except sessions.NotProved as refused:
            by, doubt = Actor(device_id=device.id, person_id=action.by.id), refused.key
        tx.origin(device.id, by.person_id, action.id)
        asked = Request(
            *(tx, device, action, at, estimated, by, self._access, self._calls),
            prepared=prepared,
            handed_over=handed_over,
            older=longer_ago(request),
            of_this_history=self._of_this_history(request),
        )
        doubt = self._nobody_stands_for(asked, doubt)
        done = self._judge(asked) if doubt is None else Done("refused", doubt)
        if action.kind in AUDITED:
            about = audited.about(tx, device, action)
            audit.record(
                tx,
                device.ward,
                by,
                action.kind,
                about,
                outcome=done.outcome,
                key=done.key,
                touched_at=at,
            )
        return done

    def _nobody_stands_for(self, asked: Request, doubt: str | None) -> str | None:
        """Why nobody can be named for what needs a person; None where somebody can, or need not."""
        if asked.action.kind not in NEEDS_PERSON:
            return None
        if doubt is None and self._proof_needed and asked.by.known not in sessions.BELIEVED:
            return "identity.needed"
        return doubt

    def _judge(self, asked: Request) -> Done:
        """What the action's rule makes of it."""
        rule = self._rules[asked.action.kind]
        late = asked.tx.now - asked.at > self._staff_max_age
        if rule.staff and late and not asked.handed_over and not _sent_again(asked):
            return Done("refused", "action.too_old", {"at": instant(asked.at)})
        try:
            return rule.handle(asked)
        except (CallRefused, AlertRefused) as refused:
            values = {
                name: v if isinstance(v, str | int) else str(v)
                for name, v in refused.values.items()
            }
            return Done("refused", refused.key, values)


def rules(*tables: dict[str, Rule]) -> dict[str, Rule]:
    """All tables as one; each kind of action has its rule."""
    merged: dict[str, Rule] = {}
    for table in tables:
        merged |= table
    kinds = {v for k, v in vars(ActionKind).items() if k.isupper()}
    assert set(merged) == kinds, set(merged) ^ kinds
    return merged
