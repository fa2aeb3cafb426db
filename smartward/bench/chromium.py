"""The same board as a web page in Chromium, as a kiosk of other makes shows it. An optional peer:
without the program `chromium` its columns are left out.
"""

import html
import http.server
import shutil
import subprocess
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from smartward.clock import SystemClock
from smartward.errors import Unreachable

_WITHIN_S = 60.0
_STYLE = """
body{margin:0;background:#f4f6f8;font-family:'Noto Sans','Noto Sans CJK SC',sans-serif}
main{display:grid;grid-template-columns:repeat(10,1fr);gap:8px;padding:16px}
section{background:#fff;border:1px solid #d0d7de;border-radius:8px;padding:6px;font-size:13px}
h2{margin:0;font-size:22px} p{margin:1px 0}
"""
_SCRIPT = "requestAnimationFrame(()=>requestAnimationFrame(()=>fetch('/painted')))"


def program() -> str | None:
    """Where Chromium is, None where it is not installed."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


def page(cards: Iterable[Sequence[str]]) -> str:
    """A board of cards, each a heading and lines of text."""
    parts = []
    for heading, *lines in cards:
        text = "".join(f"<p>{html.escape(line)}</p>" for line in lines)
        parts.append(f"<section><h2>{html.escape(heading)}</h2>{text}</section>")
    return (
        f"<!doctype html><meta charset=utf-8><style>{_STYLE}</style>"
        f"<main>{''.join(parts)}</main><script>{_SCRIPT}</script>"
    )


class _Handler(http.server.BaseHTTPRequestHandler):
    server: "PageServer"

    def do_GET(self) -> None:
        body = b""
        if self.path == "/painted":
            self.server.painted_at = SystemClock().monotonic()
            self.server.painted.set()
        elif self.path == "/":
            body = self.server.body
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


class PageServer(http.server.ThreadingHTTPServer):
    """Serves one page on loopback, and hears when it was painted."""

    daemon_threads = True

    def __init__(self, text: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.body = text.encode()
        self.painted = threading.Event()
        self.painted_at = 0.0
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Browser:
    """One start of Chromium on a page, with a profile of its own."""

    def __init__(self, server: PageServer, profile: Path) -> None:
        """Raises Unreachable where nothing was painted in a minute."""
        found = program()
        assert found is not None
        server.painted.clear()
        began = SystemClock().monotonic()
        self.process = subprocess.Popen(
            [
                found,
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--no-first-run",
                "--disable-extensions",
                "--disable-background-networking",
                "--window-size=1920,1080",
                f"--user-data-dir={profile}",
                f"http://127.0.0.1:{server.server_address[1]}/",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        if not server.painted.wait(_WITHIN_S):
            self.stop()
            raise Unreachable("control.unreachable", "chromium painted nothing")
        self.took_ms = (server.painted_at - began) * 1000

    def stop(self) -> None:
        """End it and its children."""
        self.process.kill()
        self.process.wait()
