"""Who is in a room: what coming and leaving does to its calls."""

from smartward.hub.actions import Rule

RULES: dict[str, Rule] = {}
