"""How the ward's screens are, for the page "Screens and links": what is wrong in as few lines as it
has causes, and of each screen what it told of itself."""

from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby

from smartward.clinical.device import ScreenRole, ScreenStatus, awaited
from smartward.clinical.fleet_faults import Extent, FaultGroup, Looked, groups
from smartward.clinical.screen_health import HUNG, Part, ScreenHealth
from smartward.clinical.screen_update import UNDER_WAY, ScreenUpdate, Stage
from smartward.i18n import clause
from smartward.screen.station_state import WardState
from smartward.screen.station_words import Words
from smartward.wire.start import UNCONFIRMED

_NAMED = 4
"""Screens that a line names; it counts the others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultRow:
    """One line of what is wrong."""

    key: str
    icon: str
    title: str
    """What is wrong, and how far it goes."""
    detail: str
    """Which screens, and since when."""
    calm: bool = False
    """Nothing is wrong."""


def judged(state: WardState) -> list[ScreenStatus]:
    """Every screen with all that is wrong with it: what it tells, and what the hub found."""
    found = []
    for screen in state.screens.values():
        if screen.hung:
            since = {HUNG: screen.since}
            found.append(replace(screen, faults=(HUNG,), faults_since=since))
            continue
        health = state.screen_healths.get(screen.device_id)
        if health is None or not screen.online or not health.troubles:
            found.append(screen)
            continue
        faults = (*screen.faults, *health.troubles)
        since = {**screen.faults_since, **health.troubles_since}
        found.append(replace(screen, faults=faults, faults_since=since))
    return found


def faulty(state: WardState) -> list[ScreenStatus]:
    """As `judged`, and what did not work as a screen's system was to be replaced: a fault for this
    page, for it hampers nobody at a bed."""
    found = []
    for screen in judged(state):
        update = state.screen_updates.get(screen.device_id)
        if update is None or screen.hung or not screen.online or not update.fault:
            found.append(screen)
            continue
        faults, since = (*screen.faults, update.fault), {update.fault: update.since}
        since = {**screen.faults_since, **since}
        found.append(replace(screen, faults=faults, faults_since=since))
    return found


def standby_rows(mode: str, words: Words) -> list[FaultRow]:
    """Where a standby hub is heard, that it is one, and what it is about (`LinkState.standby`)."""
    if not mode:
        return []
    return [
        FaultRow(
            key="standby",
            icon="server-network",
            title=words.text(f"devices.standby.{mode}"),
            detail=words.text(f"devices.standby_so.{mode}"),
            calm=mode == "following",
        )
    ]


def fault_rows(state: WardState, words: Words, now: datetime) -> list[FaultRow]:
    """What concerns most screens first; one calm line while all is well."""
    if not state.screens:
        return []
    screens = faulty(state)
    by_id = {one.device_id: one for one in screens}
    found = groups([_looked(state, one, now) for one in screens])
    placed = [one for one in screens if awaited(one, now) and not _moved(one)]
    calm = [] if not placed else [_placed_row(state, placed, words)]
    if not found:
        well = words.text("devices.well")
        if len(placed) < len(screens):
            row = FaultRow(key="well", icon="monitor-dashboard", title=well, detail="", calm=True)
            calm.insert(0, row)
        return calm
    # Several faults of the same screens are one line: somebody goes there once.
    causes = groupby(found, key=lambda one: (one.extent, one.name, bool(one.fault), one.ids))
    return [*(_fault_row(state, list(same), by_id, words, now) for _, same in causes), *calm]


def _placed_row(state: WardState, placed: list[ScreenStatus], words: Words) -> FaultRow:
    return FaultRow(
        key="placed",
        icon="monitor-dashboard",
        title=words.text(
            "devices.fault", what=words.text("devices.placed"), where=_count(state, placed, words)
        ),
        detail=_named(state, placed, words) if len(placed) > 1 else "",
        calm=True,
    )


def _looked(state: WardState, screen: ScreenStatus, now: datetime) -> Looked:
    health = state.screen_healths.get(screen.device_id)
    return Looked(
        id=screen.device_id,
        online=screen.online or screen.hung or _moved(screen),
        since=screen.since,
        faults=(UNCONFIRMED,) if _moved(screen) else screen.faults,
        faults_since=screen.faults_since,
        room=_room(state, screen.place),
        network="" if health is None else health.network,
        alone=screen.role is ScreenRole.GATEWAY,
        awaited=awaited(screen, now) and not _moved(screen),
    )


def _moved(screen: ScreenStatus) -> bool:
    """It was moved, and nobody has confirmed it at its new place: until then it has no feed, and is
    not silent."""
    return not screen.online and UNCONFIRMED in screen.faults


def _room(state: WardState, place: str | None) -> str:
    bed = state.beds.get(place or "")
    if bed is not None:
        return bed.room
    return next((bed.room for bed in state.beds.values() if bed.room_id == place), "")


def _fault_row(
    state: WardState,
    same: list[FaultGroup],
    by_id: dict[str, ScreenStatus],
    words: Words,
    now: datetime,
) -> FaultRow:
    group, separator = same[0], words.text("devices.list_separator")
    began = [None if one.since is None else words.moment(one.since, now) for one in same]
    together = len(set(began)) == 1
    what = separator.join(
        _what(one, None if together else at, words) for one, at in zip(same, began, strict=True)
    )
    having = [by_id[id] for id in group.ids]
    if group.extent is Extent.SCREENS:
        where = _count(state, having, words)
    else:
        where = words.text(f"devices.extent.{group.extent}", name=group.name, n=len(group.ids))
    since = words.text("devices.since", at=began[0]) if together and began[0] else ""
    detail = " · ".join(
        filter(None, (_named(state, having, words) if len(having) > 1 else "", since))
    )
    return FaultRow(
        key=f"{group.extent}:{group.name}:{group.fault}:{group.ids[0]}",
        icon="alert-circle-outline" if group.fault else "lan-disconnect",
        title=words.text("devices.fault", what=what, where=where),
        detail=detail,
    )


def _what(group: FaultGroup, began: str | None, words: Words) -> str:
    """What is wrong; `began`: since when, to be told beside it, for others of the line began at
    another time."""
    what = clause(words.key(group.fault)) if group.fault else words.text("devices.silent")
    return what if began is None else words.text("devices.what_since", what=what, at=began)


def _count(state: WardState, having: list[ScreenStatus], words: Words) -> str:
    """One by its name, several by their number."""
    if len(having) == 1:
        return screen_name(state, having[0], words)
    return words.text("devices.screens", n=len(having))


def _named(state: WardState, having: list[ScreenStatus], words: Words) -> str:
    """Some by name, and how many more there are."""
    names = [screen_name(state, one, words) for one in having[:_NAMED]]
    listed = words.text("devices.list_separator").join(names)
    more = len(having) - len(names)
    return words.text("devices.and_more", names=listed, n=more) if more > 0 else listed


def screen_name(state: WardState, screen: ScreenStatus, words: Words) -> str:
    """What people call a screen: its label, else what it is and where."""
    return screen.label or screen_place(state, screen, words)


def screen_place(state: WardState, screen: ScreenStatus, words: Words) -> str:
    """What a screen is, and at which bed or room."""
    return place_words(state, screen.role, screen.place, words)


def place_words(state: WardState, role: ScreenRole, place: str | None, words: Words) -> str:
    """The same of a screen that there may not be yet."""
    name = words.text(f"screen.role.{role.value}")
    if role is ScreenRole.STATION or place is None:
        return name
    bed = state.beds.get(place)
    if bed is not None:
        return f"{name} · {words.text('bed', bed=bed.number)}"
    room = _room(state, place)
    return f"{name} · {words.text('sub.room', room=room)}" if room else name


def figures(
    health: ScreenHealth | None,
    words: Words,
    now: datetime,
    update: ScreenUpdate | None = None,
    night: str = "",
) -> str:
    """What a screen told of itself, in one line, and when it is `night` there; empty where it told
    nothing."""
    if health is None:
        return night
    version = words.text("devices.version", version=health.version)
    if health.slot:
        version = words.text("devices.slot", version=health.version, slot=health.slot.upper())
    told = [
        version,
        _update(update, words),
        _percent("devices.disk", health.disk_free, words),
        _percent("devices.memory", health.memory_free, words),
        words.text("devices.clock", s=f"{health.skew_s:+d}"),
        night,
        words.text("devices.no_sound") if health.sound is Part.FAULTY else "",
        words.text("devices.no_reader") if health.reader is Part.FAULTY else "",
        words.text("devices.waiting", n=health.outbox) if health.outbox > 0 else "",
    ]
    if health.last_touch_at is not None:
        told.append(words.text("devices.touched", at=words.moment(health.last_touch_at, now)))
    return " · ".join(filter(None, told))


def _update(update: ScreenUpdate | None, words: Words) -> str:
    """What goes on with its system; empty where nothing does."""
    if update is None or update.stage is None or update.stage is Stage.GOOD:
        return ""
    if update.stage in UNDER_WAY:
        return words.text("devices.update.under_way")
    if not update.fault:
        return words.text(f"devices.update.{update.stage}")
    # What it is stands among its faults: here, why; nothing where this version does not know that.
    why = words.key(update.why)
    return "" if why == update.why else why


def _percent(key: str, value: int | None, words: Words) -> str:
    return "" if value is None else words.text(key, n=value)
