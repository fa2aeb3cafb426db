"""apply_device.py FILE: log server, time servers and USB devices, as device.toml names them.

`log_server = "HOST:PORT"`: everything of the journal goes there by TLS (RFC 5424 in RFC 5425), and
is trusted by the authorities of `log_ca` (default: log-ca.pem beside this file). Without a port it
is 6514, that of RFC 5425.
`time_servers = ["HOST", …]`: instead of those that the ward's network names.
`[usb]`: usb_rules.py.

What is wrong is told and left out, and the rest applied.
"""

import os
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import usb_rules
from log_server import log_server
from settings_files import Unusable, host, read, tell

RSYSLOG = Path("/etc/rsyslog.d/80-smartward.conf")
TIME = Path("/run/systemd/timesyncd.conf.d/smartward.conf")
FORWARD = """\
global(DefaultNetstreamDriver="gtls" DefaultNetstreamDriverCAFile="{ca}")
action(type="omfwd" protocol="tcp" target="{host}" port="{port}"
    StreamDriver="gtls" StreamDriverMode="1"
    StreamDriverAuthMode="x509/name" StreamDriverPermittedPeers="{host}"
    TCP_Framing="octet-counted" template="RSYSLOG_SyslogProtocol23Format"
    queue.type="LinkedList" queue.size="10000" action.resumeRetryCount="-1")
"""


def forward(told: dict[str, Any], folder: Path) -> None:
    """Write rsyslog's settings, if there is a log server. An address is told of: rsyslog asks only
    for names in its certificate, and most have theirs as an address. Raises Unusable."""
    found = log_server(told)
    if found is None:
        return
    if found.is_address:
        tell(f"{found.host}: a log server is known by a name of its certificate; write that name")
    RSYSLOG.parent.mkdir(parents=True, exist_ok=True)
    RSYSLOG.write_text(FORWARD.format(ca=folder / found.ca, host=found.host, port=found.port))


def time_servers(told: dict[str, Any]) -> Iterator[str]:
    """Those that are hosts."""
    named = told.get("time_servers", [])
    for each in named if isinstance(named, list) else [named]:
        try:
            yield host(each)
        except Unusable as error:
            tell(f"One of time_servers is left out: {error}")


def main(file: Path) -> int:
    """Write the settings of rsyslog, of the clock and of udev. Gives 65 where the file cannot be
    read."""
    usb_rules.forget()
    try:
        told = read(file, tomllib.loads)
    except Unusable as error:
        usb_rules.leave_out("device.toml", str(error))
        return os.EX_DATAERR
    try:
        forward(told, file.parent)
    except Unusable as error:
        tell(f"{file}: {error}")
    usb_rules.write(told)
    servers = list(time_servers(told))
    if servers:
        TIME.parent.mkdir(parents=True, exist_ok=True)
        TIME.write_text(f"[Time]\nNTP={' '.join(servers)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
