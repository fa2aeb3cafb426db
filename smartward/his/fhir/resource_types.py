"""Which resource types are read from a HIS."""

from smartward.his.fhir.medications import MedicationAdministration, MedicationRequest
from smartward.his.fhir.resources import (
    AllergyIntolerance,
    Appointment,
    CareTeam,
    Condition,
    Device,
    DeviceMetric,
    Encounter,
    Flag,
    Location,
    NutritionOrder,
    Observation,
    Patient,
    Practitioner,
    PractitionerRole,
    RelatedPerson,
    Resource,
    ServiceRequest,
    Task,
)

STRUCTS: dict[str, type[Resource]] = {
    struct.__name__: struct
    for struct in (
        Location,
        Patient,
        Encounter,
        Practitioner,
        PractitionerRole,
        CareTeam,
        RelatedPerson,
        Observation,
        Condition,
        AllergyIntolerance,
        Flag,
        NutritionOrder,
        MedicationRequest,
        MedicationAdministration,
        ServiceRequest,
        Appointment,
        Device,
        DeviceMetric,
        Task,
    )
}
"""Every resource type that is read from a HIS."""
