"""The loudspeaker through its real process: without a device, and with a sound server."""

import contextlib
import itertools
import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest

from smartward.clinical.priority import Priority
from smartward.clock import Clock, SystemClock
from smartward.device import loudspeaker, tones
from smartward.device.child import Child
from smartward.device.loudness import Loudness
from smartward.device.loudspeaker import (
    DEAD,
    DEAD_AFTER,
    NO_DEVICE,
    PLAYS_AFTER,
    Loudspeaker,
)
from smartward.device.mixer import Mixer
from smartward.device.played import Alarm, Event, Sound, What
from smartward.device.samples import RATE
from smartward.device.sound_signs import no_server as nobody_listens
from smartward.device.sound_signs import signs
from tests.fakes.fake_clock import ManualClock

DEADLINE = 20.0
FLAT = Loudness(dict.fromkeys(Priority, 0.0), dict.fromkeys(Priority, 0.0), floor=-60.0)
HIGH = Alarm(
    name="alarm.high",
    priority=Priority.HIGH,
    burst=tones.alarm(Priority.HIGH),
    interburst=tones.TONES[Priority.HIGH].interburst,
)


class Rig:
    """A loudspeaker with all that it told, and a way to wait for what it will."""

    def __init__(self, *, dead_after: float = DEAD_AFTER, clock: Clock | None = None) -> None:
        self.clock = SystemClock() if clock is None else clock
        self.mixer = Mixer(FLAT)
        self.speaker = Loudspeaker(self.mixer, self.clock, dead_after=dead_after)
        self.faults: list[tuple[str, ...]] = []
        self.events: list[Event] = []
        self.blocks = 0
        self._changed = threading.Condition()
        self.speaker.on_faults = self._on_faults
        self.mixer.tap = self._on_block

    def close(self) -> None:
        """Fall silent."""
        self.speaker.close()

    def _on_faults(self) -> None:
        with self._changed:
            self.faults.append(self.speaker.faults)
            self._changed.notify_all()

    def _on_block(self, _: object) -> None:
        with self._changed:
            self.blocks += 1
            self.events += self.mixer.take_events()
            self._changed.notify_all()

    def until(self, true: Callable[[], bool]) -> None:
        """Wait until something holds. Fails with what was told when it never does."""
        with self._changed:
            held = self._changed.wait_for(true, DEADLINE)
        assert held, (self.faults, self.events[-5:])

    def count(self, what: What, name: str) -> int:
        """How often that happened so far."""
        return sum((event.what, event.name) == (what, name) for event in self.events)

    def chime(self, name: str = "chime") -> None:
        """Ask for a chime."""
        sound = Sound(name=name, priority=Priority.MEDIUM, samples=tones.chime())
        self.mixer.play(sound, self.clock.monotonic())


@pytest.fixture
def rig() -> Iterator[Rig]:
    """A loudspeaker that is not started yet."""
    rig = Rig()
    yield rig
    rig.close()


@pytest.fixture
def no_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without a sound server."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PULSE_SERVER", f"unix:{tmp_path}/none")


# ---------------------------------------------------------------------------- without a device


@pytest.mark.usefixtures("no_server")
@pytest.mark.expects_log(NO_DEVICE)
def test_without_a_device_it_says_so_and_time_goes_on(rig: Rig) -> None:
    """The fault is told once, and what would have been heard starts, lasts and ends as usual; where
    nobody hears it, that takes a look or two and not one for each block."""
    rig.speaker.start()
    rig.until(lambda: rig.faults == [(NO_DEVICE,)])
    assert rig.speaker.pid is None
    for name in ("first", "second"):
        asked = rig.clock.monotonic()
        rig.chime(name)
        rig.until(lambda name=name: rig.count(What.ENDED, name) == 1)
        took = rig.clock.monotonic() - asked
        assert took == pytest.approx(len(tones.chime()) / RATE, abs=0.4)
    assert rig.blocks <= 2 * 2 * (1 + len(tones.chime()) / RATE / 0.5)
    assert rig.faults == [(NO_DEVICE,)]


@pytest.mark.usefixtures("no_server")
@pytest.mark.expects_log(NO_DEVICE)
def test_an_alarm_repeats_without_a_device(rig: Rig) -> None:
    """Nothing that depends on the mixer stops because nobody can hear it."""
    rig.speaker.start()
    rig.until(lambda: NO_DEVICE in rig.speaker.faults)
    rig.mixer.set_alarm(HIGH)
    rig.until(lambda: rig.count(What.ENDED, HIGH.name) == 1)
    rig.mixer.set_alarm(None)
    rig.chime()
    rig.until(lambda: rig.count(What.ENDED, "chime") == 1)


@pytest.mark.usefixtures("no_server")
@pytest.mark.expects_log(NO_DEVICE)
def test_closing_ends_the_process(rig: Rig) -> None:
    """Also while it is still starting."""
    before = {child.pid for child in psutil.Process().children()}
    rig.speaker.start()
    rig.chime()
    rig.until(lambda: rig.count(What.STARTED, "chime") == 1 or NO_DEVICE in rig.speaker.faults)
    rig.speaker.close()
    rig.speaker = Loudspeaker(rig.mixer, rig.clock)
    assert {child.pid for child in psutil.Process().children()} <= before


class Tried(Child):
    """An audio process that counts itself."""

    times = 0

    def __init__(self, module: str) -> None:
        Tried.times += 1
        super().__init__(module)


@pytest.mark.usefixtures("no_server")
@pytest.mark.expects_log(NO_DEVICE)
def test_without_a_server_tries_become_rare_until_one_comes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rarer than where one is there and has no device; the fault stays told all the while."""
    monkeypatch.setattr(loudspeaker, "Child", Tried)
    monkeypatch.setattr(Tried, "times", 0)
    monkeypatch.setattr(loudspeaker, "RETRY_S", (5.0, 15.0))
    monkeypatch.setattr(loudspeaker, "NO_SERVER_S", 30.0)
    clock = ManualClock()
    with contextlib.closing(Rig(clock=clock)) as rig:

        def tries() -> int:
            for _ in range(2):  # one may have been under way
                turn()
            now = Tried.times
            while rig.speaker._state is not loudspeaker._State.GONE:
                turn()
            return now

        def turn() -> None:
            looked.clear()
            rig.speaker._ring()
            assert looked.wait(DEADLINE)

        looked, look = threading.Event(), rig.speaker._look

        def then_say_so() -> None:
            look()
            looked.set()

        monkeypatch.setattr(rig.speaker, "_look", then_say_so)
        rig.speaker.start()
        rig.until(lambda: rig.faults == [(NO_DEVICE,)])
        server, tried = tmp_path / "none", 1
        for pause in (10, 20, 30, 30, 0, 10, 15, 15):
            if pause == 0:
                server.touch()
            else:
                clock.advance(pause - 0.5)
                assert tries() == tried, pause
                clock.advance(0.5)
            tried += 1
            assert tries() == tried, pause
        assert rig.faults == [(NO_DEVICE,)]


def test_a_card_or_a_server_that_comes_is_seen_without_a_try(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("PULSE_SERVER", "PULSE_RUNTIME_PATH", "XDG_RUNTIME_DIR"):
        monkeypatch.delenv(name, raising=False)
    cards, of_all, own = tmp_path / "dev/snd", tmp_path / "run/pulse", tmp_path / "own/native"
    for folder in (cards, of_all, own.parent):
        folder.mkdir(parents=True)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    before = signs(tmp_path)
    assert nobody_listens(tmp_path)
    link = tmp_path / ".config/pulse/0f7a-runtime"
    link.mkdir(parents=True)
    (link / "native").touch()
    assert signs(tmp_path) != before
    assert not nobody_listens(tmp_path), "of this user, outside of any session"
    (link / "native").unlink()
    before = signs(tmp_path)
    assert nobody_listens(tmp_path)
    (cards / "pcmC0D0p").touch()
    assert signs(tmp_path) != before
    (of_all / "native").touch()
    assert not nobody_listens(tmp_path)
    for named in (f"unix:{own}", str(own), f"{{1f}}unix:{own} unix:{own}"):
        monkeypatch.setenv("PULSE_SERVER", named)
        assert nobody_listens(tmp_path), named
        before = signs(tmp_path)
        own.touch()
        assert signs(tmp_path) != before
        assert not nobody_listens(tmp_path)
        own.unlink()
    monkeypatch.setenv("PULSE_SERVER", f"unix:{own} tcp:sound.example.org")
    assert not nobody_listens(tmp_path), "what is not on this machine cannot be seen"


# ----------------------------------------------------------------------- with a sound server


CARD = ("module-null-sink", "sink_name=ward", "rate=48000", "channels=1")


class Server:
    """A PulseAudio of our own with a sink that nobody hears, and a recorder beside it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._recorded = folder / "heard.raw"
        self.process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        program = shutil.which("pulseaudio")
        if program is None or not all(shutil.which(name) for name in ("parec", "pactl")):
            pytest.fail("PulseAudio is missing: packaging/install-system-packages test")
        process = subprocess.Popen(
            [
                program, "-n", "--daemonize=no", "--exit-idle-time=-1", "--log-level=error",
                "-L", "module-native-protocol-unix auth-anonymous=1",
                "-L", " ".join(CARD), "-L", "module-always-sink",
            ],
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        end = SystemClock().monotonic() + DEADLINE
        socket = self._folder / "pulse" / "native"
        while not socket.exists() and SystemClock().monotonic() < end:
            threading.Event().wait(0.02)
        assert socket.exists(), "PulseAudio did not start"
        return process

    @contextlib.contextmanager
    def record(self) -> Iterator[None]:
        """Raw 16-bit mono at 48 kHz of what would be heard, into `recorded`."""
        # Into a file: a pipe that nobody reads is full after two thirds of a second.
        with self._recorded.open("wb") as file:
            recorder = subprocess.Popen(
                [
                    "parec", "-d", "ward.monitor", "--format=s16le", "--rate=48000",
                    "--channels=1", "--latency-msec=20", "--raw",
                ],
                stdout=file,
            )  # fmt: skip
        try:
            yield
        finally:
            recorder.kill()
            recorder.wait()

    def recorded(self) -> np.ndarray:
        """What the recorder took until now."""
        body = self._recorded.read_bytes()
        return np.frombuffer(body[: len(body) // 2 * 2], "<i2").astype(int)

    def sounding(self, number: int) -> list[tuple[float, float]]:
        """The first `number` parts that the recorder heard, as soon as they are over."""
        end = SystemClock().monotonic() + DEADLINE
        while SystemClock().monotonic() < end:
            heard = self.recorded()
            parts = loud_parts(heard)
            if len(parts) > number or (parts and len(heard) / RATE - sum(parts[-1]) > 0.2):
                return parts[:number]
            threading.Event().wait(0.05)
        pytest.fail(f"nothing was heard in {DEADLINE} s")

    def until_it_listens(self) -> None:
        """Wait until the recorder takes what would be heard."""
        waiting, end = threading.Event(), SystemClock().monotonic() + DEADLINE
        while self._recorded.stat().st_size == 0:
            assert SystemClock().monotonic() < end, "the recorder takes nothing"
            waiting.wait(0.02)

    def control(self, *words: str) -> str:
        """Have the server do something by hand; what it answers."""
        command = ["pactl", *words]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    def pull_card(self) -> None:
        """The only card is gone, and not the sink that the server makes in its place."""
        modules = self.control("list", "short", "modules").splitlines()
        (index,) = (
            row.split()[0] for row in modules if " ".join(CARD[:2]) in " ".join(row.split())
        )
        self.control("unload-module", index)

    def restart(self) -> None:
        """The server is back after its end."""
        self.process = self._start()

    def end(self) -> None:
        """kill -9, also of a server that is stopped."""
        self.process.kill()
        self.process.wait()


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A machine with a sound server."""
    runtime = tmp_path / "run"
    runtime.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("PULSE_SERVER", raising=False)
    server = Server(runtime)
    yield server
    server.end()


def loud_parts(heard: np.ndarray) -> list[tuple[float, float]]:
    """Start and length in seconds of what is louder than a twentieth of full scale."""
    window = RATE // 100
    views = np.lib.stride_tricks.sliding_window_view(np.pad(np.abs(heard), window), window)
    loud = np.concatenate([[False], views.max(axis=1) > 1_600, [False]])
    edges = np.flatnonzero(np.diff(loud.astype(int)))
    return [(a / RATE, (b - a) / RATE) for a, b in edges.reshape(-1, 2)]


_MOST_BURSTS = 6


def whole_bursts(parts: list[tuple[float, float]]) -> list[float]:
    """When each burst of a high alarm began of which every pulse was heard as it was made."""
    wanted = loud_parts(HIGH.burst.astype(int))
    found = []
    for turn in range(len(parts) - len(wanted) + 1):
        ten, began = parts[turn : turn + len(wanted)], parts[turn][0]
        late = [
            abs(start - began - (at - wanted[0][0]))
            for (start, _), (at, _) in zip(ten, wanted, strict=True)
        ]
        longer = [abs(length - meant) for (_, length), (_, meant) in zip(ten, wanted, strict=True)]
        if max(late + longer) <= 0.02:
            found.append(began)
    return found


@pytest.mark.long
@pytest.mark.expects_log(NO_DEVICE)
def test_a_chime_is_heard_and_a_card_that_is_pulled_out_is_told(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the server has a sink of its own in place of a card, in which all ends unheard."""
    monkeypatch.setattr(loudspeaker, "RETRY_S", (0.1, 0.1))
    with contextlib.closing(Rig()) as rig, server.record():
        rig.speaker.start()
        rig.until(lambda: rig.mixer.frame > 0)
        server.until_it_listens()
        rig.chime()
        (first, _), (second, length) = server.sounding(2)
        assert second - first == pytest.approx(0.22 + 0.06, abs=0.03)
        assert length == pytest.approx(0.34, abs=0.1)  # without what rises and falls
        assert rig.faults == []
        server.pull_card()
        rig.until(lambda: rig.faults == [(NO_DEVICE,)])
        server.control("load-module", *CARD)
        rig.until(lambda: rig.speaker.faults == ())
        assert len(rig.faults) == 2


@pytest.mark.long
@pytest.mark.expects_log(DEAD)
def test_a_device_that_stands_still_is_one_fault_until_it_plays(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What its buffer takes at each new try is not heard, and does not end the fault."""
    monkeypatch.setattr(loudspeaker, "RETRY_S", (0.1, 0.8))
    with contextlib.closing(Rig(dead_after=0.3)) as rig:
        rig.speaker.start()
        rig.until(lambda: rig.mixer.frame > PLAYS_AFTER)
        server.control("suspend-sink", "ward", "1")
        rig.mixer.set_alarm(HIGH)
        rig.until(lambda: rig.faults == [(DEAD,)])
        tried = {rig.speaker.pid}
        while len(tried - {None}) < 4:
            blocks = rig.blocks
            rig.until(lambda before=blocks: rig.blocks > before)
            tried.add(rig.speaker.pid)
        assert rig.faults == [(DEAD,)]
        server.control("suspend-sink", "ward", "0")
        rig.until(lambda: rig.faults == [(DEAD,), ()])


@pytest.mark.long
def test_what_the_mixer_plays_is_heard(server: Server, rig: Rig) -> None:
    """A burst comes out of the device with its ten pulses, lengths and pauses, and so again.

    A loaded machine lets the device wait now and then, in the midst of a burst too: then the next
    two are listened to.
    """
    with server.record():
        rig.speaker.start()
        rig.until(lambda: rig.mixer.frame > 0)
        server.until_it_listens()
        assert rig.speaker.faults == ()
        rig.mixer.set_alarm(HIGH)
        period = len(HIGH.burst) / RATE + HIGH.interburst
        between: list[float] = []
        for ended in range(1, _MOST_BURSTS):
            rig.until(lambda ended=ended: rig.count(What.ENDED, HIGH.name) >= ended)
            whole = whole_bursts(loud_parts(server.recorded()))
            between = [later - one for one, later in itertools.pairwise(whole)]
            if pytest.approx(period, abs=0.15) in between:
                break
    assert pytest.approx(period, abs=0.15) in between, loud_parts(server.recorded())
    assert rig.faults == []


@pytest.mark.long
def test_it_rests_in_silence_and_wakes_for_a_sound(server: Server, rig: Rig) -> None:
    """No block is asked for while nothing sounds; the next sound is heard at once."""
    rig.speaker.start()
    for name in ("first", "second"):
        rig.chime(name)
        rig.until(lambda name=name: rig.count(What.ENDED, name) == 1)
        resting = threading.Event()
        frame = -1
        while frame != rig.mixer.frame:
            frame = rig.mixer.frame
            resting.wait(1.0)
    asked = rig.clock.monotonic()
    rig.chime("third")
    rig.until(lambda: rig.count(What.STARTED, "third") == 1)
    assert rig.clock.monotonic() - asked < 0.3
    assert server.process.poll() is None
    assert rig.faults == []


@pytest.mark.long
@pytest.mark.expects_log(DEAD, NO_DEVICE)
def test_a_server_that_hangs_dies_and_returns(server: Server, rig: Rig) -> None:
    """Each is told within some seconds, the alarm goes on, and the screen survives them all."""
    rig.speaker.start()
    rig.mixer.set_alarm(HIGH)
    rig.until(lambda: rig.count(What.ENDED, HIGH.name) == 1)
    asked = rig.clock.monotonic()
    os.kill(server.process.pid, signal.SIGSTOP)
    rig.until(lambda: rig.speaker.faults == (DEAD,))
    assert rig.clock.monotonic() - asked < 6.0
    os.kill(server.process.pid, signal.SIGCONT)
    rig.until(lambda: rig.speaker.faults == ())
    server.end()
    rig.until(lambda: rig.speaker.faults == (NO_DEVICE,))
    bursts = rig.count(What.STARTED, HIGH.name)
    rig.until(lambda: rig.count(What.STARTED, HIGH.name) > bursts)
    server.restart()
    rig.until(lambda: rig.speaker.faults == ())


@pytest.mark.long
@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(signal.SIGSTOP, marks=pytest.mark.expects_log(DEAD)),
        pytest.param(signal.SIGKILL, marks=pytest.mark.expects_log(NO_DEVICE)),
    ],
)
def test_an_audio_process_that_hangs_or_dies_is_replaced(
    server: Server, rig: Rig, sent: signal.Signals
) -> None:
    """The fault is told, another process plays, and the fault is over."""
    rig.speaker.start()
    rig.mixer.set_alarm(HIGH)
    rig.until(lambda: rig.count(What.ENDED, HIGH.name) == 1)
    first = rig.speaker.pid
    assert first is not None
    os.kill(first, sent)
    rig.until(lambda: len(rig.faults) >= 1)
    rig.until(lambda: rig.speaker.faults == ())
    assert rig.speaker.pid not in (None, first)
    assert not psutil.pid_exists(first)
    assert server.process.poll() is None
