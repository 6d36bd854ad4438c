"""What the views may call: built once by `gateway.app`, never by a view."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
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
    from gateway.enforcement.approvals import Approvals
    from gateway.enforcement.detections import Detections
    from gateway.enforcement.docket.contacts import Contacts
    from gateway.enforcement.docket.exigencies import Exigencies
    from gateway.enforcement.docket.service import Docket
    from gateway.enforcement.face_groups import FaceGroups
    from gateway.enforcement.galleries import Galleries
    from gateway.enforcement.gate import Gate
    from gateway.enforcement.idempotency import Idempotency
    from gateway.enforcement.records import Records
    from gateway.enforcement.reviews import ExaminerReviews
    from gateway.enforcement.uses import Uses
    from gateway.enforcement.waiting_calls import WaitingCalls
    from gateway.identity.authorization_server import AuthorizationServer
    from gateway.identity.enrolment import Enrolment
    from gateway.identity.issuers.events import IssuerEvents
    from gateway.identity.issuers.sign_in import ForeignSignIn
    from gateway.identity.rate_limits import RateLimits
    from gateway.identity.sessions import Sessions
    from gateway.identity.sign_in import SignIn
    from gateway.identity.tokens import TokenVerifier
    from gateway.policy.draft_checks import DraftChecks
    from gateway.policy.draft_impacts import DraftImpacts
    from gateway.policy.drafts import Drafts
    from gateway.policy.history import History
    from gateway.policy.holds import Holds
    from gateway.policy.live import LivePolicy
    from gateway.policy.opa_feed import OpaFeed
    from gateway.policy.publication import Publications
    from gateway.policy.reviews import Reviews
    from gateway.registry.confirmations import Confirmations
    from gateway.registry.court_statements import CourtStatements
    from gateway.registry.proposals import Proposals
    from gateway.registry.service import Registry
    from gateway.settings import Settings


@dataclass(frozen=True, slots=True)
class Services:
    settings: Settings
    database: Database
    auditor: Database
    log: AuditLog
    disclosure_keys: DisclosureKeys
    receipts: ReceiptSigner
    verifier: TokenVerifier
    limits: RateLimits
    registry: Registry
    confirmations: Confirmations
    court_statements: CourtStatements
    proposals: Proposals
    docket: Docket
    contacts: Contacts
    exigencies: Exigencies
    policy: LivePolicy
    gate: Gate
    records: Records
    approvals: Approvals
    examiner_reviews: ExaminerReviews
    uses: Uses
    incidents: Incidents
    galleries: Galleries
    face_groups: FaceGroups
    detections: Detections
    waiting_calls: WaitingCalls
    idempotency: Idempotency
    issuer_events: IssuerEvents
    revocations: Revocations
    sanctions: Sanctions
    legal_holds: LegalHolds
    erasures: Erasures
    exports: Exports
    drafts: Drafts
    draft_checks: DraftChecks
    draft_impacts: DraftImpacts
    reviews: Reviews
    publications: Publications
    holds: Holds
    opa_feed: OpaFeed
    history: History
    sessions: Sessions
    sign_in: SignIn
    foreign_sign_in: ForeignSignIn
    enrolment: Enrolment
    authorization_server: AuthorizationServer
