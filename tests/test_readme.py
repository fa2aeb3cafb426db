"""The README tells the truth about settings, commands and files."""

import ast
import re
from pathlib import Path

from smartward.cli import COMMANDS
from smartward.config import SETTINGS

ROOT = Path(__file__).resolve().parent.parent
README = ROOT.joinpath("README.md").read_text(encoding="utf-8")


def test_the_settings_table_is_the_code() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (?:`([^`]*)`)? ?\| (.+) \|$", README, re.MULTILINE)
    assert {name: (default, meaning) for name, default, meaning in rows} == {
        name: (str(field.default), field.metadata["meaning"]) for name, field in SETTINGS.items()
    }


def _read_in(*parts: str) -> set[str]:
    """The settings that these parts of the program read."""
    files = [file for part in parts for file in ROOT.joinpath("smartward", part).rglob("*.py")]
    reads = {
        node.attr: None
        for file in files
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and ast.unparse(node.value).endswith("settings")
    }
    made_of = _made_of_settings()
    return {name for read in reads for name in made_of.get(read, {read})} & set(SETTINGS)


def _made_of_settings() -> dict[str, set[str]]:
    """What the settings work out themselves, and from which of them."""
    text = ROOT.joinpath("smartward/config.py").read_text(encoding="utf-8")
    (body,) = [
        node.body
        for node in ast.parse(text).body
        if isinstance(node, ast.ClassDef) and node.name == "Settings"
    ]
    return {
        function.name: {
            node.attr
            for node in ast.walk(function)
            if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "self"
        }
        for function in body
        if isinstance(function, ast.FunctionDef)
    }


def test_it_says_which_settings_are_a_screens() -> None:
    """A setting in the wrong file does nothing, and nobody is told."""
    screens, hubs = _read_in("screen", "device"), _read_in("hub", "his")
    for lead, names in (("alone", screens - hubs), ("both, [^:]*", screens & hubs)):
        said = re.search(rf"- Read by (?:screens )?{lead}: ((?:`\w+`,?\s*)+)\.", README)
        assert said is not None, lead
        assert set(re.findall(r"`(\w+)`", said.group(1))) == names


def test_every_command_it_names_exists() -> None:
    named = set(re.findall(r"`?smartward ([\w-]+)", README)) - {"screen"}
    assert named
    assert named <= set(COMMANDS)


def test_every_make_target_it_names_exists() -> None:
    makefile = ROOT.joinpath("Makefile").read_text(encoding="utf-8")
    for target in set(re.findall(r"make ([a-z][a-z-]+)", README)):
        assert f"\n{target}:" in makefile, f"the Makefile has no target {target}"


def test_every_file_it_shows_is_there() -> None:
    for path in re.findall(r"\]\(([^)]+)\)", README):
        assert ROOT.joinpath(path).is_file(), path


def test_every_folder_it_lists_is_there() -> None:
    folders = re.findall(r"`((?:smartward|ui|resources|packaging)[\w/]*)`", README)
    assert folders
    for folder in folders:
        assert ROOT.joinpath(folder).exists(), folder
