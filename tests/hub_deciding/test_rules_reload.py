"""The rules' settings are read anew while the hub runs; a wrong file changes nothing."""

import dataclasses
from pathlib import Path

import pytest

from smartward.clinical.care_intervals import SHIPPED, CareIntervals
from smartward.errors import Misconfigured
from smartward.his.port import Kind
from smartward.hub import rule_changes
from smartward.hub.audit import rows_of, told
from smartward.hub.store.model import decode
from tests.hub_deciding.test_deciding import World, the_drip
from tests.hub_deciding.test_deciding import world as world

pytestmark = pytest.mark.anyio


async def test_reading_anew_judges_everybody_and_tells_the_audit(
    world: World, tmp_path: Path
) -> None:
    file = tmp_path / "ward.toml"
    file.write_text("")
    world.decider._settings = dataclasses.replace(world.settings, alert_rules_file=str(file))
    world.his.tell(Kind.INFUSION, world.drip(left_ml=20.0))
    await world.decider.start()

    async def alerted() -> bool:
        return bool(the_drip(await world.alerts()))

    await world.until(alerted)
    file.write_text('[infusion_near_end]\nmode = "off"\n')
    answer = await world.decider.reload_rules({})
    assert answer == {"changed": ["[infusion_near_end] mode on -> off"]}

    async def quiet() -> bool:
        return not the_drip(await world.alerts())

    await world.until(quiet)
    rows = await world.store.read(lambda tx: [told(row) for row in rows_of(tx)])
    read = [row for row in rows if row.kind == "alert_rules.reload"]
    assert [row.about.detail for row in read] == [{"changed": "[infusion_near_end] mode on -> off"}]

    told_again = await world.store.write(
        lambda tx: rule_changes.note(tx, world.settings.ward, world.decider._rules)
    )
    assert told_again == {}, "the next start does not tell once more what was told"

    file.write_text("[infusion_near_end]\nnear_min = 0\n")
    with pytest.raises(Misconfigured) as wrong:
        await world.decider.reload_rules({})
    assert "near_min must be above 0" in str(wrong.value.values["reason"])
    file.write_text("")
    assert (await world.decider.reload_rules({}))["changed"] == [
        "[infusion_near_end] mode off -> on"
    ]
    await world.until(alerted)


async def test_the_station_is_told_the_intervals_in_force(world: World, tmp_path: Path) -> None:
    """What the ward's own file says of turns and rounds reaches the list of work, also anew."""
    file = tmp_path / "ward.toml"
    file.write_text("")
    world.decider._settings = dataclasses.replace(world.settings, alert_rules_file=str(file))
    await world.decider.start()

    async def in_force() -> CareIntervals:
        (one,) = await world.store.read(lambda tx: tx.all(world.settings.ward, "care_intervals"))
        return decode(one.body, CareIntervals)

    assert await in_force() == SHIPPED
    file.write_text(
        "[turn_due]\nevery_h = 3\n[rounding_due]\ngrade_two_h = 4\n"
        "[observations_overdue]\nscore_0_min = 480\n"
    )
    await world.decider.reload_rules({})
    assert await in_force() == dataclasses.replace(
        SHIPPED,
        turn_h=3,
        round_two_h=4,
        observations=dataclasses.replace(SHIPPED.observations, score_0_min=480),
    )
