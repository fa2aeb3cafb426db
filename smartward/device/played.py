"""What a loudspeaker is given to play, once or again and again, and what became of it."""

from dataclasses import dataclass
from enum import StrEnum

from smartward.clinical.priority import Priority
from smartward.device.samples import Samples


class What(StrEnum):
    """What happened to a sound."""

    QUEUED = "queued"
    STARTED = "started"
    ENDED = "ended"
    INTERRUPTED = "interrupted"
    DROPPED = "dropped"
    CANCELLED = "cancelled"


class Why(StrEnum):
    """Why a sound was dropped or cancelled."""

    STALE = "stale"
    BUSY = "busy"
    SILENT = "silent"
    REPEATED = "repeated"
    ASKED = "asked"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a sound, at a frame counted from the mixer's start."""

    frame: int
    what: What
    name: str
    priority: Priority
    why: Why | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sound:
    """Something to be played once.

    `name` tells it from others in the log (a prompt's key and bed, never a person's name).
    `expires_at` is the time, in seconds of the clock given to `pull`, after which it is not started
    any more. Raises ValueError when there is nothing to hear.
    """

    name: str
    priority: Priority
    samples: Samples
    expires_at: float = float("inf")

    def __post_init__(self) -> None:
        if len(self.samples) == 0:
            raise ValueError(f"sound {self.name} is empty; leave it out")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Alarm:
    """A burst that repeats with `interburst` seconds of silence until it is taken away.

    Raises ValueError when there is nothing to hear, or information is to repeat.
    """

    name: str
    priority: Priority
    burst: Samples
    interburst: float

    def __post_init__(self) -> None:
        if len(self.burst) == 0:
            raise ValueError(f"alarm {self.name} is empty; give it a burst of device.tones")
        if self.priority is Priority.INFORMATION:
            raise ValueError(f"alarm {self.name} has no alarm priority; information never repeats")

    def is_like(self, other: "Alarm | None") -> bool:
        """True when `other` sounds the same, so that it need not start anew."""
        return other is not None and (self.name, self.priority, self.interburst) == (
            other.name,
            other.priority,
            other.interburst,
        )
