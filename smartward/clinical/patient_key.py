"""What opens the private layer of a bedside: the patient's wristband, or a PIN set by a nurse."""

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientKey:
    """Document kind `patient_key`, id = encounter id; only that bed's bedside receives it.

    `wristband` is SHA-256 (hex) over the encounter id, a colon and the identifier on the wristband;
    `pin` an argon2id hash. None: that way is not there.
    """

    encounter_id: str
    wristband: str | None = None
    pin: str | None = None


def wristband_hash(encounter_id: str, code: str) -> str:
    """What is kept of the identifier on a wristband: worth nothing for another stay. What a reader
    adds around a code does not count."""
    return hashlib.sha256(f"{encounter_id}:{code.strip()}".encode()).hexdigest()
