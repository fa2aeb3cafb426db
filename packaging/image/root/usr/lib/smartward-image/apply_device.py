"""apply_device.py FILE: the log server and the time servers that device.toml names.

`log_server = "HOST:PORT"`: everything of the journal goes there by TLS (RFC 5424 in RFC 5425), and
is trusted by the authorities of `log_ca` (default: log-ca.pem beside this file).
`time_servers = ["HOST", …]`: instead of those that the ward's network names.
"""

import sys
import tomllib
from pathlib import Path
from typing import Any

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


def apply(told: dict[str, Any], folder: Path) -> None:
    """Write the settings of rsyslog and of the clock."""
    server = str(told.get("log_server", ""))
    if server:
        host, _, port = server.rpartition(":")
        ca = folder / str(told.get("log_ca", "log-ca.pem"))
        RSYSLOG.parent.mkdir(parents=True, exist_ok=True)
        RSYSLOG.write_text(FORWARD.format(ca=ca, host=host.strip("[]"), port=int(port)))
    servers = told.get("time_servers", [])
    if servers:
        TIME.parent.mkdir(parents=True, exist_ok=True)
        TIME.write_text(f"[Time]\nNTP={' '.join(map(str, servers))}\n")


if __name__ == "__main__":
    file = Path(sys.argv[1])
    apply(tomllib.loads(file.read_text(encoding="utf-8")), file.parent)
