"""What a call point tells: a press, its reset, presence, its wire and its heartbeat."""

from smartward.hub.actions import Rule

RULES: dict[str, Rule] = {}
