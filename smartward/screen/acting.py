"""Who acts on a screen: asked, proved by badge or PIN or known by name, and forgotten in time."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

from PySide6.QtCore import QObject, Slot

from smartward.clinical.routing import on_duty
from smartward.clinical.ward import Roster
from smartward.errors import StorageFault
from smartward.screen.actor_texts import ActorTexts, StaffRow
from smartward.screen.services import Data, Services
from smartward.screen.who_acts import (
    PIN_FEWEST,
    WISH_S,
    NotProved,
    Proved,
    Wish,
    second_of,
)
from smartward.wire.envelope import Action, ActionKind, Identify, Person, Seen

log = logging.getLogger("smartward.screen.acting")

Proof = Proved | NotProved
PROOF = "proof"
"""A notice about who is at the screen, or was refused: it goes once that is another."""


class Prover(Protocol):
    """Who can tell whose a badge or PIN is: the hub, or the screen itself while that is away."""

    def prove(self, ask: Identify, told: Callable[[Proof], None]) -> None:
        """Find out; `told` is called once with what it is. Never raises."""


class ActingModel(ActorTexts):
    """The part of every screen's model that knows who acts. `ScreenModel` is the rest."""

    def __init__(self, services: Services, parent: QObject | None = None) -> None:
        super().__init__(services, parent)
        self.prover: Prover | None = None
        """Set once there is a hub to ask."""
        self._proof_trial = 0
        self._on_roster: frozenset[str] = frozenset()
        self._life_at = self.clock.monotonic()

    # ------------------------------------------------------------------ what subclasses override

    def handle_code(self, code: str) -> bool:
        """A code was read; True when this role took it and it is not tried as a badge."""
        del code
        return False

    def _says_who(self) -> bool:
        """Whether a badge that was read is answered with the name: where nothing else shows it."""
        return False

    # --------------------------------------------------------------------------------- actions

    def act_as_staff(
        self, kind: str, subject: str, data: Data | None = None, seen: Seen | None = None
    ) -> None:
        """The same for a member of staff; asks who it is when nobody is known now.

        It waits for the answer for `WISH_S` and is then done once, by that person.
        """
        wish = Wish(
            kind=kind,
            subject=subject,
            data=data or {},
            seen=seen or Seen(),
            made=self.clock.monotonic(),
        )
        if self._who.known and not (self._proof_required and not self._who.proved):
            self._fulfil(wish)
        elif self._proof_required or self._staff.rows:
            # A badge that is being checked without a wish was held there for this touch.
            checking = self._proving and self._who.wish is None and not self._pin_entry.staff_id
            self._who.wish = wish
            self._set_picker(True, checking=checking)
            self._pace_changed()
        else:
            self._fulfil(wish)

    def _fulfil(self, wish: Wish) -> None:
        self.act(wish.kind, wish.subject, wish.data, wish.seen, self._who.person)

    def proof_refused(self, action: Action) -> bool:
        """The hub does not believe in the session of an action any more: it is asked for again.

        True when the action waits for the new proof; a touch of more than `WISH_S` ago does not.
        """
        self.session_refused(action)
        if self.clock.now() - action.made_at > timedelta(seconds=WISH_S):
            return False
        self.act_as_staff(action.kind, action.subject, action.data, action.seen)
        return True

    def session_refused(self, action: Action) -> None:
        """The hub does not believe in the session of an action any more: it is over here too."""
        if action.by.session is not None and action.by.session == self._who.person.session:
            self._end_acting("")

    # ------------------------------------------------------------------------------- who acts

    @Slot()
    def openPicker(self) -> None:
        """Ask who acts, without an action waiting for it."""
        self._set_picker(True)
        self._pace_changed()

    @Slot()
    def closePicker(self) -> None:
        """Ask no more; an action that waited is not done, what was typed is forgotten."""
        self._who.take_wish()
        self._set_picker(False)

    @Slot(str)
    def chooseStaff(self, staff_id: str) -> None:
        """Somebody touched their name: their PIN is asked for, or the name is enough.

        Where a name is enough, empty acts as the nurse station.
        """
        if self._proof_required:
            known = any(row.key == staff_id for row in self._staff.rows)
            self._ask_pin(staff_id if known else "")
            return
        roster = self.replica.one("roster", Roster)
        self._who.choose(staff_id, roster, self.ward, self.clock)
        self._somebody_acts()

    @Slot(str)
    def typePin(self, digit: str) -> None:
        """One more digit of the PIN."""
        if self._proving:
            return
        self._proof_refusal = None
        self._pin_entry.type(digit, self.clock.monotonic())
        self.identityChanged.emit()
        self._pace_changed()

    @Slot()
    def erasePin(self) -> None:
        """Take the last digit back."""
        self._pin_entry.erase(self.clock.monotonic())
        self.identityChanged.emit()

    @Slot()
    def submitPin(self) -> None:
        """The PIN is complete."""
        if not self._proving and len(self._pin_entry) >= PIN_FEWEST:
            self._prove(Identify(staff_id=self._pin_entry.staff_id, pin=self._pin_entry.take()))

    @Slot()
    def backToNames(self) -> None:
        """Another name; what was typed is forgotten."""
        self._ask_pin("")

    @Slot()
    def forgetStaff(self) -> None:
        """Whoever acted has gone; the next staff action asks again."""
        self._end_acting("left")

    def badge_read(self, code: str) -> None:
        """A reader read a code: the role's own (a wristband), else somebody's badge."""
        self.somebody_there()
        if not self.handle_code(code):
            self._pin_entry.take()
            self._prove(Identify(badge=code))

    def somebody_there(self) -> None:
        """A touch or a key: the session goes on."""
        self._life_at = self.clock.monotonic()

    # ---------------------------------------------------------------------------------- proving

    def _ask_pin(self, staff_id: str) -> None:
        if self._proving:
            return
        self._proof_refusal = None
        self._pin_entry.begin(staff_id)
        self.identityChanged.emit()

    def _prove(self, ask: Identify) -> None:
        if self._proving:
            return
        self._proof_trial += 1
        trial = self._proof_trial
        self._proving, self._proof_refusal = True, None
        self.identityChanged.emit()
        if self.prover is None:
            self._proof_told(trial, NotProved("who.no_hub"))
        else:
            self.prover.prove(ask, lambda proof: self._proof_told(trial, proof))

    def _proof_told(self, trial: int, proof: Proof) -> None:
        """What became of a badge or PIN. Who has gone away meanwhile did not want it any more."""
        if trial != self._proof_trial:
            if isinstance(proof, Proved):
                self._end_session(proof.person, "left")
            return
        self._proving = False
        self._pace_changed()
        if isinstance(proof, Proved):
            self._begin_session(proof)
            return
        self._proof_refusal = proof
        if not self._picker_open:
            self._proof_refusal = None
            self.tell_words(lambda _: self._refusal_words(proof), of=PROOF)
        self.identityChanged.emit()

    def _begin_session(self, proof: Proved) -> None:
        self._end_session(self._who.person, "other")
        skew = self.services.link.skew or timedelta(0)
        until = proof.until - skew
        self._who.prove(proof.person, until, second_of(until, self.clock))
        self._somebody_acts()

    def _somebody_acts(self) -> None:
        """Somebody is known now: what waited for them is done once."""
        self.somebody_there()
        self.tell_no_more(PROOF)
        wish = self._who.take_wish()
        alone = wish is None and not self._picker_open and self._who.proved and self._says_who()
        self.staffChanged.emit()
        self._set_picker(False)
        self.identityChanged.emit()
        self._pace_changed()
        if alone:
            name = str(self.actorText)
            words = self.staff_texts
            self.tell_words(lambda _: words.text("who.signed_in", name=name), of=PROOF)
        if wish is None:
            return
        if self.clock.monotonic() - wish.made > WISH_S:
            self.tell("who.wish_old")
        else:
            self._fulfil(wish)

    def _end_session(self, person: Person, why: str) -> None:
        """Tell the hub that a session is over; it ends here whether or not that can be stored."""
        if person.session is None:
            return
        action = self._action(ActionKind.SESSION_END, person.session, {"why": why}, by=person)
        try:
            self.services.outbox.put(action)
        except StorageFault as fault:
            log.error("the end of a session could not be stored: %s", fault)

    def _end_acting(self, why: str) -> None:
        """Nobody acts any more. `why` empty: the hub has ended the session itself."""
        if why:
            self._end_session(self._who.person, why)
        self._who.forget()
        self.tell_no_more(PROOF)
        self.staffChanged.emit()
        self.identityChanged.emit()

    def _set_picker(self, is_open: bool, *, checking: bool = False) -> None:
        """`checking`: what is being checked now goes on being waited for."""
        if not checking and (
            self._pin_entry.staff_id or self._proof_refusal is not None or self._proving
        ):
            # What one person typed, and what they were told, is not the next one's.
            self._pin_entry.begin("")
            self._proof_refusal, self._proving = None, False
            self._proof_trial += 1
            self.identityChanged.emit()
        if is_open:
            self._roster_changed()  # who is on duty changes with the hour
        if is_open != self._picker_open:
            self._picker_open = is_open
            self.pickerChanged.emit()

    # ------------------------------------------------------------------------------------- time

    def identity_due(self) -> float | None:
        """Monotonic second at which `judge_identity` is due next, None while nothing waits."""
        dues = [self._pin_entry.due]
        if self._proving:
            pass  # its answer is waited for, however late it is
        elif self._who.wish is not None:
            dues.append(self._who.wish.made + WISH_S)
        elif self._picker_open:
            dues.append(self._life_at + WISH_S)
        if self._who.proved:
            dues.append(self._life_at + self.settings.staff_idle_s)
        return min((due for due in dues if due is not None), default=None)

    def judge_identity(self, now: datetime) -> None:
        """End what has lasted long enough: a session, a shift, a wish, digits, an open question."""
        moment = self.clock.monotonic()
        idle = moment - self._life_at
        if self._who.expired(now, moment):
            self._end_acting("shift")
        elif self._who.proved and idle >= self.settings.staff_idle_s:
            self._end_acting("idle")
        if self._pin_entry.due is not None and moment >= self._pin_entry.due:
            self._pin_entry.take()
            self.identityChanged.emit()
        wish = self._who.wish
        if wish is not None and moment - wish.made >= WISH_S and not self._proving:
            self.closePicker()
            self.tell("who.wish_old")
        elif wish is None and self._picker_open and idle >= WISH_S and not self._proving:
            self.closePicker()

    # ------------------------------------------------------------------------ roster and ward

    def _ward_changed(self) -> None:
        """How staff prove who they are may be another now: a name alone may not hold any more."""
        if self._proof_required and self._who.known and not self._who.proved:
            self._end_acting("")
        self.identityChanged.emit()

    def _roster_changed(self) -> None:
        """Who is on duty stands first: theirs are the names most often touched. Who is not on the
        roster any more acts here no longer; a roster without anybody tells nothing of one."""
        roster = self.replica.one("roster", Roster)
        if roster is not None and roster.members:
            before, self._on_roster = self._on_roster, frozenset(m.id for m in roster.members)
            if self._who.person.id in before - self._on_roster:
                self._end_acting("left")
        ward, now = self.ward, self.clock.now()
        members = sorted(
            () if roster is None else roster.members,
            key=lambda member: not on_duty(member, ward, now),
        )
        self._staff.update(
            [
                StaffRow(m.id, m.name, self.staff_texts.text(f"screen.staff_role.{m.role.value}"))
                for m in members
            ]
        )
