"""A start that does not come: what is kept of it for who looks, in the machine's folder."""

import re

from tests.image.vm import MIB, Failed, Machine, wait_for

END = 2000
"""Characters of the console's end that the failure tells."""
_MEMORY = 2048 * MIB
"""What `Machine` has."""
_PIECE = 64 * MIB
_RING = 128 << 10
"""Bytes of the kernel's messages: CONFIG_LOG_BUF_SHIFT of Debian's kernels."""
_FIRST = re.compile(rb"Linux version \d[^\0]{1,400}.{0,64}?Command line: ", re.DOTALL)
"""How they begin: the version, and right behind it in the ring the command line."""
_MESSAGE = re.compile(rb"(?:\xff\?)?([\x20-\x7e]{6,})")
"""One, behind the end of its number in the ring; what is shorter is no message."""


def wait_for_shell(machine: Machine, limit_s: float) -> None:
    """Wait until the test's shell answers. Raises Failed where it does not within `limit_s`
    seconds, with what `keep` keeps."""
    try:
        wait_for("the shell", limit_s, machine.has_shell)
    except Failed as failed:
        raise Failed(f"{failed}\n{keep(machine)}") from failed


def keep(machine: Machine) -> str:
    """Keep where a machine stands: its picture, its processors' registers, the end of its console
    and the kernel's own messages, which a quiet start shows nobody. Gives the ends as text."""
    picture = machine.picture(machine.folder / "hung.png")
    registers = machine.ask("human-monitor-command", **{"command-line": "info registers -a"})
    messages = kernel_messages(machine) or "none were found in its memory"
    file = machine.folder / "hung.txt"
    console = machine.console()
    parts = {"registers": registers, "the kernel's messages": messages, "console": console}
    file.write_text("".join(f"== {name}\n{text}\n" for name, text in parts.items()))
    told = {
        "registers": _where(registers),
        **{name: parts[name][-END:] for name in list(parts)[1:]},
    }
    ends = "\n".join(f"{name}:\n{text}" for name, text in told.items())
    return f"kept: {picture}, {file}\n{ends}"


def kernel_messages(machine: Machine) -> str:
    """The kernel's messages out of the memory of a machine, which stands still meanwhile; none
    before there is a kernel."""
    piece = (machine.folder / "memory").resolve()
    machine.ask("stop")
    try:
        for begin in range(0, _MEMORY, _PIECE):
            size = min(_PIECE + _RING, _MEMORY - begin)
            machine.ask("pmemsave", val=begin, size=size, filename=str(piece))
            found = messages(piece.read_bytes())
            if found:
                return found
    finally:
        machine.ask("cont")
        piece.unlink(missing_ok=True)
    return ""


def messages(memory: bytes) -> str:
    """The kernel's messages in a piece of memory, one a line, none where there are none."""
    begin = _FIRST.search(memory)
    if begin is None:
        return ""
    ring = memory[begin.start() : begin.start() + _RING]
    return "\n".join(one.decode("ascii") for one in _MESSAGE.findall(ring))


def _where(registers: str) -> str:
    """Of the registers where each processor is, and whether it waits."""
    return "\n".join(re.findall(r"CPU#\d+|[RE]IP=.*", registers))
