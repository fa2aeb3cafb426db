"""What a GNU Health behind a bad line, or with bad rows, must not do to a ward. The fake one, with
faults: what is asserted of it was seen of the real one."""

import math
from datetime import timedelta

import pytest

from smartward.clinical.his_write import WriteKind
from smartward.clinical.observation import Parameter
from smartward.clinical.observation_entry import EnteredValue
from smartward.config import Settings
from smartward.errors import BadData, Misconfigured, Refused, Unreachable
from smartward.his.connect import looking
from smartward.his.drafts import Known, NurseCallDraft, ObservationDraft
from smartward.his.gnuhealth import rpc
from smartward.his.gnuhealth.note import lines, with_lines
from smartward.his.port import Gone, Kind, Rejection, Still, Value
from tests.fakes.fake_clock import ManualClock
from tests.his.gnuhealth.conftest import Running
from tests.his.gnuhealth.site import ORDER, ROUNDING, STAY, Site
from tests.his.hospital import Follower
from tests.his.hub import hub_side, scratch
from tests.his.scripted import Fault

pytestmark = pytest.mark.anyio
QUIET = {Fault.FAR_AHEAD, Fault.FAR_BEHIND}
"""The faults after which an answer is whole and right, but for its date."""
HARMLESS = {Fault.DELAY, Fault.TWICE, Fault.REORDER, Fault.AHEAD, Fault.BEHIND, Fault.BUSY}
"""Those that show nothing here that another one does not show better."""


def sign(stay: int, site: Site, rate: str = "71") -> ObservationDraft:
    return ObservationDraft(
        id="0190-set.heart_rate.1", encounter_id=f"his.stay-{stay}", patient_id="his.p",
        sign="heart_rate", taken_at=site.now(), entered_at=site.now(), device_id="d1",
        values=(EnteredValue(parameter=Parameter.HEART_RATE, text=rate),),
    )  # fmt: skip


@pytest.mark.parametrize("fault", [Fault.LOST_ANSWER, Fault.CUT, Fault.SHORT, Fault.TWICE])
async def test_whatever_answer_is_lost_one_rounding_is_made(
    fault: Fault, faked: Running, fake_site: Site
) -> None:
    ward = await fake_site.ward("1")
    stay = await ward.somebody("1")
    his = ward.his()
    await his.takes()  # logged in
    assert faked.line is not None
    for number in range(1, 6):
        if fault is Fault.TWICE and number == 2:
            continue  # a network that doubles a create is nobody's to mend: HTTP runs over TCP
        faked.line.begin({number: fault}, {})
        for known in (Known(), Known(again=True)):
            try:
                await his.write(sign(stay, fake_site), known)
            except (Unreachable, BadData):
                continue
    faked.line.begin({}, {})
    told = await fake_site.rpc.rows(ROUNDING, [["registration", "=", stay]], ["bpm"])
    assert [one["bpm"] for one in told] == [71]
    await his.close()


async def test_what_may_not_be_seen_is_not_said_to_be_deleted(
    faked: Running, fake_site: Site
) -> None:
    assert faked.fake is not None
    ward = await fake_site.ward("1")
    his = ward.his()
    written = await his.write(sign(await ward.somebody("1"), fake_site), Known())

    async def still(id: str) -> Still:
        return await his.still(WriteKind.OBSERVATION, id)

    assert await still(written.source_id) is Still.THERE
    faked.fake.denied = {ROUNDING}
    assert await still(written.source_id) is Still.UNTOLD, "the right to read was taken away"
    faked.fake.denied = set()
    faked.fake.table(ROUNDING).clear()  # deleted, or hidden by a rule: nobody can tell
    assert await still(written.source_id) is Still.NOT_FOUND
    assert await still("Observation/none-of-ours") is Still.UNTOLD
    await his.close()


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(
            one, marks=[] if one in QUIET else [pytest.mark.expects_log("is down", "is up again")]
        )
        for one in Fault
        if one not in HARMLESS
    ],
)
async def test_no_fault_of_a_line_empties_or_changes_a_ward(
    fault: Fault, faked: Running, fake_site: Site
) -> None:
    ward = await fake_site.ward("1", "2")
    stays = [await ward.somebody("1"), await ward.somebody("2")]
    await ward.round(stays[0], bpm=64)
    await ward.order(stays[1], 8, 20)
    assert faked.line is not None
    his = ward.his()
    with scratch() as folder, hub_side(his, fake_site.clock, folder) as hub:
        assert await hub.turn()
        before = await hub.documents()
        assert len(before) > 8
        # A full turn is 6 requests of the census and 8 of the charts.
        for number in range(1, 15):
            faked.line.begin({number: fault}, {})
            await hub.turn()
            there = await hub.documents()
            # The day moves with the server's clock, and comes back with it.
            assert there.keys() >= {key for key in before if key[0] != "plan_item"}
        faked.line.begin({}, {})
        assert await hub.turn()
        assert {key: body for key, body in (await hub.documents()).items()} == before
    await his.close()


async def test_one_bad_row_stops_no_other(faked: Running, fake_site: Site) -> None:
    ward = await fake_site.ward("1", "2", "3")
    good, bad = await ward.somebody("1"), await ward.somebody("2")
    signs = [await ward.round(good, bpm=64) for _ in range(3)]
    assert faked.fake is not None
    tables = faked.fake.tables
    tables["gnuhealth.hospital.bed"][ward.beds["3"]]["state"] = "flying"
    tables[STAY][bad]["hospitalization_date"] = {"__class__": "datetime", "year": 0}
    tables[ROUNDING][signs[0]]["bpm"] = "many"
    tables[ROUNDING][signs[1]]["bpm"] = math.nan
    his = ward.his()
    follower = Follower(his)
    told = await follower.turn()
    assert set(follower.encounters()) == {f"his.stay-{good}"}
    assert set(follower.of("vital_sign")) == {f"his.rounding-{signs[2]}.heart_rate"}
    assert {(one.source_id, one.key.rpartition(".")[2]) for one in told.rejected} == {
        (f"bed-{ward.beds['3']}", "status"),
        (f"stay-{bad}", "malformed"),
        (f"rounding-{signs[0]}", "malformed"),
        (f"rounding-{signs[1]}.bpm", "range"),
    }
    assert isinstance(await his.read(Kind.ENCOUNTER, f"his.stay-{bad}"), Rejection)
    # Mended there, it is good here.
    await ward.write(ROUNDING, signs[0], bpm=70)
    told = await follower.turn()
    assert len(told.rejected) == 3
    assert len(follower.of("vital_sign")) == 2
    await his.close()


async def test_a_model_that_may_not_be_read_takes_nothing_from_the_others(
    faked: Running, fake_site: Site
) -> None:
    ward = await fake_site.ward("1")
    stay = await ward.somebody("1")
    await ward.round(stay, bpm=64)
    order = await ward.order(stay, 8, 20)
    his = ward.his()
    follower = Follower(his)
    await follower.turn()
    plan = follower.of("plan_item")
    assert plan
    assert faked.fake is not None
    faked.fake.denied = {ORDER, "gnuhealth.inpatient.diet"}
    await ward.round(stay, bpm=65)
    told = await follower.turn()
    assert len(follower.of("vital_sign")) == 2
    assert follower.of("plan_item") == plan
    assert {(one.resource_type, one.key) for one in told.rejected} == {
        ("medication", "his.rejection.type_refused"),
        ("diet", "his.rejection.type_refused"),
    }
    id = next(iter(plan))
    assert isinstance(await his.read(Kind.PLAN_ITEM, id), Rejection), order
    rows = {one.resource_type: one for one in (await his.check()).rows}
    assert (rows["medication"].offered, rows["medication"].missed) == (
        "his.gnuhealth.denied", ("his.miss.type",)
    )  # fmt: skip
    await his.close()


async def test_what_was_handed_out_and_lost_is_handed_out_again(fake_site: Site) -> None:
    ward = await fake_site.ward("1")
    stay = await ward.somebody("1")
    await ward.round(stay, bpm=64)
    his = ward.his()
    ids = [f"his.stay-{stay}"]
    first = await his.changes(ids, None)
    assert first.whole == tuple(ids)
    again = await his.changes(ids, None)
    assert again.items == first.items
    quiet = await his.changes(ids, again.watermark)
    assert (quiet.items, quiet.whole) == ((), ())
    assert (await his.changes(ids, first.watermark)).items == first.items
    await his.close()


async def test_a_change_without_a_date_comes_with_the_refresh(
    faked: Running, fake_site: Site
) -> None:
    ward = await fake_site.ward("1")
    stay = await ward.somebody("1")
    rounding = await ward.round(stay, bpm=64)
    his = ward.his()
    follower = Follower(his)
    await follower.turn()
    assert faked.fake is not None
    assert isinstance(faked.clock, ManualClock)
    faked.clock.advance(300)
    row = faked.fake.tables[ROUNDING][rounding]
    await ward.round(stay, bpm=60)
    await follower.turn()
    row["bpm"] = 90  # as a repair in the database does it
    assert (await follower.turn()).items == ()
    faked.clock.advance(timedelta(minutes=12).total_seconds())
    told = await follower.turn()
    assert told.whole == (f"his.stay-{stay}",)
    value = follower.of("vital_sign")[f"his.rounding-{rounding}.heart_rate"]
    assert value.measurements[0].value == 90
    # Too old to be read: it is let go of, and nobody says that it was withdrawn.
    faked.clock.advance(timedelta(hours=48).total_seconds())
    told = await follower.turn()
    assert not [one for one in told.items if isinstance(one, Gone) and one.kind == "vital_sign"]
    await his.close()


async def test_a_long_list_is_walked_by_ids(
    fake_site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rpc, "_PAGE", 3)
    ward = await fake_site.ward(*(str(number) for number in range(1, 8)))
    census = await ward.his().census()
    numbers = [one.body.number for one in census.beds if isinstance(one, Value)]
    assert numbers == ["1", "2", "3", "4", "5", "6", "7"]


async def test_only_observations_are_taken(fake_site: Site) -> None:
    ward = await fake_site.ward("1")
    with pytest.raises(Refused, match="not_offered"):
        await ward.his().write(
            NurseCallDraft(
                id="c", bed_id="his.bed-1", call_class="normal", priority="medium",
                state="requested", placed_at=fake_site.now(),
            ),  # type: ignore[arg-type]  # words where the type has an enum, or fields by name
            Known(),
        )  # fmt: skip
    stray = sign(1, fake_site)
    for broken in ("his.enc-1", "other.stay-x"):
        with pytest.raises(Refused, match="gone"):
            await ward.his().write(
                ObservationDraft(
                    id=stray.id, encounter_id=broken, patient_id="p", sign=stray.sign,
                    values=stray.values, taken_at=stray.taken_at, entered_at=stray.entered_at,
                    device_id="d",
                ),
                Known(),
            )  # fmt: skip


async def test_the_settings_choose_it_and_wrong_ones_are_named(fake_site: Site) -> None:
    given = {"his_kind": "gnuhealth", "his_url": fake_site.url, "his_ward": "1"}
    with pytest.raises(Misconfigured, match="gnuhealth"):
        looking(Settings(**given), fake_site.clock)  # type: ignore[arg-type]  # fields by their own names
    with pytest.raises(Misconfigured, match="user"):
        looking(Settings(**given, his_auth="basic"), fake_site.clock)  # type: ignore[arg-type]  # fields by their own names
    ward = await fake_site.ward("1", "2")
    look = looking(
        Settings(**given, his_auth="basic", his_user="admin"),  # type: ignore[arg-type]  # fields by their own names
        fake_site.clock,
    )
    await look.meet()
    assert not await look.hints()
    found = [(one.id, one.name, one.beds) for one in await look.wards()]
    assert (str(ward.id), ward.name, 2) in found
    await look.close()


def test_the_lines_of_a_summary_leave_peoples_words_alone() -> None:
    text = "SmartWard says hello\nSmartWard a.pain.1 pain=3\n x \nSmartWard a.pain.2 pain=4 5"
    found = lines(text)
    assert list(found) == ["a.pain.1"]
    assert with_lines(text, found.values()) == text
    assert with_lines(None, found.values()) == "SmartWard a.pain.1 pain=3"
