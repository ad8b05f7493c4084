"""Records as JSON text and back, exactly: every float keeps its bits, infinities included."""

import json
from typing import Any, Generic, TypeVar

from pydantic import TypeAdapter

T = TypeVar("T")


class Document(Generic[T]):
    """How records of one kind are written and read."""

    def __init__(self, kind: type[T]) -> None:
        self._adapter = TypeAdapter(kind)

    def dump(self, value: T, *, indent: int | None = None) -> str:
        """JSON text of a record. Written by json, since pydantic's own writer turns -inf into null."""
        return json.dumps(self.plain(value), ensure_ascii=False, indent=indent)

    def plain(self, value: T) -> Any:
        """The record as dicts, lists, strings and numbers."""
        return self._adapter.dump_python(value, mode="json")

    def load(self, text: str | bytes) -> T:
        """The record that `dump` wrote. Raises pydantic's ValidationError, for unknown keys too."""
        return self._adapter.validate_json(text, extra="forbid")
