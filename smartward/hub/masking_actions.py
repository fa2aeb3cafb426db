"""Changing what of a name each place may show."""

from smartward.hub.actions import Rule

RULES: dict[str, Rule] = {}
