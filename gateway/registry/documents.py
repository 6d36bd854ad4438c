"""A record as JSON, for the log, for digests and for answers; of a secret's hash only that there is one."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from gateway.clock import NANOSECONDS_PER_SECOND, rfc3339

if TYPE_CHECKING:
    from gateway.registry.records import Record


def document(record: Record) -> dict[str, Any]:
    """Every field of the row, times in nanoseconds."""
    values: dict[str, Any] = _plain(dataclasses.asdict(record))
    if "secret_hash" in values:
        values["has_secret"] = values.pop("secret_hash") is not None
    return values


def view(record: Record) -> dict[str, Any]:
    """The same for people: `valid_from_ns` becomes `valid_from`, an RFC 3339 time that names the very nanosecond."""
    return {
        name.removesuffix("_ns"): _time(value) if name.endswith("_ns") and value is not None else value
        for name, value in document(record).items()
    }


def _time(nanoseconds: int) -> str:
    seconds = rfc3339(nanoseconds).split(".", maxsplit=1)[0]
    fraction = f"{nanoseconds % NANOSECONDS_PER_SECOND:09d}".rstrip("0")
    return f"{seconds}.{fraction}Z" if fraction else f"{seconds}Z"


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(member) for name, member in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(member) for member in value]
    return value
