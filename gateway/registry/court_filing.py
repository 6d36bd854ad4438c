"""A court's order or warrant out of a NIEM (JXDM) or ECF filing: the parts of it that an instrument has fields for.

XML says who ordered what in which case; what a face may be searched for, it has no words for, so that the clerk adds
it (`FilingScope`). The result is entered as a clerk's paper is: nothing about it is believed until a second person has
compared it with the signed document.

What must always hold: no entity is expanded, no document type is read, nothing is fetched (defusedxml refuses all
three), the filing holds exactly one order, and nothing that the order says is lost unseen: what is not read here
refuses the filing until the clerk names it as entered by hand. Elements are found by their names in any release of
NIEM: `j:Warrant`, `j:SearchWarrant`, `j:ArrestWarrant` or `j:CourtOrder` with nc:ActivityIdentification,
nc:ActivityDateRange, nc:ActivityDescriptionText, nc:ActivityStatus, j:CourtOrderIssuingCourt,
j:CourtOrderIssuingDate, j:CourtOrderIssuingJudicialOfficial, j:CourtOrderRequestEntity,
j:CourtOrderDesignatedSubject; beside it nc:CaseDocketID and nc:Base64BinaryObject, the signed document itself.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from typing import TYPE_CHECKING, Annotated, Any, Final

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring
from pydantic import Field, StringConstraints, ValidationError

from gateway.registry.errors import Invalid
from gateway.registry.words import DISTINCT, SHORT, InstrumentTypeWord, parse_rfc3339
from gateway.registry.writes import InstrumentWrite, Stated
from gateway.vocabulary import InstrumentStatus

if TYPE_CHECKING:
    from collections.abc import Iterable
    from xml.etree.ElementTree import Element

LARGEST_FILING: Final = 1_048_576
_NIEM: Final = re.compile(r"\{http://(release|reference)\.niem\.gov/niem/[a-z0-9./-]+\}(?P<name>[A-Za-z0-9]+)")
_ORDERS: Final = {
    "Warrant": "search_warrant",
    "SearchWarrant": "search_warrant",
    "ArrestWarrant": "arrest_warrant",
    "CourtOrder": "court_order",
}
_DOCUMENTS: Final = ("Base64BinaryObject", "BinaryBase64Object")
_ElementName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]{1,128}$")]


class FilingScope(Stated):
    """What the court authorised, in the words that XML filings lack. `instrument_type` corrects the XML's own;
    `by_hand` names the elements of the order whose content the clerk entered in these fields, or found to say nothing
    that limits a search.
    """

    instrument_type: InstrumentTypeWord | None = None
    by_hand: Annotated[list[_ElementName], SHORT, DISTINCT] = Field(default_factory=list)


class _Order:
    """The order's element, and those of its leaves that nobody has read yet."""

    def __init__(self, element: Element) -> None:
        self.element = element
        leaves = (leaf for leaf in element.iter() if leaf.text and leaf.text.strip())
        self._unread = dict.fromkeys(leaf for leaf in leaves if _name(leaf) not in _DOCUMENTS)

    def within(self, outer: str, *names: str) -> str | None:
        """The first of these inside a child of that name; without names, all that the child says."""
        for child in self.element:
            if _name(child) == outer:
                found = [leaf for leaf in child.iter() if leaf in self._unread]
                named = [leaf for leaf in found if _name(leaf) in names][:1] if names else found
                return self._read(named)
        return None

    def _read(self, leaves: Iterable[Element]) -> str | None:
        texts = []
        for leaf in leaves:
            del self._unread[leaf]
            texts.append(" ".join(str(leaf.text).split()))
        return " ".join(texts) or None

    def period(self) -> tuple[int | None, int | None]:
        issued = self._instant("CourtOrderIssuingDate")
        begins, ends = (self._instant("ActivityDateRange", bound) for bound in ("StartDate", "EndDate"))
        return begins if begins is not None else issued, ends

    def _instant(self, outer: str, bound: str | None = None) -> int | None:
        """A moment, never a mere date: whose midnight it would be, nobody could say."""
        inside = [part for child in self.element if _name(child) == outer for part in child.iter()]
        parts = [part for part in inside if _name(part) == (bound or outer)]
        if not parts:
            return None
        leaves = [leaf for leaf in parts[0].iter() if _name(leaf) == "DateTime" and leaf in self._unread]
        try:
            return parse_rfc3339(self._read(leaves[:1]) or "")
        except ValueError:
            raise _invalid(
                "FILING_TIME_WITHOUT_ZONE", f"{bound or outer} must hold an nc:DateTime with its offset from UTC."
            ) from None

    def status(self) -> str | None:
        """Where it is one of the register's words; another is for the clerk to put into one."""
        for child in self.element:
            if _name(child) == "ActivityStatus":
                leaves = [leaf for leaf in child.iter() if leaf in self._unread]
                words = {str(leaf.text).strip().lower() for leaf in leaves}
                if len(words) == 1 and words <= set(InstrumentStatus):
                    self._read(leaves)
                    return words.pop()
        return None

    def require_all_read(self, by_hand: Iterable[str]) -> None:
        left = sorted({_local(leaf) for leaf in self._unread} - set(by_hand))
        if left:
            raise Invalid(
                code="FILING_NOT_UNDERSTOOD",
                sentence=f"The order says more than is read here: {', '.join(left)[:300]}.",
                remedy="Enter what these say in the fields of the instrument, and name them in by_hand.",
            )


def read_filing(filing: bytes, scope: FilingScope, *, agency: str, paper_id: str) -> InstrumentWrite:
    """The paper as a clerk would enter it.

    Raises:
        Invalid: FILING_UNSAFE, FILING_MALFORMED, FILING_TOO_LARGE, FILING_TIME_WITHOUT_ZONE, FILING_INCOMPLETE,
            FILING_NOT_UNDERSTOOD, FILING_CONTRADICTED.
    """
    root = _parse(filing)
    found = [element for element in root.iter() if _name(element) in _ORDERS]
    if len(found) != 1:
        raise _invalid("FILING_MALFORMED", "The filing must hold exactly one warrant or court order.")
    order = _Order(found[0])
    begins, ends = order.period()
    case, number = _first(root, "CaseDocketID"), order.within("ActivityIdentification", "IdentificationID")
    fields = {
        "court": order.within("CourtOrderIssuingCourt", "OrganizationName", "CourtName"),
        "docket_number": ", ".join(dict.fromkeys(word for word in (case, number) if word)) or None,
        "judge": order.within("CourtOrderIssuingJudicialOfficial"),
        "applicant": order.within("CourtOrderRequestEntity"),
        "subject": order.within("CourtOrderDesignatedSubject"),
        "standard": order.within("ActivityDescriptionText"),
        "status": order.status(),
        "document_sha256": _document(root, scope.document_sha256),
    }
    order.require_all_read(scope.by_hand)
    said = {name: value for name, value in fields.items() if value is not None}
    entered = scope.model_dump(include=set(Stated.model_fields), exclude_unset=True)
    for name in sorted(said.keys() & entered.keys()):
        if entered[name] != said[name]:
            raise _invalid("FILING_CONTRADICTED", f"The filing says otherwise than what was entered beside it: {name}.")
    return _write(
        {
            "id": paper_id,
            "agency": agency,
            "type": scope.instrument_type or _ORDERS[str(_name(order.element))],
            "valid_from_ns": begins,
            "expires_at_ns": ends,
            **entered,
            **said,
        }
    )


def _write(fields: dict[str, Any]) -> InstrumentWrite:
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


def _local(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _first(root: Element, name: str) -> str | None:
    for element in root.iter():
        if _name(element) == name and element.text and element.text.strip():
            return " ".join(element.text.split())
    return None


def _document(root: Element, entered: str | None) -> str | None:
    """The SHA-256 of the signed document that the filing brings; of several, the one that the clerk named."""
    brought = []
    for element in root.iter():
        if _name(element) in _DOCUMENTS and element.text:
            try:
                file = base64.b64decode("".join(element.text.split()), validate=True)
            except (binascii.Error, ValueError):
                raise _invalid("FILING_MALFORMED", "A document in the filing is not valid base64.") from None
            brought.append(hashlib.sha256(file).hexdigest())
    if len(brought) > 1 and entered not in brought:
        raise _invalid("FILING_CONTRADICTED", "The filing brings several documents; name the signed one by its digest.")
    return entered if len(brought) > 1 else next(iter(brought), None)


def _invalid(code: str, sentence: str) -> Invalid:
    return Invalid(
        code=code, sentence=sentence, remedy="Ask the court for the filing again, or enter the paper by hand."
    )
