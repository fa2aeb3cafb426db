"""Columns of a terminal, also where a sign takes two of them."""

from smartward.columns import padded, table, width
from smartward.i18n import clause


def test_columns_stand_below_each_other_in_both_languages() -> None:
    lines = list(table([("设备", "state", "x"), ("a", "无应答", "y"), ("ab", "on", "z")]))
    assert [width(line[: line.rindex(last)]) for line, last in zip(lines, "xyz", strict=True)] == [
        *(14, 14, 14)
    ]
    assert padded("故障", 6) == "故障  "
    assert padded("longer", 3) == "longer"


def test_a_sentence_goes_on_without_its_full_stop() -> None:
    assert clause("Check the sound device.") == "Check the sound device"
    assert clause("请检查音响设备。") == "请检查音响设备"
    assert clause("Its disk is nearly full") == "Its disk is nearly full"
