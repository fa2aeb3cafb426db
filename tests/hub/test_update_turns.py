"""Whose turn it is to start an update, whatever one screen says."""

from dataclasses import replace
from pathlib import Path

import pytest

from smartward.clinical.device import ScreenRole
from smartward.clinical.screen_update import Stage
from smartward.config import Settings
from smartward.hub.store.tx import Tx
from smartward.hub.updates import KIND, update_of
from tests.hub.conftest import Ward
from tests.hub.staff import admin
from tests.hub.test_updates import AT_ANY_TIME, added, ask, house, made  # noqa: F401  # fixtures

pytestmark = pytest.mark.anyio


@pytest.fixture
def settings() -> Settings:
    return AT_ANY_TIME


@pytest.mark.parametrize("starts", [False, True])
async def test_one_that_is_always_about_to_start_holds_its_ward_up_no_longer_than_a_start(
    ward: Ward,
    made: Path,  # noqa: F811  # a fixture
    starts: bool,
) -> None:
    """It takes the next turn as soon as it has let one go, or says at once that it tests itself
    once more."""
    bedsides = [await ward.enrol(ScreenRole.BEDSIDE, place) for place in ("1", "2", "4")]
    first, greedy, other = bedsides
    id = await added(ward, made)
    await admin(ward, "updates_plan", bundle=id, first=first.id, ring="ward", soak_h=0)
    await ask(ward, first, version="2.0")
    begun, waited = ward.clock.monotonic(), 0.0
    while waited < 4000:
        if starts:
            await ask(ward, greedy, Stage.LOADED, bundle=id)
            await ask(ward, greedy, Stage.TRYING, bundle=id)
            ward.clock.advance(600)
        elif not (await ask(ward, greedy, Stage.INSTALLED, bundle=id)).restart:
            await ask(ward, greedy, Stage.INSTALLED, bundle=id)
        ward.clock.advance(140)
        if (await ask(ward, other, Stage.INSTALLED, bundle=id)).restart:
            break
        waited = ward.clock.monotonic() - begun
    assert 2400 < waited < 4000, "one that starts in earnest has its 45 minutes"

    def offered(tx: Tx) -> None:
        update = update_of(tx, greedy)
        assert update is not None
        tx.origin("hub", None, None)
        tx.put(greedy.ward, KIND, greedy.id, replace(update, offered="0123456789abcdef"))

    await ask(ward, other, Stage.GOOD, bundle=id, version="2.0")
    await ward.hub.store.write(offered)
    assert not (await ask(ward, first, Stage.INSTALLED, bundle=id)).restart, "another update"
