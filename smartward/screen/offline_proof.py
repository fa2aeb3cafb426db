"""Who may be believed while the hub is away: those who proved themselves to it on this screen.

A file of its own beside the cache, for this user only. It keeps no badge's code and no PIN, only an
argon2id hash of what the hub has accepted, and until when the hub lets this screen use it.
"""

import logging
import sqlite3
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

import msgspec

from smartward.errors import StorageFault
from smartward.screen.who_acts import NotProved, Proved
from smartward.secret import hash_pin, pin_matches
from smartward.storage import Writer, connect
from smartward.wire.envelope import Identified, Identify, Person

log = logging.getLogger("smartward.screen.offline_proof")

FILE = "proofs.sqlite3"
OFFLINE = "offline"
"""The session of whom this screen itself has checked."""
MOST = 64
"""How many people are kept; whoever proved themselves longest ago is forgotten first."""

_SCHEMA = """
create table if not exists owner (credential text primary key) without rowid;
create table if not exists proof (
    person text not null, how text not null, kept_at text not null, body blob not null,
    primary key (person, how)
) without rowid;
create table if not exists seen (at text not null);
create table if not exists tries (
    who text primary key, wrong integer not null, locked_until text
) without rowid;
"""
_SCREEN = "screen"

T = TypeVar("T")


class Kept(msgspec.Struct, kw_only=True):
    """One way of one person. `hash` is argon2id of the badge's code or of the PIN."""

    person: Person
    hash: str
    offline_until: datetime


class OfflineProofs:
    """Keeps and checks. What the disk cannot do is logged: then nobody is believed offline."""

    def __init__(
        self, path: Path, credential: str, tries: int, lock_s: float, longest_h: float
    ) -> None:
        """`credential` is the mark of this screen's token: another screen's proofs are forgotten.
        After `tries` wrong ones a person, or for badges the screen, is locked for `lock_s`. Nobody
        is believed for longer than `longest_h` hours, whatever the hub allows."""
        self._path = path
        self._credential = credential
        self._tries = tries
        self._lock = timedelta(seconds=lock_s)
        self._longest = timedelta(hours=longest_h)
        self._writer = Writer("offline proofs")
        self._connection: sqlite3.Connection | None = None

    async def keep(self, ask: Identify, found: Identified, now: datetime) -> None:
        """The hub has believed this: so may the screen, up to `found.offline_until`."""
        person = msgspec.structs.replace(found.person, session=OFFLINE)
        until = min(found.offline_until, now + self._longest)
        if person.id is None or until <= now:
            return
        how, secret = _way(ask)

        def work(db: sqlite3.Connection) -> None:
            kept = Kept(person=person, hash=hash_pin(secret), offline_until=until)
            row = (person.id, how, now.isoformat(), msgspec.json.encode(kept))
            with db:
                _saw(db, now)
                db.execute("insert or replace into proof values (?, ?, ?, ?)", row)
                db.execute("delete from tries where who in (?, ?)", (person.id, _SCREEN))
                db.execute(
                    "delete from proof where kept_at < (select kept_at from proof "
                    "order by kept_at desc limit 1 offset ?)",
                    (MOST - 1,),
                )

        await self._do(work)

    async def check(self, ask: Identify, now: datetime) -> Proved | NotProved | None:
        """Whether this is somebody the hub has believed here; None when the screen cannot tell."""

        def work(db: sqlite3.Connection) -> Proved | NotProved | None:
            who = ask.staff_id or _SCREEN
            if (locked := self._locked(db, who, now)) is not None:
                return NotProved("identity.refused.locked", {"until": locked.isoformat()})
            # A clock that is set back makes nobody believed for longer: their time goes on from
            # the latest that was seen since the hub was there.
            latest = max(now, _seen(db) or now)
            with db:
                _saw(db, latest)
            candidates = self._candidates(db, ask, latest)
            if not candidates:
                return None
            secret = _way(ask)[1]
            for kept in candidates:
                if pin_matches(kept.hash, secret):
                    with db:
                        db.execute("delete from tries where who = ?", (who,))
                    return Proved(kept.person, kept.offline_until)
            return self._wrong(db, who, now, ask)

        return await self._do(work)

    async def refused(self, ask: Identify) -> None:
        """The hub does not believe this any more (a changed PIN, a badge taken away): no more does
        the screen."""

        def work(db: sqlite3.Connection) -> None:
            how, secret = _way(ask)
            rows = db.execute("select person, body from proof where how = ?", (how,)).fetchall()
            for person, body in rows:
                kept = msgspec.json.decode(body, type=Kept)
                if ask.staff_id in (None, person) and pin_matches(kept.hash, secret):
                    with db:
                        db.execute("delete from proof where person = ? and how = ?", (person, how))

        await self._do(work)

    async def forget(self, staff_id: str | None = None) -> None:
        """Nobody, or this person no longer, is believed here while the hub is away."""

        def work(db: sqlite3.Connection) -> None:
            with db:
                if staff_id is None:
                    db.execute("delete from proof")
                else:
                    db.execute("delete from proof where person = ?", (staff_id,))

        await self._do(work)

    def close(self) -> None:
        """Finish what is queued and close the file."""
        self._writer.close()
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    # ----------------------------------------------------------------------------------- inside

    def _candidates(self, db: sqlite3.Connection, ask: Identify, now: datetime) -> list[Kept]:
        how, _ = _way(ask)
        rows = db.execute("select person, body from proof where how = ?", (how,)).fetchall()
        mine = [body for person, body in rows if ask.staff_id in (None, person)]
        kept = [msgspec.json.decode(body, type=Kept) for body in mine]
        return [each for each in kept if each.offline_until > now]

    def _locked(self, db: sqlite3.Connection, who: str, now: datetime) -> datetime | None:
        row = db.execute("select locked_until from tries where who = ?", (who,)).fetchone()
        if row is None or row[0] is None:
            return None
        until = datetime.fromisoformat(row[0])
        # A clock that was set back must not lock for longer than was meant.
        return until if now < until <= now + self._lock else None

    def _wrong(self, db: sqlite3.Connection, who: str, now: datetime, ask: Identify) -> NotProved:
        row = db.execute("select wrong from tries where who = ?", (who,)).fetchone()
        wrong = 1 + (0 if row is None else row[0])
        until = now + self._lock if wrong >= self._tries else None
        with db:
            db.execute(
                "insert or replace into tries values (?, ?, ?)",
                (who, 0 if until else wrong, until.isoformat() if until else None),
            )
        if until is not None:
            return NotProved("identity.refused.locked", {"until": until.isoformat()})
        how = "badge" if ask.badge is not None else "pin"
        return NotProved(f"identity.refused.{how}")

    async def _do(self, work: Callable[[sqlite3.Connection], T]) -> T | None:
        """Run `work` on the writer's thread: hashing is slow on purpose."""

        def guarded() -> T | None:
            try:
                return work(self._opened())
            except (sqlite3.Error, StorageFault, msgspec.DecodeError, ValueError) as error:
                log.error("the proofs of this screen cannot be used: %s", error)
                if _broken(error):
                    self._begin_anew()
                return None

        return await self._writer.run(guarded)

    def _opened(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = self._open()
        return self._connection

    def _open(self) -> sqlite3.Connection:
        connection = connect(self._path)
        try:
            connection.execute("pragma secure_delete = on")
            connection.executescript(_SCHEMA)
            with connection:
                row = connection.execute("select credential from owner").fetchone()
                if row is None or row[0] != self._credential:
                    for table in ("owner", "proof", "tries", "seen"):
                        connection.execute(f"delete from {table}")
                    connection.execute("insert into owner values (?)", (self._credential,))
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    def _begin_anew(self) -> None:
        """Nothing in it is precious: whoever proves themselves next is kept again."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        try:
            for suffix in ("", "-wal", "-shm"):
                self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)
            log.error("the broken file of proofs is begun anew")
        except OSError as error:
            log.error("the broken file of proofs cannot be taken away: %s", error)


def _seen(db: sqlite3.Connection) -> datetime | None:
    """The latest time at which anybody was checked here since the hub was there."""
    row = db.execute("select at from seen").fetchone()
    return None if row is None else datetime.fromisoformat(row[0])


def _saw(db: sqlite3.Connection, at: datetime) -> None:
    db.execute("delete from seen")
    db.execute("insert into seen values (?)", (at.isoformat(),))


def _broken(error: Exception) -> bool:
    """Whether the file itself is at fault, and not a full disk or a missing folder."""
    cause = error.__cause__ if isinstance(error, StorageFault) else error
    return isinstance(cause, sqlite3.DatabaseError) and not isinstance(
        cause, sqlite3.OperationalError
    )


def _way(ask: Identify) -> tuple[str, str]:
    """By what it is proved, and the secret itself. Readers differ in capitals: none count."""
    if ask.badge is not None:
        return "badge", ask.badge.strip().casefold()
    return "pin", ask.pin or ""
