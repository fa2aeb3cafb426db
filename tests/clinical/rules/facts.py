"""Facts for rule tests, and what holds for every rule."""

from datetime import datetime, timedelta

from smartward.clinical.alert import Alert, Finding
from smartward.clinical.encounter import Encounter
from smartward.clinical.infusion import Infusion
from smartward.clinical.observation import VitalSign
from smartward.clinical.rules import Facts, Look, Rule, RuleSettings
from tests.clinical.build import bed, stay

SETTINGS = RuleSettings()


def facts(
    *documents: VitalSign | Infusion,
    encounter: Encounter | None = None,
    alerts: tuple[Alert, ...] = (),
) -> Facts:
    who = encounter or stay()
    seq = {("encounter", who.id): 1}
    for number, document in enumerate(documents, 2):
        kind = "vital_sign" if isinstance(document, VitalSign) else "infusion"
        seq[kind, document.id] = number
    return Facts(
        encounter=who,
        bed=bed(),
        vital_signs=tuple(one for one in documents if isinstance(one, VitalSign)),
        infusions=tuple(one for one in documents if isinstance(one, Infusion)),
        seq=seq,
        alerts=alerts,
    )


def only(look: Look) -> Finding:
    assert len(look.findings) == 1
    return look.findings[0]


def keys(finding: Finding) -> tuple[str | None, str | None, str | None]:
    return (finding.title.key, finding.why.key, finding.todo.key)


def assert_next_look_is_never_late(rule: Rule, given: Facts, now: datetime) -> None:
    """Up to just before `next_look` the answer is what it is now; without one, for ever."""
    look = rule.look(given, SETTINGS, now)
    assert rule.look(given, SETTINGS, now) == look, "pure"
    if look.next_look is None:
        moments = [now + timedelta(days=days) for days in (0.001, 0.5, 1, 3, 30, 9000)]
    else:
        assert look.next_look > now
        span = look.next_look - now
        moments = [now + span * part for part in (0.001, 0.25, 0.5, 0.75, 0.999)]
        moments.append(look.next_look - timedelta(microseconds=1))
    for moment in moments:
        if moment >= now:
            assert rule.look(given, SETTINGS, moment).findings == look.findings, moment
