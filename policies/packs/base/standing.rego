# METADATA
# title: Base
# description: >-
#   What this product asks of every request, whatever the place: standing, purpose, case, instrument, honest asking.
#   Product policy, stricter than some laws and laxer than none.
package writgate.packs.base

import data.writgate.lib.facts

# METADATA
# title: "The agency is active"
# description: >-
#   An agency that is suspended, or whose standing is not known, may ask for nothing.
# custom:
#   code: AGENCY_SUSPENDED
#   citation: "Product policy"
#   source: "product"
#   confidence: P
#   counsel_review: none
#   sentence: >-
#     The agency's standing is {status}, not active.
#   remedy: >-
#     The agency's administrator can read the sanction and appeal it.
#   effective_from: "1970-01-01"
#   effective_to: null
denials["agency_suspended"] := {"status": object.get(input, ["agency", "status"], null)} if {
	not input.agency.status == "active"
}

# METADATA
# title: "The client is active"
# description: >-
#   Where the request came through a registered client, that client must be active.
# custom:
#   code: CLIENT_SUSPENDED
#   citation: "Product policy"
#   source: "product"
#   confidence: P
#   counsel_review: none
#   sentence: >-
#     The client's standing is {status}, not active.
#   remedy: >-
#     Use another client of the agency, or have this one reinstated.
#   effective_from: "1970-01-01"
#   effective_to: null
denials["client_suspended"] := {"status": object.get(input, ["client", "status"], null)} if {
	input.client != null
	not input.client.status == "active"
}

# METADATA
# title: "The user is known"
# description: >-
#   A request is made for a person. One whom the agency's register does not know can ask for nothing.
# custom:
#   code: USER_UNKNOWN
#   citation: "Product policy"
#   source: "product"
#   confidence: P
#   counsel_review: none
#   sentence: >-
#     The user named is not in the agency's register.
#   remedy: >-
#     Name a user of the agency, or have the user registered.
#   effective_from: "1970-01-01"
#   effective_to: null
denials["user_unknown"] := {} if {
	input.actor.known != true
}

# METADATA
# title: "The user is active"
# description: >-
#   A user who is suspended, or whose standing is not known, may ask for nothing.
# custom:
#   code: USER_SUSPENDED
#   citation: "Product policy"
#   source: "product"
#   confidence: P
#   counsel_review: none
#   sentence: >-
#     The user's standing is {status}, not active.
#   remedy: >-
#     The agency's administrator can read the sanction and appeal it.
#   effective_from: "1970-01-01"
#   effective_to: null
denials["user_suspended"] := {"status": object.get(input, ["actor", "status"], null)} if {
	not input.actor.status == "active"
}

# METADATA
# title: "The account is the agency's"
# description: >-
#   Trial accounts and accounts that a person took out alone are no way to search faces.
# custom:
#   code: ACCOUNT_NOT_AGENCY_AUTHORISED
#   citation: "Product policy"
#   source: "product"
#   confidence: P
#   counsel_review: none
#   sentence: >-
#     The account is {account}, not one that the agency issued.
#   remedy: >-
#     Ask the agency to issue an account.
#   effective_from: "1970-01-01"
#   effective_to: null
denials["account_not_issued_by_agency"] := {"account": object.get(input, ["actor", "account"], null)} if {
	not input.actor.account == "agency_issued"
}

# METADATA
# title: "The operator is trained, and the training is current"
# description: >-
#   Whoever searches, compares or enrols faces must have been trained, and the training must not have lapsed.
# custom:
#   code: OPERATOR_NOT_TRAINED
#   citation: "Product policy"
#   source: "product"
#   confidence: P
#   counsel_review: none
#   sentence: >-
#     The register shows no training of this user that is current.
#   remedy: >-
#     Complete the training and have its date registered.
#   effective_from: "1970-01-01"
#   effective_to: null
denials["operator_not_trained"] := {
	"trained": object.get(input, ["actor", "trained"], null),
	"training_current": object.get(input, ["actor", "training_current"], null),
} if {
	facts.handles_faces
	not _trained
}

# METADATA
# title: "Whoever examines is trained"
# description: >-
#   Where an examiner is named, the register must show that the examiner was trained. An untrained look is no
#   human review.
# custom:
#   code: OPERATOR_NOT_TRAINED
#   citation: "Product policy"
#   source: "product"
#   confidence: P
#   counsel_review: none
#   sentence: >-
#     The register shows no training of the examiner.
#   remedy: >-
#     Let a trained examiner look at the result.
#   effective_from: "1970-01-01"
#   effective_to: null
denials["examiner_not_trained"] := {} if {
	input.examiner != null
	not input.examiner.trained == true
}

# METADATA
# title: "The operator's role may do this"
# description: >-
#   Roles that check, judge, defend or sell do not search. A vendor's administrator has no right to any
#   operation on faces or results.
# custom:
#   code: OPERATOR_NOT_AUTHORISED
#   citation: "Product policy"
#   source: "product"
#   confidence: P
#   counsel_review: none
#   sentence: >-
#     None of the user's roles ({roles}) may do {operation}.
#   remedy: >-
#     Let a user with an operating role ask.
#   effective_from: "1970-01-01"
#   effective_to: null
denials["role_not_allowed"] := {"roles": facts.roles, "operation": object.get(input, "operation", null)} if {
	not _role_allowed
}

# METADATA
# title: "The engine's terms are known"
# description: >-
#   A vendor whose terms have not been looked at, or whose pack is not part of this revision, may not be asked.
# custom:
#   code: OPERATOR_NOT_AUTHORISED
#   citation: "Product policy"
#   source: "product"
#   confidence: P
#   counsel_review: none
#   sentence: >-
#     The terms of the engine vendor {vendor} are not part of this revision.
#   remedy: >-
#     Use an engine whose terms are covered, or have a pack for this vendor published.
#   effective_from: "1970-01-01"
#   effective_to: null
denials["vendor_unknown"] := {"vendor": object.get(input, ["engine", "vendor"], null)} if {
	not _vendor_known
}

# METADATA
# title: "What only a register or a court can know is not taken from the caller"
# description: >-
#   Standing, training, controls, contract, instrument and emergency must be registered, measured or verified
#   by a court; the caller's word is not enough.
# custom:
#   code: DECLARED_FACT_INSUFFICIENT
#   citation: "Product policy"
#   source: "product"
#   confidence: P
#   counsel_review: none
#   sentence: >-
#     These facts were only declared by the caller: {fields}.
#   remedy: >-
#     Have them entered in the register.
#   effective_from: "1970-01-01"
#   effective_to: null
denials["declared_fact"] := {"fields": _only_declared} if {
	some field, "declared" in input.origins
	data.registers[field] == true
}

# METADATA
# title: "The operation is one that the product offers"
# description: >-
#   Scoring people, selling templates and building reference databases by scraping are not offered to anybody,
#   and an operation without a name in the vocabulary is not an operation.
# custom:
#   code: OPERATION_NOT_OFFERED
#   citation: "Product policy"
#   source: "product"
#   confidence: P
#   counsel_review: none
#   sentence: >-
#     The operation {operation} is not offered.
#   remedy: >-
#     Ask for one of the operations of the vocabulary.
#   effective_from: "1970-01-01"
#   effective_to: null
denials["operation_not_offered"] := {"operation": object.get(input, "operation", null)} if {
	not data.operations[facts.operation]
}

# METADATA
# title: "A purpose that may be pursued"
# description: >-
#   The purpose is of the vocabulary and is not one that is refused everywhere. The packs of place and vendor
#   still have to grant.
# custom:
#   code: PURPOSE_PERMITTED
#   citation: "Product policy"
#   source: "product"
#   confidence: P
#   counsel_review: none
#   sentence: >-
#     The purpose {purpose} may be pursued with face recognition.
#   remedy: >-
#     Nothing to do.
#   effective_from: "1970-01-01"
#   effective_to: null
grants["purpose_permitted"] := {"purpose": input.purpose} if {
	data.operations[input.operation]
	not facts.operation in ["release_result", "incident_report"]
	data.purposes[input.purpose].refused == false
}

# METADATA
# title: "The result may be handed over"
# description: >-
#   Between search and answer nothing has happened to the standing of agency, user and contract. The other
#   rules of this pack are asked again and can still deny.
# custom:
#   code: RELEASE_PERMITTED
#   citation: "Product policy"
#   source: "product"
#   confidence: P
#   counsel_review: none
#   sentence: >-
#     Agency and user are in good standing, so the result may be released.
#   remedy: >-
#     Nothing to do.
#   effective_from: "1970-01-01"
#   effective_to: null
grants["release_permitted"] := {} if {
	input.operation == "release_result"
	input.agency.status == "active"
	input.actor.status == "active"
}

# METADATA
# title: "Reporting a violation is always allowed"
# description: >-
#   A report that something went wrong is never refused for what it tells of.
# custom:
#   code: PURPOSE_PERMITTED
#   citation: "Product policy"
#   source: "product"
#   confidence: P
#   counsel_review: none
#   sentence: >-
#     Reporting an incident is permitted.
#   remedy: >-
#     Nothing to do.
#   effective_from: "1970-01-01"
#   effective_to: null
grants["incident_report"] := {"purpose": "incident_report"} if {
	input.operation == "incident_report"
}

# METADATA
# title: "Denied attempts are logged"
# description: >-
#   What was refused is on the log like what was done. The decision drops this duty from a permit.
# custom:
#   code: LOG_DENIED_ATTEMPT
#   citation: "Product policy"
#   source: "product"
#   confidence: P
#   counsel_review: none
#   sentence: >-
#     This attempt stays on the log.
#   remedy: >-
#     Nothing to do.
#   effective_from: "1970-01-01"
#   effective_to: null
obligations["log_denied_attempt"] := {"parameters": {}, "due": null}

_trained if {
	input.actor.trained == true
	input.actor.training_current == true
}

_role_allowed if {
	not "vendor_admin" in facts.roles
	some role in facts.roles
	_may(role, input.operation)
}

_may(role, operation) if {
	data.operations[operation].searches == true
	data.roles[role].searches == true
}

_may(role, "enrol_gallery") if data.roles[role].enrols == true

_may(role, operation) if {
	not data.operations[operation].handles_faces == true
	data.roles[role].reads == true
}

_vendor_known if data.vendors[input.engine.vendor].pack == null

_vendor_known if data.packs[data.vendors[input.engine.vendor].pack]

_only_declared contains field if {
	some field, "declared" in input.origins
	data.registers[field] == true
}
