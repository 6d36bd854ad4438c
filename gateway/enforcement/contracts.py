"""The contract without which an agency does nothing here, for what policy is not asked about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.enforcement.errors import PersonRefused
from gateway.registry import queries

if TYPE_CHECKING:
    from gateway.database import Connection
    from gateway.registry.records import Contract


def require(connection: Connection, agency: str, now_ns: int) -> Contract:
    """The agency's contract, which stands now. Raises: PersonRefused."""
    contract = queries.contract_in_force(connection, agency, now_ns)
    if contract is None or contract.status != "active" or not contract.valid_from_ns <= now_ns < contract.valid_to_ns:
        raise PersonRefused(
            status=403,
            code="CONTRACT_NOT_IN_FORCE",
            sentence="Your agency has no contract in force.",
            remedy="Have the contract renewed.",
        )
    return contract
