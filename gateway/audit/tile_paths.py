"""How tlog-tiles names a tile: its width, and its index in groups of three digits."""

from __future__ import annotations

from typing import Final

WIDTH: Final = 256


def tile_path(index: int) -> str:
    """The index as tlog-tiles writes it in a path: groups of three digits, x001/x234/067."""
    groups = [f"{index % 1000:03d}"]
    while index >= 1000:  # noqa: PLR2004  groups of three digits
        index //= 1000
        groups.append(f"x{index % 1000:03d}")
    return "/".join(reversed(groups))


def parse_tile_path(path: str) -> int:
    """The index that a path names. Raises ValueError unless it is written as `tile_path` writes it."""
    groups = path.split("/")
    digits = "".join(group.removeprefix("x") for group in groups)
    if not digits.isascii() or not digits.isdecimal() or tile_path(int(digits)) != path:
        raise ValueError("not a tile index")
    return int(digits)
