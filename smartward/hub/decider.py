"""What a hub asks of its deciding part, and where it gets one."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Protocol, runtime_checkable

from smartward.clock import Clock
from smartward.config import Settings
from smartward.hub.heard import Heard
from smartward.hub.store.base import Store


class Deciding(Protocol):
    """The part of a hub that decides: polls the HIS, runs rules, escalates."""

    heard: Heard
    """When call points were last heard of."""

    @property
    def his_as_of(self) -> datetime | None:
        """When the last completed census was."""

    @property
    def his_up(self) -> bool:
        """Whether the HIS answers."""

    @property
    def failing(self) -> frozenset[str]:
        """What of it does not work now."""

    @property
    def write_back(self) -> dict[str, Any] | None:
        """How far the HIS was told the audit; None: no HIS."""

    @property
    def his_writes(self) -> dict[str, Any] | None:
        """How what the HIS is told stands; None: no HIS."""

    @property
    def his_writes_age_s(self) -> float:
        """Seconds for which the oldest thing waits to be told."""

    @property
    def his_hints(self) -> dict[str, Any] | None:
        """How the HIS's hints stand; None: none were asked for."""

    def hint(self, authorization: str | None) -> bool | None:
        """Take a hint of the HIS: False when it does not prove itself, None: none is expected."""

    async def start(self) -> None:
        """Decide from now on."""

    async def stop(self) -> None:
        """Decide no more."""


@runtime_checkable
class RulesReader(Protocol):
    """A deciding part that can read its rules' settings anew."""

    async def reload_rules(self, request: dict[str, Any]) -> dict[str, Any]:
        """Read them and judge by them from now on. Raises Misconfigured where they are wrong."""


DeciderFactory = Callable[[Store, Clock, Settings], Deciding]


def default_decider(store: Store, clock: Clock, settings: Settings) -> Deciding:
    """The deciding part with the hospital system of the settings, or with none."""
    # Imported when wanted: a hub that only serves screens needs no HIS client and no rules.
    from smartward.hub.parts import decider

    return decider(store, clock, settings)
