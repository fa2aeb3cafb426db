"""Who may call whom without a hub: the documents that screens keep for when none answers.

Each device tells its own key and where it listens (`peer.tell`); of that, and of who is enrolled
where, every bed's way and every believed key follow. Off (`peer_fallback`), nothing of it is told,
and screens close their ports.
"""

import asyncio
import ipaddress
import logging
from collections import defaultdict

from smartward.clinical.bed import Bed
from smartward.clinical.device import Device, ScreenRole
from smartward.clock import Clock
from smartward.config import Settings
from smartward.errors import BadData
from smartward.hub import peer_words
from smartward.hub.access import HOUSE, Access, Forbidden
from smartward.hub.actions import Done, Request, Rule
from smartward.hub.binding import KIND as BINDING
from smartward.hub.right_bed_writes import other_beds
from smartward.hub.store.base import Store
from smartward.hub.store.model import B, Committed, decode
from smartward.hub.store.reader import Reader
from smartward.hub.store.tx import Tx
from smartward.tasks import Tasks
from smartward.wire.envelope import ActionKind
from smartward.wire.peer import PeerAddress, PeerKey, PeerTerms, PeerWay, Receiver

log = logging.getLogger("smartward.hub.peers")

TERMS, KEY, WAY, TOLD = "peer_terms", "peer_key", "peer_way", "peer"
_KEY_LENGTH = 43
"""Of 32 bytes as base64url without padding."""
_MOST_PORT = 65535

Key = tuple[str, str]
Place = tuple[str | None, str | None]


def wanted(reader: Reader, settings: Settings) -> dict[Key, tuple[object, Place]]:
    """Every document of direct calls there has to be, by kind and id, with its bed and room."""
    ward = settings.ward
    if not settings.peer_fallback:
        return {}
    beds = {bed.id: bed for bed in _all(reader, ward, "bed", Bed)}
    told = {one.device_id: one for one in _all(reader, HOUSE, TOLD, PeerAddress)}
    devices = [one for one in _all(reader, HOUSE, "device", Device) if one.ward == ward]
    docs: dict[Key, tuple[object, Place]] = {
        (TERMS, TERMS): (PeerTerms(port=settings.peer_port), (None, None))
    }
    rooms: dict[str | None, list[Receiver]] = defaultdict(list)
    callers = []
    for device in sorted(devices, key=lambda one: (one.enrolled_at is None, one.id)):
        address = told.get(device.id)
        if address is None or (device.public_key and device.public_key != address.public_key):
            continue
        if device.role is ScreenRole.BEDSIDE:
            callers.append((device, address))
        elif address.port:
            room = device.place if device.role is ScreenRole.DOOR else None
            rooms[room].append(_receiver(device, address))
    access = Access()
    access.load(reader)
    for device, address in callers:
        bed = beds.get(device.place or "")
        if bed is None:
            continue
        at = (bed.id, bed.room_id)
        key = PeerKey(
            device_id=device.id,
            bed_id=bed.id,
            public_key=address.public_key,
            other_beds=other_beds(reader, access, device),
        )
        docs[KEY, device.id] = (key, at)
        way = PeerWay(bed_id=bed.id, receivers=(*rooms[None], *rooms.get(bed.room_id, ())))
        docs[WAY, bed.id] = (way, at)
    return docs


def _all(reader: Reader, ward: str, kind: str, cls: type[B]) -> list[B]:
    return [decode(stored.body, cls) for stored in reader.all(ward, kind)]


def _receiver(device: Device, told: PeerAddress) -> Receiver:
    return Receiver(
        device_id=device.id,
        role=device.role,
        address=told.address,
        port=told.port,
        public_key=told.public_key,
    )


def renew(tx: Tx, settings: Settings) -> bool:
    """Bring the ward's documents of direct calls up to date. Whether anything changed."""
    ward = settings.ward
    docs = wanted(tx, settings)
    changed = False
    for kind in (TERMS, KEY, WAY):
        for stored in tx.all(ward, kind):
            if (kind, stored.id) not in docs:
                changed |= tx.delete(ward, kind, stored.id)
    for (kind, id), (body, (bed, room)) in docs.items():
        changed |= tx.put(ward, kind, id, body, bed=bed, room=room)
    return changed


class Peers:
    """Follows who is enrolled where, from `start` to `stop`."""

    def __init__(self, store: Store, clock: Clock, settings: Settings) -> None:
        self._store = store
        self._clock = clock
        self._settings = settings
        self._tasks = Tasks()
        self._stale = asyncio.Event()
        self.follows = True
        """False: another hub's word stands."""

    async def start(self) -> None:
        """Take up the settings of this start: what is off is gone from every screen."""
        if not self.follows:
            return
        self._store.on_commit.append(self._committed)
        self._stale.set()
        self._tasks.keep(self._follow, "direct calls", self._clock)

    async def stop(self) -> None:
        """Follow no more."""
        if self._committed in self._store.on_commit:
            self._store.on_commit.remove(self._committed)
        await self._tasks.stop()

    def _committed(self, committed: Committed) -> None:
        if not self._settings.peer_fallback:
            return
        kinds = {stored.kind for stored in committed.changed} | {kind for kind, _ in committed.gone}
        of_ward = committed.ward == self._settings.ward and "bed" in kinds
        if of_ward or (committed.ward == HOUSE and kinds & {"device", TOLD, BINDING}):
            self._stale.set()

    async def _follow(self) -> None:
        while True:
            await self._stale.wait()
            self._stale.clear()
            try:
                if await self._store.read(lambda reader: _differs(reader, self._settings)):
                    await self._store.write(lambda tx: renew(tx, self._settings))
            except BaseException:
                self._stale.set()
                raise


def _differs(reader: Reader, settings: Settings) -> bool:
    """Whether there is anything to renew: most starts and most writes of beds change nothing."""
    docs = wanted(reader, settings)
    there = {
        (kind, stored.id): stored
        for kind in (TERMS, KEY, WAY)
        for stored in reader.all(settings.ward, kind)
    }
    if there.keys() != docs.keys():
        return True
    return any(
        (stored.bed, stored.room) != docs[key][1]
        or decode(stored.body, type(docs[key][0])) != docs[key][0]
        for key, stored in there.items()
    )


# ------------------------------------------------------------------------------------- the action


def _tell(request: Request) -> Done:
    """A device tells its key and where it listens. The key that the hub has bound to it counts, and
    without one the first that was told since it was enrolled."""
    tx, device = request.tx, request.device
    if request.action.subject != device.id:
        raise Forbidden
    if tx.get(request.ward, TERMS, TERMS) is None:
        return Done("refused", "peer.refused.off")
    key, address, port = _key(request), _address(request), _port(request)
    stored = tx.get(HOUSE, TOLD, device.id)
    old = None if stored is None else decode(stored.body, PeerAddress)
    since = device.enrolled_at
    first = old is None or (since is not None and old.told_at < since)
    bound = device.public_key or ("" if first or old is None else old.public_key)
    if bound and key != bound:
        log.warning("device %s tells another key than before: it is not believed", device.id)
        return Done("refused", "peer.refused.key")
    told = PeerAddress(
        device_id=device.id,
        address=address,
        port=port,
        public_key=key,
        told_at=tx.now if first or old is None else old.told_at,
    )
    if told != old:
        tx.put(HOUSE, TOLD, device.id, told)
    return Done()


def _key(request: Request) -> str:
    key = request.text("key")
    if len(key) != _KEY_LENGTH or not key.replace("-", "").replace("_", "").isalnum():
        raise BadData("action.bad_request", "data.key is no public key")
    return key


def _port(request: Request) -> int:
    port = request.action.data.get("port")
    if not isinstance(port, int) or not 0 <= port <= _MOST_PORT:
        raise BadData("action.bad_request", "data.port is no port")
    return 0 if request.device.role is ScreenRole.BEDSIDE else port


def _address(request: Request) -> str:
    """Where the device listens, as a numeric address; a bedside listens nowhere."""
    if request.device.role is ScreenRole.BEDSIDE:
        return ""
    try:
        return str(ipaddress.ip_address(request.text("address")))
    except ValueError as error:
        raise BadData("action.bad_request", "data.address is no IP address") from error


RULES: dict[str, Rule] = {
    ActionKind.PEER_TELL: Rule(_tell, staff=False),
    ActionKind.PEER_CALL: Rule(peer_words.hand_over, staff=False),
}
