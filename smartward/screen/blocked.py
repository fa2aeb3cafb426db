"""Why the hub shows this screen nothing, in the words of who stands before it and can set it right.

It covers the page; the bedside keeps its call beside it.
"""

from dataclasses import dataclass

from smartward.clinical.device import ScreenRole
from smartward.i18n import Catalogue
from smartward.screen.link import LinkState, Phase
from smartward.wire.start import DUPLICATE, SECOND, UNCONFIRMED

_ICON = {
    SECOND: "monitor-multiple",
    DUPLICATE: "map-marker-multiple",
    UNCONFIRMED: "map-marker-question",
}
_NAME = {SECOND: "second", DUPLICATE: "duplicate"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """What covers the page; without a `title` nothing does."""

    icon: str = ""
    title: str = ""
    text: str = ""
    confirm: str = ""
    """The words on the button that says that this is the place; empty: there is none."""


NOTHING = Block()


def block(link: LinkState, texts: Catalogue, role: ScreenRole) -> Block:
    """What covers the page of a screen that was started as `role`."""
    if link.phase is Phase.WRONG_PLACE:
        return _wrong_role(link, texts, role)
    if link.phase is not Phase.BLOCKED:
        return NOTHING
    if link.blocked == UNCONFIRMED:
        return _moved(link, texts, role)
    name = _NAME.get(link.blocked, "other")
    said = [texts.text(f"right_bed.page.{name}_text", at=_at(link, texts, role))]
    if role is ScreenRole.BEDSIDE:
        said.append(texts.text("right_bed.page.call"))
    return Block(
        icon=_ICON.get(link.blocked, "alert-circle-outline"),
        title=texts.text(f"right_bed.page.{name}", at=_at(link, texts, role)),
        text="\n".join(said),
    )


def _wrong_role(link: LinkState, texts: Catalogue, role: ScreenRole) -> Block:
    enrolled, started = (
        texts.text(f"station.screen.role.{each}") for each in (link.enrolled_as, role.value)
    )
    return Block(
        icon="monitor-off",
        title=texts.text("right_bed.page.role"),
        text=texts.text("screen.link.wrong_place", enrolled=enrolled, started=started),
    )


def _moved(link: LinkState, texts: Catalogue, role: ScreenRole) -> Block:
    values = link.blocked_values
    number, was = values.get("place", ""), values.get("was", "")
    kind = "room" if role is ScreenRole.DOOR else "bed"
    before = texts.text(f"right_bed.page.from_{kind}", place=was) if was else ""
    return Block(
        icon=_ICON[UNCONFIRMED],
        title=texts.text(f"right_bed.page.is_it_{kind}", place=number),
        text="\n".join(one for one in (before, texts.text("right_bed.page.moved_text")) if one),
        confirm=texts.text(f"right_bed.page.yes_{kind}", place=number),
    )


def _at(link: LinkState, texts: Catalogue, role: ScreenRole) -> str:
    """The place that is in doubt, as people call it."""
    number = link.blocked_values.get("place", "")
    if not number:
        return texts.text(f"station.screen.role.{role.value}")
    kind = "room" if role is ScreenRole.DOOR else "bed"
    return texts.text(f"right_bed.page.at_{kind}", place=number)
