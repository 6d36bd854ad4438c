"""The closed lists of the product's words: what may be asked, why it was refused, what is owed.

One module, so that code, database and Rego cannot drift apart: the Rego data document `data.vocabulary` is generated
from it. A word may be added; none is ever renamed or given a second meaning. Sources: RCW, EU AI Act and the other
instruments of the policy packs; the codes are those of the published scenarios.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Purpose(StrEnum):
    """Why a face is searched: purposes that some law permits."""

    INVESTIGATE_NAMED_OFFENCE = "investigate_named_offence"
    LOCATE_WANTED_PERSON = "locate_wanted_person"
    LOCATE_MISSING_PERSON = "locate_missing_person"
    LOCATE_ABDUCTED_OR_TRAFFICKED_VICTIM = "locate_abducted_or_trafficked_victim"
    IDENTIFY_VICTIM = "identify_victim"
    IDENTIFY_WITNESS = "identify_witness"
    IDENTIFY_DECEASED = "identify_deceased"
    IDENTIFY_INCAPACITATED_PERSON = "identify_incapacitated_person"
    IDENTIFY_DETAINED_PERSON = "identify_detained_person"
    IMMINENT_THREAT_TO_LIFE = "imminent_threat_to_life"
    CREDENTIAL_FRAUD = "credential_fraud"
    CHILD_EXPLOITATION_MATERIAL = "child_exploitation_material"
    UNDERCOVER_VETTING = "undercover_vetting"
    ACCESS_CONTROL = "access_control"
    DEVICE_ACCESS_OWN = "device_access_own"
    FEDERAL_MANDATE = "federal_mandate"
    TRAINING_OR_TEST = "training_or_test"


class ProhibitedUse(StrEnum):
    """Purposes that a request may name and that some law or contract refuses."""

    IDENTIFY_EVENT_PARTICIPANTS = "identify_event_participants"
    DOCUMENT_SPEECH = "document_speech"
    IMMIGRATION_ENFORCEMENT = "immigration_enforcement"
    REPRODUCTIVE_HEALTH_ENFORCEMENT = "reproductive_health_enforcement"
    CONSENSUAL_CONDUCT_ENFORCEMENT = "consensual_conduct_enforcement"
    PROTECTED_CLASS_SELECTION = "protected_class_selection"
    GENERAL_SURVEILLANCE = "general_surveillance"
    PREDICTIVE_POLICING = "predictive_policing"
    PERSONAL = "personal"
    RETAIL_LOSS_PREVENTION = "retail_loss_prevention"
    BUILD_REFERENCE_DATABASE = "build_reference_database"
    SELL_TEMPLATES = "sell_templates"


class Operation(StrEnum):
    IDENTIFY_1_TO_N = "identify_1_to_n"
    VERIFY_1_TO_1 = "verify_1_to_1"
    WATCHLIST_LIVE = "watchlist_live"
    WATCHLIST_SCAN = "watchlist_scan"
    TRACK_PERSON = "track_person"
    ENROL_GALLERY = "enrol_gallery"
    USE_RESULT = "use_result"
    RELEASE_RESULT = "release_result"
    RECEIVE_RESULT = "receive_result"
    CONSULT_RECORD = "consult_record"
    CREATE_RECORD = "create_record"
    INCIDENT_REPORT = "incident_report"
    BUILD_REFERENCE_DATABASE = "build_reference_database"
    RISK_SCORE_PERSON = "risk_score_person"
    SELL_TEMPLATES = "sell_templates"


class Mode(StrEnum):
    STILL_IMAGE = "still_image"
    RECORDED_VIDEO = "recorded_video"
    LIVE = "live"
    MOBILE = "mobile"


class Suspicion(StrEnum):
    NONE = "none"
    REASONABLE_SUSPICION = "reasonable_suspicion"
    FAIR_PROBABILITY = "fair_probability"
    PROBABLE_CAUSE = "probable_cause"


class ProbeKind(StrEnum):
    PHOTOGRAPH = "photograph"
    VIDEO_FRAME = "video_frame"
    SKETCH = "sketch"
    COMPOSITE = "composite"
    GENERATED = "generated"
    LOOK_ALIKE = "look_alike"


class ProbeSource(StrEnum):
    CCTV_STILL = "cctv_still"
    BODY_CAM = "body_cam"
    PHONE = "phone"
    SOCIAL_MEDIA = "social_media"
    ID_DOCUMENT = "id_document"
    SEIZED_MEDIA = "seized_media"
    FAMILY = "family"
    FORENSIC_ARTIST = "forensic_artist"
    UNTARGETED_SCRAPE = "untargeted_scrape"


class ResultUse(StrEnum):
    LEAD = "lead"
    PHOTO_LINEUP = "photo_lineup"
    PROBABLE_CAUSE = "probable_cause"
    AFFIDAVIT_PROBABLE_CAUSE = "affidavit_probable_cause"
    WARRANT_APPLICATION = "warrant_application"
    ARREST = "arrest"
    PRELIMINARY_HEARING = "preliminary_hearing"
    TRIAL_EVIDENCE = "trial_evidence"
    EXCULPATORY_EVIDENCE = "exculpatory_evidence"


class Consequence(StrEnum):
    """What became of a search."""

    CLEARED = "cleared"
    CHARGED = "charged"
    WRONG_PERSON = "wrong_person"


class SelectedBecauseOf(StrEnum):
    """Grounds on which a person may not be picked for a search."""

    PARTICIPATION_IN_LAWFUL_EVENT = "participation_in_lawful_event"
    RELIGION = "religion"
    POLITICS = "politics"
    SOCIAL_VIEWS = "social_views"
    NON_CRIMINAL_GROUP = "non_criminal_group"
    UNION_ACTIVITY = "union_activity"
    HOUSING_STATUS = "housing_status"
    RACE = "race"
    ETHNICITY = "ethnicity"
    NATIONAL_ORIGIN = "national_origin"
    CITIZENSHIP = "citizenship"
    IMMIGRATION_STATUS = "immigration_status"
    PLACE_OF_ORIGIN = "place_of_origin"
    AGE = "age"
    DISABILITY = "disability"
    GENDER = "gender"
    GENDER_IDENTITY = "gender_identity"
    SEXUAL_ORIENTATION = "sexual_orientation"


class InstrumentType(StrEnum):
    SEARCH_WARRANT = "search_warrant"
    ARREST_WARRANT = "arrest_warrant"
    COURT_ORDER = "court_order"
    EX_PARTE_ORDER = "ex_parte_order"
    JUDICIAL_AUTHORISATION = "judicial_authorisation"
    ADMINISTRATIVE_AUTHORISATION = "administrative_authorisation"
    SUBPOENA = "subpoena"
    WRITTEN_REQUEST = "written_request"
    CONSENT = "consent"
    FEDERAL_REGULATION_OR_ORDER = "federal_regulation_or_order"
    DELAYED_NOTICE_ORDER = "delayed_notice_order"


class InstrumentStatus(StrEnum):
    APPLIED = "applied"
    GRANTED = "granted"
    MODIFIED = "modified"
    DENIED = "denied"
    REVOKED = "revoked"
    QUASHED = "quashed"


class Role(StrEnum):
    """What a user of an agency may be; the command line and services have clients with scopes, not roles."""

    INVESTIGATOR = "investigator"
    TRAINED_EXAMINER = "trained_examiner"
    SECOND_EXAMINER = "second_examiner"
    SUPERVISOR_APPROVER = "supervisor_approver"
    AGENCY_ADMIN = "agency_admin"
    PRIVACY_OFFICER = "privacy_officer"
    INTERNAL_AUDITOR = "internal_auditor"
    EXTERNAL_AUDITOR = "external_auditor"
    OVERSIGHT_BOARD = "oversight_board"
    COURT_CLERK = "court_clerk"
    PROSECUTOR = "prosecutor"
    DEFENCE = "defence"
    REGULATOR = "regulator"
    VENDOR_ADMIN = "vendor_admin"
    # Of bodies that are no police: who compares at a counter, a door or a till.
    EMPLOYEE = "employee"
    HR_ADMIN = "hr_admin"
    SECURITY = "security"
    SERVICE_CLERK = "service_clerk"
    STORE_SECURITY = "store_security"


class Affiliation(StrEnum):
    """Whose person acts through a client. Some acts need two people, one of them from outside the vendor."""

    VENDOR = "vendor"
    AGENCY = "agency"
    OVERSIGHT = "oversight"
    COURT = "court"


class AccountRole(StrEnum):
    """Whose an account is: a user of the registry, or a person without an agency who runs or watches the gateway."""

    USER = "user"
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"


class Assurance(StrEnum):
    """How a person was authenticated (`acr`), weakest first: one factor, two, or one that cannot be phished."""

    ONE_FACTOR = "sfa"
    TWO_FACTORS = "mfa"
    PHISHING_RESISTANT = "phr"  # OpenID Connect EAP ACR Values 1.0

    def reaches(self, wanted: Assurance) -> bool:
        ranks = list(Assurance)
        return ranks.index(self) >= ranks.index(wanted)


class AgencyType(StrEnum):
    LAW_ENFORCEMENT = "law_enforcement"
    GOVERNMENT_NON_LAW_ENFORCEMENT = "government_non_law_enforcement"
    PRIVATE_ENTITY = "private_entity"


class Origin(StrEnum):
    """How we know a fact. Policy may demand better than `declared`."""

    DECLARED = "declared"
    REGISTERED = "registered"
    MEASURED = "measured"
    COURT_VERIFIED = "court_verified"


class Scope(StrEnum):
    """OAuth scopes, `resource:action`. Every route declares the one it needs."""

    SEARCHES_WRITE = "searches:write"
    SEARCHES_READ = "searches:read"
    COMPARISONS_WRITE = "comparisons:write"
    DECISIONS_WRITE = "decisions:write"
    DECISIONS_REPLAY = "decisions:replay"
    GALLERIES_READ = "galleries:read"
    GALLERIES_WRITE = "galleries:write"
    REGISTRY_READ = "registry:read"
    REGISTRY_WRITE = "registry:write"
    COURTS_WRITE = "courts:write"
    DOCKET_READ = "docket:read"
    DOCKET_WRITE = "docket:write"
    SANCTIONS_WRITE = "sanctions:write"
    INCIDENTS_READ = "incidents:read"
    APPROVALS_READ = "approvals:read"
    APPROVALS_WRITE = "approvals:write"
    REVIEWS_READ = "reviews:read"
    REVIEWS_WRITE = "reviews:write"
    AUDIT_READ = "audit:read"
    AUDIT_DISCLOSE = "audit:disclose"
    AUDIT_HOLD = "audit:hold"
    AUDIT_ERASE = "audit:erase"
    AUDIT_EXPORT = "audit:export"
    POLICIES_READ = "policies:read"
    POLICIES_WRITE = "policies:write"
    POLICIES_REVIEW = "policies:review"
    POLICIES_PUBLISH = "policies:publish"
    POLICIES_HOLD = "policies:hold"
    POLICIES_BUNDLE = "policies:bundle"


class EntryKind(StrEnum):
    """Every kind of entry that the log may hold; grammar `subject.event`."""

    DECISION = "search.decision"
    OUTCOME = "search.outcome"
    RELEASE = "search.release"
    WITHHELD = "search.withheld"
    ABANDONED = "search.abandoned"
    DRY_RUN = "decision.dry_run"
    APPROVAL_REQUESTED = "approval.requested"
    APPROVAL_VIEWED = "approval.viewed"
    APPROVAL_DECIDED = "approval.decided"
    APPROVAL_EXPIRED = "approval.expired"
    REVIEW_OPENED = "review.opened"
    REVIEW_TAKEN = "review.taken"
    REVIEW_VIEWED = "review.viewed"
    REVIEW_JUDGED = "review.judged"
    REVIEW_ENDED = "review.ended"
    RESULT_USED = "result.used"
    RESULT_OUTCOME = "result.outcome"
    INCIDENT_OPENED = "incident.opened"
    ACCESS_REFUSED = "access.refused"
    TOKEN_ISSUED = "token.issued"  # noqa: S105 - the name of an event
    TOKEN_REVOKED = "token.revoked"  # noqa: S105 - as above
    ACCESS_REVOKED = "access.revoked"
    ISSUER_WRITTEN = "issuer.written"
    USER_LINK_WRITTEN = "user_link.written"
    LOGOUT_RECEIVED = "logout.received"
    GRANT_ALLOWED = "grant.allowed"
    GRANT_REFUSED = "grant.refused"
    GRANT_ENDED = "grant.ended"
    KEY_ROTATED = "key.rotated"
    RESULT_READ = "result.read"
    ENTRIES_READ = "audit.read"
    ENTRY_DISCLOSED = "audit.disclosed"
    ENTRIES_EXPORTED = "audit.exported"
    EXPORT_MADE = "export.made"
    EXPORT_ENDED = "export.ended"
    LEGAL_HOLD_PLACED = "legal_hold.placed"
    LEGAL_HOLD_LIFTED = "legal_hold.lifted"
    ERASURE_ORDERED = "erasure.ordered"
    ERASURE_REFUSED = "erasure.refused"
    ERASURE_DONE = "erasure.done"
    ERASURE_SWEPT = "erasure.swept"
    GENERATION_ADVANCED = "wrapping.advanced"
    GENERATION_DESTROYED = "wrapping.destroyed"
    GALLERY_CREATED = "gallery.created"
    GALLERY_DELETED = "gallery.deleted"
    FACE_DELETED = "face.deleted"
    FACES_DETECTED = "faces.detected"
    FACE_GROUP_CREATED = "face_group.created"
    FACE_GROUP_DELETED = "face_group.deleted"
    FACE_GROUPED = "face_group.face_added"
    FACE_UNGROUPED = "face_group.face_removed"
    AGENCY_WRITTEN = "agency.written"
    CONTRACT_WRITTEN = "contract.written"
    USER_WRITTEN = "user.written"
    CLIENT_WRITTEN = "client.written"
    INSTRUMENT_WRITTEN = "instrument.written"
    EXIGENCY_WRITTEN = "exigency.written"
    COURT_KEY_WRITTEN = "court_key.written"
    COURT_STATEMENT = "court.statement"
    PROPOSAL_MADE = "proposal.made"
    PROPOSAL_DECIDED = "proposal.decided"
    WITNESSES_CHANGED = "witnesses.changed"
    EXIGENCY_RIGHT_SUSPENDED = "exigency_right.suspended"
    EXIGENCY_RIGHT_RESTORED = "exigency_right.restored"
    DUTY_REMINDED = "duty.reminded"
    DUTY_OVERDUE = "duty.overdue"
    DUTY_ESCALATED = "duty.escalated"
    DUTY_LAPSED = "duty.lapsed"
    DUTY_MISSED = "duty.missed"
    DUTY_DISCHARGED = "duty.discharged"
    DUTY_CARRIED_OUT = "duty.carried_out"
    RESULT_FROZEN = "result.frozen"
    RESULT_DELETED = "result.deleted"
    PROBE_DELETED = "probe.deleted"
    DELETION_HELD = "deletion.held"
    CHAIN_WRITTEN = "chain.written"
    WEBHOOK_WRITTEN = "webhook.written"
    MESSAGE_GIVEN_UP = "message.given_up"
    SANCTION_IMPOSED = "sanction.imposed"
    SANCTION_LIFTED = "sanction.lifted"
    REVISION_PUBLISHED = "revision.published"
    DRAFT_CREATED = "draft.created"
    DRAFT_FILE_WRITTEN = "draft.file_written"
    DRAFT_CHECKED = "draft.checked"
    DRAFT_SUBMITTED = "draft.submitted"
    DRAFT_REVIEWED = "draft.reviewed"
    DRAFT_WITHDRAWN = "draft.withdrawn"
    DRAFT_REOPENED = "draft.reopened"
    SHADOW_STARTED = "shadow.started"
    PUBLICATION_SCHEDULED = "publication.scheduled"
    PUBLICATION_FAILED = "publication.failed"
    HOLD_PLACED = "hold.placed"
    HOLD_LIFTED = "hold.lifted"
    ACCOUNT_INVITED = "account.invited"
    ACCOUNT_ENROLLED = "account.enrolled"
    ACCOUNT_WRITTEN = "account.written"
    CREDENTIAL_ADDED = "credential.added"
    CREDENTIAL_REMOVED = "credential.removed"
    CREDENTIAL_REFUSED = "credential.refused"
    SIGN_IN_REFUSED = "sign_in.refused"
    SESSION_STARTED = "session.started"
    SESSION_CONFIRMED = "session.confirmed"
    SESSION_ENDED = "session.ended"
    HEARTBEAT = "log.heartbeat"
    LOG_STARTED = "log.started"
    LOG_KEY_ROTATED = "log.key_rotated"
    LOG_RECOVERED = "log.recovered"
    LOG_TIMESTAMPED = "log.timestamped"


class Effect(StrEnum):
    """What an obligation asks of the gateway. One without a handler turns a permit into a denial."""

    SHAPE = "shape"
    WITHHOLD = "withhold"
    DUTY = "duty"
    RECORD = "record"


# Reason codes of the published scenarios; `REASONS_ADDED` are ours. None is ever renamed.
REASONS_PUBLISHED: Final = frozenset(
    """
    ACCOUNT_NOT_AGENCY_AUTHORISED AGENCY_SUSPENDED ALGORITHM_NOT_APPROVED AUTHORISATION_REJECTED AUTHORISATION_REQUIRED
    AUTHORISATION_SATISFIED BACKCHANNEL_REQUEST CASE_ID_MISSING CASE_REUSE_ANOMALY CONSENSUAL_CONDUCT_PROHIBITED
    CONSENT_DECREE_BAR CONSENT_REQUIRED CONSENT_SATISFIED CONTINUOUS_SURVEILLANCE_PROHIBITED CONTRACT_NOT_IN_FORCE
    CORROBORATED COURT_ORDER_REQUIRED COURT_ORDER_SATISFIED DATABASE_NOT_AUTHORISED EXCULPATORY_USE_PERMITTED
    EXEMPT_DEVICE_ACCESS EXIGENT_CIRCUMSTANCES FEDERAL_MANDATE_EXEMPTION GOVERNANCE_PREREQUISITE_MISSING
    IMMIGRATION_ENFORCEMENT_PROHIBITED INADVERTENT_RECEIPT INDEPENDENT_EVIDENCE_REQUIRED
    INITIAL_IDENTIFICATION_EXEMPTION INSTRUMENT_EXPIRED INSTRUMENT_SCOPE_MISMATCH INSTRUMENT_UNVERIFIED
    JUSTIFICATION_MISSING JUSTIFICATION_TOO_VAGUE LEADS_EXCEPTION LEGAL_FRAMEWORK_INSUFFICIENT
    LINEUP_REQUIRES_INDEPENDENT_EVIDENCE LIVE_FEED_DATABASE_PROHIBITED MATCH_BARRED_FROM_AFFIDAVIT MODE_NOT_PERMITTED
    MORATORIUM_CARVE_OUT MUNICIPAL_BAN NO_NATIONAL_LEGAL_BASIS NO_WARRANT_NEEDED_SINGLE_RECOGNITION
    OBJECTIVE_NOT_PERMITTED OFFENCE_LISTED OFFENCE_NOT_COVERED OPERATOR_NOT_AUTHORISED OPERATOR_NOT_TRAINED
    OUTSIDE_SUBTITLE POST_HOC_DEADLINE_MISSED POST_HOC_WITHIN_DEADLINE PREDICTIVE_PROFILING_PROHIBITED
    PRIVATE_USE_BANNED PROBE_MANIPULATED PROBE_SKETCH_PROHIBITED PROTECTED_ACTIVITY PROTECTED_CHARACTERISTIC
    PURPOSE_NOT_AUTHORISED PURPOSE_PERMITTED REALTIME_IDENTIFICATION_PROHIBITED REALTIME_TRACKING_PROHIBITED
    REPRODUCTIVE_HEALTH_PROHIBITED REQUESTER_NOT_LAW_ENFORCEMENT RESULT_INADMISSIBLE RETENTION_EXPIRED SALE_PROHIBITED
    SECOND_VERIFIER_REQUIRED SELF_APPROVAL SOLE_BASIS_PROHIBITED SUBJECT_NOT_TARGET SUSPICION_STANDARD_NOT_MET
    SUSTAINED_SURVEILLANCE_PROHIBITED THRESHOLD_RAISED UNTARGETED_SCRAPING_PROHIBITED UNTARGETED_USE_PROHIBITED
    URGENCY_WITHIN_DEADLINE USER_SUSPENDED VENDOR_MORATORIUM VENDOR_POLICE_BAN VERIFIED_BY_TWO WARRANT_REQUIRED
    WARRANT_REQUIRED_REALTIME WARRANT_REQUIRED_TRACKING WARRANT_SATISFIED WRITTEN_REQUEST_REQUIRED
    """.split()  # noqa: SIM905 - read as a list of words, not of quotation marks
)
REASONS_ADDED: Final = frozenset(
    """
    APPROVAL_REQUIRED CLIENT_SUSPENDED COLLEAGUE_SEARCHED CONTRACT_DEMANDS_INSTRUMENT CONTRACT_IN_FORCE
    DECLARED_FACT_INSUFFICIENT ENGINE_ERROR ENGINE_NOT_CALIBRATED EXIGENCY_RIGHT_SUSPENDED FACTS_CHANGED
    FALSE_CANDIDATE_LIKELY GALLERY_NOT_FOUND
    GALLERY_NOT_IN_CONTRACT GALLERY_WITHOUT_CROPS INSTRUMENT_EXHAUSTED INSTRUMENT_GALLERY_MISMATCH
    INSTRUMENT_MODE_MISMATCH INSTRUMENT_NOT_FOUND INSTRUMENT_NOT_YET_VALID INSTRUMENT_OPERATION_MISMATCH
    INSTRUMENT_PLACE_MISMATCH INSTRUMENT_PROBE_MISMATCH INSTRUMENT_PURPOSE_MISMATCH INSTRUMENT_QUASHED
    INSTRUMENT_REVOKED INSTRUMENT_SUBJECT_MISMATCH ISSUER_SUSPENDED
    JURISDICTION_UNKNOWN OBLIGATION_UNENFORCEABLE OPERATION_NOT_IN_CONTRACT OPERATION_NOT_OFFERED
    POLICY_HOLD PRIOR_DENIAL_OTHER_STORY PROBE_NOT_RECOGNISABLE PURPOSE_NOT_IN_CONTRACT
    QUOTA_EXHAUSTED RELEASE_PERMITTED RESULT_DELETED RESULT_FROZEN SIMILARITY_BELOW_FLOOR SURVEILLANCE_PROHIBITED
    TOKEN_DOES_NOT_COVER TOKEN_EXHAUSTED TOKEN_REVOKED USER_NOT_AUTHENTICATED USER_UNKNOWN VENDOR_TERMS_SATISFIED
    """.split()  # noqa: SIM905 - read as a list of words, not of quotation marks
)
REASONS: Final = REASONS_PUBLISHED | REASONS_ADDED

# What each obligation asks of the gateway: `shape` alters the answer, `withhold` keeps it back, `duty` goes on the
# docket, `record` is a property of the log. Which of them the running system can honour is `enforcement.obligations`.
OBLIGATIONS: Final[dict[str, Effect]] = {
    "DELETE_ALL_DATA_RESULTS_OUTPUTS": Effect.DUTY,
    "DELETE_BY": Effect.DUTY,
    "DELETE_LINKED_PERSONAL_DATA": Effect.DUTY,
    "DELETE_NOW": Effect.DUTY,
    "DELETE_WHEN_PURPOSE_MET_OR_3_YEARS_AFTER_LAST_INTERACTION": Effect.DUTY,
    "DISCLOSE_IN_DISCOVERY": Effect.DUTY,
    "DISCLOSE_TO_DEFENCE_BEFORE_TRIAL": Effect.DUTY,
    "DISCLOSE_USE_IN_WARRANT_REQUEST": Effect.DUTY,
    "DOCUMENT_FACTUAL_BASIS": Effect.RECORD,
    "DOCUMENT_IN_POLICE_FILE": Effect.RECORD,
    "DOCUMENT_SEARCH_FIELDS": Effect.RECORD,
    "HOLD_FOR_SUPERVISOR": Effect.WITHHOLD,
    "HUMAN_REVIEW": Effect.SHAPE,
    "INCLUDE_IN_ANNUAL_AUDIT": Effect.RECORD,
    "INCLUDE_IN_ANNUAL_REPORT": Effect.RECORD,
    "KEEP_AUDITABLE_USE_RECORDS": Effect.RECORD,
    "LEAD_ONLY": Effect.SHAPE,
    "LIMIT_TIME_PLACE_PERSON": Effect.SHAPE,
    "LIMIT_USE_TO_STATED_PURPOSE": Effect.SHAPE,
    "LOG_AS_PUBLIC_RECORD": Effect.RECORD,
    "LOG_DENIED_ATTEMPT": Effect.RECORD,
    "LOG_IN_ANNUAL_SURVEILLANCE_REPORT": Effect.RECORD,
    "LOG_VERIFIER_IDENTITIES": Effect.RECORD,
    "MAX_CANDIDATES": Effect.SHAPE,
    "MAX_FALSE_CANDIDATE": Effect.SHAPE,
    "MIN_SIMILARITY": Effect.SHAPE,
    "MIN_SIMILARITY_99": Effect.SHAPE,
    "NOTIFY_BOARD_MAYOR_COUNCIL_PRESIDENT_AND_PRO_TEM_WITHIN_24H": Effect.DUTY,
    "NOTIFY_MARKET_SURVEILLANCE_AND_DPA": Effect.DUTY,
    "NOTIFY_SUBJECT_AFTER": Effect.DUTY,
    "NOT_FOR_PROBABLE_CAUSE": Effect.SHAPE,
    "NO_ADVERSE_DECISION_SOLELY_ON_OUTPUT": Effect.SHAPE,
    "NO_PROBE_ENROLMENT": Effect.SHAPE,
    "OPEN_MISUSE_INCIDENT": Effect.DUTY,
    "RENEW_TRAINING": Effect.DUTY,
    "REPORT_DEMOGRAPHIC_SUMMARY_JANUARY": Effect.DUTY,
    "REPORT_MONTHLY_TO_CITY_COUNCIL": Effect.DUTY,
    "REPORT_QUARTERLY_TO_EOPSS": Effect.DUTY,
    "REPORT_TO_INFORMATION_TECHNOLOGY_BOARD": Effect.DUTY,
    "REPORT_USE_TO_LEGISLATIVE_AUTHORITY": Effect.DUTY,
    "REPORT_WARRANT_STATS_JANUARY": Effect.DUTY,
    "REPORT_WEEKLY_TO_OVERSIGHT_BOARD": Effect.DUTY,
    "REQUEST_AUTHORISATION_WITHIN": Effect.DUTY,
    "RETURN_TO_COURT": Effect.DUTY,
    "SECOND_EXAMINER": Effect.WITHHOLD,
    "STOP_AND_DELETE_IF_REJECTED": Effect.DUTY,
    "STOP_IMMEDIATELY": Effect.DUTY,
    "SUPERVISOR_REVIEW": Effect.WITHHOLD,
}
