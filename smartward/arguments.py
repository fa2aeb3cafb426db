"""What the groups of commands (`smartward staff list`, …) have in common on their command line."""

import argparse
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

_MEANING = {"--data-dir": "data folder of the hub", "--admin": "the hub's admin socket"}
HUB = tuple(_MEANING)
"""Options that say which hub is meant."""
FOLDER = ("--data-dir",)
"""For what reads or writes the hub's file itself."""


def which_hub(
    group: argparse.ArgumentParser,
    commands: Iterable[argparse.ArgumentParser],
    options: Collection[str] = HUB,
) -> None:
    """Have a group of commands take these `options` before the command's word and behind it; where
    one is left out behind it, it is as said before."""
    for option in options:
        group.add_argument(option, type=Path, help=_MEANING[option])
    for command in commands:
        for option in options:
            command.add_argument(
                option, type=Path, default=argparse.SUPPRESS, help=_MEANING[option]
            )


def word_of(argv: Sequence[str], options: Collection[str] = HUB) -> str:
    """The first word that is none of these options with what it says; empty where there is none."""
    words = iter(argv)
    for word in words:
        if word in options:
            next(words, None)
        elif word.partition("=")[0] not in options:
            return word
    return ""
