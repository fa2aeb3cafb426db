"""What opens the private layer of a bedside: the patient's wristband, or a PIN set by a nurse."""

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
