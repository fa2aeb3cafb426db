"""log_server.py: the hospital's log server, as device.toml names it, and whether it can be told.

What rsyslog cannot send stands in the journal of a device that nobody logs in to. So it is tried
here what rsyslog does: connect, agree on TLS, believe the certificate. What is wrong goes to the
screen in one word, and from there to the stations and the hub.
"""

import ipaddress
import json
import re
import socket
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from settings_files import Unusable, read, server, tell

DEVICE = Path("/etc/smartward/device.toml")
WHY = Path("/run/smartward-log-server/why")
"""Why nothing goes there; no file: it does, or none is named. The screen reads it."""
LAST = Path("/run/smartward-log-server/last.json")
"""Since when it fails and when it was well, in seconds of the machine's running."""
SETTING, AUTHORITY, CERTIFICATE, AWAY = "setting", "authority", "certificate", "away"
"""device.toml names none that could be; the file of `log_ca` is not there, or is none; the server
has another certificate; it does not answer, or does not speak TLS."""
AWAY_S = 15 * 60.0
"""A server that starts anew is away for less."""
AGAIN_S = 3600.0
"""A server that is well is tried again so much later."""
_PORT = 6514
"""Of RFC 5425."""
_ANSWER_S = 20.0


@dataclass(frozen=True)
class LogServer:
    """One, and the file of whom it is believed by, beside device.toml."""

    host: str
    port: int
    ca: str

    @property
    def is_address(self) -> bool:
        """Whether it is that of a machine, and no name."""
        try:
            ipaddress.ip_address(self.host)
        except ValueError:
            return False
        return True


class Unheard(Exception):
    """Nothing can be sent there; `why` is one of the words above."""

    def __init__(self, why: str, told: object) -> None:
        super().__init__(str(told))
        self.why = why


def log_server(told: dict[str, Any]) -> LogServer | None:
    """The one that device.toml names, if it does. Raises Unusable."""
    named = told.get("log_server", "")
    if named == "":
        return None
    try:
        host, port = server(named, _PORT)
    except Unusable as error:
        raise Unusable(f"log_server is left out: {error}") from error
    ca = told.get("log_ca", "log-ca.pem")
    if not isinstance(ca, str) or not re.fullmatch(r"\w[\w.-]*", ca):
        raise Unusable("log_server is left out: log_ca is no file's name; write one, as log-ca.pem")
    return LogServer(host, port, ca)


def look(now_s: float) -> None:
    """Try it, unless it was well a short time ago, and tell the screen. `now_s`: of the machine's
    running."""
    try:
        named = log_server(read(DEVICE, tomllib.loads))
    except Unusable:  # why stands in the journal already
        _say(SETTING)
        return
    last = _last()
    if named is None:
        _say("")
    elif "well_s" not in last or now_s - last["well_s"] >= AGAIN_S:
        _say(_tried(named, now_s, last.get("fails_s", now_s)))


def _tried(named: LogServer, now_s: float, fails_s: float) -> str:
    """Why it cannot be told, and not for a short time alone; empty: it can. Keeps what came."""
    try:
        speak(named)
    except Unheard as error:
        tell(f"{named.host}:{named.port}: no log goes there: {error}")
        LAST.write_text(json.dumps({"fails_s": fails_s}))
        return "" if error.why == AWAY and now_s - fails_s < AWAY_S else error.why
    LAST.write_text(json.dumps({"well_s": now_s}))
    return ""


def speak(named: LogServer) -> None:
    """As rsyslog does, but nothing is said. Raises Unheard."""
    import ssl  # here: what reads device.toml alone needs none of it

    try:
        context = ssl.create_default_context(cafile=str(DEVICE.parent / named.ca))
    except OSError as error:  # of which SSLError is one
        why = f"{named.ca} is not there, or is no certificate ({error}); lay it beside device.toml"
        raise Unheard(AUTHORITY, why) from error
    context.check_hostname = False  # rsyslog judges the names in its own way
    try:
        with (
            socket.create_connection((named.host, named.port), _ANSWER_S) as line,
            context.wrap_socket(line, server_hostname=named.host) as spoken,
        ):
            shown = names(spoken.getpeercert() or {})
    except ssl.SSLCertVerificationError as error:
        why = f"its certificate is not of the authority in {named.ca}: {error.verify_message}"
        raise Unheard(CERTIFICATE, why) from error
    except (OSError, UnicodeError) as error:
        raise Unheard(AWAY, f"it does not answer, or not by TLS: {error}") from error
    if named.host not in shown:
        why = f"its certificate names {', '.join(shown) or 'nobody'}; write that in log_server"
        raise Unheard(CERTIFICATE, why)


def names(certificate: dict[str, Any]) -> list[str]:
    """Whose it is, as rsyslog's x509/name has it: DNS names and the common name, letter by letter,
    and no addresses."""
    alternative = [value for kind, value in certificate.get("subjectAltName", ()) if kind == "DNS"]
    subject = [pair for part in certificate.get("subject", ()) for pair in part]
    return alternative + [value for kind, value in subject if kind == "commonName"]


def _last() -> dict[str, float]:
    try:
        return read(LAST, json.loads)
    except Unusable as error:
        tell(str(error))
        return {}


def _say(why: str) -> None:
    if why:
        WHY.write_text(f"{why}\n")
    else:
        WHY.unlink(missing_ok=True)
