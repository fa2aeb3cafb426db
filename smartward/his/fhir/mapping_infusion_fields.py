"""Where each field of an infusion comes from: the declarations of `mapping_infusion`."""

from smartward.clinical.infusion import Infusion
from smartward.his.fhir.mapping_fields import Field, Mapped

_DOSE = "MedicationRequest.dosageInstruction.doseAndRate"
_MEASURED = ("Observation.code", "Observation.valueQuantity")
INFUSION = Mapped(
    Infusion,
    "Infusion",
    (
        Field("id", ("MedicationAdministration.id",), "rejected"),
        Field(
            "encounter_id",
            ("MedicationAdministration.context", "MedicationAdministration.subject"),
            "the patient's stay",
        ),
        Field(
            "status",
            ("MedicationAdministration.status",),
            "gone",
            how="in-progress, on-hold, completed, stopped; ended ones for 1 h",
        ),
        Field(
            "total_ml",
            ("MedicationAdministration.dosage.dose", f"{_DOSE}.doseQuantity"),
            "None",
            unit="mL",
        ),
        Field(
            "left_ml",
            (*_MEASURED, "Observation.partOf", "Observation.device", "DeviceMetric.source"),
            "the total: estimated from the rate",
            ("infusion_metric",),
            unit="mL",
        ),
        Field(
            "rate_ml_h",
            (
                *_MEASURED,
                "MedicationAdministration.dosage.rateQuantity",
                "MedicationAdministration.dosage.rateRatio",
                f"{_DOSE}.rateQuantity",
                f"{_DOSE}.rateRatio",
            ),
            "None: no end is known",
            ("infusion_metric",),
            unit="mL/h",
        ),
        Field(
            "source",
            (
                "MedicationAdministration.device",
                "Device.status",
                "DeviceMetric.operationalStatus",
                "DeviceMetric.type",
            ),
            "estimated",
            ("infusion_metric",),
            how="measured; sensor lost where the metric or the device is off",
        ),
        Field(
            "measured_at",
            ("Observation.effectiveDateTime", "Observation.effectiveInstant"),
            "when it began",
        ),
        Field(
            "started_at",
            (
                "MedicationAdministration.effectivePeriod",
                "MedicationAdministration.effectiveDateTime",
            ),
            "rejected: time",
            how="an exact time only",
        ),
        Field(
            "name",
            (
                "MedicationAdministration.medicationCodeableConcept",
                "MedicationAdministration.medicationReference",
                "MedicationRequest.medicationCodeableConcept",
            ),
            "None",
        ),
        Field(
            "next_ordered",
            ("MedicationRequest.status", "MedicationAdministration.request"),
            "False",
            how="an active order for a volume at a rate that nothing was given of yet",
        ),
        Field(
            "ordered_ml_h",
            (f"{_DOSE}.rateQuantity", f"{_DOSE}.rateRatio"),
            "None: no rate is off it",
            ("ward",),
            how="drops by `[ward] drops_per_ml`; None where the order tells several rates, or none "
            "of a volume. A volume or drops in a unit nobody understands: the order is rejected: "
            "unit, the infusion is not",
            unit="mL/h",
        ),
        Field(
            "ordered_since",
            (),
            "None",
            how="when the hub heard of another rate of the order than before; what ran until then "
            "is not judged by it",
        ),
        Field(
            "running_since",
            (),
            "None",
            how="when the hub heard that it runs again after a pause, which is no rate",
        ),
        Field(
            "rates",
            (
                *_MEASURED,
                "MedicationAdministration.dosage.rateQuantity",
                "MedicationAdministration.dosage.rateRatio",
            ),
            "none",
            ("infusion_metric", "ward"),
            how="the newest measured ones, each where it differs from the one before; where "
            "nothing measures, the rate it was hung at",
            unit="mL/h",
        ),
    ),
    notes="A volume or a flow that is only a bound (`comparator`) is none. Units: mL, ml, L, dL, "
    "cL, cm3, cc, 毫升, 升; per h, min, d, 小时, 分钟, 天.",
)
