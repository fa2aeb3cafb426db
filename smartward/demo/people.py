"""The people of the demo with their badges and PINs: made up, and told on the terminal."""

from dataclasses import dataclass

from smartward.harness.house import House

_GIVEN = (("DEMO-1", "4071"), ("DEMO-2", "5926"), ("DEMO-3", "8350"), ("DEMO-4", "6193"))


@dataclass(frozen=True, slots=True)
class Colleague:
    """One of the ward's staff, able to prove who they are."""

    id: str
    name: str
    role: str
    badge: str
    pin: str


def introduce(house: House, bed: str) -> tuple[Colleague, ...]:
    """Give the nurse who looks after `bed`, another one, the head nurse and a carer each a badge
    and a PIN; gives them in that order."""
    members = {one["id"]: one for one in house.documents("roster")["roster"]["members"]}
    bed_id = house.bed(bed)["id"]
    teams = [
        stay["team"] for stay in house.documents("encounter").values() if stay["bed_id"] == bed_id
    ]
    own = [one["staff_id"] for team in teams for one in team if one["role"] == "nurse"]
    wanted = [*own, *(id for role in ("nurse", "head_nurse", "carer") for id in _of(members, role))]
    chosen = dict.fromkeys(id for id in wanted if id in members)
    first = [id for id in chosen if members[id]["role"] == "nurse"][:2]
    others = [_of(members, role)[0] for role in ("head_nurse", "carer")]
    found = []
    for id, (badge, pin) in zip([*first, *others], _GIVEN, strict=True):
        house.badge(id, badge)
        house.set_pin(id, pin)
        found.append(Colleague(id, members[id]["name"], members[id]["role"], badge, pin))
    return tuple(found)


def _of(members: dict[str, dict[str, str]], role: str) -> list[str]:
    return [id for id, one in members.items() if one["role"] == role]


def told(people: tuple[Colleague, ...]) -> list[str]:
    """A line for each of them, for the terminal."""
    return [
        f"{one.name:<8} {one.role.replace('_', ' '):<12} PIN {one.pin}   badge {one.badge}"
        for one in people
    ]
