"""Only what is in the image is called there: by its own scripts, and by the tests' shell."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
IMAGE = ROOT / "packaging" / "image"
NOT_ESSENTIAL = {
    "procps": ("free", "pgrep", "pidof", "pkill", "ps", "sysctl", "top", "uptime", "w", "watch"),
    "psmisc": ("fuser", "killall", "pstree"),
    "curl": ("curl",),
    "wget": ("wget",),
    "lsof": ("lsof",),
    "less": ("less",),
    "file": ("file",),
    "xxd": ("xxd",),
    "jq": ("jq",),
    "netcat-openbsd": ("nc",),
    "openssl": ("openssl",),
    "dnsutils": ("dig", "nslookup"),
    "iputils-ping": ("ping",),
    "strace": ("strace",),
}
"""Debian's packages that no system has to have, and that others need seldom: their commands."""


def commands(text: str) -> set[str]:
    """Words of a shell's text where a command stands."""
    begins = r"(?m)(?:^\s*|[;|&(`]\s*)(?:(?:then|do|else|exec|if|!)\s+)*"
    return {found[1] for found in re.finditer(begins + r"([a-z][a-z0-9_.-]*)\b(?!=)", text)}


def test_no_command_is_called_that_an_image_has_not() -> None:
    packages = re.findall(r"(?m)^([a-z0-9.+-]+)", (IMAGE / "packages.txt").read_text("utf-8"))
    missing = {
        command: package
        for package, names in NOT_ESSENTIAL.items()
        if package not in packages
        for command in names
    }
    called = {}
    scripts = (IMAGE / "root/usr/lib/smartward-image").iterdir()
    for file in sorted(one for one in scripts if one.is_file()):
        text = file.read_text("utf-8")
        if text.startswith("#!/bin/"):
            called[file.name] = commands(text)
    assert {"install", "chown", "sync"} <= called["make-folders"]
    for file in sorted(Path(__file__).parent.glob("test_*.py")):
        lines = re.findall(r"\.shell\(\s*((?:f?\"[^\"]*\"\s*)+)", file.read_text("utf-8"))
        joined = ("".join(re.findall(r"\"([^\"]*)\"", one)) for one in lines)
        called[file.name] = {word for one in joined for word in commands(one)}
    assert {"systemctl", "kill", "tr"} <= called["test_start.py"]
    wrong = {file: sorted(words & missing.keys()) for file, words in called.items()}
    assert {file: words for file, words in wrong.items() if words} == {}
