"""Codes and names of a concept as they are compared: all of them, not the first one known."""

from smartward.his.fhir.elements import Concept


def codes_of(*concepts: Concept | None) -> tuple[str, ...]:
    """`system|code` of every coding that tells both."""
    found = {
        f"{coding.system}|{coding.code}": None
        for concept in concepts
        if concept is not None
        for coding in concept.coding
        if coding.system and coding.code
    }
    return tuple(found)


def names_of(concept: Concept | None, *others: str | None) -> tuple[str, ...]:
    """Its text and displays, and what else it is called, each once."""
    said = [concept.text, *(one.display for one in concept.coding)] if concept is not None else []
    kept = (" ".join(one.split()) for one in (*said, *others) if one)
    return tuple(dict.fromkeys(one for one in kept if one))
