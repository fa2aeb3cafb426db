"""Patients whose names a tired eye can take for one another: each of them carries the mark 同名."""

from collections import defaultdict
from collections.abc import Callable, Mapping

from smartward.clinical.encounter import Patient
from smartward.clinical.masking import same_name_key, shown_name
from smartward.clinical.name_policy import NameRule


def namesakes(
    names: Mapping[str, Patient],
    rule: NameRule | Callable[[Patient], NameRule] = NameRule.MASKED,
    language: str = "",
) -> frozenset[str]:
    """Ids of those who share their full name (or alias) with another of them, or who look the same
    as another once shown by `rule`, which may be another for each of them (a protected person is
    masked where all are shown in full). The same person twice (two stays) is no namesake.

    The same characters count, without regard to case, width and spaces; what only sounds alike
    does not. Where a rule shows no name, no look is shared."""
    looks = {id: _looks(patient, rule, language) for id, patient in names.items()}
    alike: dict[tuple[str, str], set[str]] = defaultdict(set)
    for id, patient in names.items():
        for look in looks[id]:
            alike[look].add(patient.id)
    return frozenset(id for id in names if any(len(alike[look]) > 1 for look in looks[id]))


def _looks(
    patient: Patient, rule: NameRule | Callable[[Patient], NameRule], language: str
) -> set[tuple[str, str]]:
    rule = rule if isinstance(rule, NameRule) else rule(patient)
    looks = {
        ("name", same_name_key(patient.name)),
        ("name", same_name_key(patient.alias)),
        ("shown", same_name_key(shown_name(patient, rule, language))),
    }
    return {(kind, look) for kind, look in looks if look}
