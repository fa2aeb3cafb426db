"""What the hub counts, for Prometheus. Labels are kinds, roles and reasons, never people."""

from collections.abc import Mapping
from typing import Any

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)

from smartward.clinical.device import ScreenRole
from smartward.clinical.drill import DrillRecord, DrillResult
from smartward.hub.alert_counts import ShiftAlerts
from smartward.hub.fleet_metrics import FleetMetrics
from smartward.hub.update_metrics import UpdateMetrics
from smartward.wire.envelope import Outcome

_COMMIT_S = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1.0)
_FAN_OUT_S = (0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.05, 0.25)


class Metrics:
    """One hub's counters in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry(auto_describe=True)
        self.fleet = FleetMetrics(self.registry)
        self.updates = UpdateMetrics(self.registry)
        self._writes = Counter(
            "smartward_writes", "Writes that were committed", registry=self.registry
        )
        self._actions = Counter(
            "smartward_actions", "Actions answered", ("kind", "outcome"), registry=self.registry
        )
        self._commit = Histogram(
            "smartward_commit_seconds",
            "From the start of a commit to its being on the disk",
            buckets=_COMMIT_S,
            registry=self.registry,
        )
        self._fan_out = Histogram(
            "smartward_fan_out_seconds",
            "Waking the screens that may see a write",
            buckets=_FAN_OUT_S,
            registry=self.registry,
        )
        self._feeds = Gauge(
            "smartward_feed_connections", "Feeds open now", ("role",), registry=self.registry
        )
        self._calls = Gauge(
            "smartward_open_calls",
            "Nurse calls whose light is on",
            ("call_class",),
            registry=self.registry,
        )
        self._lost = Gauge(
            "smartward_call_points_lost",
            "Call points whose wire or heartbeat is missing",
            registry=self.registry,
        )
        self._rejected = Gauge(
            "smartward_his_rejected",
            "Resources of the hospital system that are set aside now",
            ("reason",),
            registry=self.registry,
        )
        self._failures = Counter(
            "smartward_listener_failures",
            "Writes at which a part of the hub failed",
            ("listener",),
            registry=self.registry,
        )
        self._his_up = Gauge(
            "smartward_his_up", "1 when the hospital system answers", registry=self.registry
        )

        self._writes_to_his = Gauge(
            "smartward_his_writes",
            "Things told to the hospital system, by how they stand",
            ("state",),
            registry=self.registry,
        )
        self._oldest_write = Gauge(
            "smartward_his_write_oldest_seconds",
            "For how long the oldest thing has waited to be told to the hospital system",
            registry=self.registry,
        )

        self._doubts = Gauge(
            "smartward_screens_in_doubt",
            "Screens that may be another machine, or stand at another bed",
            ("kind",),
            registry=self.registry,
        )

        self._alerts = Gauge(
            "smartward_alerts_shift",
            "Alerts opened since the shift began; in shadow: that nobody saw",
            ("rule", "alert_class", "mode"),
            registry=self.registry,
        )
        self._escalated = Gauge(
            "smartward_alerts_escalated_shift",
            "Steps of alerts that nobody had answered since the shift began",
            ("rule",),
            registry=self.registry,
        )
        self._per_bed = Gauge(
            "smartward_alerts_per_bed_shift",
            "Alerts opened since the shift began, for each bed of the ward",
            registry=self.registry,
        )
        self._most = Gauge(
            "smartward_alerts_most_of_one_bed_shift",
            "Alerts opened since the shift began at the bed that had most",
            registry=self.registry,
        )

        self._budget = Gauge(
            "smartward_alert_budget_per_bed_shift",
            "Alerts that one bed may have in a shift",
            registry=self.registry,
        )
        self._over = Gauge(
            "smartward_alert_budget_over",
            "What is above the budget of alerts in this shift",
            ("what",),
            registry=self.registry,
        )

        self._drill = Gauge(
            "smartward_test_calls",
            "Beds of the last ward drill, by what it showed",
            ("result",),
            registry=self.registry,
        )
        self._drill_ended = Gauge(
            "smartward_test_calls_ended_seconds",
            "When the last ward drill ended, in Unix time; 0: never",
            registry=self.registry,
        )

    def identity(self, doubts: Mapping[str, int]) -> None:
        """How many screens are in doubt, by what is doubtful."""
        for kind, count in doubts.items():
            self._doubts.labels(kind).set(count)

    def alerts(self, shift: ShiftAlerts) -> None:
        """What the shift on duty has seen of alerts."""
        self._alerts.clear()
        for (rule, alert_class, mode), count in shift.rules.items():
            self._alerts.labels(rule, alert_class, mode).set(count)
        self._budget.set(shift.limit)
        self._over.labels("beds").set(shift.over)
        self._over.labels("patients").set(shift.patients_over)
        self._escalated.clear()
        for rule, count in shift.escalated.items():
            self._escalated.labels(rule).set(count)
        self._per_bed.set(shift.per_bed)
        self._most.set(shift.most_of_one_bed)

    def drill(self, record: DrillRecord | None) -> None:
        """What the last drill showed; while one runs, what the one before did."""
        if record is None:
            return
        for result in DrillResult:
            self._drill.labels(str(result)).set(record.count(result))
        self._drill_ended.set(record.ended_at.timestamp())

    def listener_failed(self, listener: str) -> None:
        """A part of the hub failed at a write that it was told of."""
        self._failures.labels(listener).inc()

    def committed(self, seconds: float, writes: int) -> None:
        """A commit that held this many writes."""
        self._writes.inc(writes)
        self._commit.observe(seconds)

    def answered(self, kind: str, outcome: Outcome) -> None:
        """An action's answer."""
        self._actions.labels(kind, outcome).inc()

    def fanned_out(self, seconds: float) -> None:
        """One write's screens were woken."""
        self._fan_out.observe(seconds)

    def scrape(
        self,
        feeds: Mapping[ScreenRole, int],
        open_calls: Mapping[str, int],
        lost_points: int,
        rejected: Mapping[str, int],
        his_up: bool,
        his_writes: tuple[Mapping[str, Any], float] = ({}, 0.0),
    ) -> bytes:
        """The text of all figures, given those that are counted only when asked for."""
        for role, count in feeds.items():
            self._feeds.labels(str(role)).set(count)
        for call_class, count in open_calls.items():
            self._calls.labels(call_class).set(count)
        self._lost.set(lost_points)
        self._rejected.clear()
        for reason, count in rejected.items():
            self._rejected.labels(reason).set(count)
        self._his_up.set(1 if his_up else 0)
        stand, oldest_s = his_writes
        for state in ("waiting", "refused", "conflicts", "not_taken"):
            self._writes_to_his.labels(state).set(stand.get(state, 0))
        self._oldest_write.set(oldest_s)
        return generate_latest(self.registry)
