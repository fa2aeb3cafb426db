"""What keeps a screen's image new, made of the parts of the running screen."""

from random import Random
from typing import Any

from smartward.clinical.device import ScreenRole
from smartward.clinical.nurse_call import CallState
from smartward.clock import Clock
from smartward.screen.health import TouchWatch
from smartward.screen.hub_link import HubLink
from smartward.screen.kept import Kept
from smartward.screen.link import LinkState
from smartward.screen.replica import Replica
from smartward.screen.screen_model import ScreenModel
from smartward.screen.update_folder import System, UpdateFolder
from smartward.screen.updating import Screen, Updating
from smartward.wire.views import BODY

_OVER = frozenset({CallState.COMPLETED, CallState.CANCELLED})
_RESTS_S = 120.0
"""Nobody stands before a screen that was not touched for so long."""


def updating(
    *, kept: Kept, hub_link: HubLink, model: ScreenModel, link: LinkState, touches: TouchWatch
) -> Updating:
    """Not begun."""
    system, services = System(), model.services
    return Updating(
        hub_link.ask,
        hub_link.fetch,
        Screen(
            live=lambda: link.live,
            calls=lambda: (
                bool(services.direct.records) or calls_open(services.replica, services.role)
            ),
            touched=lambda: not rests(touches, services.clock),
            rests=lambda: rests(touches, services.clock) and kept.outbox.waiting == 0,
            bedside=services.role is ScreenRole.BEDSIDE,
        ),
        UpdateFolder(kept.folder, system),
        services.clock,
        system,
        Random(),
    )


def calls_open(replica: Replica, role: ScreenRole) -> bool:
    """Whether this screen shows a call that is not over."""
    body: type[Any] | None = BODY[role].get("nurse_call")
    return body is not None and any(
        one.state not in _OVER for one in replica.all("nurse_call", body)
    )


def rests(touches: TouchWatch, clock: Clock) -> bool:
    """Whether nobody has touched it for two minutes."""
    return touches.at is None or clock.monotonic() - touches.at >= _RESTS_S
