"""A process beside the program: its link, and that it is small."""

import os

import pytest

from smartward.device.child import Child
from smartward.device.child_link import Link


def test_a_message_arrives_whole_and_in_order() -> None:
    """Also one longer than what the system takes at once, and the end of the other side."""
    child = Child("tests.device.echo")
    try:
        for message in (b"", b"one", b"x" * 3_000_000):
            child.link.send_bytes(message)
            assert child.link.recv_bytes() == message
        child.link.send_bytes(b"end")
        assert child.link.poll(20.0)
        with pytest.raises(EOFError):
            child.link.recv_bytes()
    finally:
        child.release()
    assert not child.alive


def test_a_link_says_whether_something_waits() -> None:
    """The other end hung up counts: reading tells it."""
    reading, writing = os.pipe()
    ours, theirs = Link(reading), Link(writing)
    assert not ours.poll(0)
    theirs.send_bytes(b"word")
    assert ours.poll(0)
    assert ours.recv_bytes() == b"word"
    theirs.close()
    assert ours.poll(0)
    with pytest.raises(EOFError):
        ours.recv_bytes()
    ours.close()
