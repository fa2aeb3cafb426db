"""A small honest FHIR R4 server whose ward lives. A program of its own: imported by nothing."""
