package writgate.packs.model_georgetown_test

import data.writgate
import data.writgate.samples_test as samples

test_every_rule_has_a_case if {
	object.keys(data.rules.model_georgetown) == {rule |
		some cases in [galleries_cases, orders_cases, limits_cases]
		some rule, _ in cases
	}
}

strict := object.union(samples.clean, {
	"contract": {"packs": ["model_georgetown"]},
	"agency": {"controls": {
		"internal_audit_current": true,
		"annual_report_published": true,
		"arrest_photos_purged_twice_a_year": true,
	}},
})

# Requests of a kind, each with its answer.
decides(rows) if {
	every row in rows {
		# regal ignore:with-outside-test-context
		decision := writgate.decision with input as object.union(strict, row[1])
		decision.permit == row[0]
	}
}

licences := {"database": "driver_licence"}

order := object.union(samples.warrant, {
	"type": "court_order",
	"finding": "probable_cause",
	"scope": {"modes": ["still_image", "live"], "limits": ["time", "place"]},
})

danger := {
	"certified": true,
	"risk": "imminent_threat_to_individual",
	"factual_basis": "armed man with two hostages",
	"started_at": 1741604400000000000,
}

test_the_pack_applies_only_where_a_contract_names_it if {
	unnamed := writgate.decision with input as object.union(strict, {"contract": {"packs": []}, "suspicion": "none"})
	unnamed.permit
	not "model_georgetown" in unnamed.packs
	named := writgate.decision with input as object.union(strict, {"suspicion": "none"})
	not named.permit
}

test_galleries if {
	decides([
		[true, {}],
		[true, {"database": "arrest_photos-2025"}],
		[false, {"database": "watchlist"}],
		[false, {"database": null}],
		[true, {"database": null, "operation": "verify_1_to_1"}],
		[false, licences],
		[false, {"database": "state_id_photos"}],
		[true, {"mode": "mobile"}],
		[false, {"mode": "stream"}],
	])
}

test_suspicion if {
	decides([
		[true, {"suspicion": "reasonable_suspicion"}],
		[false, {"suspicion": "none"}],
		[false, {"suspicion": null}],
		[true, {"suspicion": "none", "purpose": "identify_victim"}],
		[false, {"suspicion": "none", "purpose": "identify_witness"}],
		[false, object.union(licences, {"legal_instrument": order, "suspicion": "none"})],
	])
}

test_governance_is_shown if {
	controls := [
		"use_policy_published",
		"internal_audit_current",
		"annual_report_published",
		"arrest_photos_purged_twice_a_year",
	]
	every control in controls {
		decides([
			[false, {"agency": {"controls": {control: false}}}],
			[false, {"agency": {"controls": {control: null}}}],
		])
	}
}

test_the_purge_concerns_mug_shots if {
	decides([[true, object.union(licences, {
		"legal_instrument": order,
		"agency": {"controls": {"arrest_photos_purged_twice_a_year": null}},
	})]])
}

test_orders_for_licences if {
	decides([
		[true, object.union(licences, {"legal_instrument": order})],
		[false, object.union(licences, {"legal_instrument": object.union(order, {"finding": "reasonable grounds"})})],
		[true, object.union(licences, {"legal_instrument": object.union(order, {
			"type": "search_warrant",
			"finding": null,
		})})],
		[false, object.union(licences, {"legal_instrument": object.union(order, {"type": "subpoena"})})],
		[false, object.union(licences, {"legal_instrument": object.union(order, {"verified": false})})],
		[false, object.union(licences, {"legal_instrument": object.union(order, {"scope": {"purposes": []}})})],
	])
}

test_emergencies_for_licences if {
	long_ago := object.union(danger, {"started_at": 1741521600000000000})
	decides([
		[true, object.union(licences, {"exigency": danger})],
		[true, object.union(licences, {"exigency": object.union(danger, {"started_at": 1741564800000000000})})],
		[false, object.union(licences, {"exigency": object.union(danger, {"started_at": 1741564799999999999})})],
		[false, object.union(licences, {"exigency": object.union(danger, {"started_at": null})})],
		[false, object.union(licences, {"exigency": object.union(danger, {"certified": false})})],
		[false, object.union(licences, {"exigency": long_ago})],
		[true, object.union(licences, {
			"exigency": long_ago,
			"clock": {"authorisation_requested": 1741564800000000000},
		})],
		[false, object.union(licences, {
			"exigency": long_ago,
			"clock": {"authorisation_requested": 1741564800000000001},
		})],
		[false, object.union(licences, {"exigency": danger, "clock": {"authorisation_result": "rejected"}})],
		[false, {"operation": "release_result", "clock": {"authorisation_result": "rejected"}}],
		[true, {"operation": "consult_record", "clock": {"authorisation_result": "rejected"}}],
	])
}

test_the_follow_up_is_due_twelve_hours_after_the_beginning if {
	decision := writgate.decision with input as object.union(strict, object.union(licences, {"exigency": danger}))
	some duty in decision.obligations
	duty.rule == "follow_up"
	duty.due == 1741647600000000000
}

test_continuous_scanning if {
	live := {"operation": "watchlist_live", "mode": "live", "database": "watchlist"}
	decides([
		[false, live],
		[false, object.union(live, {"legal_instrument": order})],
		[false, object.union(live, {"exigency": danger})],
		[true, object.union(live, {"legal_instrument": order, "exigency": danger})],
		[false, object.union(live, {
			"legal_instrument": object.union(order, {"scope": {"limits": ["time"]}}),
			"exigency": danger,
		})],
		[false, object.union(live, {"legal_instrument": order, "exigency": object.union(danger, {"risk": "property"})})],
		[true, object.union(live, {
			"legal_instrument": object.union(order, {"scope": {"purposes": ["imminent_threat_to_life"]}}),
			"purpose": "imminent_threat_to_life",
			"exigency": object.union(danger, {"risk": "substantial_risk_of_harm"}),
		})],
		[true, {"mode": "live", "legal_instrument": order, "exigency": danger}],
		[false, {"operation": "track_person", "mode": "recorded_video"}],
		[false, {"operation": "watchlist_scan", "mode": "recorded_video"}],
	])
}

test_enrolment if {
	booked := {"operation": "enrol_gallery", "purpose": "identify_detained_person"}
	decides([
		[true, booked],
		[false, object.union(booked, {"mode": "live"})],
		[false, object.union(booked, {"database": "watchlist"})],
		[false, {"operation": "enrol_gallery"}],
	])
}

test_results_and_records if {
	decides([
		[true, {"operation": "use_result", "result_use": {"for": "photo_lineup"}}],
		[false, {"operation": "use_result", "result_use": {"for": "probable_cause"}}],
		[true, {"operation": "receive_result"}],
		[true, {"operation": "incident_report", "subject": {"selected_because_of": "religion"}}],
		[false, {"operation": "receive_result", "subject": {"selected_because_of": "shoe_size"}}],
	])
}

test_before_the_report_nothing_is_permitted if {
	decides([
		[false, {"now": 1476748799000000000, "contract": {"valid_from": 0}}],
		[true, {"now": 1476748800000000000, "contract": {"valid_from": 0}}],
	])
}
