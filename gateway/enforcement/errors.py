"""What stops a governed operation without being a decision: malformed pictures, missing things, rooms that are down."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID


class NotYours(Exception):  # noqa: N818 - it states what is so
    """What was named does not exist, or belongs to another agency; the caller cannot tell which."""


class ResultFrozen(Exception):  # noqa: N818 - it states what is so
    """Nobody may see the result any more."""


class GalleryNotInToken(Exception):  # noqa: N818 - it states what is so
    """The access token is bound to other galleries."""


class GroupExists(Exception):  # noqa: N818 - it states what is so
    """The gallery has a group of faces of that name."""


class GalleryExists(Exception):  # noqa: N818 - it states what is so
    """The agency has a gallery of that name."""


class GalleryNotInContract(Exception):  # noqa: N818 - it states what is so
    """The contract allows no gallery of that name."""


class CropsNotInContract(Exception):  # noqa: N818 - it states what is so
    """The contract does not allow face crops to be kept."""


class GalleryNotEmpty(Exception):  # noqa: N818 - it states what is so
    """The gallery holds faces and the caller did not ask for them to go."""


class PersonRefused(Refusal):
    """A person may not do this."""


class EngineRefusal(Refusal):
    """The engine looked at the picture and cannot use it. The search was not made and nothing was charged for it.

    `face_id` is the face that was enrolled from the same picture before, where that is the reason.
    """

    def __init__(
        self, *, code: str, sentence: str, remedy: str, quality: Mapping[str, Any], face_id: UUID | None = None
    ) -> None:
        super().__init__(code=code, sentence=sentence, remedy=remedy)
        self.quality = quality
        self.face_id = face_id


class Unavailable(Refusal):
    """A part that the operation needs did not answer; nothing was released."""

    status = 503
