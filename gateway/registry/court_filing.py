"""A court's order or warrant out of a NIEM (JXDM) or ECF filing: the parts of it that an instrument has fields for.

XML says who ordered what in which case; what a face may be searched for, it has no words for, so that the clerk adds
it (`FilingScope`). The result is entered as a clerk's paper is: nothing about it is believed until a second person has
compared it with the signed document.

What must always hold: no entity is expanded, no document type is read, nothing is fetched (defusedxml refuses all
three), and the filing holds exactly one order. Elements are found by their names in any release of NIEM:
`j:Warrant` or `j:CourtOrder` with nc:ActivityIdentification, nc:ActivityDateRange, nc:ActivityDescriptionText,
j:CourtOrderIssuingCourt, j:CourtOrderIssuingDate, j:CourtOrderIssuingJudicialOfficial; nc:CaseDocketID;
nc:Base64BinaryObject, the signed document itself.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from typing import TYPE_CHECKING, Annotated, Final

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from gateway.registry.errors import Invalid
from gateway.registry.words import (
    GalleryPatterns,
    InstrumentTypeWord,
    Modes,
    Operations,
    Purposes,
    parse_rfc3339,
)
from gateway.registry.writes import InstrumentWrite

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree.ElementTree import Element

LARGEST_FILING: Final = 1_048_576
_NIEM: Final = re.compile(r"\{http://(release|reference)\.niem\.gov/niem/[a-z0-9./-]+\}(?P<name>[A-Za-z0-9]+)")
_ORDERS: Final = {"Warrant": "search_warrant", "CourtOrder": "court_order"}


class FilingScope(BaseModel):
    """What the court authorised, in the words that XML filings lack. `instrument_type` corrects the XML's own."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)

    operations: Operations
    modes: Modes
    galleries: GalleryPatterns
    purposes: Purposes
    instrument_type: InstrumentTypeWord | None = None
    searches_allowed: Annotated[int, Field(ge=1, le=1_000_000_000)] | None = None


def read_filing(filing: bytes, scope: FilingScope, *, agency: str, paper_id: str) -> InstrumentWrite:
    """The paper as a clerk would enter it.

    Raises:
        Invalid: FILING_UNSAFE, FILING_MALFORMED, FILING_TOO_LARGE, FILING_TIME_WITHOUT_ZONE, FILING_INCOMPLETE.
    """
    root = _parse(filing)
    found = [element for element in root.iter() if _name(element) in _ORDERS]
    if len(found) != 1:
        raise _invalid("FILING_MALFORMED", "The filing must hold exactly one j:Warrant or j:CourtOrder.")
    (order,) = found
    begins, ends = _period(order)
    fields = {
        "id": paper_id,
        "agency": agency,
        "type": scope.instrument_type or _ORDERS[str(_name(order))],
        "court": _within(order, "CourtOrderIssuingCourt", "OrganizationName", "CourtName"),
        "docket_number": _first(root, "CaseDocketID") or _within(order, "ActivityIdentification", "IdentificationID"),
        "judge": _within(order, "CourtOrderIssuingJudicialOfficial", "PersonFullName"),
        "standard": _child(order, "ActivityDescriptionText"),
        "valid_from_ns": begins,
        "expires_at_ns": ends,
        "document_sha256": _document(root),
        **scope.model_dump(include={"operations", "modes", "galleries", "purposes", "searches_allowed"}),
    }
    try:
        return InstrumentWrite.model_validate(fields)
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors(include_input=False, include_url=False)[0]["loc"])
        raise _invalid("FILING_INCOMPLETE", f"The filing lacks, or gives in another form: {where}.") from None


def _parse(filing: bytes) -> Element:
    if len(filing) > LARGEST_FILING:
        raise _invalid("FILING_TOO_LARGE", "The filing is larger than 1 MiB.")
    try:
        root: Element = fromstring(filing, forbid_dtd=True)
    except DefusedXmlException:
        raise _invalid(
            "FILING_UNSAFE", "The filing has a document type, an entity or a reference to elsewhere."
        ) from None
    except (ParseError, ValueError, RecursionError):
        raise _invalid("FILING_MALFORMED", "The filing is not well-formed XML.") from None
    return root


def _name(element: Element) -> str | None:
    """The element's name where it is one of NIEM's."""
    found = _NIEM.fullmatch(str(element.tag))
    return found["name"] if found else None


def _text(elements: Iterator[Element], *names: str) -> str | None:
    for element in elements:
        if _name(element) in names and element.text and element.text.strip():
            return " ".join(element.text.split())
    return None


def _child(order: Element, name: str) -> str | None:
    return _text(iter(order), name)


def _first(root: Element, name: str) -> str | None:
    return _text(root.iter(), name)


def _within(order: Element, outer: str, *names: str) -> str | None:
    for element in order:
        if _name(element) == outer:
            return _text(element.iter(), *names)
    return None


def _period(order: Element) -> tuple[int | None, int | None]:
    begins = _instant(order, "StartDate") or _instant(order, "CourtOrderIssuingDate")
    return begins, _instant(order, "EndDate")


def _instant(order: Element, name: str) -> int | None:
    """A moment, never a mere date: whose midnight it would be, nobody could say."""
    for element in order.iter():
        if _name(element) == name:
            text = _text(element.iter(), "DateTime")
            try:
                return parse_rfc3339(text or "")
            except ValueError:
                raise _invalid(
                    "FILING_TIME_WITHOUT_ZONE", f"{name} must hold an nc:DateTime with its offset from UTC."
                ) from None
    return None


def _document(root: Element) -> str | None:
    """The SHA-256 of the signed document that the filing brings, where it brings one."""
    for element in root.iter():
        if _name(element) in ("Base64BinaryObject", "BinaryBase64Object") and element.text:
            try:
                return hashlib.sha256(base64.b64decode("".join(element.text.split()), validate=True)).hexdigest()
            except (binascii.Error, ValueError):
                raise _invalid("FILING_MALFORMED", "The document in the filing is not valid base64.") from None
    return None


def _invalid(code: str, sentence: str) -> Invalid:
    return Invalid(
        code=code, sentence=sentence, remedy="Ask the court for the filing again, or enter the paper by hand."
    )
