"""Where each field of what is planned comes from: the declarations of `mapping_plan`."""

from smartward.clinical.plan import PlanItem
from smartward.his.fhir.mapping_fields import Field, Mapped

PLAN = Mapped(
    PlanItem,
    "What is planned",
    (
        Field(
            "id",
            (
                "ServiceRequest.id",
                "Appointment.id",
                "Task.id",
                "MedicationRequest.id",
                "NutritionOrder.id",
            ),
            "rejected",
            how="with the minute it is due, where it repeats",
        ),
        Field(
            "encounter_id",
            ("ServiceRequest.encounter", "Task.encounter", "MedicationRequest.encounter"),
            "the patient's stay",
        ),
        Field(
            "kind",
            (
                "ServiceRequest.code",
                "ServiceRequest.category",
                "Appointment.serviceType",
                "Appointment.serviceCategory",
                "Appointment.basedOn",
                "Task.code",
            ),
            "other; of a Task nursing",
            ("plan",),
            how="a MedicationRequest is medicine, a NutritionOrder a meal",
        ),
        Field(
            "due_at",
            (
                "ServiceRequest.occurrenceDateTime",
                "ServiceRequest.occurrencePeriod",
                "ServiceRequest.occurrenceTiming",
                "Appointment.start",
                "Task.restriction.period",
                "Task.executionPeriod",
                "MedicationRequest.dosageInstruction.timing",
                "NutritionOrder.oralDiet.schedule",
            ),
            "no part of the day; what repeats at no told time: rejected",
            ("standard_times",),
            how="a day without a time is due at its last minute; less than a day: rejected: time",
        ),
        Field(
            "status",
            (
                "ServiceRequest.status",
                "Appointment.status",
                "Task.status",
                "MedicationAdministration.status",
                "MedicationAdministration.request",
                "MedicationAdministration.effectiveDateTime",
            ),
            "gone",
            how="a medicine: done or not done by the administration of its order nearest to the "
            "time (at most half the interval away, and 4 h); of an order that is completed or on "
            "hold only what was done or not done",
        ),
        Field(
            "title",
            (
                "ServiceRequest.code",
                "Appointment.description",
                "Appointment.serviceType",
                "Task.description",
                "Task.code",
                "MedicationRequest.medicationCodeableConcept",
                "MedicationRequest.medicationReference",
                "MedicationRequest.dosageInstruction.doseAndRate.doseQuantity",
                "MedicationRequest.dosageInstruction.doseAndRate.doseRange",
            ),
            "the kind's own word",
            how="the dose with the digits it came with (72.50 mg stays 72.50 mg), where the order "
            "tells one dose; station only",
        ),
        Field("nil_by_mouth", ("ServiceRequest.orderDetail",), "False", ("fasting",)),
        Field(
            "done_at",
            ("MedicationAdministration.effectiveDateTime", "Task.executionPeriod"),
            "None",
        ),
        Field(
            "timing",
            (
                "MedicationRequest.priority",
                "MedicationRequest.category",
                "MedicationRequest.medicationCodeableConcept",
                "MedicationRequest.dosageInstruction.timing.code",
                "MedicationRequest.dosageInstruction.timing",
            ),
            "ordinary (within 60 min)",
            ("time_critical",),
            how="time-critical by that table, or given more than 6 times in 24 h; daily (within "
            "2 h) where its times are a day or more apart",
        ),
    ),
    notes="Orders that are proposed, medicines taken at home or as needed, and standing orders are "
    "no part of the day. Shown from 24 h before to 36 h after now.",
)
