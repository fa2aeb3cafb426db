"""sekmet-fhir as a process of its own, driven by lines of JSON: run by `.venv-his`, not by us.

`python sekmet_server.py FOLDER [SETTINGS]` serves on a free loopback port and prints {"url": …};
SETTINGS are more of its own, as JSON. Each line on its standard input is
`{"run": WORKFLOW, "with": {…}}`, or `{"later": SECONDS}`, which sets the server's clock ahead; the
answer is a line with what came of it. Nothing of SmartWard is imported here, and nothing of sekmet
in SmartWard's tests.
"""

import json
import logging
import socket
import sys
import threading
from datetime import datetime, timedelta
from email.utils import format_datetime

import uvicorn
from sekmet.config import Settings
from sekmet.fhir import common
from sekmet.main import create_app
from sekmet.workflows.registry import run_workflow
from sekmet.workflows.target import WorkflowError, make_target


class Clock:
    """The server's own clock, which dates its rows and its answers alike."""

    def __init__(self) -> None:
        self.ahead = timedelta(0)
        self._real = common.now
        common.now = self.now

    def now(self) -> datetime:
        return self._real() + self.ahead


def dated(app, clock):
    """The app, with a Date in its answers by that clock."""

    async def answer(scope, receive, send):
        async def told(message):
            if message["type"] == "http.response.start":
                date = format_datetime(clock.now(), usegmt=True).encode()
                message["headers"] = [*message.get("headers", ()), (b"date", date)]
            await send(message)

        await app(scope, receive, told)

    return answer


def main(folder: str, more: str = "{}") -> None:
    """Serve until standard input ends."""
    clock = Clock()
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    settings = Settings(
        base_url=f"http://127.0.0.1:{port}/fhir",
        host="127.0.0.1",
        port=port,
        data_dir=folder,
        log_inbound=False,
        simulator={"enabled": False},
        **json.loads(more),
    )
    app = create_app(settings)
    logging.disable(logging.INFO)
    server = uvicorn.Server(
        uvicorn.Config(dated(app, clock), log_config=None, access_log=False, date_header=False)
    )
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    context = app.state.ctx
    print(json.dumps({"url": settings.base_url}), flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        if "later" in asked:
            clock.ahead += timedelta(seconds=asked["later"])
            print(json.dumps({"done": {}}), flush=True)
            continue
        try:
            target = make_target(context, "local")
            found = run_workflow(context, asked["run"], target, asked.get("with") or {})
            answer = {"done": found}
        except (WorkflowError, KeyError, ValueError) as error:
            answer = {"failed": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer, default=str), flush=True)
    server.should_exit = True
    thread.join(10)


if __name__ == "__main__":
    main(*sys.argv[1:])
