"""The recorded speech in the repository: complete, as listed, fit to be heard."""

import hashlib
import itertools
import tomllib
import wave
from pathlib import Path

import numpy as np
import pytest

from smartward.config import asset
from smartward.device import spoken
from smartward.device.clips import Clips
from smartward.device.prompts import Prompts
from smartward.device.samples import RATE
from smartward.errors import BadData, Misconfigured

FOLDER = asset("resources", "voice")
TABLE = tomllib.loads((FOLDER / "CLIPS.toml").read_text(encoding="utf-8"))["clip"]
MOST_BYTES = 12_000_000
MOST_SECONDS = 6.0
PLACES = [
    ("305", "12"), ("7", "1"), ("1277", "77"), ("A310", "加99"), ("833", "103"), ("614", "47A"),
]  # fmt: skip


def recorded(name: str) -> np.ndarray:
    """The samples of a clip as they lie on the disk."""
    with wave.open(str(FOLDER / name)) as clip:
        assert (clip.getnchannels(), clip.getsampwidth()) == (1, 2)
        assert clip.getframerate() >= 16_000
        return np.frombuffer(clip.readframes(clip.getnframes()), "<i2")


def loudness(samples: np.ndarray) -> float:
    """Decibels of what is spoken: frames of 20 ms within 20 dB of the loudest."""
    frame = 320
    parts = samples[: len(samples) // frame * frame].reshape(-1, frame).astype(float)
    power = np.mean(parts**2, axis=1)
    return float(10 * np.log10(np.mean(power[power > power.max() * 0.01]) / 32_768**2))


@pytest.mark.parametrize("language", spoken.LANGUAGES)
def test_every_piece_of_every_prompt_has_its_clip_and_text(language: str) -> None:
    """The table holds exactly what can be said, word for word."""
    wanted = {**Prompts().fragments(language), **spoken.PIECES[language]}
    listed = {
        name.removeprefix(f"{language}/").removesuffix(".wav"): entry["text"]
        for name, entry in TABLE.items()
        if name.startswith(f"{language}/")
    }
    assert listed == wanted


def test_files_are_those_of_the_table() -> None:
    """No clip is missing, changed, or unlisted; each tells its voice, licence and length."""
    on_disk = {path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*.wav")}
    assert on_disk == set(TABLE)
    for name, entry in TABLE.items():
        assert hashlib.sha256((FOLDER / name).read_bytes()).hexdigest() == entry["sha256"], name
        assert entry["licence"] == "Apache-2.0"
        assert entry["voice"].startswith({"zh_CN": "z", "en": "a"}[name.split("/")[0]])


def test_all_together_are_small() -> None:
    """What is cloned and installed stays small."""
    assert sum(path.stat().st_size for path in FOLDER.rglob("*.wav")) <= MOST_BYTES


def flaws(name: str) -> list[str]:
    """What is wrong with the sound of a clip."""
    samples = recorded(name).astype(int)
    with wave.open(str(FOLDER / name)) as clip:
        seconds = len(samples) / clip.getframerate()
    found = {
        "clipped": np.abs(samples).max() >= 31_000,
        "clicks at an end": max(np.abs(samples[:8]).max(), np.abs(samples[-8:]).max()) >= 700,
        "not as long as listed": abs(seconds - TABLE[name]["seconds"]) > 0.01,
        "not as loud as the rest": abs(loudness(samples) + 18.0) > 1.5,
        "nearly empty": seconds < 0.2,
    }
    return [f"{name}: {flaw}" for flaw, there in found.items() if there]


def test_clips_are_fit_to_be_heard() -> None:
    """Not clipped, no click at their ends, as long as listed, and equally loud."""
    assert [flaw for name in TABLE for flaw in flaws(name)] == []


@pytest.mark.parametrize("language", spoken.LANGUAGES)
def test_a_prompt_is_over_in_six_seconds(language: str) -> None:
    """Joined for real places, with the pauses, it is short and neither empty nor cut."""
    clips = Clips()
    for key, (room, bed) in itertools.product(clips.prompts.keys, PLACES):
        values = {"room": room, "bed": bed}
        samples = clips.prompt(key, language, values)
        pieces = clips.prompts.pieces(key, language, values)
        assert samples is not None
        assert pieces is not None
        listed = sum(TABLE[f"{language}/{piece.name}.wav"]["seconds"] for piece in pieces)
        assert listed <= len(samples) / RATE + 0.01 * len(pieces)
        assert len(samples) / RATE <= MOST_SECONDS, (key, room, bed)


def test_a_value_that_was_not_recorded_gives_nothing() -> None:
    """The speech engine has to say it then."""
    assert Clips().prompt("infusion_ending", "en", {"bed": "Garden"}) is None


def copied(target: Path, clip: bytes) -> Path:
    """A folder with the table of one clip, and that file with other bytes."""
    (target / "en").mkdir()
    entry = 'text = "x", sha256 = "' + "0" * 64 + '"'
    (target / "CLIPS.toml").write_text(f'[clip]\n"en/rest_0.wav" = {{ {entry} }}', "utf-8")
    (target / "en" / "rest_0.wav").write_bytes(clip)
    return target


def test_a_damaged_clip_is_not_played(tmp_path: Path) -> None:
    """A clip that is not the one of the table could say anything."""
    clips = Clips(copied(tmp_path, b"something else"))
    with pytest.raises(BadData, match=r"voice\.bad_clip: en/rest_0\.wav"):
        clips.prompt("rest", "en", {})


def test_a_missing_clip_is_named(tmp_path: Path) -> None:
    """A file that is gone is told by its name."""
    folder = copied(tmp_path, b"")
    (folder / "en" / "rest_0.wav").unlink()
    with pytest.raises(BadData, match=r"en/rest_0\.wav"):
        Clips(folder).prompt("rest", "en", {})


def test_a_missing_table_is_named(tmp_path: Path) -> None:
    """Without its table there are no clips, and the start says so."""
    with pytest.raises(Misconfigured, match=r"voice\.bad_table"):
        Clips(tmp_path)
