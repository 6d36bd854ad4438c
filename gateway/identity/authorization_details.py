"""`authorization_details` of type `face_search` (RFC 9396): what a token is bound to.

The same reader judges the parameter of a request and the claim of a token, so nothing can be minted that would not be
accepted. Unknown types, unknown fields and empty lists are refused (RFC 9396 section 5). A detail that says how many
`searches` it is good for is given a `counter` of its own when it is granted, which all tokens of the grant share; a
client can read the counter's name and never choose it. What a detail says beside its limits (`justification`,
`offence`, `suspicion`) is said for the requests that leave it open.
"""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any, Final

from gateway.identity.caller import FaceSearchAuthorization
from gateway.identity.jose import MalformedToken, parse_json, text_claim, whole_claim
from gateway.vocabulary import ProhibitedUse, Purpose, Suspicion

TYPE: Final = "face_search"
LONGEST: Final = 4000  # characters of the parameter: a token with it still fits into 8192
MOST: Final = 8
MOST_GALLERIES: Final = 64
_TEXTS: Final = ("purpose", "case_number", "instrument")
MOST_SEARCHES: Final = 1_000_000_000
_SAID: Final = {"justification": 1000, "offence": 128, "suspicion": 32}  # and the longest of each
_FIELDS: Final = frozenset({"type", "galleries", "searches", *_TEXTS, *_SAID})
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
    if isinstance(value, list) and any(isinstance(detail, dict) and "counter" in detail for detail in value):
        raise InvalidDetails("The counter of authorization_details is the gateway's to name.")
    return read_details(value)


def read_details(value: Any) -> tuple[FaceSearchAuthorization, ...]:
    """Decoded JSON, as it was asked or granted; an absent claim is the empty list. Raises InvalidDetails."""
    if not isinstance(value, list) or len(value) > MOST:
        raise InvalidDetails(f"authorization_details must be a JSON array of at most {MOST} objects.")
    return tuple(_read_one(detail) for detail in value)


def counted(details: tuple[FaceSearchAuthorization, ...]) -> tuple[FaceSearchAuthorization, ...]:
    """The details as they are granted: each that limits its searches has a counter."""
    return tuple(
        replace(detail, counter=str(uuid.uuid4())) if detail.searches is not None and detail.counter is None else detail
        for detail in details
    )


def narrowed(
    held: tuple[FaceSearchAuthorization, ...], asked: tuple[FaceSearchAuthorization, ...]
) -> tuple[FaceSearchAuthorization, ...]:
    """What a holder of `held` may pass on when it asks for `asked`, none meaning all. Counts go on where they stand.

    Raises InvalidDetails where one of them is wider than everything held.
    """
    if not asked or not held:
        return asked or held
    return tuple(_within(held, detail) for detail in asked)


def _within(held: tuple[FaceSearchAuthorization, ...], asked: FaceSearchAuthorization) -> FaceSearchAuthorization:
    for detail in held:
        if (
            all(getattr(detail, name) in (None, getattr(asked, name)) for name in _TEXTS)
            and (detail.galleries is None or (asked.galleries and set(asked.galleries) <= set(detail.galleries)))
            and (detail.searches is None or (asked.searches is not None and asked.searches <= detail.searches))
        ):
            said = {name: getattr(asked, name) or getattr(detail, name) for name in _SAID}
            return replace(asked, counter=detail.counter, **said)
    raise InvalidDetails("authorization_details may narrow what the token allows, and never widen it.")


def write_details(details: tuple[FaceSearchAuthorization, ...]) -> list[dict[str, Any]]:
    """The JSON form; fields that do not limit are left out."""
    return [
        {"type": TYPE}
        | {name: getattr(detail, name) for name in (*_TEXTS, *_SAID) if getattr(detail, name) is not None}
        | ({} if detail.galleries is None else {"galleries": list(detail.galleries)})
        | ({} if detail.searches is None else {"searches": detail.searches})
        | ({} if detail.counter is None else {"counter": detail.counter})
        for detail in details
    ]


def _read_one(detail: Any) -> FaceSearchAuthorization:
    if not isinstance(detail, dict):
        raise InvalidDetails("Each of authorization_details must be a JSON object.")
    if detail.get("type") != TYPE:
        raise InvalidDetails(f"The only type of authorization_details offered here is {TYPE}.")
    if not set(detail) <= _FIELDS | {"counter"}:
        raise InvalidDetails(
            "authorization_details may hold type, purpose, case_number, instrument, galleries, searches, justification,"
            " offence and suspicion."
        )
    texts = {name: _text(detail, name) for name in _TEXTS if name in detail}
    if "purpose" in texts and texts["purpose"] not in _PURPOSES:
        raise InvalidDetails("The purpose in authorization_details is not one that this gateway knows.")
    said = {name: _text(detail, name, longest=longest) for name, longest in _SAID.items() if name in detail}
    if said.get("suspicion", Suspicion.NONE) not in frozenset(Suspicion):
        raise InvalidDetails("The suspicion in authorization_details is not one that this gateway knows.")
    galleries = _galleries(detail["galleries"]) if "galleries" in detail else None
    searches = _searches(detail) if "searches" in detail else None
    if not texts and galleries is None and searches is None:
        raise InvalidDetails("authorization_details of type face_search must limit at least one field.")
    counter = _text(detail, "counter") if "counter" in detail else None
    if counter is not None and searches is None:
        raise InvalidDetails("authorization_details has a counter and nothing to count.")
    return FaceSearchAuthorization(galleries=galleries, searches=searches, counter=counter, **texts, **said)


def _searches(detail: dict[str, Any]) -> int:
    try:
        searches = whole_claim(detail, "searches", largest=MOST_SEARCHES)
    except MalformedToken:
        searches = 0
    if searches == 0:
        raise InvalidDetails("searches in authorization_details must be a whole number from 1.")
    return searches


def _text(detail: dict[str, Any], name: str, *, longest: int = 128) -> str:
    try:
        return text_claim(detail, name, longest=longest)
    except MalformedToken:
        raise InvalidDetails(
            f"{name} in authorization_details must be a string of 1 to {longest} characters."
        ) from None


def _galleries(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not 0 < len(value) <= MOST_GALLERIES:
        raise InvalidDetails(f"galleries in authorization_details must be a list of 1 to {MOST_GALLERIES} names.")
    names = tuple(_text({"galleries": name}, "galleries") for name in value)
    if len(set(names)) != len(names):
        raise InvalidDetails("galleries in authorization_details names a gallery twice.")
    return names
