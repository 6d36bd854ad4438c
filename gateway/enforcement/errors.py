"""What stops a governed operation without being a decision: malformed pictures, missing things, rooms that are down."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


class NotYours(Exception):
    """What was named does not exist, or belongs to another agency; the caller cannot tell which."""


class GalleryExists(Exception):
    """The agency has a gallery of that name."""


class GalleryNotEmpty(Exception):
    """The gallery holds faces and the caller did not ask for them to go."""


class EngineRefusal(Exception):
    """The engine looked at the picture and cannot use it. The search was not made and nothing was charged for it."""

    def __init__(self, *, code: str, sentence: str, remedy: str, quality: Mapping[str, Any]) -> None:
        super().__init__(code)
        self.code = code
        self.sentence = sentence
        self.remedy = remedy
        self.quality = quality


class Unavailable(Exception):
    """A part that the operation needs did not answer; nothing was released."""

    def __init__(self, *, code: str, sentence: str, remedy: str) -> None:
        super().__init__(code)
        self.code = code
        self.sentence = sentence
        self.remedy = remedy
