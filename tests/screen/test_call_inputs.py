"""Call inputs on a screen: the bed's own call, events of call points, and what is unplugged."""

import os
from pathlib import Path

import pytest
import qasync
from PySide6.QtGui import QGuiApplication

from smartward.clinical.call_point import CallPointEvent, CallPointKind
from smartward.clinical.device import ScreenRole
from smartward.device.call_input import Inputs, InputSpec
from smartward.errors import Misconfigured
from smartward.screen.call_inputs import BED_LOST, POINT_LOST, CallInputs, inputs_of
from smartward.screen.screen_model import ScreenModel
from smartward.screen.services import Services
from smartward.tasks import Tasks
from smartward.wire.envelope import Action
from tests.fakes.fake_clock import ManualClock
from tests.screen.test_hub_link import until

PRESS = CallPointEvent.PRESS


class Bedside(ScreenModel):
    """A model with a call button."""

    calls = 0

    def placeCall(self) -> None:
        self.calls += 1


def inputs(model: ScreenModel) -> tuple[CallInputs, list[int]]:
    changed: list[int] = []
    made = CallInputs(model, Inputs(), model.clock, Tasks(), lambda: changed.append(1))
    return made, changed


def test_the_beds_own_input_is_the_call_button(app: QGuiApplication, services: Services) -> None:
    model = Bedside(services)
    made, _ = inputs(model)
    made.event("bed", PRESS)
    made.event("bed", PRESS)
    assert model.calls == 2
    assert model.pending() == (), "whatever the call button does, it does"
    with pytest.raises(ValueError, match="no presence"):
        made.event("bed", CallPointEvent.PRESENCE)


@pytest.mark.parametrize("event", CallPointEvent)
def test_a_points_event_is_one_durable_action(
    app: QGuiApplication, services: Services, event: CallPointEvent
) -> None:
    model = ScreenModel(services)
    made, _ = inputs(model)
    made.event("cord-305", event)
    (action,) = model.pending()
    assert (action.kind, action.subject) == ("call_point.event", "cord-305")
    assert action.data == {"event": event.value}


def test_what_is_unplugged_is_a_fault_until_it_is_back(
    app: QGuiApplication, services: Services
) -> None:
    model = Bedside(services)
    made, changed = inputs(model)
    made.event("bed", CallPointEvent.LOST)
    made.event("bed", CallPointEvent.LOST)
    made.event("cord-305", CallPointEvent.LOST)
    assert made.faults == {BED_LOST, POINT_LOST}
    assert len(changed) == 2
    made.event("cord-305", CallPointEvent.RESTORED)
    made.event("bed", CallPointEvent.RESTORED)
    assert made.faults == frozenset()
    assert model.calls == 0
    for key in (BED_LOST, POINT_LOST):
        assert model.texts.text(key)


def test_a_door_places_no_call_of_a_bed(app: QGuiApplication, services: Services) -> None:
    made, _ = inputs(ScreenModel(services))
    with pytest.raises(ValueError, match="places no call"):
        made.event("bed", PRESS)


def test_a_watched_point_is_told_to_live_while_it_is_there(
    loop: qasync.QEventLoop, services: Services, clock: ManualClock, tmp_path: Path
) -> None:
    cord = InputSpec(
        path=tmp_path / "cord",
        point="cord-305",
        kind=CallPointKind.BATHROOM_CORD,
        keys={2: PRESS},
        beat_s=20,
    )
    told: list[tuple[str, object]] = []

    async def post(action: Action) -> None:
        told.append((action.subject, action.data["event"]))

    async def run() -> None:
        os.mkfifo(cord.path)
        model, tasks = ScreenModel(services), Tasks()
        made = CallInputs(model, Inputs(calls=(cord,)), clock, tasks, lambda: None)
        made.post = post
        made.start()
        await until(lambda: len(told) == 1 and len(model.pending()) == 1)
        clock.advance(20)
        await until(lambda: len(told) == 2)
        made.event("cord-305", CallPointEvent.LOST)
        await until(lambda: clock.waiting > 0)
        clock.advance(20)
        await until(lambda: clock.waiting > 0)
        made.event("cord-305", CallPointEvent.RESTORED)
        clock.advance(20)
        await until(lambda: len(told) == 3)
        await tasks.stop()
        assert told == [("cord-305", "beat")] * 3
        kinds = [action.data["event"] for action in model.pending()]
        assert kinds == ["restored", "lost", "restored"], "a sign of life is kept on no disk"

    loop.run_until_complete(run())


SWITCH = '[[input]]\npath = "/dev/input/x"\npoint = "bed"\nkind = "one_switch"\n'
CORD = (
    '[[input]]\npath = "/dev/input/y"\npoint = "cord"\nkind = "bathroom_cord"\n'
    'keys = { KEY_1 = "press" }\n'
)
READER = '[[reader]]\npath = "/dev/input/z"\n'


@pytest.mark.parametrize(
    "role, text, key",
    [
        (ScreenRole.BEDSIDE, SWITCH + CORD + READER, None),
        (ScreenRole.DOOR, CORD + READER, None),
        (ScreenRole.STATION, READER, None),
        (ScreenRole.DOOR, SWITCH, "input.bed_only"),
        (ScreenRole.STATION, CORD, "input.no_call_here"),
    ],
)
def test_each_role_has_what_it_may_have(
    role: ScreenRole, text: str, key: str | None, tmp_path: Path
) -> None:
    file = tmp_path / "inputs.toml"
    file.write_text(text)
    if key is None:
        assert inputs_of(file, role) != Inputs()
        return
    with pytest.raises(Misconfigured) as raised:
        inputs_of(file, role)
    assert raised.value.key == key
