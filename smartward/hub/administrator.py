"""Who administers the hub: the machine's user at the other end of the admin socket.

What they do about screens, call points, badges and PINs is told in the audit, done or refused.
"""

import os
import pwd
import socket
import struct
from dataclasses import dataclass
from typing import Any

from smartward.clinical.audit import About
from smartward.clinical.call_mark import Actor
from smartward.hub import audit
from smartward.hub.store.tx import Tx

BY = "by"
"""Name in a request under which the socket says who asks; whatever was sent there is replaced."""

_CREDENTIALS = struct.Struct("3i")
"""What SO_PEERCRED gives: process, user, group (unix(7))."""

_LONGEST = 64


@dataclass(frozen=True, slots=True)
class Told:
    """How the audit tells of a command: as which kind, about what, and under which name in the
    request that thing's id is given."""

    kind: str
    about: str
    id: str


def peer(connection: socket.socket) -> Actor:
    """Who opened the other end of a unix socket, by the name this machine knows them by."""
    # uvloop hands out a stand-in that is no socket: its file is one.
    with socket.socket(fileno=os.dup(connection.fileno())) as real:
        found = real.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    _, user, _ = _CREDENTIALS.unpack(found)
    try:
        name = pwd.getpwuid(user).pw_name
    except KeyError:
        name = f"uid {user}"
    return Actor(device_id="admin", name=name, known="os_user")


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
    """Tell the audit of a command that was done, or `refused` with that text key."""
    of = str(request.get(told.id) or "") if id is None else id
    about = About(kind=told.about, id=of[:_LONGEST], bed=bed, detail=detail)
    outcome = "applied" if refused is None else "refused"
    audit.record(tx, ward, asking(request), told.kind, about, outcome=outcome, key=refused)
