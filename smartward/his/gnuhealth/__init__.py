"""GNU Health, a hospital system without FHIR, over the JSON-RPC of its Tryton server."""
