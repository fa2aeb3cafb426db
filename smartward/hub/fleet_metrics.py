"""The ward's devices in figures for Prometheus. Labels are roles, states, text keys and versions,
never a device or a place; so many versions and no more."""

from collections import Counter
from collections.abc import Sequence

from prometheus_client import CollectorRegistry, Gauge

from smartward.clinical.device import ScreenRole
from smartward.clinical.screen_health import TROUBLES
from smartward.hub.fleet import Entry, State

_STATES: tuple[State, ...] = ("online", "offline", "hung", "placed", "never")
_MOST_VERSIONS = 8
"""Of a ward that is being updated; what more there is, is counted as `other`."""


class FleetMetrics:
    """Set anew each time the hub is asked for its figures."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._devices = Gauge(
            "smartward_devices",
            "Devices of the ward by role, and whether they are there",
            ("role", "state"),
            registry=registry,
        )
        self._troubles = Gauge(
            "smartward_devices_with_trouble",
            "Devices that are there and in whose figures the hub finds something wrong",
            ("trouble",),
            registry=registry,
        )
        self._versions = Gauge(
            "smartward_device_versions",
            "Devices by the version and the system that they told last",
            ("version", "slot"),
            registry=registry,
        )
        self._skew = Gauge(
            "smartward_device_clock_skew_seconds_max",
            "The clock that is furthest from the hub's, of those that are there",
            registry=registry,
        )
        self._cache_age = Gauge(
            "smartward_device_cache_age_seconds_max",
            "The oldest data on a device that is there",
            registry=registry,
        )
        self._outbox = Gauge(
            "smartward_device_outbox_waiting",
            "Touches that wait on all devices to be sent, as they told last",
            registry=registry,
        )

    def set(self, entries: Sequence[Entry]) -> None:
        """Count these devices."""
        states = Counter((str(one.device.role), one.state) for one in entries)
        for role in ScreenRole:
            for state in _STATES:
                self._devices.labels(str(role), state).set(states[str(role), state])
        here = [one.health for one in entries if one.health and one.state == "online"]
        found = Counter(key for health in here for key in health.troubles)
        for key in TROUBLES:
            self._troubles.labels(key.rpartition(".")[2]).set(found[key])
        told = [one.health for one in entries if one.health]
        versions = Counter((health.version, health.slot) for health in told).most_common()
        self._versions.clear()
        for (version, slot), count in versions[:_MOST_VERSIONS]:
            self._versions.labels(version, slot).set(count)
        rest = sum(count for _, count in versions[_MOST_VERSIONS:])
        if rest:
            self._versions.labels("other", "").set(rest)
        self._skew.set(max((abs(health.skew_s) for health in here), default=0))
        ages = [health.cache_age_s for health in here if health.cache_age_s is not None]
        self._cache_age.set(max(ages, default=0))
        self._outbox.set(sum(health.outbox for health in told))
