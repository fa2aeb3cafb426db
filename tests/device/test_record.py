"""Recording prompts by a person: the conversation, the table, and that a screen then says them."""

import hashlib
import json
import shutil
import subprocess
import threading
import tomllib
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from smartward.clock import SystemClock
from smartward.device import record
from smartward.device.clips import Clips
from smartward.device.microphone import Microphone
from smartward.device.prompts import Prompts
from smartward.device.record import Session, heard_as, language_of, main
from smartward.device.recorded import TABLE_NAME, Recorded, clip_name
from smartward.device.samples import RATE, Samples, to_samples
from smartward.device.voice import CLIPS_BROKEN, Voice
from smartward.errors import BadData, Misconfigured
from smartward.i18n import TABLE, Catalogue

CANTONESE = TABLE.languages["zh_HK"]
FIXED = Prompts().fixed("zh_HK")
TEXTS = Catalogue("en", ZoneInfo("UTC"))
DEADLINE = 20.0


def sentence(seconds: float = 1.5) -> Samples:
    """Somebody who speaks, with a quiet room around it."""
    t = np.arange(round(seconds * RATE)) / RATE
    voice = 0.1 * np.sin(2 * np.pi * 200 * t) * (0.7 + 0.3 * np.sin(2 * np.pi * 4 * t))
    around = np.zeros(RATE // 2)
    return to_samples(np.concatenate([around, voice, around]))


class Person:
    """Answers in their order, and a microphone that hears in its order."""

    def __init__(self, answers: str, heard: list[Samples]) -> None:
        self._answers = list(answers)
        self._heard = list(heard)
        self.shown: list[str] = []
        self.played = 0

    def ask(self, _: str) -> str:
        if not self._answers:
            raise EOFError
        answer = self._answers.pop(0)
        return "" if answer == "." else answer

    def start(self) -> None:
        self.shown.append("(recording)")

    def stop(self) -> Samples:
        return self._heard.pop(0) if self._heard else sentence()

    def play(self, samples: Samples) -> None:
        assert len(samples) > 0
        self.played += 1

    def session(self, folder: Path) -> Session:
        return Session(
            texts=TEXTS,
            recorded=Recorded(folder),
            microphone=self,
            clock=SystemClock(),
            ask=self.ask,
            play=self.play,
            show=self.shown.append,
        )


def two() -> dict[str, str]:
    return {key: FIXED[key] for key in ("call_placed", "rest")}


def test_prompts_are_kept_one_by_one(tmp_path: Path) -> None:
    """Begin, said, keep: twice. The table names text, day and hash, and nobody."""
    person = Person("...".join(["", "", ""]), [])
    assert person.session(tmp_path).guide(CANTONESE, two()) == 2
    table = tomllib.loads((tmp_path / TABLE_NAME).read_text("utf-8"))["clip"]
    assert set(table) == {"zh_HK/call_placed_0.wav", "zh_HK/rest_0.wav"}
    for name, entry in table.items():
        assert set(entry) == {"text", "language", "date", "seconds", "sha256"}
        body = (tmp_path / name).read_bytes()
        assert hashlib.sha256(body).hexdigest() == entry["sha256"]
        assert entry["seconds"] == pytest.approx(1.6, abs=0.1)
    assert person.played == 2
    assert any(FIXED["rest"] in line for line in person.shown)


def test_again_play_skip_and_end(tmp_path: Path) -> None:
    """Said twice, played once more, kept; the second is left out; the third ends it."""
    person = Person("..a..pksq", [])
    wanted = {key: FIXED[key] for key in ("call_placed", "rest", "on_the_way")}
    assert person.session(tmp_path).guide(CANTONESE, wanted) == 1
    assert person.shown.count("(recording)") == 2
    assert person.played == 3
    assert Recorded(tmp_path).hash("zh_HK/rest_0.wav", FIXED["rest"]) is None


def test_silence_is_told_and_asked_again(tmp_path: Path) -> None:
    person = Person("....k", [np.zeros(RATE, np.int16)])
    only = {"rest": FIXED["rest"]}
    assert person.session(tmp_path).guide(CANTONESE, only) == 1
    assert TEXTS.text("record.fault.silent") in person.shown


def test_whoever_goes_away_loses_nothing(tmp_path: Path) -> None:
    assert Person("...", []).session(tmp_path).guide(CANTONESE, two()) == 1
    assert Recorded(tmp_path).hash(clip_name("zh_HK", "call_placed"), FIXED["call_placed"])


@pytest.mark.anyio
async def test_a_screen_says_what_was_recorded(tmp_path: Path) -> None:
    """The prompt has a clip now, the rest of the language a tone; another language is not said."""
    Person("...", []).session(tmp_path).guide(CANTONESE, {"rest": FIXED["rest"]})
    voice = Voice.reading(SystemClock(), str(tmp_path))
    try:
        said = await voice.speak("rest", "zh_HK")
        assert said is not None
        assert len(said) / RATE == pytest.approx(1.6, abs=0.1)
        assert await voice.speak("call_placed", "zh_HK") is None
        assert voice.worker_pid is None
        assert voice.faults == ()
    finally:
        await voice.close()
    clips = Clips(recorded=Recorded(tmp_path))
    assert [heard_as(clips, key, "zh_HK") for key in ("rest", "call_placed")] == [
        "recorded",
        "tone",
    ]


def test_a_person_is_heard_before_the_packaged_voice(tmp_path: Path) -> None:
    text = Prompts().fixed("en")["rest"]
    Recorded(tmp_path).keep("en", "rest", text, sentence(3.0), SystemClock().now())
    clips = Clips(recorded=Recorded(tmp_path))
    said = clips.prompt("rest", "en", {})
    assert said is not None
    assert len(said) / RATE == pytest.approx(4.0, abs=0.05)


def test_what_says_something_else_by_now_is_not_played(tmp_path: Path) -> None:
    Recorded(tmp_path).keep("zh_HK", "rest", "早抖", sentence(), SystemClock().now())
    assert Clips(recorded=Recorded(tmp_path)).prompt("rest", "zh_HK", {}) is None


def test_a_changed_recording_is_not_played(tmp_path: Path) -> None:
    Recorded(tmp_path).keep("zh_HK", "rest", FIXED["rest"], sentence(), SystemClock().now())
    (tmp_path / "zh_HK" / "rest_0.wav").write_bytes(b"something else")
    with pytest.raises(BadData, match=r"voice\.bad_clip"):
        Clips(recorded=Recorded(tmp_path)).prompt("rest", "zh_HK", {})


@pytest.mark.anyio
@pytest.mark.expects_log("voice.bad_recordings")
@pytest.mark.parametrize(
    "table", ["no toml", "[clip]\nx = 1\n", "[other]\n", '[clip.x]\ntext = "a"']
)
async def test_a_screen_starts_with_a_broken_table_and_says_so(tmp_path: Path, table: str) -> None:
    (tmp_path / TABLE_NAME).write_text(table, "utf-8")
    voice = Voice.reading(SystemClock(), str(tmp_path))
    assert voice.faults == (CLIPS_BROKEN,)
    assert await voice.speak("rest", "en") is not None
    await voice.close()


# ------------------------------------------------------------------------------- the command line


def listed(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, str]:
    assert main(["list", *arguments]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    return {f"{row['language']} {row['prompt']}": row["how"] for row in rows}


def test_the_list_tells_how_each_prompt_is_heard(capsys: pytest.CaptureFixture[str]) -> None:
    every = listed(capsys)
    assert every["en bed_call"] == every["zh_CN rest"] == "clip"
    assert every["es rest"] == "voice"
    assert every["ar rest"] == every["zh_HK rest"] == "tone"
    assert "ar bed_call" not in every  # a station's words are never a patient's language


def test_the_list_reads_the_recordings(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Recorded(tmp_path).keep("zh_HK", "rest", FIXED["rest"], sentence(), SystemClock().now())
    rows = listed(capsys, "--language", "yue", "--set", f"voice_dir={tmp_path}")
    assert rows["zh_HK rest"] == "recorded"
    assert set(rows.values()) == {"recorded", "tone"}


@pytest.mark.parametrize(
    "arguments, key",
    [
        (["--language", "yue"], "record.no_folder"),
        (["--language", "tlh", "--into", "x"], "record.no_language"),
        (["--language", "yue", "--into", "x", "bed_call"], "record.no_prompt"),
    ],
)
def test_what_is_missing_is_named(arguments: list[str], key: str) -> None:
    with pytest.raises(Misconfigured) as raised:
        main(["record", *arguments])
    assert raised.value.key == key
    assert TEXTS.text(key, **raised.value.values)


def test_what_is_recorded_is_not_asked_for_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for key, text in FIXED.items():
        Recorded(tmp_path).keep("zh_HK", key, text, sentence(), SystemClock().now())
    assert main(["record", "--language", "yue", "--into", str(tmp_path)]) == 0
    assert "--again" in capsys.readouterr().out


def test_without_the_recorder_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(Misconfigured, match=r"record\.no_program"):
        Microphone().start()


@pytest.mark.skipif(
    shutil.which("parec") is None, reason="parec is not installed: make system-test"
)
def test_without_a_microphone_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PULSE_SERVER", f"unix:{tmp_path}/none")
    with pytest.raises(Misconfigured, match=r"record\.no_microphone"):
        Microphone().start()


# --------------------------------------------------------------------------- a real sound server


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A PulseAudio of our own: what is played into its sink comes out of its microphone."""
    program = shutil.which("pulseaudio")
    if program is None:
        pytest.fail("PulseAudio is missing: packaging/install-system-packages test")
    runtime = tmp_path / "run"
    runtime.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("PULSE_SERVER", raising=False)
    process = subprocess.Popen(
        [
            program, "-n", "--daemonize=no", "--exit-idle-time=-1", "--log-level=error",
            "-L", "module-native-protocol-unix auth-anonymous=1",
            "-L", "module-null-sink sink_name=ward rate=48000 channels=1",
        ],
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    clock = SystemClock()
    end = clock.monotonic() + DEADLINE
    while not (runtime / "pulse" / "native").exists() and clock.monotonic() < end:
        threading.Event().wait(0.02)
    yield
    process.kill()
    process.wait()


@pytest.mark.long
@pytest.mark.usefixtures("server")
def test_a_person_is_recorded_through_the_sound_server(tmp_path: Path) -> None:
    """Said into a real microphone, kept, played back; a muted microphone is told."""
    folder = tmp_path / "voice"
    spoken = sentence(2.0)

    def ask(prompt: str) -> str:
        if prompt == TEXTS.text("record.speak"):
            record.play(spoken)
            threading.Event().wait(0.6)  # what was played has yet to come out of the microphone
        return ""

    person = Person("", [])
    session = person.session(folder)
    session.microphone, session.ask, session.play = Microphone("ward.monitor"), ask, record.play
    assert session.guide(CANTONESE, {"rest": FIXED["rest"]}) == 1
    said = Clips(recorded=Recorded(folder)).prompt("rest", "zh_HK", {})
    assert said is not None
    assert len(said) / RATE == pytest.approx(2.1, abs=0.25)
    microphone = Microphone("ward.monitor")
    microphone.start()
    threading.Event().wait(0.5)
    assert record.take(microphone.stop()).faults == ("silent",)


@pytest.mark.long
@pytest.mark.usefixtures("server")
def test_a_microphone_that_is_not_there_is_told() -> None:
    with pytest.raises(Misconfigured, match=r"record\.no_microphone"):
        Microphone("nowhere").start()


def test_tags_find_the_language_to_record() -> None:
    assert [language_of(tag).code for tag in ("yue", "zh-HK", "es-MX", "ar")] == [
        "zh_HK", "zh_HK", "es", "ar",
    ]  # fmt: skip
