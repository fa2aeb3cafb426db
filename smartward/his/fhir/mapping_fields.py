"""How a mapping says where each of our fields comes from: the declarations beside the code.

`smartward his mapping` prints them as a page for the hospital's interface people; a test holds
them to the documents' fields on one side and to the elements that are read on the other.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


@dataclass(frozen=True, slots=True)
class Field:
    """One of our fields.

    `sources` are FHIR paths in the order in which they are asked, `tables` those of
    `his_mapping.toml` by which codes become words. `absent` is what becomes of the field, or of the
    whole document, where no source tells it. `how` is what else decides.
    """

    ours: str
    sources: tuple[str, ...]
    absent: str
    tables: tuple[str, ...] = ()
    how: str = ""
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Mapped:
    """A document, or a part of one. `of` has the fields; of an enumeration, its members."""

    of: Any
    title: str
    fields: tuple[Field, ...]
    notes: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """What has to be declared."""
        if issubclass(self.of, StrEnum):
            return tuple(str(member) for member in self.of)
        return tuple(self.of.__dataclass_fields__)
