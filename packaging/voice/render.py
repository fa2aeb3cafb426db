"""Renders the pieces of the spoken prompts into resources/voice: `make voice`.

What is rendered is what smartward.device says it needs and the table does not hold yet, so a
changed prompt or pace only wants this run anew. The clips are committed; nobody needs this to use
or test SmartWard.
"""

import argparse
import hashlib
import io
import shutil
import sys
import tomllib
import wave
from dataclasses import dataclass
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from smartward.device import spoken  # noqa: E402
from smartward.device.prompts import Prompts  # noqa: E402
from smartward.device.samples import resample, to_samples  # noqa: E402

import kokoro  # noqa: E402  isort: skip

FOLDER = ROOT / "resources" / "voice"
CACHE = ROOT / "build" / "voice"
LEVEL = 10 ** (-18 / 20)  # root mean square of what is spoken, below full scale
PEAK = 0.89  # no sample louder than this
RATE = 16_000  # wide-band speech; 24 kHz would leave no room for more prompts
MOST_BYTES = 12_000_000


@dataclass(frozen=True)
class Speaker:
    """A voice of the model, with its pace for whole sentences and for the pieces of a number.

    Chosen among the voices of the language by packaging/voice/check.py. Pace: 150-200 English
    words a minute and some 4 Chinese characters a second are comfortable (field report 5.1).
    """

    voice: str
    sentence: float
    piece: float


SPEAKERS = {"zh_CN": Speaker("zm_yunxi", 0.92, 1.0), "en": Speaker("af_heart", 0.85, 1.0)}

PACES = {"zh_CN/emergency_call_1": 1.0}
"""Exceptions, where the recogniser understood another pace better."""


def trimmed(curve: np.ndarray) -> np.ndarray:
    """Without the silence before and after, with edges that do not click."""
    window = kokoro.RATE // 200
    power = np.convolve(curve**2, np.ones(window) / window, "same")
    loud = np.flatnonzero(power > power.max() * 10 ** (-45 / 10))
    margin = kokoro.RATE // 50
    cut = curve[max(loud[0] - margin, 0) : loud[-1] + margin].copy()
    edge = kokoro.RATE // 200
    cut[:edge] *= np.linspace(0, 1, edge)
    cut[-edge:] *= np.linspace(1, 0, edge)
    return cut


def levelled(curve: np.ndarray) -> np.ndarray:
    """As loud as every other clip; single peaks that would be too loud are rounded off."""
    frame = kokoro.RATE // 50
    whole = curve[: len(curve) // frame * frame].reshape(-1, frame)
    power = np.mean(whole**2, axis=1)
    spoken_power = np.mean(power[power > power.max() * 0.01])
    louder = curve * (LEVEL / np.sqrt(spoken_power))
    knee = PEAK * 0.7
    over = np.abs(louder) > knee
    rounded = knee + (PEAK - knee) * np.tanh((np.abs(louder) - knee) / (PEAK - knee))
    return np.where(over, np.sign(louder) * rounded, louder)


def wav(curve: np.ndarray) -> bytes:
    """16-bit mono WAV of `RATE`."""
    samples = resample(to_samples(curve), kokoro.RATE, RATE)
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as target:
        target.setnchannels(1)
        target.setsampwidth(2)
        target.setframerate(RATE)
        target.writeframes(samples.astype("<i2").tobytes())
    return buffer.getvalue()


def entry(name: str, text: str, voice: str, pace: float, body: bytes) -> str:
    """One line of the table."""
    seconds = (len(body) - 44) / 2 / RATE
    return (
        f'"{name}" = {{ text = "{text}", voice = "{voice}", pace = {pace}, '
        f'licence = "{kokoro.LICENCE}", seconds = {seconds:.2f}, '
        f'sha256 = "{hashlib.sha256(body).hexdigest()}" }}'
    )


def kept(folder: Path, name: str, text: str, voice: str, pace: float) -> bytes | None:
    """The clip that is there, when it says this in this way: no need to render it anew."""
    table, file = folder / "CLIPS.toml", folder / name
    if not table.exists() or not file.exists():
        return None
    listed = tomllib.loads(table.read_text(encoding="utf-8"))["clip"].get(name, {})
    body = file.read_bytes()
    same = (listed.get("text"), listed.get("voice"), listed.get("pace")) == (text, voice, pace)
    return body if same and listed["sha256"] == hashlib.sha256(body).hexdigest() else None


HEAD = f"""\
# Written by `make voice`. Do not edit.
# Kokoro-82M v1.0 (int8), weights and voices {kokoro.LICENCE}; {RATE // 1000} kHz, 16 bit, mono.
[clip]
"""


def pieces(language: str) -> dict[str, tuple[str, float]]:
    """Text and pace of every piece of a language by its name."""
    speaker = SPEAKERS[language]
    sentences, numbers = Prompts().fragments(language), spoken.PIECES[language]
    paces = dict.fromkeys(sentences, speaker.sentence) | dict.fromkeys(numbers, speaker.piece)
    return {
        name: (text, PACES.get(f"{language}/{name}", paces[name]))
        for name, text in {**sentences, **numbers}.items()
    }


def render(engine: kokoro.Kokoro, language: str, present: Path, fresh: Path) -> list[str]:
    """Every clip of a language into `fresh`; their lines of the table."""
    voice, lines = SPEAKERS[language].voice, []
    (fresh / language).mkdir(parents=True)
    for piece, (text, pace) in pieces(language).items():
        name = f"{language}/{piece}.wav"
        body = kept(present, name, text, voice, pace)
        if body is None:
            closed = text if text[-1] in ".。" else text + (". " if language == "en" else "。")
            body = wav(levelled(trimmed(engine.say(closed.strip(), language, voice, pace))))
            print(f"{name}: {text}")
        (fresh / name).write_bytes(body)
        lines.append(entry(name, text, voice, pace, body))
    return lines


def main() -> None:
    """Render what changed, and put it in the place of the present clips when all is well."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--into", type=Path, default=FOLDER, help="folder of the clips")
    into = parser.parse_args().into
    engine = kokoro.Kokoro(CACHE)
    fresh = CACHE / "rendered"
    shutil.rmtree(fresh, ignore_errors=True)
    lines = [
        line for language in spoken.LANGUAGES for line in render(engine, language, into, fresh)
    ]
    size = sum(clip.stat().st_size for clip in fresh.rglob("*.wav"))
    print(f"{len(lines)} clips, {size / 1e6:.1f} MB")
    if size > MOST_BYTES:
        raise SystemExit(f"more than {MOST_BYTES / 1e6:.0f} MB: leave something out")
    for language in spoken.LANGUAGES:
        shutil.rmtree(into / language, ignore_errors=True)
        shutil.move(fresh / language, into / language)
    (into / "CLIPS.toml").write_text(HEAD + "\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
