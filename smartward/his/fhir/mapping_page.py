"""The page that says where each of our fields comes from: `smartward his mapping`."""

from collections.abc import Iterator

from smartward.his.fhir.mapping_contact import CONTACT
from smartward.his.fhir.mapping_encounter_fields import DIET, ENCOUNTER, NEWS2, TEAM
from smartward.his.fhir.mapping_fields import Field, Mapped
from smartward.his.fhir.mapping_form import EXTENSIBLE, SETTINGS, TABLES, words_of
from smartward.his.fhir.mapping_infusion_fields import INFUSION
from smartward.his.fhir.mapping_line import LINE
from smartward.his.fhir.mapping_order import ORDER
from smartward.his.fhir.mapping_person import PATIENT
from smartward.his.fhir.mapping_place import BED, WARD
from smartward.his.fhir.mapping_plan_fields import PLAN
from smartward.his.fhir.mapping_precaution import ALLERGY, PRECAUTION, SLOTS
from smartward.his.fhir.mapping_profile import PROFILE
from smartward.his.fhir.mapping_result import ANALYTES, BED_STATE, LAB_RESULT, SCORE_RESULT
from smartward.his.fhir.mapping_staff import DUTY, STAFF
from smartward.his.fhir.mapping_vital import MEASURED, VITAL_SIGN

DOCUMENTS = (
    WARD, BED, ENCOUNTER, PATIENT, CONTACT, PROFILE, SLOTS, PRECAUTION, ALLERGY, DIET, TEAM, NEWS2,
    VITAL_SIGN, MEASURED, LAB_RESULT, ANALYTES, SCORE_RESULT, BED_STATE, LINE, INFUSION, PLAN,
    ORDER, STAFF, DUTY,
)  # fmt: skip

_HEAD = """# What SmartWard reads from a FHIR R4 server, and what becomes of it

Made by `smartward his mapping`; not edited by hand. For each field of the ward's documents: the
FHIR elements it comes from, in the order in which they are asked, the tables of `his_mapping.toml`
by which the hospital's codes become words, and what is done when no source tells it.

- A resource that cannot be used is set aside by itself, with its reason, and listed on the
  station's page of screens and links and by `smartward his check`; nothing else waits for it.
- A partial date (2026, 2026-08, 2026-08-01) is never made into an exact time. Where an exact time
  is needed it counts as absent; as the side of a period it counts wholly; to find the newest of
  several it is ordered by its first instant, and dates nothing.
- A number is exact only when it stands there: a bound (`comparator`), a value beside a
  `dataAbsentReason` and a number without its unit are none, and never 0.
- Of several codings in one concept the first counts that a table knows; else its text does.
- A mark (nursing level, isolation, risk, line, diet, what makes a person hard to reach) may be a
  Flag, an active order, or an extension of the Encounter or the Patient whose URL the table
  `[extension]` names.
"""
_TABLES = """## The hospital's codes

In `his_mapping.toml`: `[table]`, below it `word = ["system|code", "*|code", "text:words"]`; under
`[wards.<id>.table]` for one ward, whose words stand in place of the same words of the file and
whose codes win. A mark in force whose code is in a system used for marks alone and that nobody
explained is rejected: code. The words a table may have:

| table | words |
|---|---|
"""


def page() -> str:
    """The whole page, Markdown."""
    parts = [_HEAD, *(_document(one) for one in DOCUMENTS), _TABLES + "\n".join(_tables())]
    return "\n".join(parts) + "\n"


def _document(one: Mapped) -> str:
    lines = [f"## {one.title}", "", "| field | from | tables | when absent |", "|---|---|---|---|"]
    lines += [_row(field) for field in one.fields]
    if one.notes:
        lines += ["", one.notes]
    return "\n".join(lines) + "\n"


def _row(field: Field) -> str:
    ours = f"{field.ours} ({field.unit})" if field.unit else field.ours
    sources = "; ".join(f"`{path}`" for path in field.sources)
    told = " — ".join(part for part in (sources, field.how) if part)
    tables = ", ".join(f"`{table}`" for table in field.tables)
    return f"| {ours} | {told} | {tables} | {field.absent} |"


def _tables() -> Iterator[str]:
    for table in TABLES:
        yield f"| `{table}` | {words_of(table)} |"
    yield ""
    yield f"Settings: {', '.join(f'`{name}`' for name in SETTINGS)}."
    yield f"Tables that `[extension]` may name: {', '.join(f'`{name}`' for name in EXTENSIBLE)}."


def main(_: list[str]) -> int:
    """`smartward his mapping`: print the page."""
    print(page(), end="")
    return 0
