"""The drip as bedside and bedhead say it: about how long, how sure, and what to look out for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from smartward.clinical.freshness import Freshness, judge
from smartward.clinical.infusion import (
    Infusion,
    InfusionStatus,
    VolumeSource,
    expected_end,
    volume_left_ml,
)
from smartward.i18n import Catalogue
from smartward.screen.beds import duration
from smartward.wire.views import InfusionView


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


def as_infusion(view: InfusionView) -> Infusion:
    """The document that clinical sums work on; what runs in it stays unknown here."""
    return Infusion(
        id=view.id,
        encounter_id=view.encounter_id,
        status=view.status,
        total_ml=view.total_ml,
        left_ml=view.left_ml,
        rate_ml_h=view.rate_ml_h,
        source=view.source,
        measured_at=view.measured_at,
        started_at=view.started_at,
    )


def shown(infusions: Sequence[InfusionView]) -> list[Infusion]:
    """Drips that hang and run or rest, the one that ends first at the front."""
    hanging = [
        as_infusion(infusion)
        for infusion in infusions
        if infusion.status in (InfusionStatus.RUNNING, InfusionStatus.PAUSED)
    ]
    return sorted(
        hanging,
        key=lambda drip: (
            expected_end(drip) is None,
            expected_end(drip) or drip.measured_at,
            drip.id,
        ),
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
    age = judge("infusion", first.measured_at, now)
    dead = first.source is VolumeSource.MEASURED and age in (Freshness.STALE, Freshness.DOUBTFUL)
    if dead or first.source is VolumeSource.SENSOR_LOST:
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
    drip: Infusion,
    link_up: bool,
    now: datetime,
    advice: str,
    more: str,
) -> DripText:
    left = volume_left_ml(drip, now)
    fraction = -1.0
    if left is not None and drip.total_ml is not None and drip.total_ml > 0:
        fraction = min(1.0, left / drip.total_ml)
    live = link_up and drip.source is VolumeSource.MEASURED
    live = live and judge("infusion", drip.measured_at, now) is Freshness.FRESH
    end = expected_end(drip)
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
        detail = catalogue.text(f"bedside.drip.over_{'told' if link_up else 'unsure'}")
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
