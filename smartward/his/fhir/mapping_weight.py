"""The body weight that was told last: nobody assumes one."""

from datetime import datetime, tzinfo

from smartward.his.fhir import times, units
from smartward.his.fhir.chart import Chart
from smartward.his.fhir.codes import Codebook
from smartward.his.fhir.reject import Reject
from smartward.his.fhir.resources import Observation, Resource

_GOOD = ("final", "amended", "corrected")


def weight_kg(
    stay: str, chart: Chart, book: Codebook, zone: tzinfo
) -> tuple[float | None, list[tuple[Resource, Reject]]]:
    """The newest weight of a stay in kg, and what had to be set aside. One without a date, or with
    a reason for being absent, is none."""
    found: list[tuple[datetime, str, float]] = []
    aside: list[tuple[Resource, Reject]] = []
    for one in chart.of_stay(Observation, stay):
        if one.status not in _GOOD or book.word("body_weight", one.code) is None:
            continue
        at = times.first(one.effective_date_time or one.effective_instant, zone)
        if one.data_absent_reason is not None or at <= times.OLDEST:
            continue
        try:
            found.append((at, one.id, units.kilograms(one.value_quantity)))
        except Reject as reason:
            aside.append((one, reason))
    return max(found)[2] if found else None, aside
