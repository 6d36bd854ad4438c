"""Where the objects of a web process are built and handed to the edge. Nothing below builds its neighbours."""

from __future__ import annotations

import atexit
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import Flask

from gateway.audit.disclosures import DisclosureKeys
from gateway.audit.exports import Exports
from gateway.audit.log import AuditLog
from gateway.audit.receipts import ReceiptSigner
from gateway.compliance.erasures import Erasures
from gateway.compliance.incidents import Incidents
from gateway.compliance.legal_holds import LegalHolds
from gateway.compliance.revocations import Revocations
from gateway.compliance.sanctions import Sanctions
from gateway.database import Database
from gateway.enforcement.admission import Admissions
from gateway.enforcement.approvals import Approvals
from gateway.enforcement.detections import Detections
from gateway.enforcement.docket.contacts import Contacts
from gateway.enforcement.docket.covering import Covering
from gateway.enforcement.docket.exigencies import Exigencies
from gateway.enforcement.docket.service import Docket
from gateway.enforcement.face_groups import FaceGroups
from gateway.enforcement.galleries import Galleries
from gateway.enforcement.gate import Gate
from gateway.enforcement.idempotency import Idempotency
from gateway.enforcement.prospects import Prospects
from gateway.enforcement.records import Records
from gateway.enforcement.release import Releases
from gateway.enforcement.reviews import ExaminerReviews
from gateway.enforcement.uses import Uses
from gateway.enforcement.waiting_calls import WaitingCalls
from gateway.identity import auditor_accounts
from gateway.identity.authorization_server import AuthorizationServer
from gateway.identity.enrolment import Enrolment
from gateway.identity.issuers.access_tokens import ForeignTokens
from gateway.identity.issuers.directory import IssuerDirectory
from gateway.identity.issuers.events import IssuerEvents
from gateway.identity.issuers.introspection import Introspection
from gateway.identity.issuers.our_client import OurClients
from gateway.identity.issuers.provider import Providers
from gateway.identity.issuers.sign_in import ForeignSignIn
from gateway.identity.keys import TokenKeys
from gateway.identity.rate_limits import RateLimits
from gateway.identity.revocation import RevocationView
from gateway.identity.senders import Senders
from gateway.identity.sessions import Sessions
from gateway.identity.sign_in import SignIn
from gateway.identity.tokens import TokenVerifier
from gateway.log_lines import configure_logging
from gateway.outbound import Outbound
from gateway.policy.draft_checks import DraftChecks
from gateway.policy.draft_impacts import DraftImpacts
from gateway.policy.drafts import Drafts
from gateway.policy.history import History
from gateway.policy.holds import Holds
from gateway.policy.live import LivePolicy
from gateway.policy.opa_feed import OpaFeed
from gateway.policy.publication import Publications
from gateway.policy.reviews import Reviews
from gateway.postgres.deployment import DatabaseRole, Deployment
from gateway.recognition.client import EngineClient
from gateway.registry import two_persons
from gateway.registry.confirmations import Confirmations
from gateway.registry.court_statements import CourtStatements
from gateway.registry.proposals import Proposals
from gateway.registry.service import Registry
from gateway.settings import Settings
from gateway.web import problems, readers, refusals, requests
from gateway.web.api.accounts import account_routes
from gateway.web.api.approvals import approval_routes
from gateway.web.api.audit import audit_routes
from gateway.web.api.docket import docket_routes
from gateway.web.api.drafts import draft_routes
from gateway.web.api.erasures import erasure_routes
from gateway.web.api.exports import export_routes
from gateway.web.api.galleries import gallery_routes
from gateway.web.api.history import history_routes
from gateway.web.api.opa import opa_routes
from gateway.web.api.papers import paper_routes
from gateway.web.api.policies import policy_routes
from gateway.web.api.registry import registry_routes
from gateway.web.api.reviews import review_routes
from gateway.web.api.revocations import revocation_routes
from gateway.web.api.sanctions import sanction_routes
from gateway.web.api.searches import search_routes
from gateway.web.api.status import status_routes
from gateway.web.api.transparency import transparency_routes
from gateway.web.api.uses import use_routes
from gateway.web.console import pages
from gateway.web.console.routes import console_routes
from gateway.web.issuer_events import issuer_event_routes
from gateway.web.oauth import oauth_blueprint
from gateway.web.registration import registration_routes
from gateway.web.rekognition.routes import rekognition_routes
from gateway.web.services import Services

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.recognition.models import RecognitionEngine

# 5 MiB of picture in base64, twice for a comparison, and room for the fields.
MAX_BODY_BYTES = 15 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Built:
    """The services, and how to give everything back."""

    services: Services
    close: Callable[[], None]


def build(
    settings: Settings,
    deployment: Deployment,
    *,
    threads: int | None = None,
    engine: RecognitionEngine | None = None,
) -> Built:
    """Everything a web process needs, for `deployment`. Background threads are running when it returns.

    No setting chooses `engine`: it is the process of this home, unless a program that builds its own says otherwise.
    """
    size = (threads or settings.web_threads) + 2
    database = Database(deployment.conninfo(DatabaseRole.WEB), name="web", max_size=size, generic_plans=True)
    auditor = Database(deployment.conninfo(DatabaseRole.AUDITOR), name="auditor", max_size=4)
    replayer = Database(deployment.conninfo(DatabaseRole.REPLAYER), name="replayer", max_size=2)
    disclosure_keys = DisclosureKeys.load(settings.keys)
    log = AuditLog(keys=disclosure_keys)
    receipts = ReceiptSigner.load(settings.keys, origin=settings.log_origin)
    token_keys = TokenKeys(settings.keys)
    # Its own connections: a busy pool must not make the view stale, because a stale view admits nobody.
    watch = Database(deployment.conninfo(DatabaseRole.WEB), name="revocations", max_size=2)
    revocations = RevocationView(watch)
    revocations.start()
    senders = Senders(settings, database=database)
    limits = RateLimits(settings.runtime, default=settings.requests_per_minute)
    outbound = Outbound(settings.outbound, authorities=settings.outbound_authorities)
    directory, providers = IssuerDirectory(database), Providers(outbound)
    our_clients = OurClients(settings.keys, outbound)
    introspection = Introspection(providers=providers, clients=our_clients)
    foreign = ForeignTokens(database=database, directory=directory, providers=providers, introspection=introspection)
    policy = LivePolicy(database, settings)
    policy.start()
    engine = engine or EngineClient(settings.runtime / "engine.sock")
    incidents = Incidents(database=database, auditor=auditor, log=log)
    registry = Registry(database, log, withdrawn=incidents.emergency_withdrawn)
    admissions = Admissions(
        database=database,
        log=log,
        receipts=receipts,
        policy=policy,
        recognition=engine,
        incidents=incidents,
        injected_clock=settings.allow_injected_clock,
        operated_by=settings.engine_operated_by,
    )
    gate = Gate(
        database=database,
        log=log,
        receipts=receipts,
        admissions=admissions,
        releases=Releases(database=database, log=log, receipts=receipts, incidents=incidents),
        engine=engine,
    )
    drafts = Drafts(database=database, log=log, keys=settings.keys)
    draft_checks = DraftChecks(database=database, drafts=drafts, keys=settings.keys, home=settings.home)
    sessions = Sessions(database=database, log=log, settings=settings)
    sign_in = SignIn(database=database, log=log, sessions=sessions, issuer=settings.issuer)
    enrolment = Enrolment(database=database, log=log, sessions=sessions, sign_in=sign_in)
    by_two = {
        **two_persons.handlers(registry, log=log, outbound=outbound),
        **auditor_accounts.handlers(enrolment, sessions, log=log, origin=sign_in.place.origin),
    }
    services = Services(
        settings=settings,
        database=database,
        auditor=auditor,
        log=log,
        disclosure_keys=disclosure_keys,
        receipts=receipts,
        verifier=TokenVerifier(settings, token_keys, revocations, senders, foreign),
        limits=limits,
        registry=registry,
        confirmations=Confirmations(database=database, registry=registry),
        court_statements=CourtStatements(database=database, log=log, registry=registry),
        proposals=Proposals(database=database, log=log, handlers=by_two),
        docket=Docket(database=database, log=log),
        contacts=Contacts(database=database, log=log, outbound=outbound),
        exigencies=Exigencies(
            database=database,
            log=log,
            registry=registry,
            covering=Covering(log=log, policy=policy.current, engine_facts=admissions.engine_facts),
        ),
        policy=policy,
        gate=gate,
        records=Records(database=database, log=log, gate=gate),
        approvals=Approvals(database=database, log=log, gate=gate),
        uses=Uses(database=database, log=log, admissions=admissions, incidents=incidents),
        incidents=incidents,
        examiner_reviews=ExaminerReviews(database=database, log=log, engine=engine, gate=gate),
        galleries=Galleries(database=database, log=log),
        face_groups=FaceGroups(database=database, log=log),
        detections=Detections(database=database, log=log, engine=engine),
        waiting_calls=WaitingCalls(database=database, log=log),
        idempotency=Idempotency(database=database, log=log),
        issuer_events=IssuerEvents(database=database, log=log, directory=directory, providers=providers),
        revocations=Revocations(database=database, log=log),
        sanctions=Sanctions(database=database, log=log, registry=registry),
        legal_holds=LegalHolds(database=database, log=log),
        erasures=Erasures(database=database, log=log),
        exports=Exports(database=database, auditor=auditor, log=log, settings=settings, outbound=outbound),
        drafts=drafts,
        draft_checks=draft_checks,
        draft_impacts=DraftImpacts(
            database=database, replayer=replayer, drafts=drafts, checks=draft_checks, keys=settings.keys
        ),
        reviews=Reviews(database=database, drafts=drafts, checks=draft_checks),
        publications=Publications(database=database, log=log, settings=settings, drafts=drafts, checks=draft_checks),
        holds=Holds(database=database, log=log, keys=settings.keys),
        # A request that waits holds a thread, and must not hold them all.
        opa_feed=OpaFeed(database=database, policy=policy, keys=settings.keys, waiters=settings.web_threads // 4),
        history=History(database=database, replayer=replayer, log=log, keys=settings.keys, home=settings.home),
        sessions=sessions,
        sign_in=sign_in,
        foreign_sign_in=ForeignSignIn(
            database=database,
            sessions=sessions,
            directory=directory,
            providers=providers,
            clients=our_clients,
            gateway=settings.issuer,
        ),
        enrolment=enrolment,
        authorization_server=AuthorizationServer(
            settings,
            database=database,
            keys=token_keys,
            log=log,
            senders=senders,
            limits=limits,
            policy=Prospects(log=log, policy=policy, admissions=admissions),
        ),
    )

    def close() -> None:
        revocations.stop()
        policy.close()
        draft_checks.close()
        watch.close()
        database.close()
        auditor.close()
        replayer.close()

    return Built(
        services=services,
        close=close,
    )


def create_app(settings: Settings | None = None) -> Flask:
    """The WSGI application, as the server's workers call it."""
    settings = settings or Settings()
    configure_logging()
    deployment = Deployment.open(settings)
    built = build(settings, deployment)
    atexit.register(deployment.close)
    atexit.register(built.close)
    return application(built)


def application(built: Built) -> Flask:
    """The routes over `built`; what a test drives in its own process."""
    app = Flask("writgate", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    app.config["MAX_FORM_MEMORY_SIZE"] = MAX_BODY_BYTES
    app.extensions["writgate"] = built.services
    requests.install(app)
    readers.install(app, threads=built.services.settings.web_threads)
    problems.install(app)
    refusals.install(app)
    pages.install(app)
    for blueprint in (
        oauth_blueprint(built.services.authorization_server, built.services.settings),
        registration_routes(),
        search_routes(),
        approval_routes(),
        review_routes(),
        use_routes(),
        gallery_routes(),
        registry_routes(),
        paper_routes(),
        docket_routes(),
        account_routes(),
        policy_routes(),
        history_routes(),
        draft_routes(),
        opa_routes(),
        audit_routes(),
        sanction_routes(),
        erasure_routes(),
        export_routes(),
        revocation_routes(),
        issuer_event_routes(),
        status_routes(),
        transparency_routes(),
        console_routes(),
        rekognition_routes(),
    ):
        app.register_blueprint(blueprint)
    return app
