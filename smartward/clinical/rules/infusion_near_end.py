"""A drip is nearly finished: little time or little volume is left."""

from datetime import datetime, timedelta

from smartward.clinical.infusion import Infusion, expected_end, reaches
from smartward.clinical.rules.base import Facts, Look, Needs
from smartward.clinical.rules.drips import Span, empty_at, look_at_drips
from smartward.clinical.rules.settings import InfusionSettings, RuleSettings


class InfusionNearEndRule:
    """At most 10 min or at most 50 mL left, whichever comes first; the volume counts only for
    bags of 250 mL or more. Once per bag: an acknowledged alert asks again only for another bag.

    Paused or at rate 0 a drip neither ends nor alerts.
    """

    id = "infusion_near_end"
    version = "1"
    source = "Infusion practice: 5-10 min or 30-50 mL before the end; set by the ward"
    needs = Needs(kinds=frozenset({"infusion"}), hours_back=48)

    def look(self, facts: Facts, settings: RuleSettings, now: datetime) -> Look:
        """Judge every infusion of the patient; one alert tells of all."""

        def span(infusion: Infusion) -> Span | None:
            return near_span(infusion, settings.infusion_near_end)

        return look_at_drips(self, facts, span, now)


def near_span(infusion: Infusion, settings: InfusionSettings) -> Span | None:
    """From when a running drip is nearly finished until it is empty; None when that cannot be
    told."""
    total, left = infusion.total_ml, infusion.left_ml
    volume_counts = total is not None and total >= settings.near_ml_from_bag_ml
    end = expected_end(infusion)
    if end is not None:
        by_volume = reaches(infusion, settings.near_ml) if volume_counts else None
        by_time = end - timedelta(minutes=settings.near_min)
        return Span(start=min(by_time, by_volume or by_time), end=empty_at(infusion))
    # No rate is known: what was measured is the most that can be left. At rate 0 it is paused.
    if not volume_counts or infusion.rate_ml_h is not None or left is None or left <= 0:
        return None
    return Span(start=infusion.measured_at) if left <= settings.near_ml else None


INFUSION_NEAR_END = InfusionNearEndRule()
