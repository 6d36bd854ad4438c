"""What commands that work on this machine's own home need: its settings, and its services without a web process."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gateway.audit.disclosures import DisclosureKeys
from gateway.audit.log import AuditLog
from gateway.compliance.incidents import Incidents
from gateway.database import Database
from gateway.postgres.deployment import DatabaseRole, Deployment
from gateway.postgres.errors import DeploymentError
from gateway.registry.service import Registry
from gateway.settings import OwnSettings, Settings, SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class LocalServices:
    settings: Settings
    deployment: Deployment
    database: Database
    auditor: Database
    log: AuditLog
    registry: Registry


@contextmanager
def temporary_home() -> Iterator[Path]:
    """A folder for a gateway, which is gone afterwards; the database's own user may pass through it."""
    folder = Path(tempfile.mkdtemp(prefix="writgate-"))
    if os.geteuid() == 0:
        folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def settings_for(home: Path | None) -> Settings:
    """The settings of the environment, for the home that was named or the one that they name.

    The home of a demonstration has its own: its database is under it, whichever the shell names.
    """
    settings = Settings() if home is None else Settings(home=home)
    return OwnSettings(home=settings.home) if settings.demonstration.exists() else settings


@contextmanager
def local_services(home: Path | None = None) -> Iterator[LocalServices]:
    """The services of the home on this machine, for as long as the block runs.

    Raises: click.ClickException where there is no such home or its database does not come up.
    """
    settings = settings_for(home)
    if not settings.keys.is_dir():
        raise click.ClickException(f"There is no gateway in {settings.home}. Make one with `writgate init`.")
    try:
        with (
            Deployment.open(settings) as deployment,
            Database(deployment.conninfo(DatabaseRole.WEB), name="command line") as database,
            Database(deployment.conninfo(DatabaseRole.AUDITOR), name="command line auditor") as auditor,
        ):
            log = AuditLog(keys=DisclosureKeys.load(settings.keys))
            incidents = Incidents(database=database, auditor=auditor, log=log)
            registry = Registry(database, log, withdrawn=incidents.emergency_withdrawn)
            yield LocalServices(settings, deployment, database, auditor, log, registry)
    except (DeploymentError, SettingsError) as error:
        raise click.ClickException(str(error)) from None
