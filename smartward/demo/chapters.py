"""The told story: one morning on the ward, with everything that can go wrong."""

from smartward.demo.stage import BED, CORD, HANDSET, OTHER_BED, Chapter, Effect, Stage

WAITING = ["waiting", "waiting", "waiting"]
SEEN = ["done", "done", "waiting"]
LATE = ["done", "done", "late"]
COMING = ["done", "done", "done"]
DRIP_BED = "7"
WORSE_BED = "31"
HOLD_MS = 1300
"""How long a hand holds "I am in the room": a little longer than it must."""


def _morning(stage: Stage) -> None:
    state = stage.hub.state()
    stage.note("beds, patients", f"{state['beds']}, {state['encounters']}", "from the hospital")
    stage.note("set aside", str(state["his_rejected"]), "resources that could not be mapped")
    stage.note("the corridor says", "", str(stage.screen("corridor").state()["headline"]))


def _call(stage: Stage) -> None:
    stage.measure_touch(
        f"bed {BED} touches Call nurse",
        stage.screen("bedside"),
        "callButton",
        Effect("station", "open_calls", 1, "the call is in the queue"),
        Effect("corridor", "numbers", [BED], f"bed {BED} is on the corridor's screen"),
        Effect("door", "lamp", "medium", "the lamp flashes yellow"),
        Effect("bedhead", "lamp", "medium", "the lamp flashes yellow"),
        Effect("bedside", "receipts", SEEN, "sent; the station has seen it"),
    )


def _accept(stage: Stage) -> None:
    station = stage.screen("station")
    stage.measure(
        "the nurse holds her badge to the station",
        lambda: station.ask("badge", code=stage.nurse.badge),
        Effect("station", "known", "badge", "the station knows who acts"),
    )
    stage.measure_touch(
        "she says that she goes",
        station,
        f"accept-call:{_open_call(stage)}",
        Effect("bedside", "receipts", COMING, "sent; seen; a nurse is coming"),
        Effect("door", "flashing", False, "the lamp is steady"),
    )
    stage.note("the bedside says", "", str(stage.screen("bedside").state()["call_title"]))


def _close(stage: Stage) -> None:
    bedside = stage.screen("bedside")
    for name in ("back", "openStaff"):
        bedside.touch(name)
    bedside.badge(stage.nurse.badge)
    bedside.touch("arrive")
    bedside.ended_within(1.2)  # right after "I am here" no touch closes a call
    stage.measure_touch(
        "she is at the bed and closes the call",
        bedside,
        "closeCall",
        Effect("station", "open_calls", 0, "the queue has no call"),
        Effect("door", "lamp", "", "the lamp is out"),
    )
    bedside.touch("back")


def _cord(stage: Stage) -> None:
    first = str(stage.house.documents("call_point")[CORD]["bed_id"])
    number = next(b["number"] for b in stage.house.documents("bed").values() if b["id"] == first)
    stage.measure(
        f"the cord in the bathroom of room {stage.room} is pulled",
        lambda: stage.gateway.press(CORD),
        Effect("station", "open_calls", 1, "a bathroom call, high priority"),
        Effect("corridor", "numbers", [number], f"bed {number}, bathroom"),
        Effect("door", "lamp", "high", "the lamp flashes red"),
    )
    station = stage.screen("station")
    station.badge(stage.nurse.badge)
    stage.measure_touch(
        "she goes; nothing at the station ends such a call",
        station,
        f"accept-call:{_open_call(stage)}",
        Effect("door", "flashing", False, "the lamp is steady and stays"),
    )
    stage.draw("cord-answered")
    stage.measure(
        "it is reset at its cord, where it was pulled",
        lambda: stage.gateway.reset(CORD),
        Effect("station", "open_calls", 0, "the queue has no call"),
        Effect("corridor", "numbers", [], "nobody is waiting"),
        Effect("door", "lamp", "", "the lamp is out"),
    )


def _inside(stage: Stage) -> None:
    door = stage.screen("door")
    stage.screen("bedside").touch("callButton")
    door.wait("lamp", "medium")
    door.touch("markPresence")
    door.badge(stage.nurse.badge)
    stage.measure_touch(
        f'bed {BED} calls; at the door she holds "I am in the room"',
        door,
        "enterRoom",
        Effect("door", "flashing", False, "somebody is in the room, and since when"),
        Effect("bedhead", "flashing", False, "the lamp is steady: the call's clock has stopped"),
        hold_ms=HOLD_MS,
    )
    stage.note("the bedhead says", "", str(stage.screen("bedhead").state()["inside"]))
    stage.gateway.press(HANDSET)
    stage.screen("bedhead").wait("elsewhere", stage.words("bedside.bed", bed=OTHER_BED))
    stage.note(f"bed {OTHER_BED} calls meanwhile", "", "door and bedhead repeat that other bed")
    stage.draw("next-call")
    stage.measure_touch(
        "she leaves the room",
        door,
        "leaveRoom",
        Effect("door", "lamp", "", "the call that she came for has ended"),
        Effect("door", "inside", "", "nobody is marked in the room"),
    )
    door.touch("panelBack")
    stage.measure(
        f"bed {OTHER_BED} is helped, its handset is reset",
        lambda: stage.gateway.reset(HANDSET),
        Effect("station", "open_calls", 0, "the queue has no call"),
    )


def _drip(stage: Stage) -> None:
    stage.his.ask("event", name="drip_near", bed=DRIP_BED)
    stage.wait_for_alert("infusion_near_end", DRIP_BED)
    stage.his.ask("event", name="drip_end", bed=DRIP_BED)
    stage.wait_for_alert("infusion_ended", DRIP_BED)


def _worse(stage: Stage) -> None:
    stage.his.ask("event", name="deteriorate", bed=WORSE_BED, hours=6)
    stage.wait_for_alert("news2", WORSE_BED)
    stage.screen("station").touch(f"bed-{stage.house.bed(WORSE_BED)['id']}")


def _his_down(stage: Stage) -> None:
    stage.screen("station").touch("sheetClose")
    stage.measure(
        "the hospital system dies",
        lambda: stage.his.ask("fault", name="down", on=True),
        Effect("station", "his_up", False, "the link to the hospital is told as broken"),
    )
    stage.house.advance(120)
    stage.screen("station").wait("banner", "his")
    stage.note("the station says", "", str(stage.screen("station").state()["link_text"]))
    stage.measure_touch(
        f"bed {BED} calls all the same",
        stage.screen("bedside"),
        "callButton",
        Effect("station", "open_calls", 1, "the call is in the queue"),
    )


def _hub_killed(stage: Stage) -> None:
    stage.remember_call(_open_call(stage))
    said = "says that its hub is gone, and since when"
    stage.measure(
        "kill -9 of the hub while the call is open",
        stage.hub.kill,
        *(
            Effect(role, "banner", "hub", said)
            for role in ("station", "bedside", "bedhead", "door", "corridor")
        ),
    )
    bedside = stage.screen("bedside")
    bedside.touch("callButton")
    stage.note("pressed again with no hub: stored", str(bedside.state()["outbox_waiting"]))
    stage.note("the corridor says", "", str(stage.screen("corridor").state()["headline"]))


def _back(stage: Stage) -> None:
    stage.measure(
        "the hub is started again",
        stage.house.restart_hub,
        Effect("station", "banner", "his", "only the hospital is away now"),
        Effect("station", "open_calls", 1, "the call is in the queue"),
        Effect("corridor", "numbers", [BED], f"bed {BED} is on the corridor's screen"),
        Effect("bedside", "outbox_waiting", 0, "every press has reached the hub"),
        Effect("bedside", "receipts", LATE, "sent; seen; nobody is coming yet, and it says so"),
    )
    stage.check_call_remembered(presses=2)
    stage.measure(
        "the hospital system is back",
        lambda: stage.his.ask("fault", name="down", on=False),
        Effect("hub", "his_up", True, "the hospital answers"),
        Effect("station", "banner", "", "both links are good"),
    )


def _open_call(stage: Stage) -> str:
    """The id of the one open call."""
    queue: list[str] = stage.screen("station").state()["queue"]
    return next(key for key in queue if key.startswith("call:")).removeprefix("call:")


STORY = (
    Chapter("morning", "A morning on the ward", _morning),
    Chapter("call", "A patient calls", _call),
    Chapter("accepted", "A nurse accepts", _accept),
    Chapter("closed", "She comes and closes it in the room", _close),
    Chapter("cord", "Somebody pulls the cord in the bathroom", _cord),
    Chapter("inside", "A nurse is in the room, and another bed calls", _inside),
    Chapter("drip", "A drip comes to its end", _drip),
    Chapter("worse", "A patient deteriorates", _worse),
    Chapter("his-down", "The hospital system dies", _his_down),
    Chapter("hub-killed", "The hub dies", _hub_killed),
    Chapter("back", "Everything returns", _back),
)
