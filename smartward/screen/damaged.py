"""Files of a pairing that cannot be used: damaged, empty, or of another owner. They are set aside,
so that the screen starts, and is paired anew where it has to be."""

import errno
import logging
import ssl
from collections.abc import Callable
from pathlib import Path

import msgspec

from smartward.screen.enrolled import AUTHORITIES, CERTIFICATE, REST, TOKEN, show
from smartward.wire.pairing import Enrolment

log = logging.getLogger("smartward.screen.damaged")

_DAMAGE = (
    ssl.SSLError,
    ValueError,
    msgspec.DecodeError,
    PermissionError,
    IsADirectoryError,
    NotADirectoryError,
)
"""What tells that a file itself is of no use, to this start as to the next."""
_BAD_BLOCK = frozenset({errno.EIO, errno.EUCLEAN, errno.EBADMSG, errno.ENODATA})
"""As a flash or its file system says it of a block that nothing brings back."""
ENDING = ".damaged"
"""Of the name under which a file is set aside; the last one of its kind is kept."""


def set_aside(folder: Path) -> None:
    """Leave nothing in a screen's data folder under its name that its pairing cannot use. Never
    raises: whoever uses a file that can be neither used nor moved says so."""
    for name, use in _USES.items():
        file = folder / name
        try:
            use(file)
        except FileNotFoundError:
            continue
        except _DAMAGE as error:
            _move(file, error)
        except OSError as error:
            if error.errno in _BAD_BLOCK:
                _move(file, error)
                continue
            # Of a moment, as it may be: no memory, no descriptor. What is good stays where it is.
            log.error("%s cannot be read now: %s", name, error)


def was_set_aside(folder: Path) -> bool:
    """Whether this screen has no certificate because the one it had could not be used."""
    has = (folder / CERTIFICATE).exists()
    return not has and (folder / f"{CERTIFICATE}{ENDING}").exists()


def _move(file: Path, why: Exception) -> None:
    aside = file.with_name(f"{file.name}{ENDING}")
    try:
        file.replace(aside)
    except OSError as error:
        log.error("%s cannot be used (%s) nor set aside: %s", file.name, why, error)
        return
    log.error(
        "%s cannot be used (%s) and is set aside as %s; where the screen shows a code, pair it"
        " again at the hub: smartward enrol approve CODE",
        file.name,
        why,
        aside.name,
    )


def _certificate(file: Path) -> None:
    file.stat()
    show(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), file)


def _token(file: Path) -> None:
    if not file.read_text(encoding="ascii").strip():
        raise ValueError("it is empty")


def _authorities(file: Path) -> None:
    if file.read_bytes():  # empty: its hubs are reached without TLS
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=file)


def _rest(file: Path) -> None:
    msgspec.json.decode(file.read_bytes(), type=Enrolment)


_USES: dict[str, Callable[[Path], None]] = {
    CERTIFICATE: _certificate,
    TOKEN: _token,
    AUTHORITIES: _authorities,
    REST: _rest,
}
