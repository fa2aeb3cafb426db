"""What a server tells that is older than what it told before: a node lags, or it was restored.

An older version is not believed at once: for a while a node of a server may not have heard of a
change. It is how things are now when, longer afterwards than any node lags, a look at everything of
its patient (or a read by its id) tells it again, or a later one that is still older, and nothing
newer was told between. So that this is soon, the patient is read wholly again when that time is
over. Where one older version is believed, others are likely: everything is read anew.
"""

import logging
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from smartward.his.fhir.chart import older, patient_of
from smartward.his.fhir.elements import Meta
from smartward.his.fhir.resources import Resource

log = logging.getLogger("smartward.his")

_HURRY_EACH = timedelta(minutes=5)
"""A node that goes on lagging has a patient read wholly no more often than this."""
_SAID_EACH = timedelta(hours=1)
"""Older versions within this are of one restore."""
_FORGOTTEN = timedelta(hours=1)
_HOLDS = timedelta(seconds=60)
"""A clock went back when for so long nobody tells the time it had: else two nodes of a server
differ, and answer by turns."""
_STEPS_EACH = timedelta(hours=1)
"""Nodes that answer by turns of minutes have everything read anew no more often than this."""


@dataclass(slots=True)
class _Told:
    meta: Meta
    since: datetime
    at: datetime
    believed: bool = False


class Past:
    """Judges for one server; `hear` tells it the time."""

    def __init__(self) -> None:
        self._now: datetime | None = None
        self._lag = timedelta(0)
        self._told: dict[tuple[str, str], _Told] = {}
        self._soon: dict[str, datetime] = {}
        self._hurried: dict[str, datetime] = {}
        self._said_at: datetime | None = None
        self._anew = False
        self._latest: datetime | None = None
        """The latest time that was told, but for a clock that went back since."""
        self._back_since: datetime | None = None
        self._stepped_at: datetime | None = None

    def hear(self, now: datetime, lag: timedelta) -> None:
        """The server's present, and how long a node of it may lag behind."""
        self._now, self._lag = now, lag
        if self._latest is None or now >= self._latest - lag:
            self._latest = now if self._latest is None else max(self._latest, now)
            self._back_since = None
        else:
            self._earlier(now, self._latest)
        self._told = {key: one for key, one in self._told.items() if now - one.at < _FORGOTTEN}

    def _earlier(self, now: datetime, latest: datetime) -> None:
        """A time before one that was told: nothing was told in the future."""
        self._told = {key: one for key, one in self._told.items() if one.at <= now}
        self._soon = {id: at for id, at in self._soon.items() if at <= now + self._lag}
        self._hurried = {id: at for id, at in self._hurried.items() if at <= now}
        if self._back_since is None or now < self._back_since:
            self._back_since = now
        if now - self._back_since < _HOLDS:
            return
        away = (latest - self._back_since).total_seconds()
        self._latest, self._back_since = now, None
        if self._stepped_at is not None and abs(now - self._stepped_at) < _STEPS_EACH:
            return
        log.warning(
            "the hospital system's clock went back by %.0f s: everything is read anew", away
        )
        self._stepped_at = self._said_at = now
        self._anew = True

    def takes(self, one: Resource, known: Meta, *, sure: bool) -> bool:
        """Whether what is told takes the place of what is known. `sure`: by a look at everything
        of its patient, or by its id."""
        key = (one.resource_type, one.id)
        if not older(one.meta, known):
            self._told.pop(key, None)
            return True
        now = self._now
        if now is None:
            return False
        told = self._told.get(key)
        if told is None or older(one.meta, told.meta):
            self._told[key] = _Told(one.meta, now, now)
            self._hurry(patient_of(one), now)
            return False
        told.meta, told.at = one.meta, now
        if sure and now - told.since >= self._lag and not told.believed:
            told.believed = True
            self._restored(now)
        return told.believed

    def _hurry(self, patient: str | None, now: datetime) -> None:
        if patient is None or patient in self._soon:
            return
        hurried = self._hurried.get(patient)
        if hurried is None or now - hurried >= _HURRY_EACH:
            self._hurried[patient] = now
            self._soon[patient] = now + self._lag

    def _restored(self, now: datetime) -> None:
        if self._said_at is None or now - self._said_at >= _SAID_EACH:
            log.warning(
                "the hospital system tells older versions than before, as one restored from a"
                " backup does: they hold, and everything is read anew"
            )
            self._anew = True
        self._said_at = now

    def take_anew(self) -> bool:
        """Whether everything is to be read anew; said once."""
        anew, self._anew = self._anew, False
        return anew

    def due(self, now: datetime) -> set[str]:
        """Patients to be read wholly again."""
        return {patient for patient, at in self._soon.items() if at <= now}

    def looked(self, patients: Collection[str], now: datetime) -> None:
        """These were read wholly; what was found only then is looked for once more."""
        here = set(patients)
        self._soon = {
            patient: at for patient, at in self._soon.items() if patient not in here or at > now
        }

    def keep(self, patients: Collection[str]) -> None:
        """Forget all patients but these."""
        here = set(patients)
        self._soon = {patient: at for patient, at in self._soon.items() if patient in here}
        self._hurried = {patient: at for patient, at in self._hurried.items() if patient in here}
