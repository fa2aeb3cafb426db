"""How to reach a person, as far as the HIS knows: see PROFILE. What a nurse sets at the bed stands
above it.
"""

import re
from collections.abc import Iterable, Iterator

from smartward.clinical.profile import Hand, Profile
from smartward.his.fhir import times
from smartward.his.fhir.chart import Chart, stay_of
from smartward.his.fhir.codes import Codebook
from smartward.his.fhir.elements import Concept
from smartward.his.fhir.mapping_fields import Field, Mapped
from smartward.his.fhir.resources import Condition, Flag, Observation, Patient
from smartward.his.fhir.setting import Setting

_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$")
_ACTIVE = ("active", "recurrence", "relapse")
_OVER = ("inactive", "remission", "resolved")
_GOOD = ("final", "amended", "corrected")


_TOLD = (
    "Flag.code",
    "Condition.code",
    "Condition.clinicalStatus",
    "Condition.verificationStatus",
    "ServiceRequest.code",
    "Observation.code",
    "Observation.valueCodeableConcept",
    "Observation.valueBoolean",
    "Encounter.extension",
    "Patient.extension",
)


def _known(ours: str, table: str) -> Field:
    return Field(ours, _TOLD, "None: not known", (table, "profile_asked", "yes_no", "extension"))


PROFILE = Mapped(
    Profile,
    "How to reach a person",
    (
        Field(
            "language",
            ("Patient.communication.language", "Patient.communication.preferred"),
            "None: not known",
            ("language",),
            how="the preferred one; where only one is told, that one",
        ),
        _known("hearing_impaired", "hearing"),
        _known("sight_impaired", "sight"),
        _known("speech_impaired", "speech"),
        _known("confused", "confusion"),
        _known("comfort_care", "comfort_care"),
        Field("text_scale", (), "None: a nurse sets it"),
        Field("hand", _TOLD, "None", ("hand", "profile_asked", "extension")),
    ),
    notes="Yes: an active flag, order or extension, a Condition that is active, the newest "
    "Observation of that code unless its value says no. No (which is not the same as not known): a "
    "flag that was cleared, a Condition that is resolved, inactive or refuted, an Observation that "
    "says no. Yes wins. An Observation whose code is in `[profile_asked]` is a question: its value "
    "is looked up instead. A Condition counts for its stay, or, where its clinicalStatus says "
    "active, whenever it began.",
)


def profile(
    stay: str, chart: Chart, patient: Patient, flags: Iterable[Flag], setting: Setting
) -> Profile:
    """What the chart of a stay tells of its patient; `flags` are its findings."""
    evidence = list(_evidence(stay, chart, flags, setting))
    book = setting.book

    def known(table: str) -> bool | None:
        says = [there for concept, there in evidence if book.word(table, concept) is not None]
        return any(says) if says else None

    hands = {book.word("hand", concept) for concept, there in evidence if there} - {None}
    return Profile(
        language=_language(patient, book),
        hearing_impaired=known("hearing"),
        sight_impaired=known("sight"),
        speech_impaired=known("speech"),
        confused=known("confusion"),
        comfort_care=known("comfort_care"),
        hand=Hand(str(hands.pop())) if len(hands) == 1 else None,
    )


def _language(patient: Patient, book: Codebook) -> str | None:
    preferred = [one for one in patient.communication if one.preferred]
    if not preferred and len(patient.communication) == 1:
        preferred = list(patient.communication)
    for one in preferred:
        word = book.word("language", one.language)
        if word is not None:
            return word
        for code in one.language.codes if one.language is not None else ():
            if _TAG.match(code):
                return code
    return None


def _evidence(
    stay: str, chart: Chart, flags: Iterable[Flag], setting: Setting
) -> Iterator[tuple[Concept | None, bool]]:
    """Every concept that may say something of the person, and whether it is so."""
    for flag in flags:
        up = flag.status == "active" and times.current(flag.period, setting.now, setting.zone)
        yield flag.code, up
    for condition in chart.all(Condition):
        there = _condition(condition, stay)
        if there is not None:
            yield condition.code, there
    yield from _observed(stay, chart, setting.book)


def _condition(one: Condition, stay: str) -> bool | None:
    """Whether it is there; None where it tells nothing of this stay."""
    verified = one.verification_status.codes if one.verification_status else ()
    clinical = one.clinical_status.codes if one.clinical_status else ()
    if "entered-in-error" in verified:
        return None
    if any(code in _ACTIVE for code in clinical) and "refuted" not in verified:
        return True
    reference = stay_of(one)
    named = reference.id_of("Encounter") if reference is not None else None
    if named is not None and named != stay:
        return None
    return "refuted" not in verified and not any(code in _OVER for code in clinical)


def _observed(stay: str, chart: Chart, book: Codebook) -> Iterator[tuple[Concept | None, bool]]:
    """The newest Observation of each code; of a question, the concept that answers it."""
    found = [one for one in chart.of_stay(Observation, stay) if one.status in _GOOD]
    newest: dict[tuple[str, ...], Observation] = {}
    for one in sorted(found, key=lambda one: (one.effective_date_time or "", one.id)):
        newest[one.code.codes if one.code is not None else ()] = one
    for one in newest.values():
        if book.word("profile_asked", one.code) is not None:
            yield one.value_codeable_concept, True
        else:
            yield one.code, _says_yes(one, book)


def _says_yes(one: Observation, book: Codebook) -> bool:
    if one.value_boolean is not None:
        return one.value_boolean
    return book.word("yes_no", one.value_codeable_concept) != "no"
