"""FHIR R4: a portable polling client and the mapping from its resources to the ward's documents."""
