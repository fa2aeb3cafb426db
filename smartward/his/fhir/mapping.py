"""The mapping file this installation uses."""

from pathlib import Path

from smartward.config import asset
from smartward.his.fhir.codes import Codebook


def load_mapping(path: Path | None = None) -> Codebook:
    """`resources/his_mapping.toml`, or another file of its form.

    Raises Misconfigured when it is missing or wrong.
    """
    return Codebook.load(path or asset("resources", "his_mapping.toml"))
