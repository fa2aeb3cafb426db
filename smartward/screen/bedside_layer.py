"""The patient's own layer of a bedside: what opens it, for how long, and who may try. No Qt."""

import hmac
import math
from collections.abc import Callable
from enum import StrEnum

from smartward.clinical.patient_key import PatientKey, wristband_hash


class Opened(StrEnum):
    """How the layer was opened, as the audit is told."""

    WRISTBAND = "wristband"
    PIN = "pin"
    STAFF = "staff"


def is_wristband(key: PatientKey | None, encounter_id: str, code: str) -> bool:
    """Whether a code is on this patient's wristband; compared in a time that tells nothing."""
    if key is None or key.wristband is None or key.encounter_id != encounter_id:
        return False
    return hmac.compare_digest(wristband_hash(encounter_id, code), key.wristband)


class Layer:
    """Open or closed, by real seconds; wrong PINs are counted for each patient anew."""

    def __init__(
        self, monotonic: Callable[[], float], open_s: float, tries: int, lock_s: float
    ) -> None:
        self._monotonic = monotonic
        self._open_s = open_s
        self._tries = tries
        self._lock_s = lock_s
        self._until: float | None = None
        self._wrong = 0
        self._locked_until = float("-inf")

    @property
    def is_open(self) -> bool:
        """Whether what is private may be shown now."""
        return self._until is not None and self._monotonic() < self._until

    @property
    def left_s(self) -> int:
        """Whole seconds until it closes, begun ones counted; 0 when it is closed."""
        if self._until is None:
            return 0
        return max(0, math.ceil(self._until - self._monotonic()))

    @property
    def locked_s(self) -> int:
        """Whole seconds until a PIN may be tried again; 0: now."""
        left = self._locked_until - self._monotonic()
        return math.ceil(left) if left > 0 else 0

    def open(self) -> None:
        """Somebody proved that they may see it."""
        self._wrong = 0
        self._until = self._monotonic() + self._open_s

    def touched(self) -> None:
        """Somebody still reads: it stays open for as long again."""
        if self.is_open:
            self._until = self._monotonic() + self._open_s

    def close(self) -> None:
        """Nothing private is shown any more."""
        self._until = None

    def wrong(self) -> None:
        """A wrong PIN; after too many of them nobody may try for a while."""
        self._wrong += 1
        if self._wrong >= self._tries:
            self._wrong = 0
            self._locked_until = self._monotonic() + self._lock_s

    def forget(self) -> None:
        """Another patient: closed, and nobody has tried yet."""
        self.close()
        self._wrong, self._locked_until = 0, float("-inf")
