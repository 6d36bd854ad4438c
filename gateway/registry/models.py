"""The registry's front door: what it holds (`records`), what may be written (`writes`), and who writes (`Actor`)."""

from __future__ import annotations

from gateway.registry.issuers import IssuerWrite, UserLinkWrite
from gateway.registry.records import (
    Actor,
    Agency,
    Client,
    Contract,
    ContractTerms,
    CourtKey,
    Demand,
    Exigency,
    Instrument,
    Issuer,
    Quota,
    Record,
    User,
    UserLink,
)
from gateway.registry.writes import (
    AgencyWrite,
    ClientWrite,
    ContractTermsWrite,
    ContractWrite,
    CourtKeyWrite,
    DemandWrite,
    ExigencyWrite,
    InstrumentWrite,
    QuotaWrite,
    UserWrite,
    Write,
)

__all__ = [
    "Actor",
    "Agency",
    "AgencyWrite",
    "Client",
    "ClientWrite",
    "Contract",
    "ContractTerms",
    "ContractTermsWrite",
    "ContractWrite",
    "CourtKey",
    "CourtKeyWrite",
    "Demand",
    "DemandWrite",
    "Exigency",
    "ExigencyWrite",
    "Instrument",
    "InstrumentWrite",
    "Issuer",
    "IssuerWrite",
    "Quota",
    "QuotaWrite",
    "Record",
    "User",
    "UserLink",
    "UserLinkWrite",
    "UserWrite",
    "Write",
]
