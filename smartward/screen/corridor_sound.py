"""What the corridor sounds and says: by default only what staff ask of staff."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from smartward.clinical.nurse_call import CallClass, CallReason
from smartward.clinical.priority import Priority
from smartward.screen.beds import asks
from smartward.screen.call_prompts import REPEAT, prompt_of
from smartward.screen.station_sound import EXPIRES_S, Announcer, Silence
from smartward.wire.call_view import CorridorCall
from smartward.wire.views import CorridorBed

HEARD: dict[str, frozenset[CallClass]] = {
    "none": frozenset(),
    "staff": frozenset({CallClass.EMERGENCY, CallClass.ASSIST}),
    "high": frozenset(CallClass) - {CallClass.NORMAL},
    "all": frozenset(CallClass),
}
"""What each choice of the setting `corridor_sounds` lets be heard."""

LOST_FOR = timedelta(seconds=300)
"""After a broken link an alarm goes on for so long: nobody here can end it, and the station, which
can, sounds by itself."""


@dataclass(frozen=True, slots=True)
class Tone:
    """What sounds now. `unbroken`: a staff emergency goes on without long rests."""

    priority: Priority | None = None
    unbroken: bool = False


class CorridorSound:
    """Lets the device sound and say what is due, until somebody has accepted."""

    def __init__(self, choice: str) -> None:
        """`choice` is the setting `corridor_sounds`."""
        self._classes = HEARD[choice]
        self._announcer: Announcer = Silence()
        self._said: dict[str, tuple[Priority, datetime]] = {}
        self.now = Tone()

    def connect(self, announcer: Announcer) -> None:
        """Use this device's sound from now on; it starts after the first frame."""
        self._announcer = announcer
        announcer.set_alarm(self.now.priority, unbroken=self.now.unbroken)

    def step(
        self,
        calls: Sequence[CorridorCall],
        beds: Mapping[str, CorridorBed],
        language: str,
        now: datetime,
        lost_for: timedelta,
    ) -> None:
        """Bring tone and words to the ordered open calls; `lost_for`: how long nothing was heard
        from the hub, zero while the link is good."""
        asking = [
            call
            for call in calls
            if asks(call) and call.call_class in self._classes and lost_for < LOST_FOR
        ]
        tone = Tone(
            min((call.priority for call in asking), key=lambda one: one.rank, default=None),
            any(call.call_class is CallClass.EMERGENCY for call in asking),
        )
        if tone != self.now:
            self.now = tone
            self._announcer.set_alarm(tone.priority, unbroken=tone.unbroken)
        self._said = {call.id: self._said[call.id] for call in asking if call.id in self._said}
        for call in asking:
            if self._due(call, now):
                self._said[call.id] = (call.priority, now)
                self._say(call, beds.get(call.bed_id), language)

    def _due(self, call: CorridorCall, now: datetime) -> bool:
        before = self._said.get(call.id)
        if before is None or before[0] is not call.priority:
            return True
        repeat = REPEAT.get(call.call_class)
        # A clock set back would put the words off; the tone goes on meanwhile.
        return repeat is not None and not timedelta(0) <= now - before[1] < repeat

    def _say(self, call: CorridorCall, bed: CorridorBed | None, language: str) -> None:
        place = {"room": "", "bed": ""} if bed is None else {"room": bed.room, "bed": bed.number}
        lost = CallReason.LINE_LOST if call.line_lost else None
        self._announcer.announce(
            prompt_of(call.call_class, lost), place, call.priority, language, EXPIRES_S
        )
