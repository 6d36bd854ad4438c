"""Why a file of a source is not sent, each with a sentence and a remedy. Codes are never renamed."""

from __future__ import annotations

from typing import Final

REFUSALS: Final[dict[str, tuple[str, str]]] = {
    "ARCHIVE_DAMAGED": (
        "The archive cannot be read any further; what stands before this place was.",
        "Make the archive again and import that: what is enrolled is not enrolled twice.",
    ),
    "ARCHIVE_OVERLAPS": (
        "The archive's members lie over each other, as no archiver writes them.",
        "Make the archive again from the pictures themselves.",
    ),
    "ARCHIVE_SWELLS": (
        "The archive unpacks to far more than pictures would.",
        "Make the archive again from the pictures themselves.",
    ),
    "ARCHIVE_TOO_MANY": ("The archive has more members than are read.", "Divide it into several."),
    "EXTERNAL_ID_INVALID": (
        "The file's name cannot be an external id.",
        "Rename it to letters, digits and . _ - :, or name its external id in a manifest.",
    ),
    "FILE_COMPRESSION": (
        "It is compressed in a way that is not read.",
        "Store or deflate it; pictures do not shrink.",
    ),
    "FILE_DAMAGED": ("The archive's copy of the file is damaged.", "Make the archive again."),
    "FILE_DUPLICATE": (
        "The same picture under the same external id came before in this import.",
        "Nothing needs to be done.",
    ),
    "FILE_ENCRYPTED": ("It is encrypted.", "Make the archive again without a password."),
    "FILE_LINK": ("It is a link, and links are not followed.", "Put the file itself in its place."),
    "FILE_OUTSIDE": ("Its path leads out of the folder or archive.", "Name it by a path inside."),
    "FILE_PACKED": ("It is an archive inside the source.", "Unpack it, and import what is in it."),
    "FILE_SPECIAL": ("It is a device, a pipe or the like.", "Put a file in its place."),
    "FILE_UNREADABLE": ("The file is not there or cannot be read.", "Look at its path and its permissions."),
    "IMAGE_FORMAT": ("It is neither a JPEG nor a PNG.", "Convert it to JPEG or PNG without cropping or retouching it."),
    "IMAGE_TOO_LARGE": ("The picture is larger than 5 MiB.", "Send it scaled down to 2,000 pixels on the long side."),
    "ROW_UNREADABLE": ("The manifest's row cannot be read.", "Give it a file and as many fields as the first row has."),
}


class SourceUnusable(Exception):  # noqa: N818 - it states what is so
    """Nothing of the source can be read; the message says why, to a person."""
