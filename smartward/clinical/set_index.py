"""The sets of one patient's observations, kept up sign by sign.

Readings further apart than the window are never in one set, so that what has no panel falls into
clusters in time, and a new reading makes anew only the sets of its own.
"""

from bisect import bisect_left
from collections.abc import Iterable
from datetime import datetime, timedelta

from smartward.clinical.observation import VitalSign
from smartward.clinical.observation_set import (
    ObservationSet,
    Reading,
    begun_panel,
    in_order,
    loose_sets,
    panel_set,
    readings,
)


class _Cluster:
    """Loose readings in the order of time, none further from the next than the window."""

    __slots__ = ("readings", "sets")

    def __init__(self, readings: list[Reading]) -> None:
        self.readings = readings
        self.sets: list[ObservationSet] | None = None

    @property
    def start(self) -> datetime:
        return self.readings[0].at

    @property
    def end(self) -> datetime:
        return self.readings[-1].at


class SetIndex:
    """The same sets as `observation_set.sets` makes of all signs."""

    def __init__(self, signs: Iterable[VitalSign], window: timedelta) -> None:
        self._window = window
        self._panels: dict[str, list[Reading]] = {}
        self._whole: dict[str, ObservationSet] = {}
        self._clusters: list[_Cluster] = []
        self._found: list[ObservationSet] | None = None
        self._begun: dict[str, ObservationSet | None] = {}
        """What is known of panels that are not complete."""
        loose: list[Reading] = []
        for sign in signs:
            kept = loose if sign.panel_id is None else self._panels.setdefault(sign.panel_id, [])
            kept.extend(readings(sign))
        for panel_id, of_panel in self._panels.items():
            whole = panel_set(panel_id, of_panel)
            if whole is None:
                loose.extend(of_panel)
            else:
                self._whole[panel_id] = whole
        self._clusters = self._split(loose)

    @property
    def sets(self) -> list[ObservationSet]:
        """All sets, oldest first; to be read only."""
        if self._found is None:
            found = list(self._whole.values())
            for cluster in self._clusters:
                if cluster.sets is None:
                    cluster.sets = loose_sets(cluster.readings, self._window)
                found += cluster.sets
            self._found = in_order(found)
        return self._found

    @property
    def begun(self) -> list[ObservationSet]:
        """The panels that are not complete, oldest first, as `observation_set.begun_panels`."""
        for panel_id in self._panels.keys() - self._whole.keys() - self._begun.keys():
            self._begun[panel_id] = begun_panel(panel_id, self._panels[panel_id])
        return in_order(one for one in self._begun.values() if one is not None)

    def put(self, sign: VitalSign) -> None:
        """Take over a sign that is not here."""
        fresh = readings(sign)
        if not fresh:
            return
        self._found = None
        if sign.panel_id is None:
            self._loosen(fresh)
            return
        self._begun.pop(sign.panel_id, None)
        before = self._panels.setdefault(sign.panel_id, [])
        of_panel = self._panels[sign.panel_id] = [*before, *fresh]
        was_whole = sign.panel_id in self._whole
        whole = panel_set(sign.panel_id, of_panel)
        if whole is None:
            self._loosen(fresh)
            return
        self._whole[sign.panel_id] = whole
        if not was_whole:
            self._take_out(before)

    def drop(self, sign: VitalSign) -> None:
        """Forget a sign that is here."""
        gone = readings(sign)
        if not gone:
            return
        self._found = None
        if sign.panel_id is None:
            self._take_out(gone)
            return
        self._begun.pop(sign.panel_id, None)
        rest = [one for one in self._panels.pop(sign.panel_id) if one.source != sign.id]
        if rest:
            self._panels[sign.panel_id] = rest
        if self._whole.pop(sign.panel_id, None) is None:
            self._take_out(gone)
            return
        whole = panel_set(sign.panel_id, rest)
        if whole is None:
            self._loosen(rest)
        else:
            self._whole[sign.panel_id] = whole

    def _loosen(self, fresh: Iterable[Reading]) -> None:
        """These are in no complete panel (any more): join them to the clusters around them."""
        for reading in fresh:
            first = bisect_left(self._clusters, reading.at - self._window, key=lambda one: one.end)
            last, joined = first, [reading]
            while last < len(self._clusters):
                cluster = self._clusters[last]
                if cluster.start > reading.at + self._window:
                    break
                joined += cluster.readings
                last += 1
            joined.sort(key=lambda one: one.at)
            self._clusters[first:last] = [_Cluster(joined)]

    def _take_out(self, gone: Iterable[Reading]) -> None:
        """These are loose no more; what they held together may fall apart."""
        for reading in gone:
            place = bisect_left(self._clusters, reading.at, key=lambda one: one.end)
            rest = list(self._clusters[place].readings)
            rest.remove(reading)
            self._clusters[place : place + 1] = self._split(rest)

    def _split(self, loose: list[Reading]) -> list[_Cluster]:
        found: list[_Cluster] = []
        for reading in sorted(loose, key=lambda one: one.at):
            if found and reading.at - found[-1].end <= self._window:
                found[-1].readings.append(reading)
            else:
                found.append(_Cluster([reading]))
        return found
