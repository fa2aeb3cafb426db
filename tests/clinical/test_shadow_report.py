"""What rules in shadow would have said, counted from the log: no more, and nothing left out."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from smartward.clinical.alert_lives import lives
from smartward.clinical.shadow_report import ShadowReport, shadow_report

T0 = datetime(2026, 11, 21, tzinfo=UTC)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Row:
    minute: int
    alert: str
    event: str
    mode: str = "shadow"
    subject: str = "encounter:e1"
    rule: str = "spo2_drop"
    bed: str | None = "b1"
    alert_class: str = "U"
    told: str = ""

    @property
    def at(self) -> datetime:
        return T0 + timedelta(minutes=self.minute)


def report(*rows: Row, beds: int = 10) -> ShadowReport:
    """Of one day, whose second half is night."""
    roles = {"li": "nurse"}
    return shadow_report(
        rows, T0, T0 + DAY, beds, lambda at: at.hour >= 12, lambda one: roles.get(one, one)
    )


def test_one_alert_is_told_with_all_that_belongs_to_it() -> None:
    found = report(
        Row(5, "other", "opened", mode="on", rule="news2"),
        Row(10, "a", "opened"),
        Row(11, "a", "told", told="li"),
        Row(20, "a", "escalated", told="head_nurse,li"),
        Row(40, "a", "closed"),
        Row(800, "b", "opened", subject="encounter:e2"),
        Row(900, "b", "closed"),
    )
    (one,) = found.rules
    assert (one.said, one.night, one.patient_count, one.escalations) == (2, 1, 2, 1)
    assert (one.minutes, one.together) == (65, 1)
    assert one.asked == (("nurse", 2), ("head_nurse", 1))
    assert (one.per_bed_day, found.seen) == (0.2, 1)


def test_what_opened_before_counts_for_nothing_but_being_open() -> None:
    found = report(
        Row(-30, "early", "opened", mode="on"),
        Row(-20, "shadow", "opened"),
        Row(10, "a", "opened"),
        Row(30, "shadow", "closed"),
    )
    (one,) = found.rules
    assert (one.said, one.together, found.seen) == (1, 1, 0)
    assert one.minutes == 24 * 60 - 10, "it is still so at the end"


def test_a_latched_alert_is_open_until_somebody_takes_note() -> None:
    rows = [
        Row(0, "x", "opened", mode="on"),
        Row(1, "x", "acknowledged", mode="on"),
        Row(5, "x", "latched", mode="on"),
        Row(60, "x", "acknowledged", mode="on"),
    ]
    (life,) = lives(rows, T0, T0 + DAY)
    assert life.ended == T0 + timedelta(hours=1)


def test_without_beds_there_is_no_rate() -> None:
    (one,) = report(Row(10, "a", "opened"), beds=0).rules
    assert (one.said, one.per_bed_day) == (1, 0)


ALERTS = st.lists(
    st.tuples(
        st.integers(-600, 1500), st.integers(1, 600), st.sampled_from(["on", "shadow"]),
        st.sampled_from(["encounter:e1", "encounter:e2"]), st.sampled_from(["spo2_drop", "news2"]),
    ),
    max_size=12,
)  # fmt: skip


@given(ALERTS)
def test_every_alert_is_counted_once_whatever_lies_around_it(
    alerts: list[tuple[int, int, str, str, str]],
) -> None:
    rows = [
        row
        for number, (start, length, mode, subject, rule) in enumerate(alerts)
        for row in (
            Row(start, str(number), "opened", mode, subject, rule),
            Row(start + length, str(number), "closed", mode, subject, rule),
        )
    ]
    found = report(*sorted(rows, key=lambda row: row.minute))
    within = [one for one in alerts if 0 <= one[0] < 24 * 60]
    assert sum(one.said for one in found.rules) == sum(one[2] == "shadow" for one in within)
    assert found.seen == sum(one[2] == "on" for one in within)
    for one in found.rules:
        assert 1 <= one.patient_count <= 2
        assert max(one.night, one.together, one.escalations) <= one.said
