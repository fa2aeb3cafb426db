"""Lines and catheters: a Flag for each, from when it was put in to when it was taken out.

A peripheral line is changed after three or four days, sometimes late; a urinary catheter comes out
after one to four.
"""

from datetime import timedelta
from functools import partial

from smartward.his.simulator.build import local, period
from smartward.his.simulator.staying import flag
from smartward.his.simulator.world import Stay, World

_SITES = ("左前臂留置针", "右前臂留置针")
_CATHETER = "foley"


def lay(world: World, stay: Stay) -> None:
    """What somebody comes with or gets: a peripheral line mostly, and the end of a catheter."""
    chance = world.chance("lines", stay.encounter)
    if chance.random() < 0.6:
        _peripheral(world, stay, 0)
    for row in world.store.all("Flag"):
        body = row.resource
        mine = body["encounter"]["reference"] == f"Encounter/{stay.encounter}"
        codes = [one["code"] for one in body["code"]["coding"]]
        if mine and body["status"] == "active" and _CATHETER in codes:
            wait = timedelta(hours=chance.uniform(24, 96))
            world.after(wait, partial(_out, stay=stay, id=body["id"]))


def _peripheral(world: World, stay: Stay, n: int) -> None:
    since = world.now
    id = flag(world, stay, local("line", "piv", _SITES[n % 2]), active=True)
    world.change("Flag", id, period=period(since))
    hours = world.chance("piv", stay.encounter, n).uniform(66, 99)
    world.after(timedelta(hours=hours), lambda w: _change(w, stay, id, n))


def _change(world: World, stay: Stay, id: str, n: int) -> None:
    row = world.store.get("Flag", id)
    if stay.ended or stay.died or row is None:
        return
    start = row.resource["period"]["start"]
    world.change("Flag", id, status="inactive", period={"start": start, **_end(world)})
    _peripheral(world, stay, n + 1)


def _out(world: World, stay: Stay, id: str) -> None:
    row = world.store.get("Flag", id)
    if stay.ended or row is None or row.resource["status"] != "active":
        return
    told = row.resource["period"]
    world.change("Flag", id, status="inactive", period={**told, **_end(world)})


def _end(world: World) -> dict[str, str]:
    return {"end": str(period(world.now)["start"])}
