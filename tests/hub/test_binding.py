"""Who is the device and who the second one: judged from what was heard alone."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from smartward.hub.binding import Binding, Stranger, Verdict, bound, refused, twin, weigh
from smartward.wire.start import Start
from tests.fakes.fake_clock import MORNING

V = Verdict


def start(id: str, machine: str = "m1", key: str = "k1") -> Start:
    return Start(id=id, machine=f"{machine}:-:-", public_key=key)


FIRST = bound(None, start("s1"), "d", MORNING)


def judged(binding: Binding | None, told: Start | None, **how: bool) -> Verdict:
    circumstances = {"here": True, "recent": True, "feed": True, **how}
    return weigh(binding, told, **circumstances)


def stranger(told: Start) -> Stranger:
    return Stranger(
        start=told.id,
        machine=told.machine,
        public_key=told.public_key,
        since=MORNING,
        heard_at=MORNING,
    )


def test_the_first_that_asks_for_the_feed_is_the_device() -> None:
    assert judged(None, start("s1")) is V.BIND
    assert judged(None, start("s1"), feed=False) is V.KNOWN
    assert judged(None, None) is V.KNOWN


def test_a_reconnect_and_a_restart_are_no_second_device() -> None:
    assert judged(FIRST, start("s1")) is V.KNOWN
    assert judged(FIRST, start("s2")) is V.BIND
    assert judged(FIRST, start("s2"), feed=False) is V.KNOWN
    # Its folder was thrown away: the same machine has another key.
    assert judged(FIRST, start("s2", key="k2")) is V.BIND


def test_another_machine_is_second_while_the_first_is_there_or_was_not_long_ago() -> None:
    copy = start("s9", machine="m2")
    assert judged(FIRST, copy) is V.SECOND
    assert judged(FIRST, copy, here=False) is V.SECOND
    assert judged(FIRST, copy, here=False, recent=False) is V.BIND
    assert judged(FIRST, copy, here=False, recent=False, feed=False) is V.SECOND


def test_a_token_alone_on_another_machine_never_becomes_the_device() -> None:
    thief = start("s9", machine="m2", key="k2")
    assert judged(FIRST, thief, here=False, recent=False) is V.SECOND
    assert judged(FIRST, None, here=False, recent=False) is V.SECOND


def test_who_was_refused_once_is_not_the_device_later() -> None:
    copy = start("s9", machine="m2")
    known = refused(FIRST, stranger(copy))
    later = start("s10", machine="m2")
    assert judged(known, later, here=False, recent=False) is V.SECOND


def test_two_programs_on_one_machine_are_two_once_the_first_speaks_again() -> None:
    both = bound(FIRST, start("s2"), "d", MORNING)
    assert judged(both, start("s1")) is V.TWIN
    first_again = twin(both, start("s1"), MORNING)
    assert first_again.start == "s1"
    assert judged(first_again, start("s1")) is V.KNOWN
    assert judged(first_again, start("s2")) is V.SECOND
    # It ended: what was second is a restart now.
    assert judged(first_again, start("s2"), here=False) is V.BIND


def test_the_first_program_is_no_twin_of_one_that_has_ended() -> None:
    both = bound(FIRST, start("s2"), "d", MORNING)
    assert judged(both, start("s1"), here=False) is V.BIND


def test_a_running_start_with_another_key_is_somebody_else() -> None:
    assert judged(FIRST, start("s1", key="k2")) is V.SECOND


def test_where_machines_tell_nothing_the_key_decides() -> None:
    bare = replace(FIRST, machine="-:-:-")
    assert judged(bare, Start(id="s2", machine="-:-:-", public_key="k1")) is V.BIND
    assert judged(bare, Start(id="s2", machine="-:-:-", public_key="k2")) is V.SECOND


STARTS = st.builds(
    start, st.sampled_from("abcdefgh"), st.sampled_from(["m1", "m2", "m3"]), st.just("k1")
)


@given(st.lists(st.tuples(STARTS, st.booleans())))
def test_while_the_first_is_there_its_machine_never_changes(
    heard: list[tuple[Start, bool]],
) -> None:
    """Whatever others say and in whatever order, and however often they are heard."""
    binding = FIRST
    for told, feed in heard:
        match judged(binding, told, feed=feed):
            case V.BIND:
                binding = bound(binding, told, "d", MORNING)
            case V.TWIN:
                binding = twin(binding, told, MORNING)
            case V.SECOND:
                binding = refused(binding, stranger(told))
        assert binding.machine == "m1:-:-"
        assert len(binding.past) <= 8
        assert len(binding.strangers) <= 8
    assert judged(binding, start(binding.start)) is V.KNOWN
