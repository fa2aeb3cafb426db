"""The drip as bedside and bedhead say it: about how long, how sure, and what to look out for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from smartward.clinical.infusion import InfusionStatus, VolumeSource
from smartward.i18n import Catalogue
from smartward.screen.beds import duration
from smartward.wire.views import InfusionView

LIVE_S = 300
"""A volume measured longer ago than this is computed on, not measured: 估计. Two missed reports
of a drip sensor that tells each minute or two are no loss yet (field.md 2.9: the time is shown as
an estimate until measurements agree)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DripText:
    """A drip card. `fraction` is the share left, -1 when it is not known."""

    running: bool = False
    headline: str = ""
    estimated: str = ""
    fraction: float = -1.0
    detail: str = ""
    advice: str = ""
    more: str = ""
    attention: bool = False
    """It has run out, or cannot be told: look at it."""


def left_ml(infusion: InfusionView, now: datetime) -> float | None:
    """Volume left now in mL: as measured, less what the rate has delivered since; None unknown."""
    if infusion.left_ml is None or infusion.source is VolumeSource.SENSOR_LOST:
        return None
    if infusion.status is not InfusionStatus.RUNNING or infusion.rate_ml_h is None:
        return infusion.left_ml
    hours = max(0.0, (now - infusion.measured_at).total_seconds() / 3600)
    return max(0.0, infusion.left_ml - hours * infusion.rate_ml_h)


def end_at(infusion: InfusionView) -> datetime | None:
    """When it ends at this rate; None when paused, at rate 0, or without a live volume."""
    if (
        infusion.status is not InfusionStatus.RUNNING
        or infusion.source is VolumeSource.SENSOR_LOST
        or infusion.left_ml is None
        or infusion.rate_ml_h is None
        or infusion.rate_ml_h <= 0
    ):
        return None
    return infusion.measured_at + timedelta(hours=infusion.left_ml / infusion.rate_ml_h)


def shown(infusions: Sequence[InfusionView]) -> list[InfusionView]:
    """Drips that hang and run or rest, the one that ends first at the front."""
    hanging = [
        infusion
        for infusion in infusions
        if infusion.status in (InfusionStatus.RUNNING, InfusionStatus.PAUSED)
    ]
    return sorted(
        hanging,
        key=lambda drip: (end_at(drip) is None, end_at(drip) or drip.measured_at, drip.id),
    )


def drip_text(
    catalogue: Catalogue, infusions: Sequence[InfusionView], link_up: bool, now: datetime
) -> DripText:
    """The card of the drip that ends first, with how many more there are."""
    hanging = shown(infusions)
    if not hanging:
        return DripText(headline=catalogue.text("bedside.drip.none"))
    first = hanging[0]
    others = len(hanging) - 1
    more = catalogue.text("bedside.drip.more", n=others) if others else ""
    advice = catalogue.text("bedside.drip.advice")
    if first.source is VolumeSource.SENSOR_LOST:
        return DripText(
            running=True,
            headline="—",
            detail=catalogue.text("bedside.drip.lost", at=first.measured_at.isoformat()),
            advice=advice,
            more=more,
            attention=True,
        )
    return _known(catalogue, first, link_up, now, advice, more)


def _known(
    catalogue: Catalogue,
    drip: InfusionView,
    link_up: bool,
    now: datetime,
    advice: str,
    more: str,
) -> DripText:
    left = left_ml(drip, now)
    fraction = -1.0
    if left is not None and drip.total_ml is not None and drip.total_ml > 0:
        fraction = min(1.0, left / drip.total_ml)
    live = link_up and drip.source is VolumeSource.MEASURED
    live = live and now - drip.measured_at <= timedelta(seconds=LIVE_S)
    end = end_at(drip)
    headline, detail, over = "—", "", False
    if drip.status is InfusionStatus.PAUSED:
        headline = catalogue.text("bedside.drip.paused")
        detail = catalogue.text("bedside.drip.paused_detail")
    elif end is None:
        detail = catalogue.text("bedside.drip.no_rate", at=drip.measured_at.isoformat())
    elif (minutes := round((end - now).total_seconds() / 60)) >= 1:
        headline = catalogue.text("bedside.drip.left", span=duration(catalogue, minutes))
        detail = catalogue.text("bedside.drip.ends", at=end.isoformat())
    else:
        over = True
        headline = catalogue.text("bedside.drip.over")
        detail = catalogue.text("bedside.drip.over_detail")
    return DripText(
        running=True,
        headline=headline,
        estimated="" if live or end is None or over else catalogue.text("bedside.drip.estimated"),
        fraction=fraction,
        detail=detail,
        advice=advice,
        more=more,
        attention=over,
    )
