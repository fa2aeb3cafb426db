"""What is set about the person in a bed: profile, silence, what opens their layer."""

from smartward.hub.actions import Rule

RULES: dict[str, Rule] = {}
