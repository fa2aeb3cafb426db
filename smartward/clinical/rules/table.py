"""The settings file as it ships, made from the rules themselves."""

from collections.abc import Iterator

from smartward.clinical.rules.registry import Registry
from smartward.clinical.rules.settings import Entry, Settings, entries

_HEAD = """\
# Settings of the alert rules, as shipped. Made from the rules themselves (smartward rules --toml):
# do not change this file. A ward's own values go into a file of its own, named by the setting
# alert_rules_file; what is left out there is as it is here. Every value is a default that a ward
# reviews. A wrong one stops the hub at start with the section and key in the message.
# mode: "on" tells, "shadow" records what it would have told, "off" does nothing.
"""


def shipped_file(registry: Registry) -> str:
    """The text of `alert_rules.toml`."""
    return "\n".join([_HEAD, *_sections(registry)])


def _sections(registry: Registry) -> Iterator[str]:
    left = dict(registry.sections)
    for rule in registry.everything:
        for kind in rule.settings:
            if kind.section != rule.id and left.pop(kind.section, None) is not None:
                if kind.section in registry.shipped:
                    left[kind.section] = kind
                else:
                    yield _section(kind.section, None, kind)
        yield _section(rule.id, str(rule.mode), left.pop(rule.id, None), rule.number)


def _section(
    name: str, mode: str | None, kind: type[Settings] | None, number: int | None = None
) -> str:
    lines = [f"[{name}]" if number is None else f"[{name}]  # catalogue {number}"]
    if mode is not None:
        lines.append(f'mode = "{mode}"')
    lines += [_line(one) for one in (entries(kind) if kind is not None else ())]
    return "\n".join([*lines, ""])


def _line(one: Entry) -> str:
    about = one.about
    return f"{one.name} = {one.default:g}  # {about.unit}; {about.meaning['en']} ({about.source})"
