"""Call inputs of this device become actions: the bed's own call, or events of call points."""

from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Protocol, runtime_checkable

from smartward.clinical.call_point import CallPointEvent
from smartward.clinical.device import ScreenRole
from smartward.clock import Clock
from smartward.device.call_input import BED, CallInput, Inputs, KeyInput, read_inputs
from smartward.device.evdev_source import CodeReader, EvdevSource
from smartward.device.keyboards import watch
from smartward.errors import Misconfigured
from smartward.screen.screen_model import ScreenModel
from smartward.tasks import Tasks
from smartward.wire.envelope import Action, ActionKind, Answer

Post = Callable[[Action], Awaitable[Answer | None]]

BED_LOST = "input.lost_bed"
POINT_LOST = "input.lost_point"
READER_LOST = "input.lost_reader"

_MAY_CALL = frozenset({ScreenRole.BEDSIDE, ScreenRole.DOOR})


@runtime_checkable
class Calling(Protocol):
    """A model with a call button (the bedside)."""

    def placeCall(self) -> None:
        """The call was touched: place it, or press again."""


def inputs_of(file: Path, role: ScreenRole) -> Inputs:
    """The inputs of a file, as this role may have them. Raises Misconfigured."""
    inputs = read_inputs(file)
    if inputs.calls and role not in _MAY_CALL:
        raise Misconfigured("input.no_call_here", role.value, file=str(file))
    at_bed = any(spec.point == BED for spec in inputs.calls)
    if at_bed and role is not ScreenRole.BEDSIDE:
        raise Misconfigured("input.bed_only", role.value, file=str(file))
    return inputs


class CallInputs:
    """Runs the inputs of one screen, and says which of them are gone."""

    def __init__(
        self,
        model: ScreenModel,
        inputs: Inputs,
        clock: Clock,
        tasks: Tasks,
        changed: Callable[[], None],
    ) -> None:
        """`changed` is called when `faults` has."""
        self._model = model
        self._clock = clock
        self._tasks = tasks
        self._changed = changed
        self.post: Post | None = None
        """How a sign of life reaches the hub, once there is one: it needs no disk."""
        self._specs = inputs.calls
        self._calls: list[CallInput] = [
            KeyInput(spec, EvdevSource(spec.path, clock)) for spec in inputs.calls
        ]
        self._readers = inputs.readers
        self._named = inputs.paths
        self.keyboards_refused = inputs.keyboards_refused
        """Whether no key counts but of a device that is named."""
        self._gone: dict[str, str] = {}

    @property
    def faults(self) -> frozenset[str]:
        """Text keys of what is unplugged now."""
        return frozenset(self._gone.values())

    @property
    def reader_count(self) -> int:
        """How many badge readers this screen shall have."""
        return len(self._readers)

    def start(self) -> None:
        """Begin to listen."""
        for number, each in enumerate(self._calls):
            run = partial(each.run, self.event)
            self._tasks.keep(run, f"call input {number}", self._clock)
        if self.keyboards_refused:
            look = partial(watch, self._clock, self._named)
            self._tasks.keep(look, "keyboards", self._clock)
        for number, path in enumerate(self._readers):
            reader = CodeReader(EvdevSource(path, self._clock), self._model.badge_read)
            there = partial(self._there, f"reader {number}", READER_LOST)
            self._tasks.keep(partial(reader.run, there), f"reader {number}", self._clock)

        for spec in self._specs:
            if spec.beat_s is not None:
                run = partial(self._live, spec.point, spec.beat_s)
                self._tasks.keep(run, f"beat of {spec.point}", self._clock)

    async def _live(self, point: str, every_s: float) -> None:
        """Tell that a call point lives, as long as its device is there."""
        from uuid6 import uuid7  # not before the first frame

        while True:
            if self.post is not None and point not in self._gone:
                beat = Action(
                    id=str(uuid7()),
                    kind=ActionKind.CALL_POINT_EVENT,
                    subject=point,
                    made_at=self._clock.now(),
                    data={"event": CallPointEvent.BEAT.value},
                )
                await self.post(beat)
            await self._clock.sleep(every_s)

    def event(self, point: str, event: CallPointEvent) -> None:
        """Something happened at a call point, or at the bed's own input (`BED`).

        Raises ValueError for what a bed's own input cannot tell, or where no call is made.
        """
        wire = event in (CallPointEvent.LOST, CallPointEvent.RESTORED)
        if wire:
            fault = BED_LOST if point == BED else POINT_LOST
            self._there(point, fault, event is CallPointEvent.RESTORED)
        if point != BED:
            self._model.act(ActionKind.CALL_POINT_EVENT, point, {"event": event.value})
        elif event is CallPointEvent.PRESS:
            if not isinstance(self._model, Calling):
                raise ValueError(f"a {self._model.role} places no call of a bed")
            self._model.placeCall()
        elif not wire:
            raise ValueError(f"the bed's own call has no {event.value}")

    def _there(self, what: str, fault: str, there: bool) -> None:
        before = self.faults
        if there:
            self._gone.pop(what, None)
        else:
            self._gone[what] = fault
        if self.faults != before:
            self._changed()
