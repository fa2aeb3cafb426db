"""Call inputs: which key means what, bounce and repetition, and a file that cannot be meant."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from smartward.clinical.call_point import CallPointEvent, CallPointKind
from smartward.device.call_input import InputSpec, KeyInput, read_inputs
from smartward.device.evdev_source import DOWN, NAMES, REPEAT, UP, KeyEvent
from smartward.errors import Misconfigured
from smartward.i18n import Catalogue

PRESS, RESET = CallPointEvent.PRESS, CallPointEvent.RESET


class Script:
    """A device that plays what it is given, then ends."""

    def __init__(self, *events: KeyEvent | bool) -> None:
        self._events = events

    async def run(self, key: Callable[[KeyEvent], None], there: Callable[[bool], None]) -> None:
        for event in self._events:
            if isinstance(event, KeyEvent):
                key(event)
            else:
                there(event)


def told(spec: InputSpec, *events: KeyEvent | bool) -> list[tuple[str, CallPointEvent]]:
    found: list[tuple[str, CallPointEvent]] = []
    device = KeyInput(spec, Script(*events))
    asyncio.run(device.run(lambda point, event: found.append((point, event))))
    return found


def spec(**keys: str) -> InputSpec:
    return InputSpec(
        path=Path("/dev/input/event3"),
        point="cord-305",
        kind=CallPointKind.BATHROOM_CORD,
        keys={
            None if name == "any" else NAMES[name]: CallPointEvent(event)
            for name, event in keys.items()
        },
    )


def test_each_key_has_its_event() -> None:
    cord = spec(KEY_1="press", KEY_2="reset")
    assert told(
        cord, KeyEvent(2, DOWN, 1), KeyEvent(2, UP, 1.1), KeyEvent(3, DOWN, 2), KeyEvent(4, DOWN, 3)
    ) == [("cord-305", PRESS), ("cord-305", RESET)]


def test_bounce_repetition_and_release_are_one_press() -> None:
    events = [
        KeyEvent(2, DOWN, 1.0),
        KeyEvent(2, UP, 1.01),
        KeyEvent(2, DOWN, 1.02),
        *(KeyEvent(2, REPEAT, 1.3 + n / 30) for n in range(20)),
        KeyEvent(2, UP, 2.0),
        KeyEvent(2, DOWN, 2.1),
    ]
    assert told(spec(KEY_1="press"), *events) == [("cord-305", PRESS)] * 2


def test_a_bounce_of_one_event_holds_back_no_other() -> None:
    cord = spec(KEY_1="press", KEY_2="reset")
    assert told(cord, KeyEvent(2, DOWN, 1.0), KeyEvent(3, DOWN, 1.1)) == [
        ("cord-305", PRESS),
        ("cord-305", RESET),
    ]


def test_any_key_is_every_other_key() -> None:
    keyboard = spec(any="press", KEY_2="reset")
    assert told(keyboard, KeyEvent(30, DOWN, 1), KeyEvent(3, DOWN, 2), KeyEvent(0, DOWN, 9)) == [
        ("cord-305", PRESS),
        ("cord-305", RESET),
    ]


def test_a_wire_is_told_lost_and_restored() -> None:
    assert told(spec(KEY_1="press"), True, False, True) == [
        ("cord-305", CallPointEvent.RESTORED),
        ("cord-305", CallPointEvent.LOST),
        ("cord-305", CallPointEvent.RESTORED),
    ]


# ------------------------------------------------------------------------------------- the file

GOOD = """
[[input]]
path = "/dev/input/by-id/usb-switch-event-kbd"
point = "bed"
kind = "one_switch"

[[input]]
path = "/dev/input/by-id/usb-cord-event-kbd"
point = "cord-305"
kind = "bathroom_cord"
keys = { KEY_F1 = "press", 59 = "press", KEY_F2 = "reset" }
debounce_s = 0.05
beat_s = 20

[[input]]
path = "/dev/input/by-id/usb-presence-event-kbd"
point = "presence-305"
kind = "presence_button"

[[reader]]
path = "/dev/input/by-id/usb-badge-event-kbd"
"""


def written(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "inputs.toml"
    file.write_text(text, "utf-8")
    return file


def test_a_file_says_what_hangs_where(tmp_path: Path) -> None:
    inputs = read_inputs(written(tmp_path, GOOD))
    switch, cord, presence = inputs.calls
    assert (switch.point, switch.kind, switch.keys) == ("bed", "one_switch", {None: PRESS})
    assert cord.keys == {59: PRESS, 60: RESET}
    assert (cord.debounce_s, cord.beat_s, switch.beat_s) == (0.05, 20, None)
    assert presence.keys == {None: CallPointEvent.PRESENCE}
    assert [path.name for path in inputs.readers] == ["usb-badge-event-kbd"]


CORD = '[[input]]\npath = "/dev/input/event3"\npoint = "cord"\nkind = "bathroom_cord"\n'
SWITCH = '[[input]]\npath = "/dev/input/event4"\npoint = "bed"\nkind = "one_switch"\n'


@pytest.mark.parametrize(
    "text, words",
    [
        ("", ["names no input"]),
        ("input = 3", ["names no input"]),
        ("[camera]\nx = 1", ["nothing reads camera"]),
        ("[[input]]\npath = 3", ["[[input]] 1 lacks kind"]),
        (SWITCH.replace("one_switch", "bell"), ["kind is bell", "one_switch", "bathroom_cord"]),
        (SWITCH + "colour = 1", ["colour, which nothing reads", "debounce_s"]),
        (SWITCH + "debounce_s = 60", ["debounce_s is 60", "0 … 5"]),
        (CORD + 'keys = { 1 = "press" }\nbeat_s = 0', ["beat_s is 0", "1 … 3600"]),
        (SWITCH + "beat_s = 20", ["the bed's own call"]),
        (SWITCH + "debounce_s = true", ["debounce_s is True"]),
        (SWITCH.replace('"/dev/input/event4"', '" "'), ["path is"]),
        (SWITCH + 'keys = { KEY_1 = "reset" }', ["the bed's own call", "only by press"]),
        (SWITCH + 'keys = { MOON = "press" }', ["keys is MOON", "KEY_ENTER"]),
        (SWITCH + 'keys = { KEY_1 = "lost" }', ["keys is lost", "press, reset, presence"]),
        (SWITCH + "keys = 3", ["keys is 3"]),
        (SWITCH.replace("one_switch", "bathroom_cord") + 'keys = {1 = "press"}', ["own call"]),
        (CORD, ["[[input]] 1 lacks keys"]),
        (SWITCH + SWITCH, ["event4 stands there twice"]),
        ('[[reader]]\npath = "/etc/passwd"', ["/etc/passwd is no input device"]),
        ('[[reader]]\npath = "/dev/x"\npoint = "bed"', ["[[reader]] 1 has point"]),
        ("[[input", ["inputs.toml"]),
    ],
)
def test_a_file_that_cannot_be_meant_says_what_to_do(
    text: str, words: list[str], tmp_path: Path
) -> None:
    from zoneinfo import ZoneInfo

    with pytest.raises(Misconfigured) as raised:
        read_inputs(written(tmp_path, text))
    said = Catalogue("en", ZoneInfo("UTC")).text(raised.value.key, **raised.value.values)
    assert "inputs.toml" in said
    for word in words:
        assert word in said
