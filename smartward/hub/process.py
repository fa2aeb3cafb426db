"""The process of a hub: one that serves a ward, or what its command line asks for besides."""

import asyncio
import gc
import json
import logging
import os
import signal

import uvloop

from smartward import log as logs
from smartward import supervisor
from smartward.arguments import FOLDER, word_of
from smartward.clock import SystemClock, boot_id
from smartward.hub.app import Hub
from smartward.hub.control_commands import control_server
from smartward.hub.http_server import HttpServer
from smartward.hub.options import Options, check_tls, parse
from smartward.hub.witness import restored
from smartward.tasks import Tasks

log = logging.getLogger("smartward.hub")


async def _run(options: Options) -> None:
    clock = SystemClock(options.clock)
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    check_tls(options.settings)
    hub = Hub(options.settings, options.data_dir, clock)
    server = HttpServer(hub)
    control = None
    if options.control is not None:
        control = control_server(
            options.control, clock, hub.store, options.settings.ward, hub.state, ended.set
        )
        await control.start()
    await hub.start()
    await server.start()
    # What is loaded by now stays: no search for garbage shall stop the ward to look through it.
    gc.collect()
    gc.freeze()
    log.info("serving ward %s at %s", options.settings.ward, server.url)
    ready = {
        "ready": "hub",
        "url": server.url,
        "admin": str(hub.admin.path),
        "pid": os.getpid(),
    }
    print(json.dumps(ready), flush=True)
    supervisor.tell("READY=1")
    tasks = Tasks()
    tasks.spawn(supervisor.keep_alive(clock), "signs of life")
    await ended.wait()
    log.info("ending")
    supervisor.tell("STOPPING=1")
    await tasks.stop()
    if control is not None:
        await control.stop()
    await server.stop()
    await hub.stop()


def main(argv: list[str]) -> int:
    """Run a hub until SIGTERM; with `--init` or `--restored` do that and end, so with `backup` and
    `restore`."""
    if word_of(argv, FOLDER) in ("backup", "restore"):
        from smartward.hub import backup_cli

        return backup_cli.main(argv)
    options = parse(argv)
    logs.setup("hub")
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    if not boot_id():
        log.warning("this machine does not name its run: /proc/sys/kernel/random/boot_id")
    if options.init:
        from smartward.hub.tls import make_certificates

        print(json.dumps(make_certificates(options, SystemClock().now())))
        return 0
    if options.restored:
        print(json.dumps({"restored": str(restored(options.data_dir))}))
        return 0
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        if options.standby is not None:
            from smartward.hub.standby_process import run_standby

            runner.run(run_standby(options, options.standby))
        else:
            runner.run(_run(options))
    return 0
