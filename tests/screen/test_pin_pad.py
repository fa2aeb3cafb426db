"""Picker and PIN pad as drawn: by finger, glove and keyboard, at every size and language."""

import dataclasses
from collections.abc import Iterator
from itertools import combinations

import msgspec
import pytest
import qasync
from PySide6.QtGui import QGuiApplication

from smartward.clinical.ward import Ward
from smartward.screen.scene import Scene
from smartward.screen.services import Services
from smartward.screen.who_acts import NotProved
from smartward.wire.envelope import Identify, Person
from tests.screen.documents import document, ward
from tests.screen.test_wedge import Hands
from tests.screen.test_who_acts import Desk
from tests.screen.test_window import CLOCK, Stage, shown
from tests.ui.bed_checks import STAFF_MM, cut_texts, ink, millimetre, shown_part, targets, texts
from tests.ui.bed_stage import Stage as BedStage
from tests.ui.bed_stage import application, box, stage
from tests.ui.bedside_scenes import BEDSIDE
from tests.ui.door_scenes import DOOR
from tests.ui.spread import spread

LI = Person(known="pin", id="his.li", name="Li Min", family="Li", session="s-li")


@pytest.fixture
def sample(loop: qasync.QEventLoop, services: Services) -> Iterator[Stage]:
    made = Stage(loop, services)
    made.model.replica.apply(
        2, [document("ward", "ward", 2, dataclasses.replace(ward(), staff_proof="required"))]
    )
    made.model.prover = Desk(services.clock)  # type: ignore[arg-type]  # what the pad asks of a prover
    yield made
    made.window.close()
    assert made.messages.texts == []


def desk(sample: Stage) -> Desk:
    made = sample.model.prover
    assert isinstance(made, Desk)
    return made


def focused(sample: Stage) -> str:
    item = sample.window.window.activeFocusItem()
    return "" if item is None else item.objectName()


def keys(sample: Stage, *names: str) -> None:
    for name in names:
        sample.ask("key", key=name)
    sample.do(sample.window.settled())


def test_name_and_pin_by_finger(sample: Stage) -> None:
    sample.model.act_as_staff("call.accept", "c1")
    sample.do(sample.window.settled())
    assert not sample.ask("find", objectName="staffNobody")["visible"], "nobody acts unnamed"
    sample.ask("tap", objectName="staff-his.li")
    sample.do(sample.window.settled())
    assert shown(sample)["pinFor"] == "PIN of Li Min"
    for digit in ("4", "0", "1", "8", "erase", "9"):
        sample.ask("tap", objectName=f"pin-{digit}")
    assert "4019" not in " ".join(t["text"] for t in sample.ask("texts")["texts"])
    sample.ask("tap", objectName="pin-ok")
    assert desk(sample).asked == [Identify(staff_id="his.li", pin="4019")]
    assert shown(sample)["identityText"] == "Checking …"
    desk(sample).say(LI)
    sample.do(sample.window.settled())
    assert not sample.ask("find", objectName="staffPicker")["visible"]
    assert [a.by.session for a in sample.model.pending()] == ["s-li"]


def test_a_refusal_stands_on_the_pad(sample: Stage) -> None:
    sample.model.openPicker()
    sample.model.chooseStaff("his.li")
    for digit in "4019":
        sample.model.typePin(digit)
    sample.do(sample.window.settled())
    sample.ask("tap", objectName="pin-ok")
    desk(sample).say(NotProved("who.no_answer"))
    sample.do(sample.window.settled())
    assert shown(sample)["identityText"] == sample.model.texts.text("who.no_answer")
    sample.ask("tap", objectName="pinBack")
    sample.do(sample.window.settled())
    assert sample.ask("find", objectName="staff-his.li")["visible"]


def test_name_and_pin_by_keyboard(sample: Stage) -> None:
    sample.model.act_as_staff("call.accept", "c1")
    sample.do(sample.window.settled())
    keys(sample, "Right", "Return")
    assert shown(sample)["pinFor"] == "PIN of Wang Jianhua"
    keys(sample, "4", "0", "1", "8", "Backspace", "9", "Return")
    assert desk(sample).asked == [Identify(staff_id="his.wang", pin="4019")]


def test_the_keyboard_sees_where_it_is_and_gets_back_to_where_it_was(sample: Stage) -> None:
    keys(sample, "Tab", "Tab")
    assert focused(sample) == "second"
    sample.model.openPicker()
    sample.do(sample.window.settled())
    ringed = [
        item.objectName()
        for item in _items(sample)
        if item.objectName().startswith("staff-") and item.property("ringed")
    ]
    assert ringed == ["staff-his.li"]
    keys(sample, "Tab")
    assert focused(sample) == "staffCancel"
    keys(sample, "Escape")
    assert not sample.model.pickerOpen
    assert focused(sample) == "second"
    sample.model.openPicker()
    sample.do(sample.window.settled())
    keys(sample, "Return")
    assert shown(sample)["pinFor"] == "PIN of Li Min"
    keys(sample, "4", "Escape")
    assert sample.model.pickerOpen, "Escape goes back to the names first"
    assert sample.model.pinLength == 0
    keys(sample, "Escape")
    assert (sample.model.pickerOpen, focused(sample)) == (False, "second")


def _items(sample: Stage):  # type: ignore[no-untyped-def]  # what it takes or gives is of this test alone
    from smartward.screen.control_commands import _items as walk

    return list(walk(sample.window.window.contentItem()))


def test_a_badge_on_the_open_pad_types_no_digit(sample: Stage) -> None:
    hands = Hands(sample)
    sample.model.badge_read = hands.codes.append  # type: ignore[method-assign]  # a stand-in of this test
    sample.model.openPicker()
    sample.model.chooseStaff("his.li")
    sample.do(sample.window.settled())
    hands.type("12", gap_ms=150)
    hands.rest()
    assert sample.model.pinLength == 2
    hands.at_ms += 500
    hands.type("90417733\r", gap_ms=4)
    hands.rest()
    assert (hands.codes, sample.model.pinLength) == (["90417733"], 2)


# ---------------------------------------------------------------------------------- the hold


def test_a_verb_is_held_until_it_is_done(sample: Stage) -> None:
    sample.window.window.setProperty("holding", True)
    sample.do(sample.window.settled())
    sample.ask("tap", objectName="hold")
    sample.do(CLOCK.sleep(0.4))
    assert sample.root("held") == 0, "a tap does nothing"
    sample.ask("tap", objectName="hold", hold_ms=900)
    assert sample.root("held") == 1, "once, however long it is held"


def test_a_verb_is_held_by_a_key_as_well(sample: Stage) -> None:
    hands = Hands(sample)
    sample.window.window.setProperty("holding", True)
    sample.do(sample.window.settled())
    keys(sample, "Tab", "Tab")
    assert focused(sample) == "hold"
    hands.type("\r", gap_ms=300)
    sample.do(CLOCK.sleep(0.4))
    assert sample.root("held") == 0
    from tests.screen.test_wedge import PRESS, RELEASE

    hands.send(PRESS, " ", 300)
    for _ in range(3):
        hands.send(RELEASE, " ", 30, repeat=True)
        hands.send(PRESS, " ", 30, repeat=True)
    sample.do(CLOCK.sleep(0.6))
    hands.send(RELEASE, " ", 30)
    assert (sample.root("held"), sample.root("touched")) == (1, 0)


# ------------------------------------------------------------------------------- at every size

SIZES = [(1280, 800), (800, 1280), (1024, 600), (1920, 1080), (1080, 1920)]


def proving(scene: Scene) -> Scene:
    """The scene on a ward where staff prove who they are."""
    documents = []
    for doc in scene.documents:
        if doc.kind == "ward":
            strict = dataclasses.replace(
                msgspec.json.decode(doc.body, type=Ward), staff_proof="required"
            )
            documents.append(document("ward", doc.id, doc.seq, strict))
        else:
            documents.append(doc)
    return msgspec.structs.replace(scene, documents=documents)


def faults_in_picker(on: BedStage, size: tuple[int, int]) -> list[str]:
    """What is wrong on the page, less what lies under the picker."""
    card = box(on.find("staffPicker"))
    found = []
    least = STAFF_MM * millimetre(size) - 0.5
    names = ("staff-", "pin-", "pinBack", "staffCancel")
    for item in targets(on, "activated"):
        if item.objectName().startswith(names):
            place = shown_part(item)
            if min(item.width(), item.height()) < least:
                found.append(f"{item.objectName()} is too small: {box(item)}")
            if not place.isEmpty() and not card.contains(place):
                found.append(f"{item.objectName()} is outside the card: {place} {card}")
    inside = ("pinFor", "identityText", "pickerHint")
    found += [each for each in cut_texts(on) if any(name in each for name in inside)]
    for text in texts(on):
        if on.find("staffPicker").isAncestorOf(text) and text.property("truncated"):
            found.append(f"cut short: {text.property('text')}")
        if text.objectName() in inside and not card.contains(ink(text)):
            found.append(f"{text.objectName()} leaves the card")
    rects = [box(on.find(name)) for name in (*inside, "pinKeys", "pinBack") if on.has(name)]
    found += [f"on each other: {a} {b}" for a, b in combinations(rects, 2) if a.intersects(b)]
    return found


@pytest.fixture(scope="module", autouse=True)
def _fonts() -> QGuiApplication:
    return application()


@pytest.mark.parametrize(
    "look, size, language",
    spread([("bedside", 1.0), ("bedside", 1.6), ("door", 1.0)], SIZES, ["en", "zh_CN"]),
)
def test_picker_and_pad_are_whole_and_large_enough(
    look: tuple[str, float], size: tuple[int, int], language: str
) -> None:
    role, scale = look
    scene = proving((BEDSIDE if role == "bedside" else DOOR)["called"])
    with stage(role, scene, size=size, language=language, text_scale=scale) as on:
        on.model.openPicker()
        on.settle()
        assert faults_in_picker(on, size) == []
        on.model.chooseStaff("his.p-1")
        on.settle()
        assert faults_in_picker(on, size) == []
        assert on.warnings == []
        keys_ = {f"pin-{digit}" for digit in "0123456789"}
        assert {i.objectName() for i in targets(on, "activated")} >= keys_
        if role == "bedside":
            assert on.has("callButton")
        else:
            head, card = box(on.find("lampTitle")), box(on.find("staffPicker"))
            assert not head.intersects(card), "the lamp goes on"
