"""Who is at a screen: badges and PINs, checked; wrong ones counted; sessions begun and ended.

A wrong PIN counts against the person at that screen and against its PIN pad, an unknown badge
against the screen alone: whoever plays with a bedside's PIN pad keeps nobody from their badge, nor
from their PIN elsewhere. Only many more wrong PINs, at whatever screens, lock a person's PIN
everywhere, and each time for longer, until it is typed right or somebody lifts it: guessing goes
on at some forty tries a day then. Each try is on the disk before it is looked at: neither a restart
nor a hundred tries at once give more of them. After ten unknown badges within a minute a reader
takes one every few seconds: that ends guessing, and a nurse's own badge only waits. No action ever
waits for any of it.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from smartward import secret
from smartward.clinical.audit import About
from smartward.clinical.call_mark import Actor
from smartward.clinical.device import Device, ScreenRole
from smartward.clinical.ward import StaffMember, Ward
from smartward.clock import Clock
from smartward.config import Settings
from smartward.errors import BadData
from smartward.hub import audit, sessions
from smartward.hub.access import Forbidden
from smartward.hub.person_actions import another_wristband
from smartward.hub.sessions import NotProved
from smartward.hub.store.base import Store, Tx
from smartward.hub.store.model import Committed, StaffProof, decode, instant
from smartward.tasks import Tasks
from smartward.wire.envelope import Identified, Identify, Person

log = logging.getLogger("smartward.identity")

STARTED, REFUSED = "session.start", "session.refused"
"""What the audit calls them."""

_ROLES = frozenset({ScreenRole.BEDSIDE, ScreenRole.DOOR, ScreenRole.STATION})
_AT_ONCE = 2
"""PINs checked at the same time: each takes 64 MiB."""

_PERSON, _PIN_PAD, _READER = "person", "pin pad", "reader"
"""What is locked after too many wrong tries: a person's PIN, a screen's PIN pad or its reader."""
PACE = "reader pace"
"""Unknown badges that a screen's reader read of late; nothing is locked by them."""

_EVERYWHERE = 4
"""So many times `staff_tries` wrong PINs at all screens lock a person's PIN everywhere."""
_LONGER = 6
"""So many times as long each time: 5 min, 30 min, 3 h, and then as long as a lock may be."""
_LONGEST_LOCK = timedelta(hours=12)
_UNKNOWN_A_MINUTE = 10
"""Unknown badges within a minute after which a reader is slow: more than a bad night's."""
_PACE_WITHIN = timedelta(seconds=60)
_SLOW_S = 3.0
"""How long a badge waits at a slow reader; a screen gives up after five seconds."""


@dataclass(frozen=True, slots=True)
class _Try:
    """A PIN that is being checked: of whom, and the hash it must match (None: they have none)."""

    person: str
    hash: str | None


@dataclass(frozen=True, slots=True)
class _Slow:
    """The reader has read too many unknown badges: this one has to wait."""


@dataclass(frozen=True, slots=True)
class _Wrong:
    """The proof is refused, and that is to stand in the file."""

    error: NotProved


class Identity:
    """Proofs of staff on one hub."""

    def __init__(self, store: Store, settings: Settings, clock: Clock) -> None:
        self._store = store
        self._settings = settings
        self._clock = clock
        self._at_slow_reader: set[str] = set()
        self._ward = settings.ward
        self._checking = asyncio.Semaphore(_AT_ONCE)
        self._nobody: str | None = None
        self._tasks = Tasks()

    async def start(self) -> None:
        """End what ran out while no hub ran, and follow the roster from now on."""
        await self._store.write(self._tidy)
        self._store.on_commit.append(self._committed)

    async def stop(self) -> None:
        """Follow no more."""
        if self._committed in self._store.on_commit:
            self._store.on_commit.remove(self._committed)
        await self._tasks.stop()

    # ------------------------------------------------------------------ who is it?

    async def identify(self, device: Device, asked: Identify) -> Identified:
        """Who holds this badge, or whose PIN this is, with a session for them at this screen.

        Raises NotProved with the reason, Forbidden for a screen at which nobody acts, BadData when
        neither a badge nor a PIN was given, StorageFault.
        """
        if device.role not in _ROLES:
            raise Forbidden
        if asked.badge is not None and asked.badge.strip():
            done = await self._read_badge(device, asked.badge)
        elif asked.staff_id and asked.pin:
            done = await self._by_pin(device, asked.staff_id, asked.pin)
        else:
            raise BadData("action.bad_request", "a badge, or staff_id with pin")
        if isinstance(done, _Wrong):
            raise done.error
        return done

    async def _read_badge(self, device: Device, code: str) -> Identified | _Wrong:
        """At a slow reader one badge at a time, after its wait."""
        done = await self._store.write(lambda tx: self._by_badge(tx, device, code))
        if not isinstance(done, _Slow):
            return done
        if device.id in self._at_slow_reader:
            raise NotProved("identity.refused.slow")
        self._at_slow_reader.add(device.id)
        try:
            await self._clock.sleep(_SLOW_S)
            return await self._store.write(lambda tx: self._look_up(tx, device, code))
        finally:
            self._at_slow_reader.discard(device.id)

    def _by_badge(self, tx: Tx, device: Device, code: str) -> Identified | _Wrong | _Slow:
        count, until = tx.tries(PACE, device.id)
        if count >= _UNKNOWN_A_MINUTE and _holds(tx, until, _PACE_WITHIN):
            return _Slow()
        return self._look_up(tx, device, code)

    def _look_up(self, tx: Tx, device: Device, code: str) -> Identified | _Wrong:
        person = tx.badge_owner(secret.badge_hash(sessions.hub_key(tx), code))
        if person is not None:
            tx.tries_clear(_READER, device.id)
            return self._begin(tx, device, person, "badge")
        self._pace(tx, device)
        locked = self._locked_until(tx, (_READER, device.id))
        if locked is not None:
            return _Wrong(_locked(locked))
        self._count(tx, _READER, device.id)
        other = device.role is ScreenRole.BEDSIDE and another_wristband(tx, device, code)
        error = NotProved("identity.refused.wristband" if other else "identity.refused.badge")
        _tell(tx, device, None, error)
        return _Wrong(error)

    @staticmethod
    def _pace(tx: Tx, device: Device) -> None:
        """One more unknown badge. A known one between them takes nothing back: whoever guesses may
        have one of their own."""
        count, until = tx.tries(PACE, device.id)
        count = count + 1 if _holds(tx, until, _PACE_WITHIN) else 1
        running = count > 1 and count < _UNKNOWN_A_MINUTE and until is not None
        end = datetime.fromisoformat(until) if running and until else tx.now + _PACE_WITHIN
        tx.tries_put(PACE, device.id, count, end)

    async def _by_pin(self, device: Device, person: str, pin: str) -> Identified | _Wrong:
        begun = await self._store.write(lambda tx: self._try_pin(tx, device, person))
        if isinstance(begun, _Wrong):
            return begun
        good = await self._matches(begun.hash, pin)
        return await self._store.write(lambda tx: self._tried(tx, device, begun, good))

    def _try_pin(self, tx: Tx, device: Device, person: str) -> _Try | _Wrong:
        here = at_screen(person, device.id)
        locked = self._locked_until(tx, (_PERSON, person), (_PERSON, here), (_PIN_PAD, device.id))
        if locked is not None:
            return _Wrong(_locked(locked))
        self._count(tx, _PIN_PAD, device.id)
        if sessions.member_of(tx, device.ward, person) is not None:
            self._count(tx, _PERSON, here)
            self._count(tx, _PERSON, person)
        return _Try(person, tx.pin_of(person))

    def _tried(self, tx: Tx, device: Device, tried: _Try, good: bool) -> Identified | _Wrong:
        # Who took the PIN away while it was being checked has the last word.
        if good and tx.pin_of(tried.person) == tried.hash:
            tx.tries_clear(_PERSON, tried.person)
            tx.tries_clear(_PERSON, at_screen(tried.person, device.id))
            tx.tries_clear(_PIN_PAD, device.id)
            return self._begin(tx, device, tried.person, "pin")
        error = NotProved("identity.refused.pin")
        _tell(tx, device, tried.person, error)
        return _Wrong(error)

    async def _matches(self, hash: str | None, pin: str) -> bool:
        """Off the event loop, and as slow for a person without a PIN."""
        async with self._checking:
            if hash is not None:
                return await asyncio.to_thread(secret.pin_matches, hash, pin)
            if self._nobody is None:
                self._nobody = await asyncio.to_thread(secret.hash_pin, secret.new_key())
            await asyncio.to_thread(secret.pin_matches, self._nobody, pin)
            return False

    def _count(self, tx: Tx, kind: str, subject: str) -> None:
        """One more try, wrong until it proves right; the last one of a row locks."""
        everywhere = _is_everywhere(kind, subject)
        most = self._settings.staff_tries * (_EVERYWHERE if everywhere else 1)
        tries, _ = tx.tries(kind, subject)
        # A lock whose time is over gives all tries anew; one that holds is never counted here.
        # Those at all screens are counted on: they say how often it was locked.
        tries = 1 if tries >= most and not everywhere else tries + 1
        full = tries % most == 0
        until = tx.now + self._lock(kind, subject, tries) if full else None
        tx.tries_put(kind, subject, tries, until)

    def _lock(self, kind: str, subject: str, tries: int) -> timedelta:
        """How long so many tries lock."""
        once = timedelta(seconds=self._settings.staff_lock_s)
        if not _is_everywhere(kind, subject):
            return once
        before = tries // (self._settings.staff_tries * _EVERYWHERE) - 1
        longer: int = _LONGER ** min(max(before, 0), 8)
        return min(once * longer, max(once, _LONGEST_LOCK))

    def _locked_until(self, tx: Tx, *subjects: tuple[str, str]) -> str | None:
        """Until when one of these is locked."""
        found = [(kind, of, *tx.tries(kind, of)) for kind, of in subjects]
        return max(
            (
                until
                for kind, of, tries, until in found
                if until is not None and _holds(tx, until, self._lock(kind, of, tries))
            ),
            default=None,
        )

    # ------------------------------------------------------------------ sessions

    def _begin(self, tx: Tx, device: Device, person: str, known: str) -> Identified | _Wrong:
        self._run_out(tx)
        member = sessions.member_of(tx, device.ward, person)
        if member is None:
            error = NotProved("identity.refused.off_roster")
            _tell(tx, device, person, error)
            return _Wrong(error)
        until = sessions.session_end(self._ward_of(tx, device.ward), member, tx.now)
        text, row = sessions.begin(tx, device, member, known, until)
        offline = tx.now + timedelta(hours=self._settings.staff_offline_h)
        tx.grant_put(device.id, person, offline)
        about = About(kind="session", id=row.id, detail={"until": row.until})
        audit.record(tx, device.ward, sessions.called(row), STARTED, about)
        return _identified(member, known, text, until, offline)

    def _ward_of(self, tx: Tx, ward: str) -> Ward:
        stored = tx.get(ward, "ward", ward)
        if stored is None:
            return Ward(id=ward, name="", zone=self._settings.zone)
        return decode(stored.body, Ward)

    def _tidy(self, tx: Tx) -> None:
        self._run_out(tx)
        self._end_absent(tx)

    def _run_out(self, tx: Tx) -> None:
        """Sessions whose time is over end, in the audit as well."""
        for row in tx.sessions_run_out(tx.now):
            sessions.end(tx, row, datetime.fromisoformat(row.until), "time")

    def _end_absent(self, tx: Tx) -> None:
        """The sessions of people who left the roster end, and no screen checks them by itself any
        more; a roster without anybody ends nothing."""
        members = {one.id for one in sessions.roster(tx, self._ward).members}
        if not members:
            return
        for row in tx.sessions_live(tx.now):
            if row.ward == self._ward and row.person not in members:
                sessions.end(tx, row, tx.now, "off_roster")
        for person in tx.granted(tx.now) - members:
            tx.grants_cut(person, tx.now)

    def _committed(self, committed: Committed) -> None:
        if committed.ward == self._ward and any(one.kind == "roster" for one in committed.changed):
            # Until it is on the disk: whoever left must not stay because the disk was full.
            self._tasks.keep(self._follow_roster, "sessions of the roster", self._clock)

    async def _follow_roster(self) -> None:
        await self._store.write(self._tidy)

    # ------------------------------------------------------------------ the hospital's badges

    @staticmethod
    def his_badges(tx: Tx, pairs: Iterable[tuple[str, str]]) -> None:
        """Take over the (person id, badge code) pairs that the hospital system tells now; a badge
        it tells no more proves nobody. One code of two people is nobody's. Told none at all while
        some are known, it has lost sight of them: they stay.

        Call it within the write of the census; nothing is written where nothing changed.
        """
        key = sessions.hub_key(tx)
        told = {(person, secret.badge_hash(key, code)) for person, code in pairs if code.strip()}
        owners = Counter(hash for _, hash in told)
        known = [one for one in tx.proofs() if one.kind == "badge"]
        taken = {one.hash for one in known if one.source != "his"}
        wanted = {one for one in told if owners[one[1]] == 1 and one[1] not in taken}
        before = {(one.person, one.hash): one for one in known if one.source == "his"}
        if not told and before:
            return
        for pair in before.keys() - wanted:
            tx.proof_drop(before[pair])
            cut(tx, pair[0])
        for person, hash in wanted - before.keys():
            tx.proof_put(StaffProof(person, "badge", "his", hash))
        twice = sum(count > 1 for count in owners.values())
        if before.keys() != wanted and twice:
            log.warning("%d badges of the HIS have two owners: they are nobody's", twice)


def cut(tx: Tx, person: str) -> None:
    """A proof of this person is worth nothing from now on: nor are the sessions begun with it, nor
    what screens may check by themselves. What was touched before stays good."""
    for row in tx.sessions_live(tx.now):
        if row.person == person:
            sessions.end(tx, row, tx.now, "proof_gone")
    tx.grants_cut(person, tx.now)


def _identified(
    member: StaffMember, known: str, session: str, until: datetime, offline: datetime
) -> Identified:
    person = Person(
        known="badge" if known == "badge" else "pin",
        id=member.id,
        name=member.name,
        family=member.family,
        session=session,
    )
    return Identified(person=person, role=str(member.role), until=until, offline_until=offline)


def at_screen(person: str, device_id: str) -> str:
    """Subject of the tries at one person's PIN at one screen."""
    return f"{person}@{device_id}"


def _is_everywhere(kind: str, subject: str) -> bool:
    """Whether these are the tries at a person's PIN at all screens together."""
    return kind == _PERSON and "@" not in subject


def _holds(tx: Tx, until: str | None, longest: timedelta) -> bool:
    """Whether a time that was at most `longest` ahead when it was noted is still to come. One that
    lies further ahead was noted before the clock was set back: it is over."""
    return until is not None and instant(tx.now) < until <= instant(tx.now + longest)


def _locked(until: str) -> NotProved:
    return NotProved("identity.refused.locked", until=until)


def _tell(tx: Tx, device: Device, person: str | None, error: NotProved) -> None:
    """A proof was refused. While somebody is locked nothing is told: the audit would fill up."""
    by = Actor(device_id=device.id, person_id=person)
    about = About(kind="device", id=device.id)
    audit.record(tx, device.ward, by, REFUSED, about, outcome="refused", key=error.key)
