"""Where each field of a stay comes from: the declarations of `mapping_encounter`."""

from smartward.clinical.encounter import CareTeamMember, Diet, Encounter, News2Order
from smartward.his.fhir.mapping_fields import Field, Mapped

MARKS = ("Flag.code", "ServiceRequest.code", "Encounter.extension", "Patient.extension")
"""In what a mark of a stay may be told (`mapping_finding`)."""

ENCOUNTER = Mapped(
    Encounter,
    "Stay",
    (
        Field("id", ("Encounter.id",), "rejected"),
        Field("patient", ("Encounter.subject",), "rejected: missing"),
        Field(
            "status",
            ("Encounter.status",),
            "rejected: status",
            how="planned, arrived or triaged, in-progress, onleave; the others are gone. In "
            "progress elsewhere with a planned or reserved bed here: planned",
        ),
        Field(
            "bed_id",
            (
                "Encounter.location.location",
                "Encounter.location.status",
                "Encounter.location.period",
            ),
            "None: told as a patient without a bed; with no open place on the ward: gone",
            how="the active place that is a bed of this ward; of several the one that began last. "
            "Of a planned stay the planned or reserved one, on leave the reserved one too. A "
            "period ends with the day, month or year it names",
        ),
        Field(
            "also_in",
            ("Encounter.location",),
            "none",
            how="other active beds that began at the same time, or where no beginning is told: "
            "both beds then disagree with the record",
        ),
        Field(
            "part_of",
            ("Encounter.partOf",),
            "None: whoever was under 2 years old at admission still shares a bed with an adult",
            how="a newborn's stay names its mother's; in one bed they are no contradiction",
        ),
        Field("admitted_at", ("Encounter.period",), "None", how="an exact time only"),
        Field(
            "nursing_level",
            MARKS,
            "None",
            ("nursing_level", "extension"),
            how="the newest order (`authoredOn`, however exact); without any a flag or an "
            "extension. Of two at one time the graver",
        ),
        Field("condition", MARKS, "None", ("condition_mark", "extension"), how="the graver"),
        Field("precautions", (), "six slots, not assessed", how="see Precautions"),
        Field("diet", (), "None", how="see Diet"),
        Field("team", (), "none", how="see Care team; whose period is now"),
        Field("upcoming", (), "none", how="see Care team; whose period begins within 24 h"),
        Field("news2", (), "scale 1", how="see NEWS2"),
        Field(
            "diagnosis",
            (
                "Encounter.diagnosis.condition",
                "Encounter.diagnosis.rank",
                "Condition.code",
                "Encounter.reasonCode",
            ),
            "None",
            how="of the lowest rank, in the hospital's words",
        ),
        Field("surgery_at", (), "None", how="the earliest open plan item of that kind"),
        Field("discharge_at", (), "None", how="the earliest open plan item of that kind"),
        Field("profile", (), "nothing known", how="see How to reach a person"),
        Field("contacts", (), "none", how="see Relative or carer"),
        Field("allergies", (), "none", how="see Allergy"),
        Field(
            "weight_kg",
            ("Observation.code", "Observation.valueQuantity", "Observation.effectiveDateTime"),
            "None: nobody assumes one",
            ("body_weight",),
            how="the newest; kg, g or lb. Another unit, or what nobody weighs: rejected: unit, "
            "range",
            unit="kg",
        ),
        Field("in_bed_since", (), "", how="set by the hub: it heard of a move to another bed"),
        Field("unconfirmed_since", (), "", how="set by the hub: the record fell silent"),
    ),
    notes="Encounter.class is not asked: whoever has an open place on the ward is shown. A "
    "resource belongs to a stay by its `encounter` (`context`), or by its patient where it names "
    "none.",
)
DIET = Mapped(
    Diet,
    "Diet",
    (
        Field(
            "wording",
            ("NutritionOrder.oralDiet.type", "NutritionOrder.oralDiet.instruction", *MARKS),
            "no diet is shown",
            ("nil_by_mouth", "diet", "extension"),
            how="nil by mouth first; else the newest active order: our word for a single known "
            "type, else the hospital's; else a mark",
        ),
        Field("ordered_at", ("NutritionOrder.dateTime",), "None", how="an exact time only"),
    ),
)
TEAM = Mapped(
    CareTeamMember,
    "Care team",
    (
        Field(
            "staff_id",
            ("CareTeam.participant.member", "Encounter.participant.individual"),
            "left out",
            how="a Practitioner, or a PractitionerRole of this ward; of an active CareTeam in its "
            "period, else of the Encounter",
        ),
        Field("name", ("Practitioner.name", "CareTeam.participant.member"), "left out"),
        Field(
            "role",
            ("CareTeam.participant.role", "Encounter.participant.type"),
            "left out",
            ("staff_role", "encounter_role"),
        ),
        Field("family", ("Practitioner.name",), "empty"),
        Field(
            "start",
            ("CareTeam.participant.period", "Encounter.participant.period", "CareTeam.period"),
            "open; what is no date shuts nobody out",
        ),
        Field(
            "end",
            ("CareTeam.participant.period", "Encounter.participant.period", "CareTeam.period"),
            "open; a day counts wholly",
        ),
    ),
)
NEWS2 = Mapped(
    News2Order,
    "NEWS2",
    (
        Field("scale", ("ServiceRequest.code",), "1", ("news2_order",)),
        Field("ordered_by", ("ServiceRequest.requester",), "None", how="its display"),
        Field("ordered_at", ("ServiceRequest.authoredOn",), "None", how="an exact time only"),
        Field(
            "exclusion",
            ("Condition.code", "ServiceRequest.code"),
            "None; under 16 by the date of birth",
            ("pregnancy", "news2_order"),
            how="an active Condition that is neither refuted nor entered in error",
        ),
        Field(
            "interval_min",
            ("ServiceRequest.occurrenceTiming",),
            "by the score",
            ("news2_order",),
            unit="min",
        ),
        Field(
            "interval_ordered_at", ("ServiceRequest.authoredOn",), "None", how="an exact time only"
        ),
    ),
)
