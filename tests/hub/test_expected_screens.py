"""Lists of deliveries: which serial number shall stand where; taken whole or not at all, shown
until the screen is placed, and taken back."""

import json
from pathlib import Path
from typing import Any

import pytest

from smartward.clinical.device import ScreenRole
from smartward.errors import Misconfigured
from smartward.hub.expected_screens import KIND, Expected
from smartward.hub.store.model import decode
from smartward.i18n import of_terminal
from tests.hub.conftest import Ward
from tests.hub.staff import told
from tests.hub.test_pairing import Box, command, kinds, waiting

pytestmark = pytest.mark.anyio

HEAD = "serial,role,place"


async def expected(ward: Ward) -> list[Expected]:
    stored = await ward.hub.store.read(lambda reader: reader.all(ward.hub.settings.ward, KIND))
    return [decode(one.body, Expected) for one in stored]


async def places(ward: Ward) -> dict[str, str | None]:
    return {one.serial: one.place for one in await expected(ward)}


async def bulk(ward: Ward, folder: Path, *lines: str) -> int:
    """Give a list of these lines; the first names the columns."""
    table = folder / "screens.csv"
    table.write_text("\n".join(lines), encoding="utf-8")
    return await command(ward, "bulk", str(table))


async def test_on_delivery_day_a_list_says_which_serial_number_stands_where(
    ward: Ward, tmp_path: Path
) -> None:
    table = tmp_path / "screens.csv"
    table.write_text("serial,role,place,label\nS-1,door,R2,Door 2\nS-2,bedside,1,\n")
    assert await command(ward, "bulk", str(table)) == 0
    box = Box(ward)
    code = await box.code()
    (row,) = await waiting(ward)
    assert (row["serial"], row["role"], row["place"]) == ("S-1", "door", "R2")
    assert (await box.ask()).state == "waiting"  # the number alone makes nobody one of ours
    assert await command(ward, "approve", code) == 0
    given = await box.paired()
    assert (given.role, given.place) == (ScreenRole.DOOR, "his.room-2")
    assert (await kinds(ward)).count("device.expect") == 2


@pytest.mark.parametrize(
    "table",
    [
        '\ufeffserial;role;place;label\r\nS-1;door;R2;"Tür; 2"\r\n;;;\r\nS-2;bedside;1;\r\n',
        "Serial\tRole\tPlace\tLabel\nS-1\tdoor\tR2\tTür; 2\nS-2\tbedside\t1\t\n",
        "\ufeffserial , Role, place,label,\r\nS-1 , door ,R2,Tür; 2,\r\nS-2,bedside,1,,",
    ],
)
async def test_a_list_is_taken_as_spreadsheets_of_any_country_write_it(
    ward: Ward, tmp_path: Path, table: str
) -> None:
    file = tmp_path / "screens.csv"
    file.write_bytes(table.encode())
    assert await command(ward, "bulk", str(file)) == 0
    assert [(one.serial, one.role, one.place, one.label) for one in await expected(ward)] == [
        ("S-1", ScreenRole.DOOR, "R2", "Tür; 2"),
        ("S-2", ScreenRole.BEDSIDE, "1", ""),
    ]


@pytest.mark.parametrize(
    "text, key",
    [
        ("", "enrol.bulk_file"),
        ("serial,place\nS-1,1\n", "enrol.bulk_file"),
        ("serial;role;place\n;;\n", "enrol.bulk_file"),
        ("serial,role,place\nS-1,bedside,1\nS-2,door,\udcb4\n", "enrol.bulk_utf8"),
        (None, "enrol.bulk_unread"),
    ],
)
async def test_what_is_no_list_is_not_taken(
    ward: Ward, tmp_path: Path, text: str | None, key: str
) -> None:
    table = tmp_path / "screens.csv"
    if text is not None:
        table.write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(Misconfigured) as refused:
        await command(ward, "bulk", str(table))
    assert refused.value.key == key
    assert await expected(ward) == []


WRONG: list[tuple[str, list[tuple[int, str, dict[str, Any]]]]] = [
    (
        "serial;role;place\r\nS-1;bedside;1\r\nS-2;bedside;2;;\r\nS-3,bedside,2\r\n",
        [(3, "bulk_fields", {}), (4, "bulk_fields", {})],
    ),
    ("serial,role,place,\nS-1,bedside,1,\nS-2,bedside,2,lost", [(3, "bulk_fields", {})]),
    (
        'serial,role,place\n,bedside,1\nS-2,"bedside,2\nS-3,bedside,3\n',
        [(2, "bulk_no_serial", {}), (3, "bulk_quote", {})],
    ),
    (
        "serial,role,place,lable,place\nS-1,bedside,1,Bed 1,1\n",
        [
            (1, "bulk_column", {"column": "lable", "columns": "serial, role, place, label"}),
            (1, "bulk_column_twice", {"column": "place"}),
        ],
    ),
    (
        f"{HEAD}\nS-1,bedside,1\nS-2,bedside,his.bed-1\nS-1,bedside,3\n\nS-2,BedHead,1\nS-5,door,1",
        [
            (3, "bulk_place", dict(role="bedside", place="his.bed-1", serial="S-1", other=2)),
            (4, "bulk_serial", dict(serial="S-1", other=2)),
            (6, "bulk_serial", dict(serial="S-2", other=3)),
            (7, "unknown_place", dict(place="1", source="his")),
        ],
    ),
    (
        f"{HEAD}\nS-1,gateway,\nS-2,nurse,2\nS-3,,2\nS-4,station,\nS-5,station,\nS-6,bedside,",
        [
            (2, "no_screen", {"role": "gateway"}),
            (
                3,
                "bad_role",
                dict(role="nurse", roles="bedhead, bedside, door, station, corridor"),
            ),
            (7, "no_place", {"role": "bedside"}),
        ],
    ),
]


@pytest.mark.parametrize("text, wrong", WRONG)
async def test_all_wrong_lines_of_a_list_are_told_at_once_and_nothing_of_it_is_taken(
    ward: Ward,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    text: str,
    wrong: list[tuple[int, str, dict[str, Any]]],
) -> None:
    table = tmp_path / "screens.csv"
    table.write_bytes(text.encode())
    with pytest.raises(Misconfigured) as refused:
        await command(ward, "bulk", str(table))
    assert (refused.value.key, refused.value.values["n"]) == ("enrol.bulk_wrong", len(wrong))
    words = of_terminal()
    assert capsys.readouterr().err.splitlines() == [
        words.text("enrol.bulk_line", line=line, why=words.text(f"enrol.{key}", **values))
        for line, key, values in wrong
    ]
    assert await expected(ward) == []
    (row,) = [one for one in await told(ward) if one.kind == "device.expect"]
    assert (row.outcome, row.key) == ("refused", "enrol.bulk_wrong")


async def test_a_place_that_an_earlier_list_means_for_another_is_refused_until_that_is_taken_back(
    ward: Ward, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await bulk(ward, tmp_path, HEAD, "S-1,bedside,1", "S-2,bedside,2")
    capsys.readouterr()
    with pytest.raises(Misconfigured):
        await bulk(ward, tmp_path, HEAD, "S-3,bedside,3", "S-4,bedside,his.bed-1")
    words = of_terminal()
    why = words.text("enrol.bulk_meant", role="bedside", place="his.bed-1", serial="S-1")
    said = capsys.readouterr().err
    assert said.splitlines() == [words.text("enrol.bulk_line", line=3, why=why)]
    assert 'withdraw "S-1"' in said, "the remedy"
    assert await places(ward) == {"S-1": "1", "S-2": "2"}
    await bulk(ward, tmp_path, HEAD, "S-1,bedside,2", "S-2,bedside,1")
    assert await places(ward) == {"S-1": "2", "S-2": "1"}, "what a list says anew is no hindrance"
    assert await command(ward, "withdraw", "S-2") == 0
    await bulk(ward, tmp_path, HEAD, "S-4,bedside,his.bed-1")
    assert await places(ward) == {"S-1": "2", "S-4": "his.bed-1"}


async def test_who_is_awaited_is_listed_with_the_code_it_shows_and_can_be_taken_back(
    ward: Ward, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await command(ward, "expected") == 0
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", of_terminal().text("enrol.nobody_expected") + "\n")
    lines = ("S-2,bedhead,2,", "S-1,door,R2,Door 2", "S-3,station,,")
    await bulk(ward, tmp_path, f"{HEAD},label", *lines)
    code = await Box(ward).code()
    capsys.readouterr()
    assert await command(ward, "expected", "--json") == 0
    rows = json.loads(capsys.readouterr().out)["expected"]
    assert rows[0] == {
        **{"serial": "S-1", "role": "door", "place": "R2"},
        **{"label": "Door 2", "code": code},
    }
    assert [(one["serial"], one["place"], one["code"]) for one in rows[1:]] == [
        ("S-2", "2", None),
        ("S-3", None, None),
    ]
    assert await command(ward, "expected") == 0
    head, *listed = capsys.readouterr().out.splitlines()
    assert head.startswith(of_terminal().text("enrol.column.serial"))
    assert [(one.split()[0], one.endswith(code)) for one in listed] == [
        ("S-1", True),
        ("S-2", False),
        ("S-3", False),
    ]
    assert await command(ward, "withdraw", "S-1") == 0
    assert json.loads(capsys.readouterr().out)["place"] == "R2"
    assert "role" not in (await waiting(ward))[0], "nothing is proposed for it any more"
    with pytest.raises(Misconfigured) as refused:
        await command(ward, "withdraw", "S-1")
    assert refused.value.key == "enrol.not_expected"
    rows = [one for one in await told(ward) if one.kind == "device.withdraw"]
    assert [(row.about.id, row.outcome, row.about.detail) for row in rows] == [
        ("S-1", "applied", {"role": "door", "place": "R2"}),
        ("unknown", "refused", {}),
    ]


async def test_a_screen_that_was_placed_elsewhere_is_proposed_for_its_old_bed_no_more(
    ward: Ward, tmp_path: Path
) -> None:
    await bulk(ward, tmp_path, HEAD, "S-1,bedside,1", "S-9,bedside,2")
    await command(ward, "approve", await Box(ward, "m1").code(), "--bed", "3")
    assert await places(ward) == {"S-9": "2"}
    await command(ward, "approve", await Box(ward, "m2").code(), "--bed", "2")
    assert await places(ward) == {"S-9": "2"}, "that one has not come, and nobody spoke of it"
    await command(ward, "approve", await Box(ward, "m3").code(), "--bed", "2", "--replace")
    assert await places(ward) == {}, "what is broken at bed 2 may be S-9 itself"
    await Box(ward, "m4").code()
    assert "place" not in (await waiting(ward))[0]
    assert (await kinds(ward)).count("device.withdraw") == 1


async def test_a_list_as_long_as_the_page_says_is_taken_whole(ward: Ward, tmp_path: Path) -> None:
    label = "七病区东侧十二床靠窗" * 8
    lines = [f"SN-4711-{number:04},bedside,his.bed-{number},{label}" for number in range(500)]
    table = tmp_path / "screens.csv"
    table.write_text("\n".join(("serial,role,place,label", *lines)), encoding="utf-8")
    assert await command(ward, "bulk", str(table)) == 0
    assert len(await expected(ward)) == 500
    with table.open("a", encoding="utf-8") as more:
        more.write("\nSN-4712,bedhead,his.bed-1,")
    with pytest.raises(Misconfigured) as refused:
        await command(ward, "bulk", str(table))
    assert refused.value.key == "enrol.bulk_long"
