"""What screens found of themselves that were ordered to from this station, for the page "Screens
and links". It is kept here alone, until somebody puts it away or the station starts anew."""

from dataclasses import dataclass
from datetime import datetime

from smartward.check_words import part, said
from smartward.clinical.device_check import Checked, CheckLine, How
from smartward.screen.station_desk import Desk
from smartward.screen.station_fleet import screen_name
from smartward.screen.station_words import Words

_MOST = 6
"""So many are kept: of more the page would show little else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRow:
    """One screen's check. Of what is at fault or was not tested there is a line for each part."""

    key: str
    """The screen's id."""
    title: str
    result: str
    fault: bool
    running: bool
    faults: str
    untested: str
    well: str
    verb: str
    """Puts it away; empty while it runs."""


class ScreenChecks:
    """The checks that were ordered here, the last of each screen, the newest first."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._of: dict[str, tuple[datetime, Checked | None]] = {}

    def begun(self, device_id: str) -> None:
        """A screen looks itself over."""
        self.put_away(device_id)
        self._of = {device_id: (self._desk.hub_now(), None), **self._of}
        for old in list(self._of)[_MOST:]:
            del self._of[old]
        self._desk.show_all()

    def ended(self, device_id: str, found: Checked | None) -> None:
        """It is done; None: it was not."""
        if found is None or device_id not in self._of:
            self._of.pop(device_id, None)
        else:
            self._of[device_id] = (self._desk.hub_now(), found)
        self._desk.show_all()

    def put_away(self, device_id: str) -> None:
        """Somebody has read it."""
        self._of.pop(device_id, None)

    def rows(self, words: Words, now: datetime) -> list[CheckRow]:
        """For the page."""
        return [
            self._row(device_id, at, found, words, now)
            for device_id, (at, found) in self._of.items()
        ]

    def _row(
        self, device_id: str, at: datetime, found: Checked | None, words: Words, now: datetime
    ) -> CheckRow:
        state = self._desk.ward_state
        screen = state.screens.get(device_id)
        where = device_id if screen is None else screen_name(state, screen, words)
        lines = () if found is None else found.lines
        of = {how: [line for line in lines if line.how is how] for how in How}
        return CheckRow(
            key=device_id,
            title=words.text("order.check_title", where=where),
            result=words.text("order.check_runs")
            if found is None
            else f"{_result(of, words)} · {words.moment(at, now)}",
            fault=bool(of[How.FAULT]),
            running=found is None,
            faults=_told("order.check_line", of[How.FAULT], words),
            untested=_told("order.check_line_untested", of[How.NOT_TESTED], words),
            well=_names(of[How.OK], words),
            verb="" if found is None else words.text("order.check_away"),
        )


def _result(of: dict[How, list[CheckLine]], words: Words) -> str:
    faults, untested = len(of[How.FAULT]), len(of[How.NOT_TESTED])
    told = words.text("order.check_faults", n=faults) if faults else words.text("order.check_well")
    if untested:
        told += " · " + words.text("order.check_untested", n=untested)
    return told


def _names(lines: list[CheckLine], words: Words) -> str:
    """Of a part that is well nobody here needs the figures: they stand in the report."""
    if not lines:
        return ""
    parts = " · ".join(part(line, words.catalogue) for line in lines)
    return words.text("order.check_parts_well", parts=parts)


def _told(key: str, lines: list[CheckLine], words: Words) -> str:
    texts = words.catalogue
    told = (words.text(key, part=part(one, texts), said=said(one, texts)) for one in lines)
    return "\n".join(told)
