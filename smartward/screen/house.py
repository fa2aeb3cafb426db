"""Whom a screen that is not paired asks."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class House:
    """Which hubs are asked, and who is believed to be one."""

    hubs: tuple[str, ...]
    authorities: str
    """Certificates (PEM)."""
    compared: str = ""
    """`fingerprint` of them where a person has to type the hub's number first; empty where they
    were known before."""
