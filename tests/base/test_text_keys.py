"""Every text the code asks for is in both languages with the values it wants; none is left over."""

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import fields
from enum import StrEnum
from functools import cache
from typing import get_args

import pytest

from smartward.clinical import news2
from smartward.clinical.bed import BedStatus
from smartward.clinical.call_mark import RAISED_BY_PRESSES, RAISED_BY_REASON, MarkKind
from smartward.clinical.call_point import CallPointKind
from smartward.clinical.care_due import Standing
from smartward.clinical.care_event import (
    CareKind,
    Despite,
    LineDeed,
    Measure,
    Missed,
    Need,
    Position,
    Poss,
    Restraint,
    Step,
)
from smartward.clinical.contact import Relation
from smartward.clinical.device import ScreenRole
from smartward.clinical.drill import DrillFault, DrillResult, Leg, StopReason
from smartward.clinical.encounter import (
    ConditionMark,
    News2Exclusion,
    NursingLevel,
    PrecautionSlot,
    Sex,
)
from smartward.clinical.fleet_faults import Extent
from smartward.clinical.his_write import WriteKind
from smartward.clinical.infusion import VolumeSource
from smartward.clinical.lab_result import Analyte
from smartward.clinical.name_policy import NamePlace, NameRule
from smartward.clinical.nurse_call import CallClass, CallReason
from smartward.clinical.observation import OxygenDevice, Parameter
from smartward.clinical.plan import PlanKind, PlanStatus
from smartward.clinical.profile import Profile
from smartward.clinical.routing import AddresseeRole
from smartward.clinical.rules import REGISTRY
from smartward.clinical.screen_health import Keys, Part
from smartward.clinical.silence import SilenceReason
from smartward.clinical.ward import StaffRole
from smartward.his.fhir.resource_types import STRUCTS
from smartward.his.gnuhealth.rows import SHORT
from smartward.hub import fleet_cli
from smartward.hub.fleet import State
from smartward.hub.rehearsal import words
from smartward.hub.rehearsal.deterioration import Sign
from smartward.i18n import LANGUAGES
from smartward.screen import beds_profile
from smartward.screen.bedside_asked import MEAL, PAIN
from smartward.screen.station_foot import FOOT_RULES
from smartward.screen.station_privacy_model import WHY as NAMES_WHY
from smartward.screen.station_sheet_deeds import LOWER_WHY, UNMASK_WHY
from smartward.screen.station_task_deeds import NOT_DONE_WHY, UNDO_WHY
from smartward.screen.station_words import SPOKEN
from smartward.screen.station_writes import HOW as WRITE_HOW
from smartward.wire.envelope import ActionKind
from smartward.wire.views import KindWord
from tests.base.text_keys import (
    VALUE,
    Module,
    called,
    catalogue,
    key_like,
    matches,
    modules,
    page_strings,
    pattern_of,
    patterns,
    samples,
    spaces,
    texts,
    used,
)

FILES = re.compile(r"\w+\.(sqlite3?|strace|heads|lock|keys?|pem|qm|qml|toml|json|sock|log)")
ACTION_KINDS = {str(value) for value in vars(ActionKind).values() if isinstance(value, str)}

OFFERED = ("ppe.", "diet.", "notice.", "his.risk.", "updates.why.")
"""Vocabulary that a hospital's own `his_mapping.toml` may name, and what a screen's machine tells
of an update by a program that is no part of this package."""


def leaf(value: str) -> str:
    return "else" if value == "other" else value


def of(kind: type[StrEnum], *less: StrEnum) -> list[str]:
    """The words for all members of an enumeration."""
    return [leaf(member.value) for member in kind if member not in less]


NEVER_THREE = (
    *(Parameter.OXYGEN_SUPPLY, Parameter.OXYGEN_FLOW, Parameter.OXYGEN_DEVICE),
    *(Parameter.DIASTOLIC, Parameter.PAIN, Parameter.GLUCOSE),
)
"""What NEWS2 gives no 3 points for."""

UPDATE_WHY = (
    *("signature", "no_keyring", "compatible", "disk", "sha256", "write", "no_start", "no_hub"),
    "call",
)
"""Why an update was not taken: told by a screen, or by its machine, whose program is no part of
this package."""
PUT_TOGETHER: dict[str, Iterable[str]] = {
    "alert.news2.single.{}": of(Parameter, *NEVER_THREE),
    "alert.news2.todo.{}": ("high", "medium", "single"),
    "alert.infusion_near_end.todo.{}": ("look", "next_ordered", "no_next"),
    "alert.infusion_ended.todo.{}": ("look", "next_ordered", "no_next"),
    "alert.infusion_near_end.why.{}": ("sensor_lost", "volume", "estimated", "measured"),
    "alert.infusion_ended.why.{}": ("sensor_lost", "estimated", "measured"),
    "bed.conflict.{}": ("nobody", "patient_twice", "shared", "closed", "housekeeping"),
    **dict.fromkeys(
        ("pairing.page.{}", "pairing.page.{}_text"),
        ("looking", "waiting", "confirm", "refused", "full", "stuck", "forgetting", "done"),
    ),
    "bedhead.call.{}": (*of(CallClass), "line_lost"),
    "bedhead.condition.{}": of(ConditionMark),
    "bedhead.language.{}": sorted(beds_profile.NAMED),
    "bedhead.letter.{}": of(PrecautionSlot),
    "bedhead.level.{}": of(NursingLevel),
    "bedhead.level_short.{}": of(NursingLevel),
    "bedhead.sex.{}": of(Sex),
    "bedhead.slot.{}": of(PrecautionSlot),
    "bedside.address.{}": ("male", "female"),
    "bedside.asked.{}": ("pain", "meal", "thanks", "kept"),
    "bedside.asked.meal_{}": MEAL,
    "bedside.asked.pain_{}": [str(n) for n in PAIN],
    "station.asked.{}": MEAL,
    "station.asked.{}_told": ("pain", "meal"),
    "station.asked.word_{}": ("pain", "meal"),
    "bedside.comfort.size_{}": ("1", "2", "3"),
    "bedside.greeting.{}": ("morning", "afternoon", "evening", "night"),
    "bedside.greeting_name.{}": ("morning", "afternoon", "evening", "night"),
    "bedside.help.{}": [
        f"{help}{near}" for help in ("now", "urgent", "both") for near in ("", "_near")
    ],
    "bedside.reason.{}": of(CallReason, CallReason.LINE_LOST),
    "bedside.receipt.accepted.{}": ("done", "late", "waiting"),
    "bedside.receipt.sent.{}": ("done", "late", "waiting"),
    "bedside.receipt.shown.{}": ("done", "late", "waiting"),
    "bedside.role.{}": of(StaffRole, StaffRole.PRIVACY_OFFICER),
    "bedside.kind.{}": of(KindWord),
    "bedside.kind.{}_coming": of(KindWord),
    "bedside.setup.{}": [*of(SilenceReason), *(field.name for field in fields(Profile))],
    "bedside.turns.{}": of(Position),
    "bedside.turns.never_{}": ("turned", "visited"),
    "bedside.title.{}": of(StaffRole, StaffRole.PRIVACY_OFFICER),
    "call.refused.close_{}": of(CallClass),
    "contact.{}": of(Relation),
    "corridor.kind.{}": (*of(CallClass), "line_lost"),
    "corridor.stage.{}": ("coming", "present"),
    "bedhead.reach.{}": ("hearing", "sight", "speech", "confused"),
    "date.month.{}": [str(month) for month in range(1, 13)],
    "date.weekday.{}": [str(day) for day in range(1, 8)],
    "door.{}": ["free", *of(BedStatus, BedStatus.OCCUPIED, BedStatus.UNOCCUPIED)],
    "door.calls_{}": (*of(CallClass, CallClass.NORMAL), "line_lost"),
    "drill.sheet.stopped.{}": of(StopReason),
    "enrol.was_{}": ("enrolled", "revoked"),
    "fleet.column.{}": fleet_cli.COLUMNS,
    "fleet.extent.{}": of(Extent, Extent.SCREENS),
    "fleet.more.{}": fleet_cli.MORE,
    "fleet.part.{}": of(Part),
    "fleet.keys.{}": of(Keys),
    "fleet.state.{}": get_args(State),
    "his.lost.{}": [*sorted(STRUCTS), *SHORT.values()],
    "his.risk.{}": ("fall", "skin"),
    "his.told.{}": of(WriteKind),
    "plan.{}": [*of(PlanKind, PlanKind.MEAL), "meal", "breakfast", "lunch", "dinner"],
    "rehearse.name.{}": words.NAMED,
    "rehearse.role.{}": {*of(StaffRole), *of(AddresseeRole), "unknown"},
    "rehearse.shadow.{}": (
        *("said", "per_bed_day", "night", "patients", "minutes", "together", "escalated"),
    ),
    "rehearse.sign.{}": of(Sign),
    "rehearse.{}": ("before", "after"),
    "routing.{}": of(AddresseeRole),
    "screen.staff_role.{}": of(StaffRole),
    "station.absent.{}": of(PrecautionSlot),
    "station.entrust.returned.{}": (
        *("given_back", "taken_back", "link_lost", "no_sound", "not_taken"),
    ),
    "station.language.{}": SPOKEN,
    "station.lower.{}": LOWER_WHY,
    "station.names.place.{}": of(NamePlace),
    "station.names.rule.{}": of(NameRule),
    "station.names.why.{}": NAMES_WHY,
    "station.point.{}": of(CallPointKind),
    "station.private.{}": ("requested", "accepted", "in-progress", "high", "medium", "low"),
    "station.screen.role.{}": of(ScreenRole),
    "station.silence.reason.{}": of(SilenceReason),
    "station.tasks.look.{}": ("all", "mine", "time", "patient"),
    "station.tasks.section.{}": of(Standing, Standing.DUE),
    "station.tasks.undo.{}": UNDO_WHY,
    "station.tasks.verb.{}": ("mark", "measure", "undo"),
    "station.tasks.why.{}": NOT_DONE_WHY,
    "station.unmask.{}": UNMASK_WHY,
    "station.call.{}": of(CallClass),
    "station.care.analyte.{}": of(Analyte),
    "station.care.deed.{}": of(LineDeed),
    "station.care.kind.{}": of(CareKind),
    "station.sheet.cause.{}": ("vital_sign", "lab_result", "bed_state"),
    "station.tasks.{}": ("limits_sought", "limits_set", "limits_kept"),
    "station.today.head.{}": ("total", "mean", "over", "said", "night", "per_day"),
    "station.care.despite.{}": of(Despite),
    "station.care.measure.{}": of(Measure),
    "station.care.missed_why.{}": of(Missed),
    "station.care.need.{}": of(Need),
    "station.care.position.{}": of(Position),
    "station.care.poss.{}": [one.lower() for one in of(Poss)],
    "station.care.restraint.{}": of(Restraint),
    "station.care.step.{}": of(Step),
    "station.condition_short.{}": of(ConditionMark),
    "station.drill.fault.{}": of(DrillFault),
    "station.drill.leg.{}": of(Leg),
    "station.drill.stopped.{}": of(StopReason),
    "station.drill.count.{}": of(DrillResult),
    "station.empty.{}": of(BedStatus, BedStatus.OCCUPIED),
    "station.devices.extent.{}": of(Extent, Extent.SCREENS),
    "station.foot.alert.{}": FOOT_RULES,
    "station.foot.call.{}": of(CallClass),
    "station.letter.{}": of(PrecautionSlot),
    "station.mark.{}": ("isolation", "fall"),
    "station.news2.band.{}": of(news2.News2Band),
    "station.news2.excluded.{}": of(News2Exclusion),
    "station.reason.{}": of(CallReason),
    "station.rule.{}": REGISTRY.shipped,
    "station.sheet.drip.{}": of(VolumeSource),
    "station.sheet.mark.{}": of(MarkKind),
    "station.sheet.raised.{}": (RAISED_BY_PRESSES, RAISED_BY_REASON),
    "station.sheet.plan.{}": of(PlanStatus, PlanStatus.PLANNED),
    "station.sheet.todo.{}": of(CallClass),
    "station.slot.{}": of(PrecautionSlot),
    "station.vital.{}": of(Parameter),
    "station.vital.device.{}": of(OxygenDevice),
    "station.write.kind.{}": of(WriteKind, WriteKind.AUDIT),
    "station.write.how.{}": [how for hows in WRITE_HOW.values() for how in hows],
    "updates.why.{}": UPDATE_WHY,
}
"""Keys that are put together from an enumeration, with all that it holds: a new member without a
text is found here, not on the ward."""


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("pattern", PUT_TOGETHER)
def test_every_member_of_an_enumeration_has_its_words(pattern: str, language: str) -> None:
    wanted = {pattern.format(value) for value in PUT_TOGETHER[pattern]}
    assert wanted <= catalogue(language).keys.keys(), wanted - catalogue(language).keys.keys()


def test_no_text_is_left_over() -> None:
    left = [key for key in sorted(texts().keys() - used().keys()) if not key.startswith(OFFERED)]
    assert not left, "nothing uses these texts; delete them:\n" + "\n".join(left)


def test_both_languages_have_the_same_keys() -> None:
    ours, theirs = (catalogue(language).keys for language in LANGUAGES)
    assert ours == theirs


def test_what_looks_like_a_key_is_one() -> None:
    wrong = [
        f"{module.where(line)}: {key}"
        for module in modules()
        for key, line in key_like(module)
        if key not in ACTION_KINDS and not FILES.fullmatch(key)
    ]
    assert not wrong, "the catalogue has no such text:\n" + "\n".join(wrong)


def test_what_looks_like_a_key_in_a_page_is_one() -> None:
    keys = {text for text in page_strings() if re.fullmatch(r"[a-z]\w*(\.\w+)+", text)}
    ours = {key for key in keys if key.split(".")[0] in spaces() and not FILES.fullmatch(key)}
    assert ours <= texts().keys()


def test_what_is_put_together_can_be_a_key() -> None:
    wrong = []
    for module in modules():
        own = {p for p in module.patterns if p[0] != VALUE and p.split(".")[0] in spaces()}
        for pattern, line in patterns(module):
            if pattern not in own or matches(pattern):
                continue
            head = pattern.split(VALUE)[0]
            known = [*texts(), *ACTION_KINDS]
            local = module.station and any(k.startswith(f"station.{head}") for k in known)
            if not local and not any(key.startswith(head) for key in known):
                wrong.append(f"{module.where(line)}: {pattern.replace(VALUE, '{}')}")
    assert not wrong, "no text of the catalogue is of this form:\n" + "\n".join(wrong)


# --------------------------------------------------------------------- texts asked for by name


def named(call: ast.Call) -> set[str] | None:
    """Names of the values a call gives; None when some come from elsewhere (`**values`)."""
    names = {keyword.arg for keyword in call.keywords}
    return None if None in names else {str(name) for name in names}


def keys_of(node: ast.expr) -> list[str] | None:
    """The keys an expression can be; None when it cannot be read off."""
    if isinstance(node, ast.Constant):
        return [node.value] if isinstance(node.value, str) else None
    if isinstance(node, ast.IfExp):
        first, second = keys_of(node.body), keys_of(node.orelse)
        return None if first is None or second is None else first + second
    return None


def texts_asked(module: Module) -> Iterator[tuple[int, str, set[str] | None]]:
    """`….text("key", name=…)`: line, key, names of the values."""
    for node in ast.walk(module.tree):
        if called(node) == "text" and isinstance(node, ast.Call):
            for key in keys_of(node.args[0]) or ():
                if module.station and key not in texts():
                    yield node.lineno, f"station.{key}", named(node)
                elif "." in key:  # a field of a request has a `text` too
                    yield node.lineno, key, named(node)


def test_every_text_asked_for_gets_its_values() -> None:
    wrong, seen = [], 0
    for module in modules():
        if module.path.parts[-2] == "device":
            continue  # its prompts are another table, with tests of its own
        for line, key, names in texts_asked(module):
            seen += 1
            if key not in texts():
                wrong.append(f"{module.where(line)}: no text {key}")
            elif names is not None and not texts()[key] <= names:
                wrong.append(f"{module.where(line)}: {key} wants {texts()[key] - names}")
    assert seen > 100
    assert not wrong, "\n".join(wrong)


def wordings(module: Module) -> Iterator[tuple[int, str, set[str] | None]]:
    """`Wording(key="…", values={…})`."""
    for node in ast.walk(module.tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
            continue
        if node.func.id != "Wording":
            continue
        given = {keyword.arg: keyword.value for keyword in node.keywords}
        for key in keys_of(given["key"]) or () if "key" in given else ():
            values = given.get("values")
            if values is None:
                yield node.lineno, key, set()
            elif isinstance(values, ast.Dict):
                names = {n.value for n in values.keys if isinstance(n, ast.Constant)}
                yield node.lineno, key, {str(name) for name in names}
            else:
                yield node.lineno, key, None


def test_every_wording_of_a_document_has_its_values() -> None:
    wrong, seen = [], 0
    for module in modules():
        for line, key, names in wordings(module):
            seen += 1
            if key not in texts():
                wrong.append(f"{module.where(line)}: no text {key}")
            elif names is not None and not texts()[key] <= names:
                wrong.append(f"{module.where(line)}: {key} wants {texts()[key] - names}")
    assert seen > 5
    assert not wrong, "\n".join(wrong)


# --------------------------------------------------------------------- errors and refusals


def error_classes() -> set[str]:
    """Names of all classes whose first argument is a text key."""
    found = {"SmartWardError", "CallRefused"}
    bases = {
        node.name: {base.id for base in node.bases if isinstance(base, ast.Name)}
        for module in modules()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ClassDef)
    }
    while more := {name for name, above in bases.items() if above & found} - found:
        found |= more
    return found


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def assigned(function: ast.AST, name: str) -> list[ast.expr]:
    """What a name is given in a function."""
    return [
        node.value
        for node in ast.walk(function)
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name) and target.id == name
    ]


def possible(node: ast.expr, function: ast.AST) -> set[str] | None:
    """The keys an error's first argument can be, None when they come from elsewhere."""
    plain = keys_of(node)
    if plain is not None:
        return set(plain)
    if isinstance(node, ast.JoinedStr):
        pattern = pattern_of(node)
        if pattern.startswith(VALUE):
            return None
        return matches(pattern) or {pattern.replace(VALUE, "{}")}
    if isinstance(node, ast.IfExp):
        both = [possible(node.body, function), possible(node.orelse, function)]
        return set().union(*(found for found in both if found)) or None
    if isinstance(node, ast.BoolOp):
        found = [possible(value, function) for value in node.values]
        return set().union(*(each for each in found if each)) or None
    if isinstance(node, ast.Name) and (values := assigned(function, node.id)):
        found = [possible(value, function) for value in values]
        return set().union(*(each for each in found if each)) or None
    return None


Made = tuple[str, set[str] | None, set[str] | None]


@cache
def errors() -> tuple[Made, ...]:
    """Each making of an error: where, keys it can have, names of its values."""
    classes = error_classes()
    return tuple(
        (module.where(node.lineno), possible(node.args[0], function), named(node))
        for module in modules()
        for function in functions(module.tree)
        for node in ast.walk(function)
        if called(node) in classes and isinstance(node, ast.Call)
    )


def test_every_error_has_words_with_its_values() -> None:
    wrong = []
    for where, keys, names in errors():
        for key in keys or ():
            if key not in texts():
                wrong.append(f"{where}: no text {key}")
            elif names is not None and not texts()[key] <= names:
                wrong.append(f"{where}: {key} wants {texts()[key] - names}")
    assert len(errors()) > 80
    assert not wrong, "\n".join(wrong)


def test_no_error_takes_its_key_from_nowhere() -> None:
    """Few may: those that hand on what the hub answered, or what their caller named."""
    unread = {where.split(":")[0] for where, keys, _ in errors() if keys is None}
    allowed = {"setting.py", "device/call_input.py", "hub/enrol.py", "clinical/nurse_call.py"}
    assert unread <= {f"smartward/{path}" for path in allowed}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_error_renders(language: str) -> None:
    for _, keys, names in errors():
        for key in keys or ():
            values = samples(key, language)
            given = values if names is None else {n: values.get(n, "x") for n in names}
            assert catalogue(language).text(key, **given)
