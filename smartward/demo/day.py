"""`smartward demo --day`: a day of the simulated ward, played at speed.

Alerts come, are taken on, put off, left unanswered and done, by touches at a station; pictures show
the budget, a merged card, an escalation, a snooze that came back, and what rules in shadow said, in
both languages and by day and night.
"""

import tempfile
from pathlib import Path

from smartward.demo.day_stage import DAWN, FALLS_BED, Day
from smartward.errors import SmartWardError
from smartward.harness.house import House

WORSE_BED, RESTLESS_BED, FORGOTTEN_BED, TURNED_BED = "31", "21", "25", "24"


def answered(day: Day) -> None:
    """A restless patient's score alarms, and a nurse takes it on."""
    day.await_card("news2_medium", RESTLESS_BED, 90)
    day.say(f"bed {RESTLESS_BED}: its early warning score asks")
    name = day.sign_in()
    key = day.await_card("news2_medium", RESTLESS_BED)
    day.touch(f"accept-{key}")
    day.must(lambda: day.mark(key) in ("", None), "taken on")
    day.say(f"{name} takes it on")


def got_up(day: Day) -> None:
    """Somebody gets up alone, and nobody answers at once."""
    key = day.await_card("bed_exit", FALLS_BED, 60)
    day.say(f"bed {FALLS_BED}: the patient has got up alone; the bedside speaks to them")
    day.draw("bed-exit-bedside", "bedside")
    day.await_mark(key, "escalated", 5)
    day.say(f"bed {FALLS_BED}: nobody answered, the ward is asked")
    day.draw("escalated-fall")


def put_off(day: Day) -> None:
    """A score is put off with a reason, and comes back because it is still true."""
    day.await_card("news2_medium", WORSE_BED, 90)
    day.say(f"bed {WORSE_BED}: the patient is worse, the card asks")
    day.sign_in()
    key = day.await_card("news2_medium", WORSE_BED)
    day.touch(f"later-{key}", "answer-15", "answer-treating")
    day.await_mark(key, "snoozed")
    day.say(f"bed {WORSE_BED}: put off for 15 minutes: being treated")
    day.draw("put-off")
    day.on(14)
    day.await_mark(key, "returned")
    day.say(f"bed {WORSE_BED}: the time is over, it is still so: it has come back")
    day.draw("snooze-returned")


def merged(day: Day) -> None:
    """Nobody answers, and nobody measures: one patient, one problem, one card."""
    key = day.await_card("news2", WORSE_BED, 60)
    day.say(f"bed {WORSE_BED}: worse still, now high")
    day.on(9)
    day.await_mark(key, "escalated", 40)
    day.say(f"bed {WORSE_BED}: nobody answered; the next are asked")
    day.draw("escalated")
    day.to(11, 16)
    day.his.ask("event", name="neglect", bed=WORSE_BED)
    day.to(11, 56)
    key = day.await_card("observations_overdue", WORSE_BED, 60)
    day.say(f"bed {WORSE_BED}: the observations are overdue: on the same card")
    day.draw("merged-queue")
    day.sign_in()
    day.open_sheet(WORSE_BED)
    day.touch(f"more-{key}")
    day.draw("merged-sheet")
    day.touch(f"sheetGo-{key}")
    day.must(lambda: day.mark(key) in ("", None), "taken on")
    day.touch("sheetClose")
    day.say(f"bed {WORSE_BED}: taken on with all its parts")


def cared(day: Day) -> None:
    """What was done for a patient is recorded, and a set is typed on the key pad."""
    day.sign_in()
    day.open_sheet(TURNED_BED)
    for what in (("turn", "left"), ("round", "every"), ("void", "250")):
        _record(day, *what)
    day.touch("sheetClose")
    day.say(f"bed {TURNED_BED}: turned to the left, looked in on, 250 mL of urine: recorded")


def typed(day: Day) -> None:
    """A set that is overdue is typed on the key pad that its card opens."""
    day.await_card("observations_overdue", FORGOTTEN_BED, 180)
    day.say(f"bed {FORGOTTEN_BED}: nobody has measured since the morning")
    day.sign_in()
    day.open_sheet(FORGOTTEN_BED)
    key = day.await_card("observations_overdue", FORGOTTEN_BED)
    day.touch(f"observe-{key}")
    day.type_set("18", "97", "air", "128", "78", "72", "A", "366")
    day.must(lambda: day.card("observations_overdue", FORGOTTEN_BED) is None, "measured")
    day.touch("padDone", "sheetClose")
    day.say(f"bed {FORGOTTEN_BED}: a set is typed, and the card is gone")


def looked_in(day: Day) -> None:
    """Whoever has rounds is looked in on, and the card is gone."""
    day.sign_in()
    day.open_sheet(TURNED_BED)
    _record(day, "round", "every")
    day.touch("sheetClose")
    day.must(lambda: day.card("rounding_due", TURNED_BED) is None, "looked in on")
    day.say(f"bed {TURNED_BED}: looked in on again")


def _record(day: Day, *what: str) -> None:
    day.touch("recordCare", *(f"answer-{one}" for one in what))
    day.must(lambda: not day.station.state()["question"], f"{what[0]} recorded")


def budget(day: Day) -> None:
    """The shift's alerts against the budget; a doctor is asked to fit somebody's limits."""
    day.on(2)
    day.sign_in()
    day.touch("pageToday")
    day.draw("budget")
    stay = day.house.bed(RESTLESS_BED)["occupants"][0]
    day.touch(f"tailor-{stay}")
    day.must(lambda: day.texts("loadedStatus"), "a doctor is asked")
    day.say("Ward today: " + " ".join(day.texts("todayOver") or day.texts("todaySummary")))
    day.say(f"bed {RESTLESS_BED} has most: a doctor is asked to fit the limits")


def night(day: Day) -> None:
    """The same by night: somebody gets up, and the page shows the shifts before."""
    day.touch("pageBoard")
    day.his.ask("event", name="bed_exit", bed=FALLS_BED, minutes=12)
    key = day.await_card("bed_exit", FALLS_BED)
    day.say(f"bed {FALLS_BED}: the patient has got up alone at night")
    day.draw("night-bed-exit-bedside", "bedside")
    day.await_mark(key, "escalated", 5)
    day.draw("night-escalated")
    day.sign_in()
    day.touch(f"accept-{key}")
    day.on(12)
    day.say(f"bed {FALLS_BED}: answered, and back in bed")
    day.touch("pageToday")
    day.draw("night-budget")


def shadow(day: Day) -> None:
    """What rules in shadow would have said; they said nothing to anybody."""
    day.scroll()
    day.draw("shadow")
    said = day.shadow()
    day.say(f"{len(said)} rules in shadow would have spoken {sum(said.values())} times")


def play(day: Day) -> None:
    """The whole day. Raises Unreachable where it does not go as it should."""
    answered(day)
    cared(day)
    day.to(8, 43)
    got_up(day)
    day.to(9, 58)
    put_off(day)
    day.to(10, 40)
    merged(day)
    typed(day)
    looked_in(day)
    day.to(15, 55)
    budget(day)
    looked_in(day)
    day.to(22, 35)
    night(day)
    shadow(day)


def tell(out: Path) -> int:
    """Play it and put the pictures into `out`; 1 when it does not go as it should."""
    with (
        tempfile.TemporaryDirectory(prefix="smartward-day-") as folder,
        House(Path(folder), origin=DAWN) as house,
    ):
        day = Day(house, out.resolve())
        try:
            day.build()
            play(day)
        except SmartWardError as error:
            print(f"The day did not go as it should: {error}")
            return 1
        print(f"\n{len(day.drawn)} pictures in {out.resolve()}")
    return 0
