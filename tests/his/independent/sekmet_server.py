"""sekmet-fhir as a process of its own, driven by lines of JSON: run by `.venv-his`, not by us.

`python sekmet_server.py FOLDER` serves on a free loopback port and prints {"url": …}. Each line on
its standard input is `{"run": WORKFLOW, "with": {…}}`; the answer is a line with what came of it.
Nothing of SmartWard is imported here, and nothing of sekmet in SmartWard's tests.
"""

import json
import logging
import socket
import sys
import threading

import uvicorn
from sekmet.config import Settings
from sekmet.main import create_app
from sekmet.workflows.registry import run_workflow
from sekmet.workflows.target import WorkflowError, make_target


def main(folder: str) -> None:
    """Serve until standard input ends."""
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    settings = Settings(
        base_url=f"http://127.0.0.1:{port}/fhir",
        host="127.0.0.1",
        port=port,
        data_dir=folder,
        log_inbound=False,
        simulator={"enabled": False},
    )
    app = create_app(settings)
    logging.disable(logging.INFO)
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False))
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    context = app.state.ctx
    print(json.dumps({"url": settings.base_url}), flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
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
    main(sys.argv[1])
