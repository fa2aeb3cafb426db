"""`smartward voice`: which prompts can be heard in which language, and recording them by a person.

`record` goes through the prompts that always say the same, one by one. What is kept is kept at
once: it can be ended at any time, and goes on where it ended.
"""

import argparse
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from smartward.clock import Clock, SystemClock
from smartward.config import load, pairs
from smartward.device.clips import Clips
from smartward.device.microphone import Microphone, play
from smartward.device.prompts import Prompts
from smartward.device.recorded import Recorded, clip_name
from smartward.device.samples import Samples
from smartward.device.takes import Take, take
from smartward.device.voice import VOICES
from smartward.errors import Misconfigured
from smartward.i18n import TABLE, Catalogue, Language, of_terminal


class Input(Protocol):
    """A microphone."""

    def start(self) -> None:
        """Record from now on. Raises Misconfigured when it cannot."""

    def stop(self) -> Samples:
        """End the recording: what was heard."""


@dataclass(slots=True, kw_only=True)
class Session:
    """One person in front of a microphone, and where what they say is kept."""

    texts: Catalogue
    recorded: Recorded
    microphone: Input
    clock: Clock
    ask: Callable[[str], str] = input
    play: Callable[[Samples], None] = play
    show: Callable[[str], None] = print

    def guide(self, language: Language, wanted: dict[str, str]) -> int:
        """Go through prompts (key to text); how many were kept. EOFError ends it as "q" does."""
        kept = 0
        self.show(self.texts.text("record.begin", language=language.name, n=len(wanted)))
        for number, (key, text) in enumerate(wanted.items(), 1):
            self.show("")
            self.show(self.texts.text("record.prompt", at=number, of=len(wanted), key=key))
            self.show(f"    {text}")
            try:
                answer = self._record(language, key, text)
            except EOFError:
                break
            if answer == "q":
                break
            kept += answer == "k"
        self.show("")
        self.show(self.texts.text("record.end", n=kept, folder=str(self.recorded.folder)))
        return kept

    def _record(self, language: Language, key: str, text: str) -> str:
        """One prompt until it is kept ("k"), left out ("s"), or the person ends ("q")."""
        while True:
            answer = self._choice("record.ready", "sq")
            if answer:
                return answer
            found = self._take()
            answer = self._judge(found)
            if answer == "k":
                now = self.clock.now()
                self.recorded.keep(language.code, key, text, found.samples, now)
            if answer != "a":
                return answer

    def _take(self) -> Take:
        self.microphone.start()
        try:
            self.ask(self.texts.text("record.speak"))
        finally:
            heard = self.microphone.stop()
        return take(heard)

    def _judge(self, found: Take) -> str:
        """What the person wants with a take: keep, again, skip or end."""
        if found.usable:
            heard = self.texts.text(
                "record.heard", seconds=found.seconds, level=round(found.level_db)
            )
            self.show(heard)
        for fault in found.faults:
            self.show(self.texts.text(f"record.fault.{fault}"))
        if not found.usable:
            return "a"
        self._play(found.samples)
        while True:
            answer = self._choice("record.choose", "kapsq") or "k"
            if answer != "p":
                return answer
            self._play(found.samples)

    def _play(self, samples: Samples) -> None:
        try:
            self.play(samples)
        except Misconfigured as error:
            # Without a loudspeaker one can still record.
            self.show(self.texts.text(error.key, **error.values))

    def _choice(self, key: str, letters: str) -> str:
        """A letter, or empty for Enter alone; asked until it is one of these."""
        while True:
            answer = self.ask(self.texts.text(key)).strip().lower()[:1]
            if answer in ("", *letters):
                return answer


def language_of(tag: str) -> Language:
    """The language of a BCP 47 tag. Raises Misconfigured for one that the screens do not have."""
    found = TABLE.spoken_by(tag)
    if found is None:
        known = ", ".join(one.tags[0] for one in TABLE.languages.values())
        raise Misconfigured("record.no_language", tag, language=tag, known=known)
    return found


def heard_as(clips: Clips, key: str, language: str) -> str:
    """How a screen tells a prompt: `recorded` by a person, `clip`, `voice` (engine), or `tone`."""
    name = clip_name(language, key)
    if clips.is_recorded(key, language):
        return "recorded"
    if clips.has(name) or clips.prompts.slots(key):
        return "clip"
    return "voice" if language in VOICES else "tone"


def rows(clips: Clips, languages: list[str]) -> Iterator[dict[str, str]]:
    """Each prompt of each language, and how it is told."""
    for language in languages:
        for key in clips.prompts.keys:
            if clips.prompts.says(key, language):
                how = heard_as(clips, key, language)
                yield {"language": language, "prompt": key, "how": how}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="smartward voice", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    listing = commands.add_parser("list", help="which prompts have a clip, a voice, or a tone only")
    record = commands.add_parser("record", help="record the prompts of a language, one by one")
    for each in (listing, record):
        each.add_argument("--config", type=Path, help="settings file (TOML)")
        each.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    listing.add_argument("--language", help="its tag, as yue; else every language")
    record.add_argument("--language", required=True, help="its tag, as yue, es, ar")
    record.add_argument("--into", type=Path, help="folder; else the setting voice_dir")
    record.add_argument("--source", default="", help="the sound server's name of a microphone")
    record.add_argument("--again", action="store_true", help="also what is recorded already")
    record.add_argument("prompt", nargs="*", help="only these; else all")
    return parser


def main(argv: list[str]) -> int:
    """List (JSON lines on standard output) or record.

    Raises Misconfigured without a folder, a microphone, or for an unknown language or prompt.
    """
    options = _parser().parse_args(argv)
    voice_dir = load(options.config, pairs(options.set)).voice_dir
    if options.command == "list":
        recorded = Recorded(Path(voice_dir)) if voice_dir else None
        only = [language_of(options.language).code] if options.language else [*TABLE.languages]
        for row in rows(Clips(recorded=recorded), only):
            print(json.dumps(row))
        return 0
    language_of(options.language)
    folder = options.into or (Path(voice_dir) if voice_dir else None)
    if folder is None:
        raise Misconfigured("record.no_folder")
    return _record(options, folder)


def _record(options: argparse.Namespace, folder: Path) -> int:
    language, recorded, texts = language_of(options.language), Recorded(folder), of_terminal()
    fixed = Prompts().fixed(language.code)
    for key in options.prompt:
        if key not in fixed:
            raise Misconfigured("record.no_prompt", key, prompt=key, known=", ".join(fixed))
    wanted = {
        key: text
        for key, text in fixed.items()
        if (not options.prompt or key in options.prompt)
        and (options.again or recorded.hash(clip_name(language.code, key), text) is None)
    }
    if not wanted:
        print(texts.text("record.nothing_left", language=language.name))
        return 0
    session = Session(
        texts=texts,
        recorded=recorded,
        microphone=Microphone(options.source),
        clock=SystemClock(),
    )
    session.guide(language, wanted)
    return 0
