"""settings_files.py: what the image's programs, which run as root, take from files of others.

A person wrote them, or the screen's own user, who may be somebody else by then: only an ordinary
and small file is read, and each server in it has to be one.
"""

import ipaddress
import os
import re
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

MOST_BYTES = 64 * 1024
"""Of a file. The largest that a screen writes itself, of its pairing, has some kilobytes."""
_SHOWN = 100
"""Characters of somebody's text that a message repeats."""
_HOST = r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,251}[A-Za-z0-9_])?\.?"
_SERVER = re.compile(rf"(?:\[([0-9A-Fa-f:.]+)\]|({_HOST}))(?::([0-9]{{1,9}}))?")


class Unusable(Exception):
    """A file, or a part of one, that is not what it should be; says why, and what to write."""


def tell(text: str) -> None:
    """To the journal."""
    print(text, file=sys.stderr)


def shown(told: object) -> str:
    """Somebody's text as a message repeats it: on one line, not all of it, without a password."""
    if isinstance(told, str):
        return repr(told.rpartition("@")[2])[:_SHOWN]
    return repr(told) if isinstance(told, int | float) else f"a {type(told).__name__}"


def read(file: Path, parse: Callable[[str], Any]) -> dict[str, Any]:
    """What a file tells, by `tomllib.loads` or `json.loads`; nothing where there is no file. Raises
    Unusable."""
    try:
        text = _text(file)
        told = {} if text is None else parse(text)
    # Brackets in brackets without end are a RecursionError.
    except (OSError, ValueError, RecursionError) as error:
        raise Unusable(f"{file} is left out: {error}") from error
    if not isinstance(told, dict):
        raise Unusable(f"{file} is left out: no names with values stand in it")
    return told


def _text(file: Path) -> str | None:
    """Raises OSError, ValueError."""
    if file.is_symlink():
        raise ValueError("it is a symbolic link; lay the file itself there")
    # Neither a link that comes in between is followed, nor a pipe waited for.
    how = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
    try:
        number = os.open(file, how)
    except FileNotFoundError:
        return None
    try:
        if not stat.S_ISREG(os.fstat(number).st_mode):
            raise ValueError("it is no ordinary file; lay one there")
        found = os.read(number, MOST_BYTES + 1)
    finally:
        os.close(number)
    if len(found) > MOST_BYTES:
        raise ValueError(f"it has more than {MOST_BYTES} bytes; take out what is no setting")
    return found.decode("utf-8")


def server(told: object, port: int) -> tuple[str, int]:
    """Host and port of HOST, HOST:PORT or [ADDRESS]:PORT; `port` where none stands there. Raises
    Unusable."""
    found = _SERVER.fullmatch(told) if isinstance(told, str) else None
    if found is None:
        raise Unusable(f"{shown(told)} is no server; write HOST:PORT, or [ADDRESS]:PORT for IPv6")
    address, host, number = found.groups()
    if address is not None:
        try:
            host = str(ipaddress.IPv6Address(address))
        except ValueError as error:
            raise Unusable(f"{shown(told)}: {error}; write [ADDRESS]:PORT") from error
    asked = port if number is None else int(number)
    if not 0 < asked < 65536:
        raise Unusable(f"{shown(told)}: there is no port {asked}; write one from 1 to 65535")
    return host, asked


def host(told: object) -> str:
    """A name or an address that stands alone. Raises Unusable."""
    if isinstance(told, str) and (re.fullmatch(_HOST, told) or _is_ipv6(told)):
        return told
    raise Unusable(f"{shown(told)} is no host; write its name or its address")


def _is_ipv6(told: str) -> bool:
    try:
        return ipaddress.IPv6Address(told).scope_id is None
    except ValueError:
        return False
