"""The parts of the log that reach outside, as a home's settings name them; built for the signer's process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography import x509

from gateway.audit.agreed_witnesses import AgreedWitnesses
from gateway.audit.disclosures import DisclosureKeys
from gateway.audit.generation_schedule import GenerationSchedule
from gateway.audit.log import AuditLog
from gateway.audit.stamping import Stamper
from gateway.outbound import Outbound, OutboundRefused
from gateway.settings import SettingsError

if TYPE_CHECKING:
    from gateway.database import Database
    from gateway.settings import Settings


def witnesses_of(settings: Settings, database: Database) -> AgreedWitnesses:
    return AgreedWitnesses(
        database=database, outbound=outbound(settings), alarm_seconds=60.0 * settings.witness_alarm_minutes
    )


def stamper_of(settings: Settings, database: Database) -> Stamper | None:
    """Raises SettingsError where the authority has no roots, or may not be called."""
    if settings.timestamp_authority is None:
        return None
    try:
        if settings.timestamp_roots is None:
            raise SettingsError("WRITGATE_TIMESTAMP_ROOTS must name the roots behind the authority of time.")
        roots = x509.load_pem_x509_certificates(settings.timestamp_roots.read_bytes())
        return Stamper(
            database,
            audit=AuditLog(keys=DisclosureKeys.load(settings.keys)),
            url=settings.timestamp_authority,
            roots=roots,
            outbound=outbound(settings),
        )
    except (OSError, ValueError) as error:
        raise SettingsError(f"WRITGATE_TIMESTAMP_ROOTS cannot be used: {error}.") from None
    except OutboundRefused:
        raise SettingsError("The origin of WRITGATE_TIMESTAMP_AUTHORITY is not in WRITGATE_OUTBOUND.") from None


def generations_of(
    settings: Settings, administrator: Database, *, keys: DisclosureKeys, log: AuditLog
) -> list[GenerationSchedule]:
    """The schedule of wrapping keys, none where they are changed by hand."""
    if settings.generation_days is None:
        return []
    return [GenerationSchedule(administrator, keys=keys, log=log, days=settings.generation_days)]


def outbound(settings: Settings) -> Outbound:
    return Outbound(settings.outbound, authorities=settings.outbound_authorities)
