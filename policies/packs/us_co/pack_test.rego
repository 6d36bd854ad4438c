package writgate.packs.us_co_test

import data.writgate
import data.writgate.samples_test as samples

test_every_rule_has_a_case if {
	object.keys(data.rules.us_co) == {rule |
		some cases in [part_cases, limits_cases, surveillance_cases]
		some rule, _ in cases
	}
}

colorado := object.union(samples.clean, {"jurisdiction": ["US-CO"]})

# Requests of a kind, each with its answer.
decides(rows) if {
	every row in rows {
		# regal ignore:with-outside-test-context
		decision := writgate.decision with input as object.union(colorado, row[1])
		decision.permit == row[0]
	}
}

live := {"operation": "watchlist_live", "mode": "live", "database": "watchlist", "suspicion": "reasonable_suspicion"}

missing := object.union(live, {"purpose": "locate_missing_person", "offence": null, "suspicion": "none"})

paper(type, purposes) := object.union(samples.warrant, {"type": type, "scope": {"purposes": purposes}})

test_only_a_search_warrant_is_a_warrant if {
	enough := {type |
		some type in data.vocabulary.instrument_types
		request := object.union(colorado, object.union(live, {"legal_instrument": paper(
			type,
			["investigate_named_offence"],
		)}))
		writgate.permit with input as request
	}
	enough == {"search_warrant"}
}

test_the_four_grounds_of_live_use if {
	decides([
		[false, live],
		[true, object.union(live, {"suspicion": "probable_cause"})],
		[false, object.union(live, {"suspicion": "fair_probability"})],
		[false, object.union(live, {"suspicion": "probable_cause", "offence": null})],
		[false, object.union(live, {"suspicion": "probable_cause", "case_number": null})],
		[false, object.union(live, {"suspicion": "probable_cause", "purpose": "access_control"})],
		[true, object.union(live, {"necessity": {"develop_leads": true}})],
		[false, object.union(live, {"necessity": {"develop_leads": false}})],
		[false, object.union(live, {"necessity": {"develop_leads": null}})],
		[false, object.union(live, {"necessity": {"develop_leads": true}, "case_number": " "})],
		[false, object.union(live, {"necessity": {"develop_leads": true}, "purpose": "retail_loss_prevention"})],
		[false, object.union(live, {"exigency": {"certified": true, "factual_basis": "hostages in the bank"}})],
		[true, object.union(live, {"legal_instrument": samples.warrant})],
		[false, object.union(live, {"legal_instrument": object.union(samples.warrant, {"expires_at": 1741608000000000000})})],
		[false, object.union(live, {"legal_instrument": object.union(samples.warrant, {"scope": {"modes": []}})})],
	])
}

test_orders_for_missing_persons if {
	decides([
		[false, missing],
		[true, object.union(missing, {"legal_instrument": paper("court_order", ["locate_missing_person"])})],
		[false, object.union(missing, {"legal_instrument": paper("ex_parte_order", ["locate_missing_person"])})],
		[true, object.union(missing, {"legal_instrument": object.union(
			paper("ex_parte_order", ["locate_missing_person"]),
			{"officer_certification": true},
		)})],
		[false, object.union(missing, {"legal_instrument": paper(
			"court_order",
			["locate_missing_person", "investigate_named_offence"],
		)})],
		[false, object.union(live, {"legal_instrument": paper("court_order", ["investigate_named_offence"])})],
	])
}

test_what_counts_as_tracking_or_real_time if {
	decides([
		[false, {"operation": "track_person", "mode": "recorded_video", "suspicion": "none"}],
		[false, {"operation": "watchlist_scan", "mode": "recorded_video", "suspicion": "none"}],
		[true, {"operation": "watchlist_scan", "mode": "recorded_video"}],
		[false, {"operation": "enrol_gallery", "mode": "live", "suspicion": "none"}],
		[true, {"operation": "enrol_gallery", "mode": "mobile", "suspicion": "none"}],
		[false, {"mode": "mobile", "suspicion": "reasonable_suspicion"}],
		[true, {"operation": "verify_1_to_1", "mode": "live", "suspicion": "reasonable_suspicion"}],
		[true, {"mode": "recorded_video", "suspicion": "reasonable_suspicion"}],
	])
}

test_uses_of_a_result if {
	decides([
		[true, {"operation": "use_result", "result_use": {"for": "lead"}}],
		[true, {"operation": "use_result", "result_use": {"for": "trial_evidence"}}],
		[false, {"operation": "use_result", "result_use": {"for": "warrant_application"}}],
		[true, {"operation": "use_result", "result_use": {"for": "warrant_application", "other_evidence": true}}],
		[false, {"operation": "use_result", "result_use": {"for": "arrest", "other_evidence": null}}],
		[false, {"operation": "use_result"}],
	])
}

test_probes if {
	decides([
		[true, {"probe": {"alterations": ["crop", "brightness"]}}],
		[false, {"probe": {"alterations": ["pasted_eyes"]}}],
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
		[false, {"subject": {"selected_because_of": "participation_in_lawful_event"}}],
		[false, {"subject": {"selected_because_of": "shoe_size"}}],
	])
}

test_exemptions_are_no_wider_than_they_say if {
	door := {
		"purpose": "access_control",
		"premises": "secure_area",
		"offence": null,
		"suspicion": "none",
		"operation": "verify_1_to_1",
	}
	no_report := {"agency": {"controls": {"accountability_report_adopted": false}}}
	decides([
		[true, object.union(door, no_report)],
		[false, object.union(door, object.union(no_report, {"place": "publicly_accessible_space"}))],
		[false, object.union(door, object.union(no_report, {"premises": "place_of_public_accommodation"}))],
		[false, object.union(door, object.union(no_report, {"premises": null}))],
		[true, object.union(door, {"premises": null})],
		[false, object.union(door, object.union(no_report, {"operation": "watchlist_live", "mode": "live"}))],
		[false, object.union(door, object.union(no_report, {"operation": "use_result", "result_use": {"for": "lead"}}))],
		[false, object.union(door, {"operation": "use_result", "result_use": {"for": "arrest"}})],
		[false, object.union(door, {"actor": {"agency_type": "private_entity"}})],
		[false, object.union(door, {"actor": {"agency_type": null}})],
	])
}

test_what_was_permitted_is_released if {
	release := {"operation": "release_result", "search": {"operation": "verify_1_to_1", "candidates": 1}}
	own := {"purpose": "device_access_own", "actor": {"agency_type": "private_entity", "role": "employee"}}
	decides([
		[true, release],
		[true, object.union(release, {"purpose": "access_control", "premises": "secure_area"})],
		[true, object.union(release, own)],
		[false, object.union(release, object.union(own, {"search": {"operation": "identify_1_to_n"}}))],
	])
}

test_a_search_for_a_witness_is_disclosed_when_it_is_used if {
	searched := writgate.decision with input as object.union(colorado, {"purpose": "identify_witness"})
	not ["us_co", "disclose_to_defence"] in samples.fired(searched)
	used := writgate.decision with input as object.union(colorado, {
		"purpose": "identify_witness",
		"operation": "use_result",
		"result_use": {"for": "trial_evidence"},
	})
	["us_co", "disclose_to_defence"] in samples.fired(used)
}

test_before_the_part_nothing_is_permitted if {
	before := {"now": 1660089599000000000, "contract": {"valid_from": 0}}
	decision := writgate.decision with input as object.union(colorado, before)
	samples.fired(decision) == {["base", "pack_without_grant"], ["base", "log_denied_attempt"]}
	decides([[true, {"now": 1660089600000000000, "contract": {"valid_from": 0}}]])
}
