"""What the actions on sessions, sheets and full names do: they are told for the audit."""

from smartward.hub.actions import Rule

RULES: dict[str, Rule] = {}
