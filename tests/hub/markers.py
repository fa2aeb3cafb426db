"""Full documents in which every text, number and time can be told from every other."""

import dataclasses
import types
import typing
from datetime import datetime, time, timedelta
from enum import Enum
from typing import Any

from smartward.clinical.words import Wording
from tests.fakes.fake_clock import MORNING


class Marker:
    """Makes one document; `paths` says which value stands at which path."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.values: dict[str, Any] = {}

    def make(self, cls: Any, path: str = "") -> Any:
        """An instance of `cls` with every field set."""
        if cls is Wording:
            return Wording(his=self._leaf(f"{path}.his", str))
        if dataclasses.is_dataclass(cls):
            hints = typing.get_type_hints(cls)
            fields = [f for f in dataclasses.fields(cls) if f.init]
            return cls(**{f.name: self.make(hints[f.name], f"{path}.{f.name}") for f in fields})
        origin, arguments = typing.get_origin(cls), typing.get_args(cls)
        if origin in (typing.Union, types.UnionType):
            return self.make(next(a for a in arguments if a is not type(None)), path)
        if origin is tuple:
            return (self.make(arguments[0], path),)
        if origin in (frozenset, set):
            return origin((self.make(arguments[0], path),))
        if origin is dict:
            key = self._leaf(f"{path}.key", arguments[0])
            return {key: self.make(arguments[1], path)}
        return self._leaf(path, cls)

    def _leaf(self, path: str, cls: Any) -> Any:
        name = path.lstrip(".")
        number = len(self.values) + 1
        if name.endswith("birth_date"):
            value: Any = f"1950-02-{number % 28 + 1:02d}"
        elif cls is str:
            value = f"<{self.kind}:{name}>"
        elif cls is datetime:
            value = MORNING + timedelta(seconds=number, milliseconds=number)
        elif cls is time:
            value = time(1, number % 60)
        elif cls is bool:
            return True
        elif cls in (int, float):
            value = cls(7_000_000 + number)
        elif isinstance(cls, type) and issubclass(cls, Enum):
            return next(iter(cls))
        else:
            raise TypeError(f"{self.kind}: no marker for {cls} at {name}")
        self.values[name] = value
        return value

    def found_in(self, text: str) -> set[str]:
        """The paths whose value can be read in `text`."""
        return {path for path, value in self.values.items() if self._written(value) in text}

    @staticmethod
    def _written(value: Any) -> str:
        if isinstance(value, datetime):
            return value.isoformat().replace("+00:00", "Z")
        if isinstance(value, time):
            return value.isoformat()
        return str(value)
