"""What a call can be made with that hangs on this device: one-switch, handset, cord, big keys.

The port is `CallInput`; its adapter reads keys of input devices, mapped by a TOML file:

    [[input]]
    path = "/dev/input/by-id/usb-…-event-kbd"
    point = "bed"                   # the bed's own call, or the id of a call point
    kind = "one_switch"             # see CallPointKind
    keys = { any = "press" }        # KEY_ENTER, KEY_1 … or a number; "any" is every other key
    beat_s = 20                     # for a point whose heartbeat the hub watches

    keyboards = "refused"           # at the top: no other key reaches the page; else "used"

    [[reader]]                      # a badge or wristband reader that is a device of its own
    path = "/dev/input/by-id/usb-…-event-kbd"
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from smartward.clinical.call_point import CallPointEvent, CallPointKind
from smartward.config import read_file
from smartward.device.evdev_source import DOWN, NAMES, KeyEvent, KeySource, is_input
from smartward.errors import Misconfigured

BED = "bed"
"""Stands for the bed's own call in place of a call point's id."""
ANY = "any"
DEBOUNCE_S = 0.3
"""Seconds within which a second contact is the same press: a worn button bounces."""
_MOST_DEBOUNCE_S = 5.0
_MOST_CODE = 0x2FF

AT_BED = frozenset({CallPointKind.ONE_SWITCH, CallPointKind.KEYBOARD, CallPointKind.HANDSET})
"""What may make the bed's own call."""
FROM_KEYS = (CallPointEvent.PRESS, CallPointEvent.RESET, CallPointEvent.PRESENCE)
"""What a key may mean; the rest is told by the wire itself."""
_FIELDS = ("path", "point", "kind", "keys", "debounce_s", "beat_s")
_BEAT_S = (1.0, 3600.0)

Tell = Callable[[str, CallPointEvent], None]
"""Told with the point's id, or `BED`, and what happened there."""


class CallInput(Protocol):
    """A thing on this device with which calls are made."""

    @property
    def point(self) -> str:
        """Which call point it is, or `BED`."""

    async def run(self, tell: Tell) -> None:
        """Tell what happens there, for ever; `LOST` and `RESTORED` when it goes and comes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InputSpec:
    """One `[[input]]`. `keys` maps a key's code to an event, None every other key. `beat_s`: every
    so many seconds the point is told to live while its device is there; None: never."""

    path: Path
    point: str
    kind: CallPointKind
    keys: dict[int | None, CallPointEvent]
    debounce_s: float = DEBOUNCE_S
    beat_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """What the file says: call inputs, and readers of badges."""

    calls: tuple[InputSpec, ...] = ()
    readers: tuple[Path, ...] = ()
    keyboards_refused: bool = False
    """Whether keys of a device that is not named here reach nothing of the page."""

    @property
    def paths(self) -> tuple[Path, ...]:
        """All devices that it names."""
        return (*(spec.path for spec in self.calls), *self.readers)


class KeyInput:
    """A call input that types keys: each press once, however long it is held."""

    def __init__(self, spec: InputSpec, source: KeySource) -> None:
        self._spec = spec
        self._source = source
        self._last: dict[CallPointEvent, float] = {}

    @property
    def point(self) -> str:
        """Which call point it is, or `BED`."""
        return self._spec.point

    async def run(self, tell: Tell) -> None:
        """Tell what happens there, for ever."""

        def there(is_there: bool) -> None:
            event = CallPointEvent.RESTORED if is_there else CallPointEvent.LOST
            tell(self._spec.point, event)

        def key(event: KeyEvent) -> None:
            meant = self._meant(event)
            if meant is not None:
                tell(self._spec.point, meant)

        await self._source.run(key, there)

    def _meant(self, event: KeyEvent) -> CallPointEvent | None:
        """What a key means; None for one that means nothing, repeats or bounces."""
        keys = self._spec.keys
        meant = keys.get(event.code, keys.get(None)) if event.code else None
        if event.value != DOWN or meant is None:
            return None
        last = self._last.get(meant, float("-inf"))
        if 0 <= event.at - last < self._spec.debounce_s:
            return None
        self._last[meant] = event.at
        return meant


# ------------------------------------------------------------------------------------- the file


@dataclass(frozen=True, slots=True)
class _Entry:
    """One table of the file, and how to speak of it."""

    file: Path
    table: dict[str, Any]
    what: str
    number: int

    def wrong(self, key: str, **values: str) -> Misconfigured:
        entry = f"[[{self.what}]] {self.number}"
        return Misconfigured(key, "", file=str(self.file), entry=entry, **values)

    def only(self, known: tuple[str, ...]) -> None:
        for name in self.table:
            if name not in known:
                raise self.wrong("input.unknown_field", field=name, known=", ".join(known))

    def text(self, name: str) -> str:
        value = self.table.get(name)
        if value is None:
            raise self.wrong("input.missing", field=name)
        if not isinstance(value, str) or not value.strip():
            raise self.bad(name, value, "a text")
        return value

    def bad(self, name: str, value: object, choices: str) -> Misconfigured:
        return self.wrong("input.bad_value", field=name, value=str(value), choices=choices)


def read_inputs(file: Path) -> Inputs:
    """The inputs of a file. Raises Misconfigured, with entry, field and remedy in its text."""
    tables = read_file(file)
    keyboards = tables.pop("keyboards", "used")
    if keyboards not in ("used", "refused"):
        top = _Entry(file, tables, "keyboards", 1)
        raise top.bad("keyboards", keyboards, "used, refused")
    for name in tables:
        if name not in ("input", "reader"):
            raise Misconfigured("input.unknown_table", "", file=str(file), table=name)
    calls = tuple(_call(entry) for entry in _entries(file, tables, "input"))
    readers = tuple(_reader(entry) for entry in _entries(file, tables, "reader"))
    if not calls and not readers:
        raise Misconfigured("input.no_entries", "", file=str(file))
    paths = [*(spec.path for spec in calls), *readers]
    for path in paths:
        if paths.count(path) > 1:
            raise Misconfigured("input.twice", "", file=str(file), path=str(path))
        if not is_input(path):
            raise Misconfigured("input.no_device", "", file=str(file), path=str(path))
    return Inputs(calls=calls, readers=readers, keyboards_refused=keyboards == "refused")


def _entries(file: Path, tables: dict[str, Any], what: str) -> list[_Entry]:
    found = tables.get(what, [])
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise Misconfigured("input.no_entries", f"{what} is no list of tables", file=str(file))
    return [_Entry(file, table, what, number) for number, table in enumerate(found, 1)]


def _reader(entry: _Entry) -> Path:
    entry.only(("path",))
    return Path(entry.text("path"))


def _call(entry: _Entry) -> InputSpec:
    entry.only(_FIELDS)
    kind = _kind(entry)
    spec = InputSpec(
        path=Path(entry.text("path")),
        point=entry.text("point"),
        kind=kind,
        keys=_keys(entry, kind),
        debounce_s=_seconds(entry, "debounce_s", DEBOUNCE_S, 0.0, _MOST_DEBOUNCE_S),
        beat_s=None if "beat_s" not in entry.table else _seconds(entry, "beat_s", 0.0, *_BEAT_S),
    )
    only_press = set(spec.keys.values()) == {CallPointEvent.PRESS} and spec.beat_s is None
    if spec.point == BED and not (kind in AT_BED and only_press):
        raise entry.wrong("input.not_at_bed", kinds=", ".join(sorted(AT_BED)))
    return spec


def _kind(entry: _Entry) -> CallPointKind:
    told = entry.text("kind")
    try:
        return CallPointKind(told)
    except ValueError:
        raise entry.bad("kind", told, ", ".join(CallPointKind)) from None


def _seconds(entry: _Entry, name: str, usual: float, least: float, most: float) -> float:
    told = entry.table.get(name, usual)
    right = isinstance(told, int | float) and not isinstance(told, bool)
    if not right or not least <= told <= most:
        raise entry.bad(name, told, f"{least:g} … {most:g}")
    return float(told)


def _keys(entry: _Entry, kind: CallPointKind) -> dict[int | None, CallPointEvent]:
    """What each key means. Unsaid, every key presses; a cord says which key is its reset."""
    if kind is CallPointKind.PRESENCE_BUTTON:
        usual = CallPointEvent.PRESENCE
    else:
        usual = CallPointEvent.PRESS
    told = entry.table.get("keys")
    if told is None and kind in AT_BED | {CallPointKind.PRESENCE_BUTTON}:
        return {None: usual}
    if told is None:
        raise entry.wrong("input.missing", field="keys")
    if not isinstance(told, dict) or not told:
        raise entry.bad("keys", told, 'KEY_ENTER = "press"')
    return {_code(entry, name): _event(entry, event) for name, event in told.items()}


def _code(entry: _Entry, name: str) -> int | None:
    if name == ANY:
        return None
    if name.isascii() and name.isdigit() and 0 < int(name) <= _MOST_CODE:
        return int(name)
    if name not in NAMES:
        raise entry.bad("keys", name, f"any, KEY_A, KEY_1, KEY_F1, KEY_ENTER …, 1 … {_MOST_CODE}")
    return NAMES[name]


def _event(entry: _Entry, told: object) -> CallPointEvent:
    for event in FROM_KEYS:
        if told == event.value:
            return event
    raise entry.bad("keys", told, ", ".join(FROM_KEYS))
