"""Lines and catheters that the hospital marks with a Flag: see LINE."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from smartward.clinical.line import Line, LineKind
from smartward.his.fhir import times
from smartward.his.fhir.chart import Chart
from smartward.his.fhir.codes import Codebook
from smartward.his.fhir.mapping_fields import Field, Mapped
from smartward.his.fhir.resources import Flag

_STATES = ("active", "inactive")
_TOLD_FOR = timedelta(hours=24)

LINE = Mapped(
    Line,
    "Line or catheter",
    (
        Field("id", ("Flag.id",), "rejected"),
        Field("encounter_id", ("Flag.encounter", "Flag.subject"), "the patient's stay"),
        Field("kind", ("Flag.code",), "of another code: no line", ("line_kind",)),
        Field("since", ("Flag.period",), "None: nobody knows", how="its exact start"),
        Field(
            "until",
            ("Flag.period",),
            "None: it lies",
            how="its exact end; told for 24 h more. One that is `inactive` without an exact end, "
            "or with one to come, is not told",
        ),
        Field("site", ("Flag.code",), "None", how="the text of the code"),
    ),
    notes="A Flag for each line, from when it was put in to when it was taken out. Its code may "
    "stand in `[line]` as well, which shows that there is one. DeviceUseStatement and Procedure "
    "are not read.",
)


def lines(
    stay: str, chart: Chart, book: Codebook, source: str, encounter_id: str, now: datetime
) -> Iterator[Line]:
    """The lines of a stay that lie, or lay within the last day."""
    for one in chart.of_stay(Flag, stay):
        word = book.word("line_kind", one.code)
        if word is None or one.status not in _STATES:
            continue
        period = one.period
        until = times.maybe(period.end) if period is not None else None
        if one.status != "active" and (until is None or until > now):
            continue  # when it came out nobody knows: an end to come was only planned
        if until is not None and now - until > _TOLD_FOR:
            continue
        yield Line(
            id=f"{source}.Flag.{one.id}",
            encounter_id=encounter_id,
            kind=LineKind(word),
            since=times.maybe(period.start) if period is not None else None,
            until=until if until is not None and until <= now else None,
            site=one.code.text if one.code is not None else None,
        )
