"""How the station says times, people and patients: finished text, one home for each phrase."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from smartward.clinical.encounter import CareTeamMember, Encounter
from smartward.clinical.masking import age_years
from smartward.clinical.nurse_call import Actor
from smartward.clinical.ward import StaffMember
from smartward.clinical.words import Value, Wording
from smartward.errors import BadData
from smartward.i18n import Catalogue
from smartward.screen.beds_names import Namer

_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_CANTONESE = frozenset({"zh-hk", "zh-hant-hk", "zh-mo", "zh-yue"})
"""Tags of what is written like our Chinese and not understood when spoken."""

SPOKEN = ("zh", "yue", "en", "es", "ar", "ug", "bo", "mn", "ja", "ko")
"""Languages this station has a name for; another one is told by its tag."""


@dataclass(frozen=True, slots=True)
class Words:
    """The phrases of the station in one language."""

    catalogue: Catalogue

    def text(self, key: str, **values: str | int | float) -> str:
        """A sentence of the station's own fragment, `station.` left out of the key."""
        return self.catalogue.text(f"station.{key}", **values)

    def choice(self, group: str, value: str) -> str:
        """The word for one value of a group. In the catalogue `other` is a plural form, so that
        the value of this name has the word `else`."""
        return self.text(f"{group}.{'else' if value == 'other' else value}")

    def told(self, wording: Wording, now: datetime | None = None) -> str:
        """A document's wording, times of another day than `now` with their day; one with a key
        this version does not know is shown by its key."""
        try:
            return self.catalogue.words(wording, None if now is None else self.today(now))
        except BadData:
            return wording.key or ""

    def key(self, key: str) -> str:
        """The sentence of a key that came in a document; the key itself when it is unknown."""
        return self.catalogue.told(key)

    def rule(self, rule: str) -> str:
        """What a rule tells of, by its id."""
        key = f"alert.{rule}.about.says"
        told = self.key(key)
        return rule if told == key else told

    def rule_short(self, rule: str) -> str:
        """A rule in a few words, by its id."""
        key = f"station.rule.{rule}"
        told = self.key(key)
        return rule if told == key else told

    def listed(self, parts: Iterable[str]) -> str:
        """`李敏、钱芳`."""
        return self.text("list_and").join(parts)

    def instant(self, value: Value | None) -> datetime | None:
        """A time that came in a document's wording; None where there is none."""
        try:
            return None if value is None else datetime.fromisoformat(str(value))
        except ValueError:
            return None

    def other_language(self, tag: str | None) -> str:
        """The language somebody speaks by name, where it is not the one of this screen: its tag
        where this version has no name for it."""
        if not tag:
            return ""
        plain = tag.lower().replace("_", "-")
        spoken = "yue" if plain in _CANTONESE else plain.split("-")[0]
        if spoken == self.catalogue.language.split("_")[0]:
            return ""
        return self.text(f"language.{spoken}") if spoken in SPOKEN else tag

    def span(self, seconds: float) -> str:
        """A length of time: `0:51` below a minute, then `14 min`, `1 h 05 min`, `2 d 3 h`: minutes
        with seconds read as a time of day beside one. Never negative."""
        whole = max(0, int(seconds))
        return f"0:{whole:02}" if whole < _MINUTE else self.minutes(whole)

    def minutes(self, seconds: float) -> str:
        """A length of time to the minute: `6 min`, `1 h 05 min`, `2 d 3 h`. Never negative."""
        whole = max(0, int(seconds))
        if whole < _HOUR:
            return self.text("span.minutes", n=whole // _MINUTE)
        if whole < _DAY:
            return self.text("span.hours", h=whole // _HOUR, m=f"{whole % _HOUR // _MINUTE:02}")
        return self.text("span.days", d=whole // _DAY, h=whole % _DAY // _HOUR)

    def roughly(self, seconds: float) -> str:
        """A length of time in one unit, for a card: `20 min`, `3 h`."""
        whole = max(0, int(seconds))
        if whole < _HOUR:
            return self.text("span.minutes", n=whole // _MINUTE)
        return self.text("span.whole_hours", n=whole // _HOUR)

    def waited(self, since: datetime, now: datetime, *, estimated: bool = False) -> str:
        """`已等 0:51`; `估计已等 0:51` where nobody knows the second at which it began."""
        key = "time.waited_about" if estimated else "time.waited"
        return self.text(key, span=self.span((now - since).total_seconds()))

    def moment(self, at: datetime, now: datetime) -> str:
        """HH:MM, with the day when it is not today."""
        here, today = self.catalogue.local(at), self.catalogue.local(now)
        clock = self.catalogue.time(at)
        if here.date() == today.date():
            return clock
        return self.catalogue.text("date.time", month=here.month, day=here.day, at=clock)

    def same_day(self, at: datetime | None, now: datetime) -> bool:
        """Whether `at` lies on the ward's local day of `now`."""
        if at is None:
            return False
        return self.catalogue.local(at).date() == self.catalogue.local(now).date()

    def today(self, now: datetime) -> date:
        """The ward's local day."""
        return self.catalogue.local(now).date()

    def family(self, member: CareTeamMember | StaffMember) -> str:
        """The family name alone where it is known, else the name."""
        return Namer(self.catalogue).family(member.family) if member.family else member.name

    def nurse(self, encounter: Encounter) -> str:
        """The responsible nurse's family name; empty when the team has none."""
        for member in encounter.team:
            if member.role in ("nurse", "head_nurse"):
                return self.family(member)
        return ""

    def actor(self, actor: Actor | None) -> str:
        """Who did it: a name, or the nurse station for nobody known."""
        if actor is None or actor.name is None:
            return self.text("who.station")
        return actor.name

    def actor_family(self, actor: Actor) -> str:
        """The family name alone where it is known, else the name; empty for nobody known."""
        family = Namer(self.catalogue).family(actor.family) if actor.family else ""
        return family or actor.name or ""

    def age(self, encounter: Encounter, now: datetime) -> str:
        """`67 岁`; empty without a birth date."""
        years = age_years(encounter.patient.birth_date, self.today(now))
        return "" if years is None else self.text("sheet.age", n=years)
