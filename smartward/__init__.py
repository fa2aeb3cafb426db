"""SmartWard: a ward's screens, kept truthful by one hub."""

__version__ = "0.1.0"
