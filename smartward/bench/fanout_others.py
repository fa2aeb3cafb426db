"""What else a house may have for telling many, where this machine has it: further columns."""

from pathlib import Path

from smartward.bench import fanout_mosquitto, fanout_redis
from smartward.bench.fanout_systems import System


def others(folder: Path, screens: int) -> list[System]:
    """Redis Streams and Mosquitto, as far as they are installed, with their files in `folder`."""
    found: list[System] = []
    if (redis := fanout_redis.program()) is not None:
        found.append(fanout_redis.Redis(redis, folder / "redis", screens))
    if (mosquitto := fanout_mosquitto.program()) is not None:
        found.append(fanout_mosquitto.Mosquitto(mosquitto, folder / "mosquitto", screens))
    return found
