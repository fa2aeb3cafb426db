"""The promise, as it is checked after each step, and of every press once all has arrived."""

from smartward.clinical.nurse_call import CallClass, NurseCall, is_open
from smartward.wire.envelope import ActionKind as K
from tests.faults.protocol.hub_side import DEVICES, HubSide
from tests.faults.protocol.state import Message, Pressed, State, check

PRESSES = (K.CALL_PLACE, K.CALL_AGAIN)


class Promise:
    """The hub with a state beside it."""

    def __init__(self, hub: HubSide, state: State) -> None:
        self.hub = hub
        self.s = state

    def _check_step(self, before: dict[str, NurseCall], by: Message | None) -> None:
        """What no single message may do."""
        after = self.hub.calls()
        check(set(before) <= set(after), "a call is gone")
        for id, call in after.items():
            was = before.get(id)
            if was is None:
                self._check_new(call, by)
                continue
            check(call.placed_at == was.placed_at, "the first time is kept")
            check(call.bed_id == was.bed_id, "a call changed its bed")
            check(call.marks[: len(was.marks)] == was.marks, "a mark is gone")
            check(call.priority.rank <= was.priority.rank, "it went down by itself")
            if is_open(was) and not is_open(call):
                self._check_closed(call, by)

    def _check_new(self, call: NurseCall, by: Message | None) -> None:
        check(by is not None and by.request.action.kind in PRESSES, "a call nobody made")
        assert by is not None
        check(call.bed_id == DEVICES[by.screen][1], "a call at another bed")
        true = next(one for one in self.s.presses if one.action == by.request.action.id)
        if not self.s.clock_moved and not self.s.was_cut:
            check(call.placed_at == true.at, "the time of the press")

    def _check_closed(self, call: NurseCall, by: Message | None) -> None:
        check(by is not None, "closed by nobody")
        assert by is not None
        kind, screen = by.request.action.kind, by.screen
        normal = call.call_class is CallClass.NORMAL
        in_room = kind in (K.CALL_CLOSE, K.PRESENCE_LEAVE, K.PRESENCE_ENTER) and (
            DEVICES[screen][1] == call.bed_id or screen == "door"
        )
        check(
            in_room if normal else (kind == K.CALL_CLOSE and screen == call.device_id),
            f"closed by {kind} at {screen}",
        )
        self.s.closed_by[call.id] = by.request.action.id

    def _check_presses(self) -> None:
        s, calls = self.s, self.hub.calls()
        for place in {DEVICES[one.screen][1] for one in s.presses}:
            counted = sum(c.presses for c in calls.values() if c.bed_id == place)
            mine = [one for one in s.presses if DEVICES[one.screen][1] == place]
            over = [one for one in mine if s.screens[one.screen].rows()[one.action] == "refused"]
            check(counted <= len(mine), "a press was counted twice")
            check(counted >= len(mine) - len(over), "a press is lost")
            for one in over:
                ended = (
                    s.touched[by] for id, by in s.closed_by.items() if calls[id].bed_id == place
                )
                check(any(at > one.order for at in ended), f"{one.action} was answered by nobody")
            for id, by in s.closed_by.items():
                if calls[id].bed_id == place and not is_open(calls[id]):
                    self._check_answered(calls[id], s.touched[by], mine)

    def _check_answered(self, call: NurseCall, ended: int, presses: list[Pressed]) -> None:
        """A person who ended a call had it before them; what was pressed later is a call still."""
        later = [one for one in presses if one.order > ended]
        waiting = [c for c in self.hub.calls().values() if c.bed_id == call.bed_id and is_open(c)]
        ends = [self.s.touched[by] for by in self.s.closed_by.values()]
        for one in later:
            check(
                bool(waiting) or any(at > one.order for at in ends),
                f"{one.action} was pressed after the call was ended, and nobody is called",
            )
