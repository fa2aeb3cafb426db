"""What holds of a person: a nurse's word where she said one, the record's elsewhere."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from smartward.clinical.call_mark import Actor
from smartward.clinical.patient_key import wristband_hash
from smartward.clinical.profile import Hand, Profile, ProfileNote, effective

flags = st.none() | st.booleans()
profiles = st.builds(
    Profile,
    language=st.none() | st.sampled_from(["zh", "yue", "ar"]),
    hearing_impaired=flags,
    sight_impaired=flags,
    speech_impaired=flags,
    confused=flags,
    comfort_care=flags,
    text_scale=st.none() | st.sampled_from([1.0, 1.3, 1.6]),
    hand=st.none() | st.sampled_from(list(Hand)),
)
FIELDS = Profile.__slots__


def note(profile: Profile) -> ProfileNote:
    at = datetime(2026, 11, 21, tzinfo=UTC)
    return ProfileNote(encounter_id="e", profile=profile, by=Actor(device_id="d"), at=at)


@given(his=profiles, said=profiles)
def test_a_nurses_word_stands_above_the_record(his: Profile, said: Profile) -> None:
    """Her "no" as well: the absence of a word is none."""
    holds = effective(his, note(said))
    for name in FIELDS:
        word = getattr(said, name)
        if word is None:
            assert getattr(holds, name) == getattr(his, name)
        else:
            assert getattr(holds, name) == word


@given(his=profiles, said=profiles)
def test_her_word_alone_decides_when_the_record_changes(his: Profile, said: Profile) -> None:
    once = effective(his, note(said))
    assert effective(once, note(said)) == once
    assert effective(his, None) == his == effective(his, note(Profile()))


@given(code=st.text(min_size=1), one=st.text(), other=st.text())
def test_a_wristband_is_worth_nothing_for_another_stay(code: str, one: str, other: str) -> None:
    assert (wristband_hash(one, code) == wristband_hash(other, code)) is (one == other)
    assert wristband_hash(one, f" {code}\r\n") == wristband_hash(one, code)
