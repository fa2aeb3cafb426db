"""The hospital side: a port, its FHIR R4 adapter, and a living hospital to try it against."""
