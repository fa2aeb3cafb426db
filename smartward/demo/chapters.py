"""The told story: one morning on the ward, with everything that can go wrong."""

from smartward.demo.stage import BED, Chapter, Stage

WAITING = ["waiting", "waiting", "waiting"]
SEEN = ["done", "done", "waiting"]
LATE = ["done", "done", "late"]
COMING = ["done", "done", "done"]
DRIP_BED = "7"
WORSE_BED = "31"


def _morning(stage: Stage) -> None:
    state = stage.hub.state()
    stage.note("beds, patients", f"{state['beds']}, {state['encounters']}", "from the hospital")
    stage.note("set aside", str(state["his_rejected"]), "resources that could not be mapped")


def _call(stage: Stage) -> None:
    stage.measure_touch(
        f"bed {BED} touches Call nurse",
        stage.screen("bedside"),
        "callButton",
        ("station", "open_calls", 1),
        ("door", "lamp", "medium"),
        ("bedhead", "lamp", "medium"),
        ("bedside", "receipts", SEEN),
    )


def _accept(stage: Stage) -> None:
    station = stage.screen("station")
    call = _open_call(stage)
    station.touch(f"accept-call:{call}")
    station.wait("asking", True)
    stage.measure_touch(
        "a nurse touches her name and goes",
        station,
        f"name-{_nurse(stage)}",
        ("bedside", "receipts", COMING),
        ("door", "flashing", False),
    )
    stage.note("the bedside says", stage.screen("bedside").state()["call_title"])


def _close(stage: Stage) -> None:
    bedside = stage.screen("bedside")
    for name in ("back", "openStaff", f"name-{_nurse(stage)}", "arrive"):
        bedside.touch(name)
    bedside.ended_within(1.2)  # right after "I am here" no touch closes a call
    stage.measure_touch(
        "she is at the bed and closes the call",
        bedside,
        "closeCall",
        ("station", "open_calls", 0),
        ("door", "lamp", ""),
    )
    bedside.touch("back")


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
        ("station", "his_up", False),
    )
    stage.house.advance(120)
    stage.screen("station").wait("banner", "his")
    stage.note("the station says", "", str(stage.screen("station").state()["link_text"]))
    stage.measure_touch(
        f"bed {BED} calls all the same",
        stage.screen("bedside"),
        "callButton",
        ("station", "open_calls", 1),
    )


def _hub_killed(stage: Stage) -> None:
    stage.remember_call(_open_call(stage))
    stage.measure(
        "kill -9 of the hub while the call is open",
        stage.hub.kill,
        ("station", "banner", "hub"),
        ("bedside", "banner", "hub"),
        ("bedhead", "banner", "hub"),
        ("door", "banner", "hub"),
    )
    bedside = stage.screen("bedside")
    bedside.touch("callButton")
    stage.note("pressed again with no hub: stored", str(bedside.state()["outbox_waiting"]))


def _back(stage: Stage) -> None:
    stage.measure(
        "the hub is started again",
        stage.house.restart_hub,
        ("station", "banner", "his"),
        ("station", "open_calls", 1),
        ("bedside", "outbox_waiting", 0),
        ("bedside", "receipts", LATE),
    )
    stage.check_call_remembered(presses=2)
    stage.measure(
        "the hospital system is back",
        lambda: stage.his.ask("fault", name="down", on=False),
        ("hub", "his_up", True),
        ("station", "banner", ""),
    )


def _open_call(stage: Stage) -> str:
    """The id of the one open call."""
    queue: list[str] = stage.screen("station").state()["queue"]
    return next(key for key in queue if key.startswith("call:")).removeprefix("call:")


def _nurse(stage: Stage) -> str:
    """The id of the nurse who looks after the bed."""
    members = stage.house.documents("roster")["roster"]["members"]
    return str(next(member["id"] for member in members if member["role"] == "nurse"))


STORY = (
    Chapter("morning", "A morning on the ward", _morning),
    Chapter("call", "A patient calls", _call),
    Chapter("accepted", "A nurse accepts", _accept),
    Chapter("closed", "She comes and closes it in the room", _close),
    Chapter("drip", "A drip comes to its end", _drip),
    Chapter("worse", "A patient deteriorates", _worse),
    Chapter("his-down", "The hospital system dies", _his_down),
    Chapter("hub-killed", "The hub dies", _hub_killed),
    Chapter("back", "Everything returns", _back),
)
