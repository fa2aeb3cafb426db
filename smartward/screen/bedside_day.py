"""The patient's day on the bedside: greeting, what comes next, and fasting."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from smartward.clinical.plan import PlanKind, PlanStatus, fasting
from smartward.i18n import Catalogue
from smartward.screen.beds import duration, leaf
from smartward.screen.beds_names import Namer
from smartward.wire.views import BedsideEncounter, PlanView, TeamView

LATE = timedelta(minutes=30)
"""A planned item this long past is no longer "next": hospitals do not record every lunch."""

ICONS = {
    PlanKind.MEDICINE: "pill",
    PlanKind.SCAN: "radiology-box-outline",
    PlanKind.TEST: "test-tube",
    PlanKind.SURGERY: "box-cutter",
    PlanKind.THERAPY: "dumbbell",
    PlanKind.MEAL: "silverware-fork-knife",
    PlanKind.ROUND: "stethoscope",
    PlanKind.NURSING: "hand-heart-outline",
    PlanKind.TURNING: "sync",
    PlanKind.DISCHARGE: "home-outline",
    PlanKind.OTHER: "calendar-blank-outline",
}
"""Material Design Icons. Never a walking person: that is only ever staff on the way."""

NO_FOOD = "food-off-outline"
"""A meal that falls into a fast is marked by its picture too."""

SOON = timedelta(minutes=5)
"""So long after its time an item is still "due now"."""

_MEALS = (("breakfast", 5, 10), ("lunch", 10, 15), ("dinner", 16, 21))
"""Local hours at which a meal has its own name."""

_MORNING, _NOON, _EVENING, _NIGHT = 5, 12, 18, 23


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRow:
    """One line of the Today card. `status` is done, next, later or past."""

    key: str
    time: str
    icon: str
    title: str
    status: str
    note: str = ""
    when: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """The Today card: `fasting` is a line of its own when no row carries it."""

    rows: tuple[PlanRow, ...]
    next_index: int
    fasting: str
    empty: str
    spoken: str


def part_of_day(catalogue: Catalogue, now: datetime) -> str:
    """`morning`, `afternoon`, `evening` or `night`, by the ward's local hour."""
    hour = catalogue.local(now).hour
    if _MORNING <= hour < _NOON:
        return "morning"
    if _NOON <= hour < _EVENING:
        return "afternoon"
    return "evening" if _EVENING <= hour < _NIGHT else "night"


def greeting(
    catalogue: Catalogue, encounter: BedsideEncounter | None, now: datetime, *, known: bool
) -> str:
    """ "Good morning, Mr Zhang": by the hour, with the name only where it may be shown."""
    part = part_of_day(catalogue, now)
    name = None
    if known and encounter is not None:
        name = Namer(catalogue).patient(encounter.family, encounter.sex)
    if name is None:
        return catalogue.text(f"bedside.greeting.{part}")
    return catalogue.text(f"bedside.greeting_name.{part}", name=name)


def team_line(catalogue: Catalogue, bed: str, team: Sequence[TeamView]) -> str:
    """ "Bed 12 · Nurse Li and Dr Wang look after you today"."""
    namer = Namer(catalogue)
    ranked = sorted(team, key=lambda member: member.role not in ("nurse", "head_nurse"))
    names = [namer.member(member) for member in ranked][:2]
    if not names:
        return bed
    if len(names) == 1:
        text = catalogue.text("bedside.team.one", bed=bed, who=names[0])
    else:
        text = catalogue.text("bedside.team.two", bed=bed, who=names[0], other=names[1])
    return text


def day(
    catalogue: Catalogue,
    encounter: BedsideEncounter | None,
    items: Sequence[PlanView],
    now: datetime,
    *,
    comfort: bool = False,
) -> Day:
    """Today's items in order of time; when none is left, tomorrow's after them. In comfort care
    nothing is said of going home."""
    today = catalogue.local(now).date()
    ordered_since = None if encounter is None else encounter.nil_by_mouth_since
    ordered = encounter is not None and encounter.nil_by_mouth
    fasts = fasting(ordered, ordered_since, items, now) is not None
    sorted_items = sorted(
        (
            item
            for item in items
            if item.status is not PlanStatus.NOT_DONE
            and not (comfort and item.kind is PlanKind.DISCHARGE)
        ),
        key=lambda item: (item.due_at, item.id),
    )
    chosen = [item for item in sorted_items if catalogue.local(item.due_at).date() == today]
    following = next_item(chosen, now)
    if following is None:
        tomorrow = today + timedelta(days=1)
        more = [item for item in sorted_items if catalogue.local(item.due_at).date() == tomorrow]
        chosen += more
    rows = tuple(_row(catalogue, item, item is following, fasts, now, today) for item in chosen)
    next_index = next((index for index, row in enumerate(rows) if row.status == "next"), -1)
    carried = any(
        item.nil_by_mouth and item.status is not PlanStatus.DONE and _is_shown(item, now)
        for item in chosen
    )
    line = catalogue.text("bedside.fasting") if fasts and not carried else ""
    empty = "" if rows else catalogue.text("bedside.plan.empty")
    return Day(
        rows=rows,
        next_index=next_index,
        fasting=line,
        empty=empty,
        spoken=_spoken(catalogue, rows, next_index, fasts),
    )


def next_item(items: Sequence[PlanView], now: datetime) -> PlanView | None:
    """What happens next: what goes on now, else the first planned that is not long past."""
    for item in items:
        if item.status is PlanStatus.IN_PROGRESS:
            return item
    for item in items:
        if item.status is PlanStatus.PLANNED and item.due_at >= now - LATE:
            return item
    return None


def _is_shown(item: PlanView, now: datetime) -> bool:
    return item.status is PlanStatus.IN_PROGRESS or item.due_at >= now - LATE


def _row(
    catalogue: Catalogue,
    item: PlanView,
    is_next: bool,
    fasts: bool,
    now: datetime,
    today: object,
) -> PlanRow:
    if item.status is PlanStatus.DONE:
        state = "done"
    elif is_next:
        state = "next"
    else:
        state = "past" if item.due_at < now else "later"
    title = kind_text(catalogue, item)
    if catalogue.local(item.due_at).date() != today:
        title = catalogue.text("bedside.plan.tomorrow", what=title)
    return PlanRow(
        key=item.id,
        time=catalogue.time(item.due_at),
        icon=NO_FOOD if item.kind is PlanKind.MEAL and fasts else ICONS[item.kind],
        title=title,
        status=state,
        note=_note(catalogue, item, fasts, now),
        when=_when(catalogue, item, now) if is_next else "",
    )


def kind_text(catalogue: Catalogue, item: PlanView) -> str:
    """Medicine, Scan, Lunch: the kind, and for a meal which one by its hour."""
    name = item.kind.value
    if item.kind is PlanKind.MEAL:
        hour = catalogue.local(item.due_at).hour
        name = next((meal for meal, begin, end in _MEALS if begin <= hour < end), name)
    return catalogue.text(f"plan.{leaf(name)}")


def _note(catalogue: Catalogue, item: PlanView, fasts: bool, now: datetime) -> str:
    """Fasting ends when its order ends, never by the clock: a passed time says "ask"."""
    if item.status is PlanStatus.DONE:
        return ""
    passed = item.due_at <= now
    if item.nil_by_mouth:
        if fasts and not passed:
            return catalogue.text("bedside.fasting")
        return catalogue.text("bedside.ask_before_eating")
    if item.kind is PlanKind.MEAL and fasts:
        return catalogue.text("bedside.ask_before_eating")
    if passed and item.status is PlanStatus.PLANNED and item.due_at < now - LATE:
        return catalogue.text("bedside.plan.past")
    return ""


def _when(catalogue: Catalogue, item: PlanView, now: datetime) -> str:
    if item.status is PlanStatus.IN_PROGRESS:
        return catalogue.text("bedside.plan.now")
    minutes = -int((now - item.due_at).total_seconds() // 60)  # a begun minute counts whole
    if minutes >= 1:
        return catalogue.text("bedside.plan.in", span=duration(catalogue, minutes))
    late = now - item.due_at > SOON
    return catalogue.text("bedside.plan.late" if late else "bedside.plan.soon")


def _spoken(catalogue: Catalogue, rows: Sequence[PlanRow], next_index: int, fasts: bool) -> str:
    """What the card says aloud: kinds and times only, at most three sentences."""
    said = []
    if next_index >= 0:
        row = rows[next_index]
        said.append(catalogue.text("bedside.say.next", what=row.title, time=row.time))
        later = [row for row in rows[next_index + 1 :] if row.status == "later"]
        if later:
            said.append(catalogue.text("bedside.say.then", what=later[0].title, time=later[0].time))
    else:
        said.append(catalogue.text("bedside.plan.empty"))
    if fasts:
        said.append(catalogue.text("bedside.say.fasting"))
    return " ".join(said)
