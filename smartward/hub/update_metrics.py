"""Updates in figures for Prometheus: how many screens are how far. No device is a label."""

from collections import Counter
from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Gauge

from smartward.clinical.screen_update import Member, Stage


class UpdateMetrics:
    """Set anew each time the hub is asked for its figures."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._stages = Gauge(
            "smartward_device_updates",
            "Screens on an image, by how far they are with the update they were offered last",
            ("stage",),
            registry=registry,
        )

    def set(self, members: Iterable[Member]) -> None:
        """Count these screens."""
        found = Counter("none" if one.update.stage is None else one.update.stage for one in members)
        for stage in ("none", *Stage):
            self._stages.labels(str(stage)).set(found[stage])
