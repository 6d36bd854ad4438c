package writgate_test

import data.writgate
import data.writgate.samples_test as samples

permitted := {
	"clean": samples.clean,
	"washington": samples.washington,
	"warrant": samples.under_warrant,
}

# Fields whose absence says nothing: what was not asked, labels, and limits that the register always gives.
silent := {
	["actor", "id"], ["actor", "known"], ["actor", "role"], ["actor", "roles"], ["actor", "strength"],
	["agency", "contract_status"], ["agency", "id"], ["agency", "on_behalf_of"],
	["agency", "controls", "algorithm_on_approved_list"],
	["agency", "controls", "conforms_to_state_model_policy"],
	["agency", "controls", "use_policy_published"],
	["case_usage", "case_closed"], ["case_usage", "distinct_probe_subjects"],
	["client", "id"],
	["contract", "id"], ["contract", "keep_crops"], ["contract", "max_candidates"], ["contract", "min_similarity"],
	["contract", "demands"], ["contract", "packs"], ["contract", "quotas"], ["contract", "user_strength"],
	["engine", "operated_by"],
	["legal_instrument", "finding"], ["legal_instrument", "found"], ["legal_instrument", "id"],
	["legal_instrument", "officer_certification"], ["legal_instrument", "origin"],
	["legal_instrument", "searches_allowed"], ["legal_instrument", "searches_used"],
	["legal_instrument", "valid_from"],
	["offence", "felony"], ["offence", "label"], ["offence", "max_penalty_months"], ["offence", "violent"],
	["legal_instrument", "scope", "galleries"], ["legal_instrument", "scope", "limits"],
	["legal_instrument", "scope", "operations"], ["legal_instrument", "scope", "probe_sha256"],
	["probe", "alterations"], ["probe", "source"],
	["search", "candidates"], ["search", "operation"], ["search", "quality"],
	["subject", "activity"], ["subject", "intended_target"], ["subject", "selected_because_of"],
}

silent_sections := {"origins", "usage"}

evidence(request) := {path |
	walk(request, [path, value])
	count(path) > 0
	_leaf(value)
	not path in silent
	not path[0] in silent_sections
	every step in path { is_string(step) }
	not always_optional(path)
}

_leaf(value) if is_array(value)

_leaf(value) if type_name(value) in {"boolean", "number", "string"}

always_optional(path) if {
	count(path) == 1
	path[0] in {
		"approvals",
		"max_candidates",
		"similarity_threshold",
		"prior_denials",
		"suspicion",
		"written_request",
		"request_channel",
	}
}

test_the_samples_are_permitted if {
	every request in permitted {
		writgate.permit with input as request
	}
}

# Evidence whose removal leaves a permit: nothing but what is said here.
spared(request) := {path |
	some path in evidence(request)
	permits(json.remove(request, [path]))
}

test_removing_any_piece_of_evidence_denies_a_clean_request if {
	spared(samples.clean) == {
		["actor", "agency_type"],
		["agency", "controls", "accountability_report_adopted"],
		["mode"],
		["probe", "substantively_altered"],
	}
}

test_removing_any_piece_of_evidence_denies_in_washington if {
	spared(samples.washington) == set()
}

test_removing_any_piece_of_evidence_denies_under_a_warrant if {
	spared(samples.under_warrant) == set()
}

# regal ignore:with-outside-test-context
permits(request) if writgate.permit with input as request

test_removing_a_whole_section_denies if {
	every section in ["actor", "agency", "contract", "engine", "jurisdiction", "now", "operation", "purpose", "probe"] {
		not permits(json.remove(samples.clean, [[section]]))
		not permits(object.union(samples.clean, {section: null}))
	}
}

test_removing_the_paper_denies_what_rests_on_it if {
	not permits(json.remove(samples.under_warrant, [["legal_instrument"]]))
	not permits(object.union(samples.under_warrant, {"legal_instrument": null}))
}

test_nothing_asked_is_denied if {
	decision := writgate.decision with input as {}
	not decision.permit
	count(decision.reasons) > 10
}

test_every_section_of_the_wrong_type_is_denied if {
	every value in [0, "yes", []] {
		every section in ["actor", "agency", "contract", "probe", "engine"] {
			not permits(object.union(samples.washington, {section: value}))
		}
	}
}

denied := [
	object.union(samples.clean, {"agency": {"status": "suspended"}}),
	object.union(samples.clean, {"purpose": "personal"}),
	object.union(samples.washington, {"mode": "live"}),
	object.union(samples.washington, {"probe": {"kind": "sketch"}}),
	object.union(samples.clean, {"engine": {"vendor": "amazon_rekognition"}}),
	object.union(samples.clean, {"contract": {"status": "terminated"}}),
]

test_adding_a_pack_never_permits if {
	every request in denied {
		every pack, _ in object.union(data.packs, {"us_moon": {}}) {
			not permits(object.union(request, {"contract": {"packs": [pack]}}))
		}
	}
}

test_a_pack_that_nobody_has_refuses if {
	decision := writgate.decision with input as object.union(samples.clean, {"contract": {"packs": ["us_moon"]}})
	some reason in decision.reasons
	reason.rule == "pack_without_grant"
	reason.parameters.packs == {"us_moon"}
}

test_without_packs_nothing_is_permitted if {
	decision := writgate.decision with input as samples.clean with data.applies as {}
	not decision.permit
}

test_a_rule_that_nobody_listed_denies_and_does_not_grant if {
	request := object.union(samples.clean, {"agency": {"status": "suspended"}})
	decision := writgate.decision with input as request with data.rules as {}
	not decision.permit
	"ENGINE_ERROR" in {reason.code | some reason in decision.reasons}
	"OBLIGATION_UNENFORCEABLE" in {reason.code | some reason in decision.reasons}
}

test_a_rule_out_of_date_is_silent if {
	request := object.union(samples.washington, {"mode": "live", "operation": "watchlist_live"})
	dates := object.union(data.rules, {"us_wa": {"realtime_without_warrant": {"effective_to": samples.clean.now}}})
	decision := writgate.decision with input as request with data.rules as dates
	not ["us_wa", "realtime_without_warrant"] in samples.fired(decision)
	not decision.permit
}

test_a_denial_is_logged_and_owes_nothing_of_a_permit if {
	request := object.union(samples.under_warrant, {"subject": {"selected_because_of": "religion"}})
	decision := writgate.decision with input as request
	{duty.code | some duty in decision.obligations} == {"LOG_DENIED_ATTEMPT", "OPEN_MISUSE_INCIDENT"}
}

test_a_permit_does_not_owe_the_log_of_a_denial if {
	decision := writgate.decision with input as samples.under_warrant
	not "LOG_DENIED_ATTEMPT" in {duty.code | some duty in decision.obligations}
}

test_the_revision_is_named if {
	decision := writgate.decision with input as samples.clean with data.revision as {"number": 7}
	decision.revision == 7
	unnumbered := writgate.decision with input as samples.clean
	unnumbered.revision == 0
}

test_both_sides_of_a_chain_are_judged if {
	request := object.union(samples.clean, {"agency": {"on_behalf_of": "US-WA police"}, "mode": "live"})
	decision := writgate.decision with input as request
	"us_wa" in decision.packs
	not decision.permit
}
