package writgate.packs.us_wa_test

import data.writgate
import data.writgate.samples_test as samples

test_every_rule_has_a_case if {
	object.keys(data.rules.us_wa) == {rule |
		some cases in [chapter_cases, limits_cases, surveillance_cases]
		some rule, _ in cases
	}
}

test_a_paper_whose_end_is_a_text_has_ended if {
	paper := {"legal_instrument": {"expires_at": "2099-01-01T00:00:00Z"}}
	decision := writgate.decision with input as object.union(samples.under_warrant, paper)
	not decision.permit
}

test_only_a_search_warrant_is_a_warrant if {
	enough := {type |
		some type in data.vocabulary.instrument_types
		request := object.union(samples.under_warrant, {"legal_instrument": {"type": type}})
		writgate.permit with input as request
	}
	enough == {"search_warrant"}
}

test_before_the_chapter_nothing_is_permitted if {
	request := object.union(samples.washington, {
		"now": 1625097599000000000,
		"contract": {"valid_from": 0},
	})
	decision := writgate.decision with input as request
	samples.fired(decision) == {["base", "pack_without_grant"], ["base", "log_denied_attempt"]}
}

# Requests of a kind, each with its answer.
decides(rows) if {
	every row in rows {
		# regal ignore:with-outside-test-context
		decision := writgate.decision with input as object.union(samples.washington, row[1])
		decision.permit == row[0]
	}
}

paper(type, mode, purposes) := object.union(samples.warrant, {
	"type": type,
	"scope": {"modes": [mode], "purposes": purposes},
})

missing_live := {
	"operation": "watchlist_live",
	"mode": "live",
	"purpose": "locate_missing_person",
	"offence": null,
	"suspicion": "none",
}

order := paper("ex_parte_order", "live", ["locate_missing_person"])

test_orders_for_missing_persons if {
	decides([
		[false, missing_live],
		[true, object.union(missing_live, {"legal_instrument": object.union(order, {"type": "court_order"})})],
		[true, object.union(missing_live, {"legal_instrument": object.union(order, {"officer_certification": true})})],
		[false, object.union(missing_live, {"legal_instrument": order})],
		[true, object.union(missing_live, {"exigency": {"certified": true, "factual_basis": "child in the water"}})],
		[true, object.union(missing_live, {"exigency": {
			"certified": true,
			"factual_basis": "child in the water",
			"deadline": 1741694400000000000,
		}})],
		[false, object.union(missing_live, {"exigency": {
			"certified": true,
			"factual_basis": "child in the water",
			"deadline": 1741608000000000000,
		}})],
	])
}

test_what_counts_as_tracking_or_real_time if {
	decides([
		[false, {"operation": "track_person"}],
		[false, {"operation": "track_person", "mode": "recorded_video"}],
		[false, {"operation": "watchlist_scan", "mode": "recorded_video"}],
		[false, {"operation": "enrol_gallery", "mode": "live"}],
		[true, {"operation": "enrol_gallery", "mode": "mobile"}],
		[false, {"mode": "mobile"}],
		[false, {"mode": "stream"}],
		[true, {"operation": "verify_1_to_1", "mode": "live"}],
		[true, {"operation": "verify_1_to_1", "mode": "mobile"}],
	])
}

test_uses_of_a_result if {
	decides([
		[true, {"operation": "use_result", "result_use": {"for": "lead"}}],
		[true, {"operation": "use_result", "result_use": {"for": "exculpatory_evidence"}}],
		[false, {"operation": "use_result", "result_use": {"for": "arrest"}}],
		[true, {"operation": "use_result", "result_use": {"for": "arrest", "other_evidence": true}}],
		[false, {"operation": "use_result"}],
	])
}

test_ones_own_device_is_unlocked_and_its_owner_told if {
	owner := {
		"purpose": "device_access_own",
		"offence": null,
		"suspicion": "none",
		"case_number": null,
		"justification": null,
		"actor": {"roles": ["employee"], "role": "employee", "agency_type": "private_entity"},
	}
	verified := {"operation": "verify_1_to_1", "candidates": 1, "quality": null}
	identified := {"operation": "identify_1_to_n", "candidates": 1, "quality": null}
	decides([
		[true, object.union(owner, {"operation": "verify_1_to_1"})],
		[true, object.union(owner, {"operation": "release_result", "search": verified})],
		[false, object.union(owner, {"operation": "release_result", "search": identified})],
	])
}

test_probes if {
	decides([
		[true, {"probe": {"alterations": ["crop", "rotate"]}}],
		[false, {"probe": {"alterations": ["open_eyes"]}}],
		[false, {"probe": {"substantively_altered": null}}],
		[false, {"probe": {"kind": "composite"}}],
		[false, {"probe": {"kind": null}}],
	])
}

test_liberties if {
	decides([
		[true, {"subject": {"activity": "protest"}}],
		[false, {"subject": {"activity": "protest"}, "suspicion": "none"}],
		[false, {"operation": "create_record", "subject": {"activity": "speech"}}],
		[true, {"operation": "create_record"}],
		[true, {"operation": "incident_report", "subject": {"selected_because_of": "religion"}}],
	])
}

test_profiling_is_refused_as_operation_too if {
	decision := writgate.decision with input as object.union(samples.washington, {"operation": "risk_score_person"})
	["us_wa", "profiling"] in samples.fired(decision)
}

test_a_federal_paper_without_an_end_exempts if {
	mandate := object.union(paper("federal_regulation_or_order", "still_image", ["federal_mandate"]), {"expires_at": null})
	decides([
		[true, {"purpose": "federal_mandate", "offence": null, "legal_instrument": mandate}],
		[false, {"purpose": "federal_mandate", "offence": null}],
		[false, {
			"purpose": "federal_mandate",
			"offence": null,
			"legal_instrument": object.union(mandate, {"type": "court_order"}),
		}],
	])
}
