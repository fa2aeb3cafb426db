"""Entrusting the ward's calls to another station, and getting them back."""

from smartward.hub.actions import Rule

RULES: dict[str, Rule] = {}
