"""Which machine this is: the same after a repair, another one for a copied disk, and no secret."""

from pathlib import Path

import pytest

from smartward.machine import machine_mark, same_machine


def machine(root: Path, id: str = "", serial: str = "", **cards: str) -> str:
    """The mark of a machine with these facts; a card is `pci_ADDRESS` or `usb_ADDRESS`."""
    net = root / "sys/class/net"
    (root / "etc").mkdir(parents=True)
    net.mkdir(parents=True)
    if id:
        (root / "etc/machine-id").write_text(f"{id}\n")
    if serial:
        (root / "sys/class/dmi/id").mkdir(parents=True)
        (root / "sys/class/dmi/id/board_serial").write_text(f"{serial}\n")
    for name, address in cards.items():
        at = root / ("sys/devices/usb1" if name.startswith("usb") else "sys/devices/pci0") / name
        at.mkdir(parents=True)
        (net / name).mkdir()
        (net / name / "device").symlink_to(at)
        (net / name / "addr_assign_type").write_text("3\n" if "random" in name else "0\n")
        (net / name / "address").write_text(f"{address}\n")
    (net / "lo").mkdir()
    return machine_mark(root)


def test_a_copied_disk_in_another_machine_is_told_apart(tmp_path: Path) -> None:
    one = machine(tmp_path / "1", "abc", "SN-1", pci_1="02:00:00:00:00:01")
    copy = machine(tmp_path / "2", "abc", "SN-2", pci_1="02:00:00:00:00:02")
    assert same_machine(one, copy) is False
    without_serial = [
        machine(tmp_path / str(n), "abc", "", pci_1=f"02:00:00:00:00:0{n}") for n in (3, 4)
    ]
    assert same_machine(*without_serial) is False


def test_a_repaired_machine_is_the_same(tmp_path: Path) -> None:
    one = machine(
        tmp_path / "1", "abc", "SN-1", pci_1="02:00:00:00:00:01", pci_2="02:00:00:00:00:02"
    )
    other_card = machine(
        tmp_path / "2", "abc", "SN-1", pci_1="02:00:00:00:00:01", pci_9="02:00:00:00:00:09"
    )
    assert same_machine(one, other_card) is True
    assert same_machine(one, machine(tmp_path / "3", "abc", "SN-1")) is True
    assert same_machine(one, machine(tmp_path / "4", "abc", "", pci_2="02:00:00:00:00:02")) is True
    new_board = machine(tmp_path / "5", "abc", "SN-5", pci_1="02:00:00:00:00:01")
    assert same_machine(one, new_board) is False


@pytest.mark.parametrize("card", ["usb_1", "pci_random_1"])
def test_what_comes_and_goes_is_not_looked_at(card: str, tmp_path: Path) -> None:
    with_it = machine(tmp_path / "1", "abc", "SN-1", **{card: "02:00:00:00:00:01"})
    assert with_it == machine(tmp_path / "2", "abc", "SN-1")


@pytest.mark.parametrize(
    "serial",
    [
        "To be filled by O.E.M.",
        "Default string",
        "123456789",
        "System Serial Number",
        "Base Board Serial Number",
        "Not Applicable",
        "N/A",
        "INVALID",
        "Unknown",
        "00000000",
        "0000-0000",
        "FFFFFFFF",
        "xxxxxxxx",
        "a number that a maker gave to all of a kind",
    ],
)
def test_one_number_for_all_boards_makes_a_copied_disk_no_machine_of_another(
    serial: str, tmp_path: Path
) -> None:
    marks = [
        machine(tmp_path / str(n), "abc", serial, pci_1=f"02:00:00:00:00:0{n}") for n in (1, 2)
    ]
    assert same_machine(*marks) is False


@pytest.mark.parametrize("serial", ["N/A", "00000000", "System Serial Number"])
def test_a_number_that_is_nobodys_is_not_told(serial: str, tmp_path: Path) -> None:
    assert machine(tmp_path, "abc", serial).split(":")[1] == "-"


def test_a_machine_that_tells_nothing_is_not_known(tmp_path: Path) -> None:
    nothing = machine(tmp_path / "1")
    assert nothing == "-:-:-"
    assert same_machine(nothing, machine(tmp_path / "2", "abc", "SN-1")) is None
    assert same_machine("", "nonsense") is None


def test_nothing_can_be_read_back(tmp_path: Path) -> None:
    facts = ("0123456789abcdef", "SERIAL-77", "02:00:00:00:00:01")
    mark = machine(tmp_path, facts[0], facts[1], pci_1=facts[2])
    assert not any(fact in mark for fact in facts)
    parts = mark.split(":")
    assert [len(part) for part in parts] == [16, 16, 16]
    assert len(set(parts)) == 3
