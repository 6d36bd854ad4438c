# METADATA
# title: Contract
# description: >-
#   The agency's own contract, judged as data: its dates, what it permits, and where it asks for more than the law does.
#   Whatever the contract does not name, it does not permit.
package writgate.packs.contract

import data.writgate.lib.facts
import data.writgate.lib.papers

# METADATA
# title: "The contract is in force"
# description: >-
#   A contract is in force from its first instant up to, not including, its last, as long as it is active. Both
#   its dates and its status must say so.
# custom:
#   code: CONTRACT_NOT_IN_FORCE
#   citation: "The agency's contract"
#   source: "contract"
#   confidence: P
#   counsel_review: none
#   sentence: >-
#     The contract is {status}, valid from {valid_from} to {valid_to}, and not in force now.
#   remedy: >-
#     Have the contract renewed.
#   effective_from: "1970-01-01"
#   effective_to: null
denials["contract_not_in_force"] := {
	"status": object.get(input, ["agency", "contract_status"], object.get(input, ["contract", "status"], null)),
	"valid_from": object.get(input, ["contract", "valid_from"], null),
	"valid_to": object.get(input, ["contract", "valid_to"], null),
} if {
	not _in_force
}

# METADATA
# title: "The contract permits the purpose"
# description: >-
#   Contracts list the purposes that they permit.
# custom:
#   code: PURPOSE_NOT_IN_CONTRACT
#   citation: "The agency's contract"
#   source: "contract"
#   confidence: P
#   counsel_review: none
#   sentence: >-
#     The contract does not permit the purpose {purpose}.
#   remedy: >-
#     Ask for a purpose of the contract, or have the contract changed.
#   effective_from: "1970-01-01"
#   effective_to: null
denials["purpose_not_in_contract"] := {"purpose": object.get(input, "purpose", null)} if {
	not data.operations[facts.operation].about_the_record == true
	not _purpose_permitted
}

# METADATA
# title: "The contract permits the operation"
# description: >-
#   Contracts list the operations on faces that they permit. What follows from a permitted search (its release,
#   use and record) needs no mention.
# custom:
#   code: OPERATION_NOT_IN_CONTRACT
#   citation: "The agency's contract"
#   source: "contract"
#   confidence: P
#   counsel_review: none
#   sentence: >-
#     The contract does not permit the operation {operation}.
#   remedy: >-
#     Ask for an operation of the contract, or have the contract changed.
#   effective_from: "1970-01-01"
#   effective_to: null
denials["operation_not_in_contract"] := {"operation": object.get(input, "operation", null)} if {
	not data.operations[facts.operation].follows == true
	not _operation_permitted
}

# METADATA
# title: "The contract permits the gallery"
# description: >-
#   Contracts list the galleries that may be searched or enrolled into, by name or pattern.
# custom:
#   code: GALLERY_NOT_IN_CONTRACT
#   citation: "The agency's contract"
#   source: "contract"
#   confidence: P
#   counsel_review: none
#   sentence: >-
#     The contract does not permit the gallery {gallery}.
#   remedy: >-
#     Ask for a gallery of the contract, or have the contract changed.
#   effective_from: "1970-01-01"
#   effective_to: null
denials["gallery_not_in_contract"] := {"gallery": object.get(input, "database", null)} if {
	facts.handles_faces
	not _gallery_permitted
}

# METADATA
# title: "The quota is not used up"
# description: >-
#   Searches and comparisons count against every quota of the contract. One whose use is not known counts as
#   used up.
# custom:
#   code: QUOTA_EXHAUSTED
#   citation: "The agency's contract"
#   source: "contract"
#   confidence: P
#   counsel_review: none
#   sentence: >-
#     The quota of {limit} a {period} is used up.
#   remedy: >-
#     Wait for the next period, or have the contract changed.
#   effective_from: "1970-01-01"
#   effective_to: null
denials["quota_exhausted"] := _exhausted[0] if {
	facts.searching
	count(input.contract.quotas) > 0
	count(_exhausted) > 0
}

# METADATA
# title: "The similarity asked for is not below the contract's floor"
# description: >-
#   Below the floor, candidates are noise. A request that asks for less than the floor is refused; one that
#   asks for nothing gets the floor.
# custom:
#   code: SIMILARITY_BELOW_FLOOR
#   citation: "The agency's contract"
#   source: "contract"
#   confidence: P
#   counsel_review: none
#   sentence: >-
#     A similarity of {asked} is below the contract's floor of {floor}.
#   remedy: >-
#     Ask for at least the floor.
#   effective_from: "1970-01-01"
#   effective_to: null
denials["similarity_below_floor"] := {
	"asked": object.get(input, "similarity_threshold", null),
	"floor": object.get(input, ["contract", "min_similarity"], null),
} if {
	facts.searching
	input.similarity_threshold != null
	input.contract.min_similarity != null
	not _at_floor
}

# METADATA
# title: "A limit on false candidates needs a calibrated engine"
# description: >-
#   A contract may limit how likely a search for somebody who is not enrolled is to give a candidate. Only an engine
#   whose error rates were measured can say how likely that is.
# custom:
#   code: ENGINE_NOT_CALIBRATED
#   citation: "The agency's contract"
#   source: "contract"
#   confidence: P
#   counsel_review: none
#   sentence: >-
#     The contract limits false candidates, and nobody measured how likely this engine gives them ({calibration}).
#   remedy: >-
#     Ask the operator to calibrate the engine.
#   effective_from: "1970-01-01"
#   effective_to: null
denials["engine_not_calibrated"] := {"calibration": object.get(input, ["engine", "calibration"], null)} if {
	input.contract.max_false_candidate_ppm != null
	input.operation == "identify_1_to_n"
	not input.engine.calibrated == true
}

# METADATA
# title: "Candidates that are likely false are not released"
# description: >-
#   Where the contract limits how likely a false candidate may be, a result whose candidates exceed that limit is not
#   released, whatever it was when the search was made; neither is one of which nobody can say.
# custom:
#   code: FALSE_CANDIDATE_LIKELY
#   citation: "The agency's contract"
#   source: "contract"
#   confidence: P
#   counsel_review: none
#   sentence: >-
#     A false candidate of this search is as likely as {bound} in a million, and the contract allows {limit}.
#   remedy: >-
#     Search again; candidates beyond the limit are left out.
#   effective_from: "1970-01-01"
#   effective_to: null
denials["false_candidate_likely"] := {
	"bound": object.get(input, ["search", "false_candidate_bound_ppm"], null),
	"limit": object.get(input, ["contract", "max_false_candidate_ppm"], null),
} if {
	input.contract.max_false_candidate_ppm != null
	input.operation == "release_result"
	not input.search.operation == "verify_1_to_1"
	not _unlikely_false
}

# METADATA
# title: "What the contract demands beside the law"
# description: >-
#   A clause of the contract can demand an instrument where the statute does not. Only an instrument of a type
#   that the clause names, verified and in force and for this purpose, meets it.
# custom:
#   code: CONTRACT_DEMANDS_INSTRUMENT
#   citation: "The agency's contract"
#   source: "contract"
#   confidence: P
#   counsel_review: none
#   sentence: >-
#     Clause {clause} of the contract demands one of {instruments}, which is stricter than the statute.
#   remedy: >-
#     Name an instrument of that type that is in force and covers the request.
#   effective_from: "1970-01-01"
#   effective_to: null
denials["instrument_demanded"] := {
	"clause": object.get(_unmet[0], "clause", null),
	"instruments": object.get(_unmet[0], "instruments", []),
	"clauses": [object.get(demand, "clause", null) | some demand in _unmet],
} if {
	count(input.contract.demands) > 0
	count(_unmet) > 0
}

# METADATA
# title: "The contract demands a court's order"
# description: >-
#   A clause of the contract demands a court order and none that is in force was shown.
# custom:
#   code: COURT_ORDER_REQUIRED
#   citation: "The agency's contract"
#   source: "contract"
#   confidence: P
#   counsel_review: none
#   sentence: >-
#     Clause {clause} of the contract demands a court order.
#   remedy: >-
#     Name a court order that is in force and covers the request.
#   effective_from: "1970-01-01"
#   effective_to: null
denials["court_order_demanded"] := {"clause": object.get(_unmet_orders[0], "clause", null)} if {
	count(input.contract.demands) > 0
	count(_unmet_orders) > 0
}

# METADATA
# title: "The contract demands that the user signed in"
# description: >-
#   A client may name the user for whom it acts. A contract may demand that the user proved it instead; one
#   that does not say is read so.
# custom:
#   code: USER_NOT_AUTHENTICATED
#   citation: "The agency's contract"
#   source: "contract"
#   confidence: P
#   counsel_review: none
#   sentence: >-
#     The contract demands a user who signed in; this one is {strength}.
#   remedy: >-
#     Let the user sign in.
#   effective_from: "1970-01-01"
#   effective_to: null
denials["user_not_authenticated"] := {"strength": object.get(input, ["actor", "strength"], null)} if {
	not input.contract.user_strength == "asserted"
	not input.actor.strength == "authenticated"
}

# METADATA
# title: "The order that the contract demands"
# description: >-
#   A clause of the contract demands a court's order, and one that is verified, in force and for this purpose was shown.
# custom:
#   code: COURT_ORDER_SATISFIED
#   citation: "The agency's contract"
#   source: "contract"
#   confidence: P
#   counsel_review: none
#   sentence: >-
#     Clause {clause} of the contract demands a court order, and {instrument} is one in force.
#   remedy: >-
#     Nothing to do.
#   effective_from: "1970-01-01"
#   effective_to: null
grants["court_order_satisfied"] := {
	"clause": object.get(_met_orders[0], "clause", null),
	"instrument": object.get(input.legal_instrument, "id", null),
} if {
	count(input.contract.demands) > 0
	count(_met_orders) > 0
}

# METADATA
# title: "A contract in force"
# description: >-
#   The agency has a contract that is active and within its dates.
# custom:
#   code: CONTRACT_IN_FORCE
#   citation: "The agency's contract"
#   source: "contract"
#   confidence: P
#   counsel_review: none
#   sentence: >-
#     The agency's contract is in force.
#   remedy: >-
#     Nothing to do.
#   effective_from: "1970-01-01"
#   effective_to: null
grants["contract_in_force"] := {"contract": object.get(input, ["contract", "id"], null)} if _in_force

# METADATA
# title: "The contract's floor of similarity"
# description: >-
#   No candidate below the contract's floor is shown.
# custom:
#   code: MIN_SIMILARITY
#   citation: "The agency's contract"
#   source: "contract"
#   confidence: P
#   counsel_review: none
#   sentence: >-
#     Candidates below a similarity of {value} are not shown.
#   remedy: >-
#     Nothing to do.
#   effective_from: "1970-01-01"
#   effective_to: null
obligations["similarity_floor"] := {"parameters": {"value": input.contract.min_similarity}, "due": null} if {
	_gives_candidates
	input.contract.min_similarity > 0
}

# METADATA
# title: "The contract's limit on candidates"
# description: >-
#   No more candidates than the contract allows are shown.
# custom:
#   code: MAX_CANDIDATES
#   citation: "The agency's contract"
#   source: "contract"
#   confidence: P
#   counsel_review: none
#   sentence: >-
#     At most {value} candidates are shown.
#   remedy: >-
#     Nothing to do.
#   effective_from: "1970-01-01"
#   effective_to: null
obligations["candidate_limit"] := {"parameters": {"value": input.contract.max_candidates}, "due": null} if {
	_gives_candidates
	input.contract.max_candidates > 0
}

# METADATA
# title: "The contract's limit on false candidates"
# description: >-
#   No candidate is shown that a search for somebody who is not enrolled would give with a greater chance than the
#   contract allows, by the upper bound of what was measured and for as many faces as are searched.
# custom:
#   code: MAX_FALSE_CANDIDATE
#   citation: "The agency's contract"
#   source: "contract"
#   confidence: P
#   counsel_review: none
#   sentence: >-
#     Candidates are left out where a false one is likelier than {value} in a million.
#   remedy: >-
#     Nothing to do.
#   effective_from: "1970-01-01"
#   effective_to: null
obligations["false_candidate_limit"] := {
	"parameters": {"value": input.contract.max_false_candidate_ppm},
	"due": null,
} if {
	input.contract.max_false_candidate_ppm > 0
	_gives_candidates
}

# METADATA
# title: "Supervisors approve each search"
# description: >-
#   A contract may ask that supervisors approve every search before it is made; it says how many.
# custom:
#   code: SUPERVISOR_REVIEW
#   citation: "contract"
#   source: "product"
#   confidence: P
#   counsel_review: none
#   sentence: >-
#     Supervisors who approve the search before it is made: {approvers}.
#   remedy: >-
#     Nothing to do.
#   effective_from: "1970-01-01"
#   effective_to: null
obligations["supervisor_review"] := {"parameters": {"approvers": input.contract.approvers}, "due": null} if {
	input.contract.approvers > 0
	facts.searching
}

# METADATA
# title: "Two examiners judge each result"
# description: >-
#   A contract may ask that two trained examiners, blind to each other, judge the probe against the candidates before
#   anybody else sees them.
# custom:
#   code: SECOND_EXAMINER
#   citation: "contract"
#   source: "product"
#   confidence: P
#   counsel_review: none
#   sentence: >-
#     Two trained examiners judge the result before anybody else sees it.
#   remedy: >-
#     Nothing to do.
#   effective_from: "1970-01-01"
#   effective_to: null
obligations["second_examiner"] := {"parameters": {}, "due": null} if {
	input.contract.second_examiner == true
	facts.searching
}

_in_force if {
	input.contract.status == "active"
	object.get(input, ["agency", "contract_status"], "active") == "active"
	is_number(input.now)
	is_number(input.contract.valid_from)
	is_number(input.contract.valid_to)
	input.contract.valid_from <= input.now
	input.now < input.contract.valid_to
}

_purpose_permitted if input.purpose in input.contract.purposes

_operation_permitted if input.operation in input.contract.operations

_at_floor if {
	is_number(input.similarity_threshold)
	is_number(input.contract.min_similarity)
	input.similarity_threshold >= input.contract.min_similarity
}

_unlikely_false if {
	is_number(input.search.false_candidate_bound_ppm)
	is_number(input.contract.max_false_candidate_ppm)
	input.search.false_candidate_bound_ppm <= input.contract.max_false_candidate_ppm
}

_gallery_permitted if papers.gallery_within(input.contract.galleries, input.database)

# Two pictures are compared without a gallery.
_gallery_permitted if {
	input.operation == "verify_1_to_1"
	object.get(input, "database", null) == null
}

_exhausted := [shown |
	some quota in input.contract.quotas
	not _left(quota)
	shown := {"period": object.get(quota, "period", null), "limit": object.get(quota, "limit", null)}
]

_left(quota) if {
	is_number(quota.used)
	is_number(quota.limit)
	quota.used < quota.limit
}

_unmet := [demand |
	facts.handles_faces
	some demand in input.contract.demands
	_concerns(object.get(demand, "operations", []), object.get(input, "operation", null))
	_concerns(object.get(demand, "purposes", []), object.get(input, "purpose", null))
	not _met(demand)
]

_unmet_orders := [demand | some demand in _unmet; "court_order" in demand.instruments]

_met_orders := [demand |
	input.legal_instrument.type in ["court_order", "ex_parte_order"]
	some demand in input.contract.demands
	_concerns(object.get(demand, "operations", []), object.get(input, "operation", null))
	_concerns(object.get(demand, "purposes", []), object.get(input, "purpose", null))
	_met(demand)
]

# A demand that names no operation or purpose is about all of them.
_concerns([], _)

_concerns(named, asked) if asked in named

_met(demand) if {
	input.legal_instrument.type in demand.instruments
	papers.in_force(input.legal_instrument, input.now)
	papers.allows(input.legal_instrument, "purposes", input.purpose)
	papers.allows(input.legal_instrument, "modes", input.mode)
}

_gives_candidates if facts.searching

_gives_candidates if input.operation == "release_result"
