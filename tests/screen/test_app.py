"""Whole screens as processes: drawn from the cache, killed after a touch, refused, ended."""

import asyncio
import dataclasses
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from smartward.clinical.device import ScreenRole
from smartward.clock import ClockSpec, SystemClock, boot_id
from smartward.device.evdev_source import DOWN, EV_KEY, INPUT_EVENT
from smartward.device_key import DeviceKey
from smartward.harness.program import Program
from smartward.hub import tls
from smartward.i18n import Catalogue
from smartward.screen.cache import Cache, Mirrored
from smartward.screen.kept import FILE
from smartward.screen.seal_keys import FILE as KEYS
from smartward.screen.seal_keys import NOBODY, STAY, KeyFile
from smartward.wire.envelope import Action, ActionKind, Document, Gone, Identified, Person
from tests.fakes.fake_clock import MORNING
from tests.privacy_search import search
from tests.programs import run
from tests.screen.documents import bed_view, document, hello, ward
from tests.screen.fake_hub import FakeHub

BED = "his.bed-12"
NAME = "欧阳＊国"
CLOCK = SystemClock()


class HubThread:
    """The fake hub on a loop of its own, beside the test."""

    def __init__(self) -> None:
        self.hub = FakeHub(
            clock=CLOCK,
            hello=hello(CLOCK.now(), role=ScreenRole.BEDSIDE, place=BED, view="bedside-12"),
        )
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.do(self.hub.start)
        self._beats = asyncio.run_coroutine_threadsafe(self._beat(), self._loop)

    async def _beat(self) -> None:
        while True:
            self.hub.beat()
            await CLOCK.sleep(0.2)

    def do(self, work: Callable[[], Any]) -> None:
        """Run something on the hub's loop and wait for it."""

        async def run() -> None:
            result = work()
            if asyncio.iscoroutine(result):
                await result

        asyncio.run_coroutine_threadsafe(run(), self._loop).result(10)

    async def _rest(self) -> None:
        """What is still being accepted ends too: no connection outlives its loop."""
        while others := asyncio.all_tasks() - {asyncio.current_task()}:
            await asyncio.wait(others)

    def close(self) -> None:
        self._beats.cancel()
        self.do(self.hub.stop)
        self.do(self._rest)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


def patient() -> Any:
    from smartward.clinical.encounter import Sex
    from smartward.clinical.profile import Profile
    from smartward.wire.views import BedsideEncounter, TeamView

    return BedsideEncounter(
        id="his.enc-12",
        bed_id=BED,
        family="欧阳",
        display_name=NAME,
        sex=Sex.MALE,
        language=None,
        nil_by_mouth=False,
        nil_by_mouth_since=None,
        team=(TeamView(name="李敏", family="李", role="nurse"),),
        discharge_at=None,
        profile=Profile(),
    )


@pytest.fixture
def hub() -> Iterator[HubThread]:
    made = HubThread()
    made.do(
        lambda: made.hub.write(
            document("ward", "ward", 0, ward()),
            document("bed", BED, 0, bed_view(12, "his.enc-12")),
            document("encounter", "his.enc-12", 0, patient()),
        )
    )
    yield made
    made.close()


class Bedside:
    """Starts the bedside of one folder again and again."""

    def __init__(self, folder: Path, hub: HubThread) -> None:
        self.folder = folder
        self._hub = hub
        self.programs: list[Program] = []
        self.token = folder / "token"
        self.token.write_text("the token")

    def start(self, *more: str) -> Program:
        arguments = [
            "screen", "bedside", "--hub", self._hub.hub.url, "--token-file", str(self.token),
            "--state-dir", str(self.folder / "state"), "--size", "1280x800", "--language", "zh_CN",
            *more,
        ]  # fmt: skip
        name = f"bedside-{len(self.programs)}"
        program = Program(name, arguments, self.folder, {})
        self.programs.append(program)
        return program

    def waiting_on_disk(self) -> list[Action]:
        with closing(Cache(self.folder / "state" / FILE, read_only=True)) as cache:
            waiting = [row.body for row in cache.touches() if row.state == "waiting"]
        return [msgspec.json.decode(body, type=Action) for body in waiting]


@pytest.fixture
def bedside(tmp_path: Path, hub: HubThread) -> Iterator[Bedside]:
    made = Bedside(tmp_path, hub)
    yield made
    for program in made.programs:
        end(program)


def end(program: Program) -> None:
    program.kill()
    assert program.process.stdout is not None
    program.process.stdout.close()


def said(program: Program) -> str:
    return " ".join(text["text"] for text in program.ask("texts")["texts"])


def test_killed_right_after_the_touch_the_call_is_in_the_outbox(
    bedside: Bedside, hub: HubThread
) -> None:
    screen = bedside.start()
    screen.wait("link", "live")
    hub.do(hub.hub.stop)
    screen.ask("tap", objectName="callButton")
    screen.kill()
    (call,) = bedside.waiting_on_disk()
    assert (call.kind, call.data["bed_id"]) == (ActionKind.CALL_PLACE, BED)
    assert call.seen.encounter_id == "his.enc-12"
    hub.do(hub.hub.start)
    again = bedside.start()
    again.wait("outbox_waiting", 0)
    # A screen also tells what is wrong with itself.
    (request,) = [r for r in hub.hub.applied if r.action.kind == ActionKind.CALL_PLACE]
    assert request.action == call
    assert request.age_ms is not None
    assert request.age_ms > 0


def test_power_on_without_a_network_draws_from_the_cache(bedside: Bedside, hub: HubThread) -> None:
    screen = bedside.start()
    screen.wait("link", "live")
    screen.wait("mirror_idle", True)
    assert "欧阳" in said(screen)
    assert screen.state()["engine_warnings"] == 0
    screen.stop()
    hub.do(hub.hub.stop)
    again = bedside.start()
    again.wait("identity_current", True)
    text = said(again)
    assert "欧阳" in text
    assert "与病区主机断开" in text or "正在连接病区主机" in text
    assert again.state()["place"] == BED
    # Past the allowed age the name goes, while the bed stays.
    again.ask("clock.advance", seconds=4 * 3600 + 120)
    again.wait("identity_current", False)
    text = said(again)
    assert "欧阳" not in text
    assert "12" in text


def test_another_places_cache_is_not_drawn(bedside: Bedside, hub: HubThread) -> None:
    screen = bedside.start()
    screen.wait("mirror_idle", True)
    screen.stop()
    hub.do(hub.hub.stop)
    bedside.token.write_text("another token")
    other = bedside.start()
    assert "欧阳" not in said(other)
    assert other.state()["place"] is None
    other.stop()
    bedside.token.write_text("the token")
    elsewhere = bedside.start("--place", "his.bed-13")
    assert "欧阳" not in said(elsewhere)


def test_a_full_disk_is_said_and_points_to_the_wired_button(
    bedside: Bedside, hub: HubThread
) -> None:
    screen = bedside.start()
    screen.wait("link", "live")
    screen.ask("fault", name="storage.full", on=True)
    screen.ask("tap", objectName="callButton")
    assert "有线呼叫器" in screen.state()["notice"]
    assert screen.state()["pending"] == 0
    assert bedside.waiting_on_disk() == []
    screen.ask("fault", name="storage.full", on=False)
    screen.ask("tap", objectName="noticeDismiss")
    # A second touch too soon after the first counts as a tremble, so touch until it is taken.
    for _ in range(100):
        screen.ask("tap", objectName="callButton")
        if any(r.action.kind == ActionKind.CALL_PLACE for r in hub.hub.applied):
            break
    screen.wait("pending", 0)
    calls = [r.action.kind for r in hub.hub.applied if r.action.kind.startswith("call.")]
    assert calls == [ActionKind.CALL_PLACE]


def test_a_refused_call_is_said_and_points_to_the_wired_button(
    bedside: Bedside, hub: HubThread
) -> None:
    screen = bedside.start()
    screen.wait("link", "live")
    hub.hub.fault = "403"
    screen.ask("tap", objectName="callButton")
    told = Catalogue("zh_CN", ZoneInfo("UTC")).text("access.forbidden")
    screen.wait("notice", f"{told}请使用床头有线呼叫器。")
    assert screen.state()["pending"] == 0


@pytest.mark.long
def test_without_the_hubs_authority_the_page_says_so_until_it_is_there(
    bedside: Bedside, tmp_path: Path
) -> None:
    ca, words = tmp_path / "ca.pem", Catalogue("zh_CN", ZoneInfo("UTC"))
    known = ["--token-file", str(bedside.token), "--hub", "https://hub:8700", "--ca", str(ca)]
    known += ["--language", "zh_CN", "--state-dir", str(tmp_path / "door")]
    door = Program("door", ["screen", "door", *known], tmp_path, {})
    bedside.programs.append(door)
    door.wait("link", "offline")
    assert words.text("screen.bad_ca", file=str(ca)) in said(door)
    door.kill()
    screen = bedside.start("--ca", str(ca))
    screen.wait("faults", ["screen.fault.certificate"])
    assert words.text("screen.fault.certificate") in said(screen)
    assert str(ca) not in said(screen), "that is nothing for a patient"
    ca.write_text("no certificate")
    tls.authority(tmp_path, CLOCK.now())
    screen.wait("link", "live")
    assert words.text("screen.fault.certificate") not in said(screen)


def test_a_black_hole_is_told_within_its_time(bedside: Bedside) -> None:
    screen = bedside.start("--set", "link_stale_s=1", "--set", "beat_s=0.2")
    screen.wait("link", "live")
    screen.ask("fault", name="link.black_hole", on=True)
    screen.wait("link", "stale")
    assert "与病区主机断开" in screen.state()["link_text"]


def test_no_name_reaches_the_log(bedside: Bedside) -> None:
    screen = bedside.start()
    screen.wait("link", "live")
    screen.ask("tap", objectName="callButton")
    screen.wait("outbox_waiting", 0)
    screen.stop()
    assert screen.process.returncode == 0
    log = screen.log.read_text("utf-8")
    assert not any(name in log for name in (NAME, "欧阳", "李敏"))


def test_a_shot_is_one_picture_and_the_end(bedside: Bedside, tmp_path: Path) -> None:
    scene = tmp_path / "scene.json"
    beds = [
        document("bed", BED, 1, bed_view(12, "his.enc-12")),
        document("encounter", "his.enc-12", 1, patient()),
    ]
    scene.write_bytes(msgspec.json.encode(beds))
    shot = tmp_path / "shot.png"
    program = Program(
        "shot",
        ["screen", "bedside", "--replica", str(scene), "--place", BED, "--shot", str(shot),
         "--size", "1280x800", "--clock", str(ClockSpec.starting(MORNING))],
        tmp_path,
        {},
    )  # fmt: skip
    assert program.process.wait(30) == 0
    end(program)
    assert shot.read_bytes().startswith(b"\x89PNG")


def kept_in(folder: Path, *documents: Document) -> Path:
    """A data folder with these documents."""
    cache = Cache(folder / FILE)
    meta = {"role": "bedside", "place": BED, "epoch": "e1", "cursor": "5", "label": "12"}
    now = MORNING.isoformat()
    meta |= {"his_as_of": now, "last_heard": now, "boot": boot_id()}
    asyncio.run(cache.mirror([Mirrored(documents, meta=tuple(meta.items()))]))
    cache.close()
    return folder


def test_no_person_is_on_a_shot_of_what_was_kept(bedside: Bedside, tmp_path: Path) -> None:
    """It leaves the device as a file: with a patient it is the picture of an empty bed."""
    ours = document("ward", "ward", 0, ward())
    here = document("bed", BED, 1, bed_view(12, "his.enc-12"))
    stay = document("encounter", "his.enc-12", 1, patient())
    shots = []
    silent = dataclasses.replace(bed_view(12), silent=True, doubtful=True)
    for name, documents in (
        ("lain", (ours, here, stay)),
        ("silenced", (ours, document("bed", BED, 1, silent))),
        ("empty", (ours, document("bed", BED, 1, bed_view(12)))),
    ):
        shots.append(tmp_path / f"{name}.png")
        folder = kept_in(tmp_path / name, *documents)
        before = {file.name: file.read_bytes() for file in folder.iterdir()}
        program = Program(
            name,
            ["screen", "bedside", "--state-dir", str(folder), "--token-file", str(bedside.token),
             "--shot", str(shots[-1]), "--size", "1280x800",
             "--clock", str(ClockSpec.starting(MORNING))],
            tmp_path,
            {},
        )  # fmt: skip
        assert program.process.wait(30) == 0
        end(program)
        after = {file.name: file.read_bytes() for file in folder.iterdir()}
        assert {name: after[name] for name in before} == before
        assert set(after) - set(before) <= {f"{FILE}-shm", f"{FILE}-wal"}  # SQLite's, to read it
    assert len({shot.read_bytes() for shot in shots}) == 1


def test_nothing_of_a_patient_is_left_when_the_hub_says_that_they_have_gone(
    bedside: Bedside, hub: HubThread
) -> None:
    """Every byte of the running screen's folder; the keys that were there are nowhere."""
    folder = bedside.folder / "state"
    screen = bedside.start()
    screen.wait("link", "live")
    screen.wait("mirror_idle", True)
    words = (NAME, "欧阳", "his.enc-12")
    assert search(folder, words) == []
    there = KeyFile(folder / KEYS, read_only=True)
    (stay,) = there.all(STAY)
    (nobodys,) = there.all(NOBODY)
    seq = screen.state()["seq"]
    hub.do(
        lambda: hub.hub.write(
            document("bed", BED, 0, bed_view(12)), gone=(Gone("encounter", "his.enc-12"),)
        )
    )
    screen.wait("seq", seq + 1)
    screen.wait("mirror_idle", True)
    left = {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()}
    assert not [file for file, data in left.items() if stay.secret in data or stay.mark in data]
    assert not [file for file, data in left.items() if nobodys.secret in data]
    assert search(folder, words) == []


def test_no_screen_leaves_its_memory_on_a_disk(bedside: Bedside) -> None:
    screen = bedside.start()
    screen.wait("link", "live")
    for limits in (Path(f"/proc/{pid}/limits") for pid in family(screen.process.pid)):
        line = next(one for one in limits.read_text().splitlines() if "core file" in one)
        assert line.split()[4:6] in (["1", "1"], ["0", "0"]), line


def family(pid: int) -> list[int]:
    """A process and those it has started."""
    found = [pid]
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            found += family(int(child))
    return found


def test_nobody_else_looks_into_a_paired_screen() -> None:
    """As its own program says of itself: 0 is what no debugger of the same user opens."""
    asks = "from smartward.screen import no_dumps; import ctypes; no_dumps.shut();"
    asks += "print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))"
    done = subprocess.run([sys.executable, "-c", asks], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "0"


def test_a_shot_with_a_hub_draws_what_the_hub_says(bedside: Bedside, hub: HubThread) -> None:
    """A door with a bedside's token: the picture says so, and is another without the hub."""
    shots = []
    for more in ([], ["--hub", hub.hub.url]):
        shots.append(bedside.token.with_name(f"shot-{len(shots)}.png"))
        program = Program(
            shots[-1].stem,
            ["screen", "door", "--state-dir", str(shots[-1].with_suffix(".state")),
             "--token-file", str(bedside.token), "--shot", str(shots[-1]), *more,
             "--size", "800x1280", "--clock", str(ClockSpec.starting(MORNING))],
            bedside.token.parent,
            {},
        )  # fmt: skip
        assert program.process.wait(30) == 0
        end(program)
    alone, refused_ = (shot.read_bytes() for shot in shots)
    assert alone != refused_
    # Of each start of its own, with the key that it made in its folder.
    asked = hub.hub.asked[-1]
    key = DeviceKey.load_or_make(shots[-1].with_suffix(".state"))
    assert asked["smartward-key"] == key.public
    assert {"smartward-start", "smartward-machine", "smartward-proof"} <= set(asked)


def refused(*arguments: str) -> str:
    """What a screen says that ends at its start."""
    ended = run("screen", "bedside", *arguments)
    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr
    return ended.stderr


@pytest.mark.parametrize("display", ["", ":77"], ids=["none", "unreachable"])
def test_without_a_display_that_can_be_used_it_says_what_to_do(display: str) -> None:
    given = {"PATH": os.environ["PATH"], "HOME": os.environ["HOME"], "LANG": "C.UTF-8"}
    ended = subprocess.run(
        [sys.executable, "-m", "smartward", "screen", "door", "--replica", "none"],
        env=given | ({"DISPLAY": display} if display else {}),
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert ended.returncode == 1, "ended in order, not by a signal"
    assert "QT_QPA_PLATFORM" in ended.stderr
    assert display in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.long
def test_a_second_program_keeps_off_the_folder_of_the_first(
    bedside: Bedside, hub: HubThread
) -> None:
    """Two would give the same place of the key file away, and a waiting call would lose its key."""
    folder = bedside.folder / "state"
    first = bedside.start()
    first.wait("link", "live")
    first.wait("mirror_idle", True)  # until then it makes keys for what comes
    kept = (folder / KEYS).read_bytes()
    said = refused("--token-file", str(bedside.token), "--state-dir", str(folder))
    assert "Another screen runs" in said
    assert str(folder) in said
    assert (folder / KEYS).read_bytes() == kept
    first.kill()
    bedside.start().wait("link", "live")


def test_bad_arguments_say_which_and_what_to_do(bedside: Bedside, tmp_path: Path) -> None:
    known = ["--token-file", str(bedside.token), "--state-dir", str(tmp_path / "state")]
    assert "hub:8700" in refused(*known, "--hub", "hub:8700")
    assert "https://" in refused(*known, "--hub", "hub:8700")
    scene = tmp_path / "scene.json"
    scene.write_text("[]")
    shot = tmp_path / "no folder" / "shot.png"
    assert "shot.png" in refused("--replica", str(scene), "--shot", str(shot))
    inputs = tmp_path / "inputs.toml"
    inputs.write_text('[[input]]\npath = "/dev/input/x"\npoint = "bed"\nkind = "bell"\n')
    assert "one_switch" in refused(*known, "--inputs", str(inputs))
    assert "staff_idle_s" in refused(*known, "--set", "staff_idle_s")


def test_a_badge_an_input_and_its_states_over_the_control_socket(
    bedside: Bedside, hub: HubThread, tmp_path: Path
) -> None:
    pipe = tmp_path / "event7"
    os.mkfifo(pipe)
    inputs = tmp_path / "inputs.toml"
    inputs.write_text(f'[[input]]\npath = "{pipe}"\npoint = "bed"\nkind = "one_switch"\n')
    person = Person(known="badge", id="his.li", name="Li Min", family="Li", session="s-1")
    later = CLOCK.now() + timedelta(hours=8)
    hub.hub.badges["90417733"] = Identified(
        person=person, role="nurse", until=later, offline_until=later
    )
    screen = bedside.start("--inputs", str(inputs), "--set", "staff_idle_s=5")
    screen.wait("link", "live")
    screen.ask("badge", code="90417733")
    screen.wait("actor", "Li Min")
    assert (screen.state()["known"], screen.state()["locked"]) == ("badge", False)
    screen.wait("actor", "")
    end = os.open(pipe, os.O_WRONLY)
    os.write(end, INPUT_EVENT.pack(5, 0, EV_KEY, 28, DOWN))
    screen.wait("pressed", 1)
    screen.ask("input", point="cord-305", event="press")
    screen.wait("outbox_waiting", 0)
    os.close(end)
    pipe.unlink()
    ends = [r.action for r in hub.hub.applied if r.action.kind == ActionKind.SESSION_END]
    assert [(a.subject, a.data) for a in ends] == [("s-1", {"why": "idle"})]
    points = [r.action for r in hub.hub.applied if r.action.kind == ActionKind.CALL_POINT_EVENT]
    assert [(a.subject, a.data) for a in points] == [("cord-305", {"event": "press"})]
    screen.stop()
    log = screen.log.read_text("utf-8")
    assert "90417733" not in log
    kept = b"".join(f.read_bytes() for f in (bedside.folder / "state").iterdir())
    assert b"90417733" not in kept


def test_a_screen_without_its_credential_says_what_to_do(bedside: Bedside) -> None:
    kept = str(bedside.folder / "state")
    ended = run("screen", "bedside", "--token-file", "none", "--state-dir", kept)
    assert ended.returncode == 1
    assert "does not hold a credential" in ended.stderr
