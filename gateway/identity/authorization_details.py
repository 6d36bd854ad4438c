"""`authorization_details` of type `face_search` (RFC 9396): what a token is bound to.

The same reader judges the parameter of a token request and the claim of a token, so nothing can be minted that would
not be accepted. Unknown types, unknown fields and empty lists are refused (RFC 9396 section 5).
"""

from __future__ import annotations

from typing import Any, Final

from gateway.identity.caller import FaceSearchAuthorization
from gateway.identity.jose import MalformedToken, parse_json, text_claim
from gateway.vocabulary import ProhibitedUse, Purpose

TYPE: Final = "face_search"
LONGEST: Final = 4000  # characters of the parameter: a token with it still fits into 8192
MOST: Final = 8
MOST_GALLERIES: Final = 64
_TEXTS: Final = ("purpose", "case_number", "instrument")
_FIELDS: Final = frozenset({"type", "galleries", *_TEXTS})
# A prohibited use may be named: policy then refuses it with the law that says so, which is better than our not knowing.
_PURPOSES: Final = frozenset(Purpose) | frozenset(ProhibitedUse)


class InvalidDetails(Exception):  # noqa: N818 - after the error code invalid_authorization_details
    """Carries a sentence that quotes nothing that was sent."""


def parse_details(text: str) -> tuple[FaceSearchAuthorization, ...]:
    """The parameter of a token request. Raises InvalidDetails."""
    if len(text) > LONGEST:
        raise InvalidDetails(f"authorization_details may have at most {LONGEST} characters.")
    try:
        value = parse_json(text)
    except MalformedToken:
        raise InvalidDetails("authorization_details must be a JSON array of objects.") from None
    if value == []:
        raise InvalidDetails("authorization_details may not be an empty array; leave the parameter out instead.")
    return read_details(value)


def read_details(value: Any) -> tuple[FaceSearchAuthorization, ...]:
    """Decoded JSON; an absent claim is the empty list. Raises InvalidDetails."""
    if not isinstance(value, list) or len(value) > MOST:
        raise InvalidDetails(f"authorization_details must be a JSON array of at most {MOST} objects.")
    return tuple(_read_one(detail) for detail in value)


def write_details(details: tuple[FaceSearchAuthorization, ...]) -> list[dict[str, Any]]:
    """The JSON form; fields that do not limit are left out."""
    return [
        {"type": TYPE}
        | {name: getattr(detail, name) for name in _TEXTS if getattr(detail, name) is not None}
        | ({} if detail.galleries is None else {"galleries": list(detail.galleries)})
        for detail in details
    ]


def _read_one(detail: Any) -> FaceSearchAuthorization:
    if not isinstance(detail, dict):
        raise InvalidDetails("Each of authorization_details must be a JSON object.")
    if detail.get("type") != TYPE:
        raise InvalidDetails(f"The only type of authorization_details offered here is {TYPE}.")
    if not set(detail) <= _FIELDS:
        raise InvalidDetails("authorization_details may hold type, purpose, case_number, instrument and galleries.")
    texts = {name: _text(detail, name) for name in _TEXTS if name in detail}
    if "purpose" in texts and texts["purpose"] not in _PURPOSES:
        raise InvalidDetails("The purpose in authorization_details is not one that this gateway knows.")
    galleries = _galleries(detail["galleries"]) if "galleries" in detail else None
    if not texts and galleries is None:
        raise InvalidDetails("authorization_details of type face_search must limit at least one field.")
    return FaceSearchAuthorization(galleries=galleries, **texts)


def _text(detail: dict[str, Any], name: str) -> str:
    try:
        return text_claim(detail, name, longest=128)
    except MalformedToken:
        raise InvalidDetails(f"{name} in authorization_details must be a string of 1 to 128 characters.") from None


def _galleries(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not 0 < len(value) <= MOST_GALLERIES:
        raise InvalidDetails(f"galleries in authorization_details must be a list of 1 to {MOST_GALLERIES} names.")
    names = tuple(_text({"galleries": name}, "galleries") for name in value)
    if len(set(names)) != len(names):
        raise InvalidDetails("galleries in authorization_details names a gallery twice.")
    return names
