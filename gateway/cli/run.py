"""`writgate run KIND`: one process of a gateway, for those who run them under their own supervisor."""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import signal
import sys
import threading
from typing import TYPE_CHECKING, Any, Final

import click
import structlog

from gateway.cli.supervisor import KINDS
from gateway.log_lines import configure_logging
from gateway.settings import Settings, SettingsError
from gateway.signals import when_told_to_end

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask

_PR_SET_PDEATHSIG: Final = 1


@click.command()
@click.argument("kind", type=click.Choice(KINDS))
@click.option("--parent", type=int, default=None, help="End when this process, which started us, ends.")
def run(*, kind: str, parent: int | None) -> None:
    """Run one kind of process; its settings come from WRITGATE_… in the environment."""
    if parent is not None:
        _end_with(parent)
    configure_logging()
    settings = Settings()
    kinds = {
        "docket": _docket,
        "engine": _engine,
        "sequencer": _sequencer,
        "signer": _signer,
        "sweeper": _sweeper,
        "web": _web,
    }
    kinds[kind](settings)


def _end_with(parent: int, number: signal.Signals = signal.SIGTERM) -> None:
    """Asks the kernel for a signal when the parent dies; kept across the `exec` of the engine. Linux only."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, number)
        if os.getppid() != parent:
            sys.exit(1)


def _web(settings: Settings) -> None:
    try:
        settings.refuse_exposure()
    except SettingsError as refused:
        raise click.ClickException(str(refused)) from None

    from granian.constants import Interfaces  # noqa: PLC0415 - only this kind of process needs a web server
    from granian.log import LogLevels  # noqa: PLC0415 - as above
    from granian.server import Server  # noqa: PLC0415 - as above

    Server(
        "gateway.cli.run:web_worker",
        factory=True,
        address=settings.host,
        port=settings.port,
        interface=Interfaces.WSGI,
        workers=settings.web_workers,
        blocking_threads=settings.web_threads,
        respawn_failed_workers=True,
        log_level=LogLevels.warning,
        websockets=False,
        workers_kill_timeout=10,
    ).serve()


def web_worker() -> Flask:
    """The application in one worker of the web server, which a killed server must not leave behind on its port."""
    from gateway.app import create_app  # noqa: PLC0415 - this kind of process alone loads all of it

    server = multiprocessing.parent_process()
    if server is not None and server.pid is not None:
        # The web server's own handler of SIGTERM is in place already, and forgets one that comes before it serves: a
        # worker whose server was killed meanwhile would answer on the port for ever.
        _end_with(server.pid, signal.SIGKILL)
    return create_app()


def _engine(_: Settings) -> None:
    """The command line never imports recognition; the engine is a program of its own, and this process becomes it."""
    os.execv(sys.executable, [sys.executable, "-m", "gateway.recognition.engine_process"])  # noqa: S606 - our own


def _sequencer(settings: Settings) -> None:
    from gateway.audit.sequencer import Sequencer  # noqa: PLC0415 - each kind loads what it needs
    from gateway.database import Database  # noqa: PLC0415 - as above
    from gateway.postgres.deployment import DatabaseRole, Deployment  # noqa: PLC0415 - as above

    with (
        Deployment.open(settings) as deployment,
        Database(deployment.conninfo(DatabaseRole.SEQUENCER), name="sequencer", max_size=2) as database,
    ):
        _until_signalled(Sequencer(database).run)


def _signer(settings: Settings) -> None:
    """The signer, and beside it whoever asks an authority for time stamps, who may wait long."""
    from gateway.audit.signer import Signer  # noqa: PLC0415 - as above
    from gateway.cli.log_parts import stamper_of, witnesses_of  # noqa: PLC0415 - as above
    from gateway.database import Database  # noqa: PLC0415 - as above
    from gateway.postgres.deployment import DatabaseRole, Deployment  # noqa: PLC0415 - as above

    with (
        Deployment.open(settings) as deployment,
        Database(deployment.conninfo(DatabaseRole.SEQUENCER), name="signer", max_size=4) as database,
    ):
        signer = Signer.load(database, settings, witnesses=witnesses_of(settings, database))
        stamper = stamper_of(settings, database)

        def work(stop: threading.Event) -> None:
            stamping = threading.Thread(target=stamper.run, args=(stop,), name="stamper") if stamper else None
            if stamping:
                stamping.start()
            try:
                signer.run(stop)
            finally:
                stop.set()
                if stamping:
                    stamping.join()

        _until_signalled(work)


def _sweeper(settings: Settings) -> None:
    """What must happen without anybody asking: permits that came to nothing, publications at a set time, the index,
    events of foreign issuers that are fetched, and generations of wrapping keys.
    """
    from gateway.audit.disclosures import DisclosureKeys  # noqa: PLC0415 - as above
    from gateway.audit.exports import Exports  # noqa: PLC0415 - as above
    from gateway.audit.indexer import Indexer  # noqa: PLC0415 - as above
    from gateway.audit.log import AuditLog  # noqa: PLC0415 - as above
    from gateway.cli.log_parts import generations_of  # noqa: PLC0415 - as above
    from gateway.compliance.erasures import Erasures  # noqa: PLC0415 - as above
    from gateway.database import Database  # noqa: PLC0415 - as above
    from gateway.enforcement.sweeper import Sweeper  # noqa: PLC0415 - as above
    from gateway.identity.issuers.directory import IssuerDirectory  # noqa: PLC0415 - as above
    from gateway.identity.issuers.events import IssuerEvents  # noqa: PLC0415 - as above
    from gateway.identity.issuers.polling import EventPolling  # noqa: PLC0415 - as above
    from gateway.identity.issuers.provider import Providers  # noqa: PLC0415 - as above
    from gateway.outbound import Outbound  # noqa: PLC0415 - as above
    from gateway.policy.draft_checks import DraftChecks  # noqa: PLC0415 - as above
    from gateway.policy.drafts import Drafts  # noqa: PLC0415 - as above
    from gateway.policy.publication import Publications  # noqa: PLC0415 - as above
    from gateway.postgres.deployment import DatabaseRole, Deployment  # noqa: PLC0415 - as above

    with (
        Deployment.open(settings) as deployment,
        Database(deployment.conninfo(DatabaseRole.WEB), name="sweeper", max_size=4) as database,
        Database(deployment.conninfo(DatabaseRole.SEQUENCER), name="indexer", max_size=1) as integrated,
        Database(deployment.conninfo(DatabaseRole.AUDITOR), name="exports", max_size=1) as auditor,
        Database(deployment.conninfo(DatabaseRole.ADMIN), name="generations", max_size=1) as administrator,
    ):
        keys = DisclosureKeys.load(settings.keys)
        log = AuditLog(keys=keys)
        drafts = Drafts(database=database, log=log, keys=settings.keys)
        checks = DraftChecks(database=database, drafts=drafts, keys=settings.keys, home=settings.home)
        publications = Publications(database=database, log=log, settings=settings, drafts=drafts, checks=checks)
        sweeper = Sweeper(database=database, log=log)
        outbound = Outbound(settings.outbound, authorities=settings.outbound_authorities)
        exports = Exports(database=database, auditor=auditor, log=log, settings=settings, outbound=outbound)
        directory = IssuerDirectory(database)
        events = IssuerEvents(database=database, log=log, directory=directory, providers=Providers(outbound))
        polling = EventPolling(directory=directory, events=events, outbound=outbound, keys=settings.keys)
        generations = generations_of(settings, administrator, keys=keys, log=log)

        def work(stop: threading.Event) -> None:
            others = [
                threading.Thread(target=publications.run, args=(stop,), name="publications"),
                threading.Thread(target=Indexer(integrated).run, args=(stop,), name="indexer"),
                threading.Thread(target=polling.run, args=(stop,), name="issuer events"),
                threading.Thread(target=Erasures(database=database, log=log).run, args=(stop,), name="erasures"),
                threading.Thread(target=exports.run, args=(stop,), name="exports"),
                *(threading.Thread(target=one.run, args=(stop,), name="generations") for one in generations),
            ]
            for other in others:
                other.start()
            try:
                sweeper.run(stop)
            finally:
                stop.set()
                for other in others:
                    other.join()

        _until_signalled(work)


def _docket(settings: Settings) -> None:
    """Duties at their time, the messages that tell of them, and probes that are kept no longer."""
    from gateway.audit.disclosures import DisclosureKeys  # noqa: PLC0415 - as above
    from gateway.audit.log import AuditLog  # noqa: PLC0415 - as above
    from gateway.database import Database  # noqa: PLC0415 - as above
    from gateway.enforcement.docket.acts import Acts  # noqa: PLC0415 - as above
    from gateway.enforcement.docket.deliveries import Deliveries  # noqa: PLC0415 - as above
    from gateway.enforcement.docket.mail import Mail, who_is_not_told  # noqa: PLC0415 - as above
    from gateway.enforcement.docket.retention import Retention  # noqa: PLC0415 - as above
    from gateway.enforcement.docket.runner import DocketRunner  # noqa: PLC0415 - as above
    from gateway.outbound import Outbound  # noqa: PLC0415 - as above
    from gateway.postgres.deployment import DatabaseRole, Deployment  # noqa: PLC0415 - as above
    from gateway.registry.service import Registry  # noqa: PLC0415 - as above

    with (
        Deployment.open(settings) as deployment,
        Database(deployment.conninfo(DatabaseRole.DOCKET), name="docket", max_size=4) as database,
    ):
        for warning in who_is_not_told(settings):
            structlog.get_logger().warning("docket.nobody_told", **warning)
        log = AuditLog(keys=DisclosureKeys.load(settings.keys))
        runner = DocketRunner(
            database=database,
            log=log,
            acts=Acts(log=log, registry=Registry(database, log)),
            injected_clock=settings.allow_injected_clock,
            operator=settings.docket_mail,
        )
        outbound = Outbound(settings.outbound, authorities=settings.outbound_authorities)
        deliveries = Deliveries(database=database, log=log, outbound=outbound, mail=Mail(settings))
        retention = Retention(database=database, log=log, injected_clock=settings.allow_injected_clock)

        def work(stop: threading.Event) -> None:
            others = [
                threading.Thread(target=deliveries.run, args=(stop,), name="deliveries"),
                threading.Thread(target=retention.run, args=(stop,), name="retention"),
            ]
            for other in others:
                other.start()
            try:
                runner.run(stop)
            finally:
                stop.set()
                for other in others:
                    other.join()

        _until_signalled(work)


def _until_signalled(work: Callable[[threading.Event], Any]) -> None:
    stop = threading.Event()
    when_told_to_end(stop.set)
    work(stop)
