"""Who may be believed while the hub is away: those who proved themselves to it on this screen.

A file of its own beside the cache, for this user only. It keeps no badge's code and no PIN: of a
PIN that the hub has accepted an argon2id hash, of a badge a hash keyed by this screen's credential
(one lookup, as on the hub: an unknown badge costs no time, and the file alone names no badge), and
until when the hub lets this screen use it.
"""

import logging
import sqlite3
from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

import msgspec

from smartward.errors import StorageFault
from smartward.screen.who_acts import NotProved, Proved
from smartward.secret import badge_hash, hash_pin, pin_matches
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
create table if not exists badge (
    code blob primary key, person text not null, kept_at text not null, body blob not null
) without rowid;
create table if not exists seen (at text not null);
create table if not exists tries (
    who text primary key, wrong integer not null, locked_until text
) without rowid;
"""
_SCREEN = "screen"

T = TypeVar("T")


class Kept(msgspec.Struct, kw_only=True):
    """One way of one person. `hash` is argon2id of the PIN, empty for a badge."""

    person: Person
    hash: str = ""
    offline_until: datetime


def badge_key(token: str) -> str:
    """The key of the badges that the screen with this credential keeps."""
    return sha256(b"badges " + token.encode()).hexdigest()


class OfflineProofs:
    """Keeps and checks. What the disk cannot do is logged: then nobody is believed offline."""

    def __init__(
        self, path: Path, credential: str, key: str, tries: int, lock_s: float, longest_h: float
    ) -> None:
        """`credential` is the mark of this screen's token: another screen's proofs are forgotten.
        `key`: that of its badges. After `tries` wrong ones a person, or for unknown badges the
        screen, is locked for `lock_s`. Nobody is believed for longer than `longest_h` hours,
        whatever the hub allows."""
        self._path = path
        self._credential = credential
        self._key = key
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

        def work(db: sqlite3.Connection) -> None:
            hashed = "" if ask.badge is not None else hash_pin(ask.pin or "")
            kept = Kept(person=person, hash=hashed, offline_until=until)
            row = (person.id, now.isoformat(), msgspec.json.encode(kept))
            with db:
                _saw(db, now)
                if ask.badge is not None:
                    db.execute("delete from badge where person = ?", (person.id,))
                    code = badge_hash(self._key, ask.badge)
                    db.execute("insert or replace into badge values (?, ?, ?, ?)", (code, *row))
                else:
                    db.execute("insert or replace into proof values (?, 'pin', ?, ?)", row)
                db.execute("delete from tries where who in (?, ?)", (person.id, _SCREEN))
                _forget_the_oldest(db)

        await self._do(work)

    async def check(self, ask: Identify, now: datetime) -> Proved | NotProved | None:
        """Whether this is somebody the hub has believed here; None when the screen cannot tell."""

        def work(db: sqlite3.Connection) -> Proved | NotProved | None:
            # A clock that is set back makes nobody believed for longer: their time goes on from
            # the latest that was seen since the hub was there.
            latest = max(now, _seen(db) or now)
            with db:
                _saw(db, latest)
            if ask.badge is not None:
                return self._check_badge(db, ask, now, latest)
            return self._check_pin(db, ask, now, latest)

        return await self._do(work)

    async def refused(self, ask: Identify) -> None:
        """The hub does not believe this any more (a changed PIN, a badge taken away): no more does
        the screen."""

        def work(db: sqlite3.Connection) -> None:
            if ask.badge is not None:
                with db:
                    code = badge_hash(self._key, ask.badge)
                    db.execute("delete from badge where code = ?", (code,))
                return
            kept = _pin_of(db, ask.staff_id)
            if kept is not None and pin_matches(kept.hash, ask.pin or ""):
                with db:
                    db.execute("delete from proof where person = ?", (ask.staff_id,))

        await self._do(work)

    async def forget(self, staff_id: str | None = None) -> None:
        """Nobody, or this person no longer, is believed here while the hub is away."""

        def work(db: sqlite3.Connection) -> None:
            with db:
                for table in ("proof", "badge"):
                    if staff_id is None:
                        db.execute(f"delete from {table}")
                    else:
                        db.execute(f"delete from {table} where person = ?", (staff_id,))

        await self._do(work)

    def close(self) -> None:
        """Finish what is queued and close the file."""
        self._writer.close()
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    # ----------------------------------------------------------------------------------- inside

    def _check_badge(
        self, db: sqlite3.Connection, ask: Identify, now: datetime, latest: datetime
    ) -> Proved | NotProved | None:
        """A known badge is believed at a locked reader too: only unknown ones are held up."""
        code = badge_hash(self._key, ask.badge or "")
        row = db.execute("select body from badge where code = ?", (code,)).fetchone()
        kept = None if row is None else msgspec.json.decode(row[0], type=Kept)
        if kept is not None and kept.offline_until > latest:
            return self._right(db, _SCREEN, kept)
        if (locked := self._locked(db, _SCREEN, now)) is not None:
            return locked
        bodies = db.execute("select body from badge").fetchall()
        others = [msgspec.json.decode(body, type=Kept) for (body,) in bodies]
        if all(other.offline_until <= latest for other in others):
            return None
        return self._wrong(db, _SCREEN, now, ask)

    def _check_pin(
        self, db: sqlite3.Connection, ask: Identify, now: datetime, latest: datetime
    ) -> Proved | NotProved | None:
        who = ask.staff_id or ""
        if (locked := self._locked(db, who, now)) is not None:
            return locked
        kept = _pin_of(db, who)
        if kept is None or kept.offline_until <= latest:
            return None
        if pin_matches(kept.hash, ask.pin or ""):
            return self._right(db, who, kept)
        return self._wrong(db, who, now, ask)

    @staticmethod
    def _right(db: sqlite3.Connection, who: str, kept: Kept) -> Proved:
        with db:
            db.execute("delete from tries where who = ?", (who,))
        return Proved(kept.person, kept.offline_until)

    def _locked(self, db: sqlite3.Connection, who: str, now: datetime) -> NotProved | None:
        row = db.execute("select locked_until from tries where who = ?", (who,)).fetchone()
        if row is None or row[0] is None:
            return None
        until = datetime.fromisoformat(row[0])
        # A clock that was set back must not lock for longer than was meant.
        if not now < until <= now + self._lock:
            return None
        return NotProved("identity.refused.locked", {"until": until.isoformat()})

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
                    for table in ("owner", "proof", "badge", "tries", "seen"):
                        connection.execute(f"delete from {table}")
                    connection.execute("insert into owner values (?)", (self._credential,))
                # An older version kept badges here: they are kept anew when next shown to the hub.
                connection.execute("delete from proof where how = 'badge'")
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


def _pin_of(db: sqlite3.Connection, person: str | None) -> Kept | None:
    row = db.execute("select body from proof where person = ?", (person,)).fetchone()
    return None if row is None else msgspec.json.decode(row[0], type=Kept)


def _forget_the_oldest(db: sqlite3.Connection) -> None:
    for table in ("proof", "badge"):
        db.execute(
            f"delete from {table} where kept_at < (select kept_at from {table} "
            "order by kept_at desc limit 1 offset ?)",
            (MOST - 1,),
        )


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
