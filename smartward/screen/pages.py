"""Which page each role shows, and the model behind it."""

import importlib
from dataclasses import dataclass

from smartward.clinical.device import ScreenRole
from smartward.errors import Misconfigured
from smartward.screen.screen_model import ScreenModel
from smartward.screen.services import Services


@dataclass(frozen=True, slots=True)
class Page:
    """Where a role's model and root page are."""

    module: str
    model: str
    qml: str


PAGES = {
    ScreenRole.BEDHEAD: Page("smartward.screen.bedhead", "BedheadModel", "Bedhead.qml"),
    ScreenRole.BEDSIDE: Page("smartward.screen.bedside", "BedsideModel", "Bedside.qml"),
    ScreenRole.DOOR: Page("smartward.screen.door", "DoorModel", "Door.qml"),
    ScreenRole.STATION: Page("smartward.screen.station", "StationModel", "Station.qml"),
    ScreenRole.CORRIDOR: Page("smartward.screen.corridor", "CorridorModel", "Corridor.qml"),
}


def make_model(role: ScreenRole, services: Services) -> ScreenModel:
    """The role's view model. Its module registers the type for QML. Raises Misconfigured where the
    module has no such model."""
    page = PAGES[role]
    model = getattr(importlib.import_module(page.module), page.model)(services)
    if not isinstance(model, ScreenModel):
        raise Misconfigured("screen.page", f"{page.model} is no ScreenModel")
    return model
