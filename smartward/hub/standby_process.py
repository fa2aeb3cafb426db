"""The process of a standby hub."""

import asyncio
import json
import logging
import os
import signal
from random import Random

from smartward import supervisor
from smartward.clock import SystemClock
from smartward.control import ControlServer
from smartward.errors import Misconfigured
from smartward.hub.http_server import HttpServer
from smartward.hub.options import Options, StandbyOf, check_tls
from smartward.hub.standby import Standby
from smartward.hub.standby_source import HttpSource
from smartward.tasks import Tasks

log = logging.getLogger("smartward.standby")


def _token(of: StandbyOf) -> str:
    try:
        token = of.token_file.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise Misconfigured("screen.no_token", str(error), file=of.token_file.name) from error
    if not token:
        raise Misconfigured("screen.no_token", "empty", file=of.token_file.name)
    return token


async def run_standby(options: Options, of: StandbyOf) -> None:
    """Stand by until SIGTERM. Raises Misconfigured, StorageFault."""
    clock = SystemClock(options.clock)
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    check_tls(options.settings)
    source = HttpSource(of.url, _token(of), of.ca)
    standby = Standby(options.settings, options.data_dir, clock, source, Random())
    server = HttpServer(standby)
    control = None
    if options.control is not None:
        control = ControlServer(options.control, clock, standby.state)
        standby.changed = control.changed
        await control.start()
    await standby.start()
    await server.start()
    log.info("standing by for %s at %s", of.url, server.url)
    print(json.dumps({"ready": "standby", "url": server.url, "pid": os.getpid()}), flush=True)
    supervisor.tell("READY=1")
    tasks = Tasks()
    tasks.spawn(supervisor.keep_alive(clock), "signs of life")
    await ended.wait()
    await tasks.stop()
    if control is not None:
        await control.stop()
    await server.stop()
    await standby.stop()
