"""Why the registry refused."""

from __future__ import annotations

from gateway.refusal import Refusal


class RegistryError(Refusal):
    """The registry stays as it was."""


class Invalid(RegistryError):  # noqa: N818  it states a condition, and reads so where it is raised
    """The document is well-formed and cannot be."""


class Conflict(RegistryError):  # noqa: N818  it states a condition, and reads so where it is raised
    """The write contradicts what is stored."""

    status = 409


class Unknown(RegistryError):  # noqa: N818  it states a condition, and reads so where it is raised
    """No such record, or it belongs to another agency: the two are never told apart."""

    status = 404

    def __init__(self) -> None:
        super().__init__(
            code="NOT_FOUND",
            sentence="There is nothing here under that name for your agency.",
            remedy="Check the identifier and that your token belongs to the agency that owns it.",
        )


class AdministratorsOnly(RegistryError):  # noqa: N818  it states a condition, and reads so where it is raised
    status = 403

    def __init__(self) -> None:
        super().__init__(
            code="ADMINISTRATOR_REQUIRED",
            sentence="Only an administrator may write this; your client is bound to an agency.",
            remedy="Ask the operator, or use the command line of the gateway's own machine.",
        )


class OperatorOnly(RegistryError):  # noqa: N818 - it states what is so
    status = 403

    def __init__(self) -> None:
        super().__init__(
            code="OPERATOR_REQUIRED",
            sentence="Clients that administer the gateway are registered by its operator.",
            remedy="Use `writgate client` on the gateway's own machine.",
        )


class TwoPersonsRequired(RegistryError):  # noqa: N818 - it states what is so
    status = 403

    def __init__(self) -> None:
        super().__init__(
            code="TWO_PERSONS_REQUIRED",
            sentence="Two people must agree on this, one of them from outside the vendor.",
            remedy="Propose it: POST /v1/proposals, or `writgate proposal`; another person then approves it.",
        )


class WarrantRefused(RegistryError):  # noqa: N818  it states a condition, and reads so where it is raised
    """A court's signed warrant was not accepted; `code` says which check failed."""


class WarrantReplayed(WarrantRefused):
    status = 409
