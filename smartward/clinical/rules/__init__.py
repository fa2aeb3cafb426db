"""Alert rules: one file each, pure, with their source. `RULES` is all there are."""

from smartward.clinical.alert import Finding as Finding
from smartward.clinical.rules.base import Facts as Facts
from smartward.clinical.rules.base import Look as Look
from smartward.clinical.rules.base import Needs as Needs
from smartward.clinical.rules.base import Rule as Rule
from smartward.clinical.rules.infusion_ended import INFUSION_ENDED
from smartward.clinical.rules.infusion_near_end import INFUSION_NEAR_END
from smartward.clinical.rules.news2 import NEWS2
from smartward.clinical.rules.observations_overdue import OBSERVATIONS_OVERDUE
from smartward.clinical.rules.settings import RuleSettings as RuleSettings
from smartward.clinical.rules.settings import RuleSettingsError as RuleSettingsError
from smartward.clinical.rules.settings import rule_settings as rule_settings

RULES: tuple[Rule, ...] = (NEWS2, OBSERVATIONS_OVERDUE, INFUSION_NEAR_END, INFUSION_ENDED)
"""In the order they are looked at; one open alert per subject and rule."""
