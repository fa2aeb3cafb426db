"""The two links as a screen knows them: screen to hub, and hub to hospital system."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum


class Phase(StrEnum):
    """How the feed stands."""

    STARTING = "starting"
    CONNECTING = "connecting"
    LIVE = "live"
    STALE = "stale"
    """Connected, but nothing heard for `link_stale_s`."""
    OFFLINE = "offline"
    NOT_ENROLLED = "not_enrolled"
    WRONG_PLACE = "wrong_place"
    """The hub takes this device for another role than the one it was started as."""
    BLOCKED = "blocked"
    """The hub knows this device and shows it nothing: `LinkState.blocked` says why."""


@dataclass(slots=True)
class LinkState:
    """What is known of both links. Times are UTC wall time of this device."""

    phase: Phase = Phase.STARTING
    lost_at: datetime | None = None
    """When the running break of the link to the hub began, None while it is up."""
    last_heard: datetime | None = None
    """Device time of the last event of the feed, over restarts."""
    his_as_of: datetime | None = None
    """Hub time of the last completed census of the hospital system."""
    his_up: bool = True
    place: str | None = None
    """Bed id (bedhead, bedside) or room id (door) that this device is enrolled for."""
    label: str = ""
    standby: str = ""
    """What the hub that is heard says of itself where it is the standby hub: `following`, `alone`
    or `handing_over`; empty for the ward's own hub."""
    hub_stores: bool = True
    """Whether the hub that is heard can store; it tells of no call that it cannot store."""
    enrolled_as: str = ""
    """The role for which the hub has this device, as it said last."""
    device_id: str = ""
    """Who this screen is, as the hub said last; empty before it ever did."""
    blocked: str = ""
    """Text key of why the hub shows this screen nothing, while the phase is BLOCKED."""
    blocked_values: dict[str, str] = field(default_factory=dict)
    refused: str = ""
    """Text key of why a hub that answers tells this screen nothing, although it may keep what it
    has; empty where none says so. What is shown is what is shown where no hub answers."""
    refused_values: dict[str, str] = field(default_factory=dict)
    """What fills the words of `refused`, where this screen itself can go to no hub."""
    skew: timedelta | None = None
    """Hub time minus device time, as last known."""
    clock_known: Callable[[], bool] = lambda: True
    """Whether this device's time can be compared with `his_as_of`. A machine without a battery
    clock starts with the time at which it was switched off, and an old census looks like new."""
    listeners: list[Callable[[], None]] = field(default_factory=list)

    @property
    def live(self) -> bool:
        """Whether the ward hub was heard in time."""
        return self.phase is Phase.LIVE

    @property
    def told_of_calls(self) -> bool:
        """Whether the hub would tell of a new call: it is heard, and it can store one."""
        return self.live and self.hub_stores

    def changed(self) -> None:
        """Tell those who listen."""
        for listener in self.listeners:
            listener()

    def known_until(self, device_now: datetime) -> datetime:
        """The device's time up to which this screen knows what is called: now, or when the hub was
        heard last. Ages of calls stand still there: whether one still waits is not known."""
        if self.live or self.last_heard is None:
            return device_now
        return min(device_now, self.last_heard)

    def hub_now(self, device_now: datetime) -> datetime:
        """The hub's time as well as this device knows it."""
        return device_now if self.skew is None else device_now + self.skew
