"""What is kept of a start that does not come, out of a piece of memory made up here.
`test_hung_start.py` does it with a machine."""

from tests.image.hung import messages

_RODATA = b"Linux version 6.1.0 (debian)\0" + bytes(500)


def _record(text: bytes) -> bytes:
    """As it lies in the kernel's ring: behind a number of its own, up to a multiple of eight."""
    return b"\x00\xf0\xff\xff\xff\xff\xff\x3f" + text + bytes(-len(text) % 8)


def test_the_kernels_messages_are_read_out_of_memory() -> None:
    told = [b"Linux version 6.1.0-56-amd64 (debian)", b"Command line: ro quiet", b"KASLR enabled"]
    memory = bytes(4096) + _RODATA + b"".join(map(_record, told)) + bytes(4096)
    assert messages(memory).splitlines() == [one.decode() for one in told]


def test_the_version_alone_is_not_taken_for_them() -> None:
    assert messages(bytes(4096) + _RODATA + b"Command line: %s\0" + bytes(4096)) == ""
