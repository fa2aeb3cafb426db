"""A bag has run dry while the drip still counts as running."""

from datetime import datetime

from smartward.clinical.infusion import Infusion
from smartward.clinical.rules.base import Facts, Look, Needs
from smartward.clinical.rules.drips import Span, empty_at, look_at_drips
from smartward.clinical.rules.settings import RuleSettings


class InfusionEndedRule:
    """Nothing is left, measured or by the rate, and nobody has recorded the end yet. Recorded as
    completed or stopped, or with a new volume, it is over. Paused it is not ended."""

    id = "infusion_ended"
    version = "1"
    source = "Infusion practice: a bag that is empty is changed or stopped at once"
    needs = Needs(kinds=frozenset({"infusion"}), hours_back=48)

    def look(self, facts: Facts, settings: RuleSettings, now: datetime) -> Look:
        """Judge every infusion of the patient; one alert tells of all."""
        return look_at_drips(self, facts, _span, now)


def _span(infusion: Infusion) -> Span | None:
    empty = empty_at(infusion)
    return None if empty is None else Span(start=empty)


INFUSION_ENDED = InfusionEndedRule()
