"""No page asks for a keyboard: where something is typed, the page has its own pad."""

import re

from tests.project.repo import files

TYPED = r"\b(TextInput|TextField|TextEdit|TextArea|SearchField|SpinBox|ComboBox|InputPanel)\b\s*\{"
PADS = {"PinPad.qml", "ObservationEntry.qml"}
"""Where a person types: digits of a PIN, and values of an observation."""


def test_no_page_has_a_field_that_waits_for_a_keyboard() -> None:
    pages = files(".qml", "ui")
    assert {page.name for page in pages} >= PADS
    assert [page.name for page in pages if re.search(TYPED, page.read_text("utf-8"))] == []
