"""Who administers the hub: the machine's user at the other end of the admin socket.

What they do about screens, call points, badges and PINs is told in the audit, done or refused.
"""

import asyncio
import os
import pwd
import socket
import struct
from dataclasses import dataclass
from typing import Any

from smartward.clinical.audit import About
from smartward.clinical.call_mark import Actor
from smartward.hub import audit, sessions
from smartward.hub.access import HOUSE
from smartward.hub.store.reader import Reader
from smartward.hub.store.tx import Tx

BY = "by"
"""Name in a request under which the socket says who asks; whatever was sent there is replaced."""

_CREDENTIALS = struct.Struct("3i")
"""What SO_PEERCRED gives: process, user, group (unix(7))."""

_LONGEST = 64

_UNKNOWN = "unknown"
"""Stands in the audit for what nobody here is called: a PIN or a name may have been typed there."""


@dataclass(frozen=True, slots=True)
class Told:
    """How the audit tells of a command: as which kind, about what, and under which name in the
    request that thing's id is given. `names` are such ids where the store has none."""

    kind: str
    about: str
    id: str
    names: frozenset[str] = frozenset()


async def peer(connection: socket.socket) -> Actor:
    """Who opened the other end of a unix socket, by the name this machine knows them by. Raises
    OSError where the socket is closed."""
    # uvloop hands out a stand-in that is no socket: its file is one.
    with socket.socket(fileno=os.dup(connection.fileno())) as real:
        found = real.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    _, user, _ = _CREDENTIALS.unpack(found)
    # The machine may ask a directory on the network for it: nothing of the ward waits for that.
    name = await asyncio.to_thread(_user_name, user)
    return Actor(device_id="admin", name=name, known="os_user")


def _user_name(user: int) -> str:
    """The name of a user of this machine; the number where it has none, or cannot be asked."""
    try:
        return pwd.getpwuid(user).pw_name
    except (KeyError, OSError):
        return f"uid {user}"


def asking(request: dict[str, Any]) -> Actor:
    """Who asks for this command."""
    by = request.get(BY)
    return by if isinstance(by, Actor) else Actor(device_id="admin", name="hub console")


def record(
    tx: Tx,
    ward: str,
    request: dict[str, Any],
    told: Told,
    *,
    id: str | None = None,
    refused: str | None = None,
    bed: str | None = None,
    **detail: str,
) -> None:
    """Tell the audit of a command that was done, or `refused` with that text key. What a refused
    one was typed to be about is told only where something is called so here."""
    given = str(request.get(told.id) or "") if id is None else id
    of = given if refused is None or not given else _known(tx, ward, told, given)
    about = About(kind=told.about, id=of[:_LONGEST], bed=bed, detail=detail)
    outcome = "applied" if refused is None else "refused"
    audit.record(tx, ward, asking(request), told.kind, about, outcome=outcome, key=refused)


def _known(reader: Reader, ward: str, told: Told, given: str) -> str:
    """The id of what is called `given` here, or `unknown`."""
    if given in told.names:
        return given
    if told.about == "staff":
        found = _known_person(reader, ward, given)
        return found or _known_device(reader, given)
    if told.about == "device":
        return _known_device(reader, given)
    return given if reader.get(ward, told.about, given) is not None else _UNKNOWN


def _known_device(reader: Reader, given: str) -> str:
    return given if reader.get(HOUSE, "device", given) is not None else _UNKNOWN


def _known_person(reader: Reader, ward: str, given: str) -> str | None:
    members = sessions.roster(reader, ward).members
    if given in {one.id for one in members} | {one.person for one in reader.proofs()}:
        return given
    named = [one.id for one in members if one.name == given]
    return named[0] if len(named) == 1 else None
