"""Opening what a screen kept, and judging whether it may be drawn here."""

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TypedDict

from smartward.clinical.device import ScreenRole
from smartward.clock import Clock, boot_id
from smartward.errors import Misconfigured, StorageFault
from smartward.machine import machine_mark, same_machine
from smartward.screen.cache import Cache
from smartward.screen.feed import credential_mark, links_from
from smartward.screen.link import LinkState
from smartward.screen.outbox import Outbox
from smartward.screen.replica import Replica
from smartward.storage import hold

log = logging.getLogger("smartward.screen.kept")

FILE = "screen.sqlite3"
LOCK = "screen.lock"
LATE = {ScreenRole.STATION: ("vital_sign",)}
"""Kinds that no first frame of a role shows, only an opened sheet or what is worked out behind that
frame: thousands of documents on a full ward."""
SYNCHRONIZED = Path("/run/systemd/timesync/synchronized")
"""There while the system clock is known to be right: made by systemd-timesyncd, or by whatever else
keeps a machine's time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """What the machine tells of its clock."""

    boot: str
    """Names its run from one start to the next, empty when it does not tell."""
    synchronized: Path = SYNCHRONIZED
    mark: str = ""
    """Which one it is (`machine_mark`), empty when that is not asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """The opened cache file and what came out of it."""

    cache: Cache
    outbox: Outbox
    meta: dict[str, str]
    token: str
    folder: Path
    drawn: bool
    """The mirror is this place's and was put into the replica."""
    machine: str = ""
    """The mark of the machine that it runs on now."""
    later: tuple[str, ...] = ()
    """Kinds that `draw_rest` takes out of the mirror, once the first frame is drawn."""


class _Parts(TypedDict):
    cache: Cache
    outbox: Outbox
    meta: dict[str, str]
    token: str
    folder: Path
    machine: str


def read_token(file: Path) -> str:
    """This screen's credential. Raises Misconfigured when the file does not hold one."""
    try:
        token = file.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise Misconfigured("screen.no_token", str(error), file=file.name) from error
    if not token:
        raise Misconfigured("screen.no_token", "empty", file=file.name)
    return token


def own(folder: Path) -> IO[bytes] | None:
    """Keep other programs from this data folder until the returned file is closed: two would give
    the same places of the key file away. None where the folder cannot be written: the cache tells
    that. Raises Misconfigured when another program has it."""
    try:
        return hold(folder, LOCK)
    except BlockingIOError as error:
        raise Misconfigured("screen.already_running", str(folder), folder=str(folder)) from error
    except OSError:
        return None


def open_cache(
    *,
    folder: Path,
    token: str,
    place: str | None,
    replica: Replica,
    link: LinkState,
    clock: Clock,
    rate: float,
    machine: Machine | None = None,
) -> Kept:
    """Open the cache in `folder` and draw from it, unless it is another place's. The replica's
    `late` kinds are left for `draw_rest`. For a picture (`Replica.without_persons`)
    the files stay as they are: they may be those of a program that runs.

    Whose it is, is told by the role, by `place` if given, and by the credential in use. A cache
    that is not this one's is neither drawn nor sent from until the hub has said who this is. Nor is
    one that was kept on another machine: whose disk was copied shows no other bed's patient, also
    while no hub is there to tell it; what it kept of one is gone.

    How old its census is can be told while the machine runs on. Has `machine` been started anew
    since, the clock may have stood still meanwhile, as on a kiosk without a battery clock: then no
    name is shown until the hub was heard, or until the system clock is known to be right.
    """
    machine = machine or Machine(boot=boot_id(), mark=machine_mark())
    cache = Cache(folder / FILE, read_only=replica.without_persons)
    meta = cache.meta()
    outbox = Outbox(cache, clock, machine.boot, rate)
    parts: _Parts = {
        "cache": cache,
        "outbox": outbox,
        "meta": meta,
        "token": token,
        "folder": folder,
        "machine": machine.mark,
    }
    another = _another(meta, replica.role.value, credential_mark(token), place)
    if another:
        log.warning("the cache is not drawn: it is of another %s", another)
        outbox.held = True
        # What is not drawn is not gone on from: should it be ours all the same, it comes whole.
        meta.pop("cursor", None)
        return Kept(**parts, drawn=False)
    if same_machine(meta.get("machine", ""), machine.mark) is False:
        log.error("the cache is not drawn: it was kept on another machine")
        outbox.held = True
        if not replica.without_persons:
            _forget(cache, meta)
        return Kept(**parts, drawn=False)
    drawn = _drawn(cache, meta, replica)
    if drawn:
        links_from(meta, link)
        if not machine.boot or meta.get("boot") != machine.boot:
            link.clock_known = machine.synchronized.exists
            # It was between the hub and a clock that has been set since.
            link.skew = None
    return Kept(**parts, drawn=drawn, later=replica.late if drawn else ())


def draw_rest(kept: Kept, replica: Replica) -> None:
    """Draw the kinds that were left for later. Where they cannot be read nothing stays drawn, as if
    nothing could be: a page without them would tell that there are none."""
    if not kept.later:
        return
    try:
        documents = kept.cache.documents_of(kept.later)
    except (ValueError, TypeError, StorageFault) as error:
        log.error("the cache is drawn no longer: it cannot be read: %s", error)
        del kept.meta["cursor"]
        replica.clear()
        return
    replica.apply(replica.seq, documents)


def _forget(cache: Cache, meta: dict[str, str]) -> None:
    """Keep nothing of a patient; the hub is asked for everything."""
    meta.pop("cursor", None)
    try:
        cache.forget()
    except StorageFault as error:
        log.error("what another machine kept is still on the disk: %s", error)


def _drawn(cache: Cache, meta: dict[str, str], replica: Replica) -> bool:
    """Draw the mirror. One that nobody can read is forgotten: the hub is asked for everything."""
    if "cursor" not in meta:
        return False
    try:
        cursor, documents = int(meta["cursor"]), cache.documents(replica.late)
    except (ValueError, TypeError, StorageFault) as error:
        log.error("the cache is not drawn: it cannot be read: %s", error)
        del meta["cursor"]
        return False
    replica.load(documents, cursor)
    return True


def _another(meta: dict[str, str], role: str, credential: str, place: str | None) -> str:
    """What tells that the cache is not this screen's; empty when it is."""
    if meta.get("role", role) != role:
        return "role"
    if meta.get("credential", credential) != credential:
        return "credential"
    if place is not None and meta.get("place", place) != place:
        return "place"
    return ""
