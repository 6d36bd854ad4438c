package writgate.packs.us_va_test

import data.writgate
import data.writgate.samples_test as samples

test_every_rule_has_a_case if {
	object.keys(data.rules.us_va) == {rule |
		some cases in [uses_cases, governance_cases, results_cases, after_cases]
		some rule, _ in cases
	}
}

suspected := object.union(samples.clean, {"jurisdiction": ["US-VA"], "suspicion": "reasonable_suspicion"})

# The permission ended at this instant.
after := 1782864000000000000

lapsed := object.union(suspected, {"now": after, "contract": {"valid_to": 1800000000000000000}})

warrant := object.union(samples.warrant, {
	"valid_from": after,
	"expires_at": 1790000000000000000,
	"scope": {"modes": []},
})

# Requests of a kind, each with its answer.
decides(request, rows) if {
	every row in rows {
		# regal ignore:with-outside-test-context
		decision := writgate.decision with input as object.union(request, row[1])
		decision.permit == row[0]
	}
}

# regal ignore:with-outside-test-context
permits(request) if writgate.permit with input as request

test_without_any_one_of_these_nothing_is_permitted if {
	permits(suspected)
	every path in [
		["actor", "agency_type"], ["actor", "trained"], ["actor", "training_current"], ["agency", "controls"],
		["agency", "controls", "algorithm_on_approved_list"], ["agency", "controls", "use_policy_published"],
		["agency", "controls", "conforms_to_state_model_policy"], ["mode"], ["purpose"], ["suspicion"], ["operation"],
		["now"],
	] {
		not permits(json.remove(suspected, [path]))
	}
}

test_the_uses_of_the_statute if {
	listed := {purpose |
		some purpose in data.vocabulary.purposes
		permits(object.union(suspected, {"purpose": purpose}))
	}
	listed == {
		"investigate_named_offence", "locate_wanted_person", "identify_victim", "child_exploitation_material",
		"locate_missing_person", "identify_witness", "locate_abducted_or_trafficked_victim", "identify_deceased",
		"identify_incapacitated_person", "identify_detained_person", "imminent_threat_to_life", "undercover_vetting",
		"credential_fraud",
	}
	unsuspected := {purpose |
		some purpose in listed
		permits(object.union(suspected, {"purpose": purpose, "suspicion": "none"}))
	}
	listed - unsuspected == {"investigate_named_offence", "locate_wanted_person"}
}

test_no_prohibited_use_is_listed if {
	every purpose in data.vocabulary.prohibited_uses {
		decision := writgate.decision with input as object.union(suspected, {"purpose": purpose})
		["us_va", "use_not_listed"] in samples.fired(decision)
	}
}

test_operations_and_modes if {
	decides(suspected, [
		[true, {"mode": "live"}],
		[true, {"mode": "mobile"}],
		[true, {"operation": "verify_1_to_1", "mode": "live"}],
		[false, {"mode": "stream"}],
		[false, {"operation": "watchlist_live", "mode": "live"}],
		[false, {"operation": "watchlist_live", "mode": "recorded_video"}],
		[true, {"operation": "watchlist_scan", "mode": "recorded_video"}],
		[false, {"operation": "watchlist_scan", "mode": "mobile"}],
		[true, {"operation": "track_person", "mode": "recorded_video"}],
		[false, {"operation": "track_person", "mode": "live"}],
		[false, {"operation": "track_person", "mode": null}],
		[true, {"operation": "enrol_gallery"}],
		[false, {"operation": "enrol_gallery", "mode": "live"}],
		[false, {"operation": "enrol_gallery", "mode": null}],
		[false, {"operation": "enrol_gallery", "engine": {"vendor": "commercial_scraped_gallery"}}],
		[true, {"operation": "consult_record"}],
		[true, {"operation": "release_result"}],
		[true, {"operation": "receive_result"}],
		[false, {"operation": "create_record"}],
	])
}

test_uses_of_a_result if {
	barred := {use |
		some use in data.vocabulary.result_uses
		not permits(object.union(suspected, {
			"operation": "use_result",
			"result_use": {"for": use, "other_evidence": true},
		}))
	}
	barred == {"affidavit_probable_cause", "probable_cause", "warrant_application", "trial_evidence"}
	decides(object.union(suspected, {"operation": "use_result"}), [
		[false, {}],
		[false, {"result_use": {"for": "arrest"}}],
		[false, {"result_use": {"for": "arrest", "other_evidence": "yes"}}],
		[false, {"result_use": {"for": null}}],
		[true, {"result_use": {"for": "lead"}}],
		[false, {"result_use": {"for": "lead"}, "suspicion": "none"}],
		[false, {"result_use": {"for": "exculpatory_evidence"}, "purpose": "access_control"}],
	])
}

test_the_days_on_which_it_was_permitted if {
	always := object.union(suspected, {"contract": {"valid_from": 0, "valid_to": 1800000000000000000}})
	decides(always, [
		[false, {"now": 1625097600000000000}],
		[false, {"now": 1656633599999999999}],
		[true, {"now": 1656633600000000000}],
		[true, {"now": after - 1}],
		[false, {"now": after}],
		[false, {"now": 1790000000000000000}],
	])
}

test_after_its_end_every_operation_is_refused if {
	open := {operation |
		some operation in data.vocabulary.operations
		permits(object.union(lapsed, {"operation": operation}))
	}
	open == {"incident_report"}
}

test_after_its_end_a_warrant_opens_the_records_only if {
	under_warrant := object.union(lapsed, {"legal_instrument": warrant})
	opened := {operation |
		some operation in data.vocabulary.operations
		permits(object.union(under_warrant, {"operation": operation}))
	}
	opened == {"consult_record", "incident_report"}
	exonerates := {"operation": "use_result", "result_use": {"for": "exculpatory_evidence"}}
	decides(under_warrant, [
		[true, exonerates],
		[false, {"operation": "use_result", "result_use": {"for": "lead"}}],
		[false, object.union(exonerates, {"actor": {"agency_type": "private_entity"}})],
		[false, object.union(exonerates, {"legal_instrument": {"type": "subpoena"}})],
		[false, object.union(exonerates, {"legal_instrument": {"verified": false}})],
		[false, object.union(exonerates, {"legal_instrument": {"expires_at": after}})],
		[false, object.union(exonerates, {"legal_instrument": {"scope": {"operations": ["identify_1_to_n"]}}})],
		[false, object.union(exonerates, {"legal_instrument": {"scope": {"purposes": ["identify_victim"]}}})],
	])
}
