package writgate.packs.gb_eaw_test

import data.writgate
import data.writgate.samples_test as samples

# Requests that are permitted: a live deployment, and one picture.
bases := {
	"live": object.union(samples.clean, {
		"jurisdiction": ["GB-EAW"],
		"operation": "watchlist_live",
		"mode": "live",
		"database": "watchlist",
		"non_match_retention": "immediate_deletion",
		"agency": {"controls": {
			"dpia": true,
			"equality_assessment": true,
			"watchlist_criteria_documented": true,
			"location_criteria_documented": true,
		}},
	}),
	"still": object.union(samples.clean, {"jurisdiction": ["GB-EAW"]}),
}

test_every_rule_has_a_case if {
	object.keys(data.rules.gb_eaw) == {rule |
		some cases in [live_cases, part_three_cases, requesters_cases, results_cases]
		some rule, _ in cases
	}
}

# Questions: what they start from, what is changed, and whether that is permitted.
answers := {
	"live use": {
		"from": "live",
		"rows": [
			[
				true,
				{
					"purpose": "locate_missing_person",
					"offence": null,
					"suspicion": "none",
				},
			],
			[
				true,
				{
					"purpose": "locate_wanted_person",
					"offence": null,
					"subject": {"wanted": true},
				},
			],
			[false, {"purpose": "locate_wanted_person", "offence": null}],
			[true, {"operation": "identify_1_to_n", "mode": "mobile"}],
			[true, {"operation": "identify_1_to_n", "mode": "live"}],
			[false, {"operation": "track_person"}],
			[
				true,
				{
					"operation": "track_person",
					"legal_instrument": {
						"id": "authorisation-1",
						"found": true,
						"type": "administrative_authorisation",
						"status": "granted",
						"verified": true,
						"origin": "registered",
						"valid_from": 1741435200000000000,
						"expires_at": 1742472000000000000,
						"scope": {
							"modes": ["live"],
							"purposes": ["investigate_named_offence"],
							"operations": [],
							"galleries": [],
							"probe_sha256": [],
							"limits": [],
						},
						"searches_allowed": null,
						"searches_used": 0,
						"officer_certification": false,
						"finding": null,
					},
				},
			],
			[false, {"non_match_retention": null}],
			[
				false,
				{"agency": {"controls": {"watchlist_criteria_documented": null}}},
			],
			[
				false,
				{"agency": {"controls": {"location_criteria_documented": null}}},
			],
			[
				false,
				{"agency": {"controls": {"equality_assessment": false}}},
			],
			[false, {"agency": {"controls": {"dpia": false}}}],
			[true, {"mode": null}],
			[
				true,
				{"operation": "watchlist_live", "mode": "recorded_video"},
			],
			[
				true,
				{
					"operation": "release_result",
					"search": {
						"operation": "watchlist_live",
						"candidates": 1,
					},
				},
			],
		],
	},
	"stored pictures": {
		"from": "still",
		"rows": [
			[true, {"mode": "recorded_video"}],
			[false, {"mode": "mobile"}],
			[false, {"mode": "live"}],
			[false, {"mode": null}],
			[
				true,
				{
					"operation": "watchlist_scan",
					"mode": "recorded_video",
					"agency": {"controls": {"watchlist_criteria_documented": true}},
				},
			],
			[
				false,
				{
					"operation": "watchlist_scan",
					"mode": "recorded_video",
					"agency": {"controls": {"watchlist_criteria_documented": false}},
				},
			],
			[true, {"operation": "verify_1_to_1", "mode": "live"}],
			[true, {"operation": "enrol_gallery"}],
			[true, {"operation": "receive_result"}],
			[true, {"operation": "create_record"}],
			[false, {"purpose": "undercover_vetting"}],
			[
				true,
				{
					"purpose": "identify_deceased",
					"offence": null,
					"suspicion": "none",
				},
			],
			[false, {"purpose": "identify_witness", "offence": null}],
			[false, {"purpose": "federal_mandate"}],
			[false, {"agency": {"controls": {"dpia": false}}}],
			[
				false,
				{"agency": {"controls": {"equality_assessment": false}}},
			],
		],
	},
	"following a person": {
		"from": "still",
		"rows": [
			[
				false,
				{
					"operation": "track_person",
					"mode": "recorded_video",
					"legal_instrument": {
						"id": "authorisation-1",
						"found": true,
						"type": "subpoena",
						"status": "granted",
						"verified": true,
						"origin": "registered",
						"valid_from": 1741435200000000000,
						"expires_at": 1742472000000000000,
						"scope": {
							"modes": ["recorded_video"],
							"purposes": ["investigate_named_offence"],
							"operations": [],
							"galleries": [],
							"probe_sha256": [],
							"limits": [],
						},
						"searches_allowed": null,
						"searches_used": 0,
						"officer_certification": false,
						"finding": null,
					},
				},
			],
			[
				true,
				{
					"operation": "track_person",
					"mode": "recorded_video",
					"legal_instrument": {
						"id": "authorisation-1",
						"found": true,
						"type": "judicial_authorisation",
						"status": "granted",
						"verified": true,
						"origin": "registered",
						"valid_from": 1741435200000000000,
						"expires_at": 1742472000000000000,
						"scope": {
							"modes": ["recorded_video"],
							"purposes": ["investigate_named_offence"],
							"operations": [],
							"galleries": [],
							"probe_sha256": [],
							"limits": [],
						},
						"searches_allowed": null,
						"searches_used": 0,
						"officer_certification": false,
						"finding": null,
					},
				},
			],
			[
				false,
				{
					"operation": "track_person",
					"mode": "recorded_video",
					"legal_instrument": {
						"id": "authorisation-1",
						"found": true,
						"type": "administrative_authorisation",
						"status": "granted",
						"verified": false,
						"origin": "registered",
						"valid_from": 1741435200000000000,
						"expires_at": 1742472000000000000,
						"scope": {
							"modes": ["recorded_video"],
							"purposes": ["investigate_named_offence"],
							"operations": [],
							"galleries": [],
							"probe_sha256": [],
							"limits": [],
						},
						"searches_allowed": null,
						"searches_used": 0,
						"officer_certification": false,
						"finding": null,
					},
				},
			],
			[
				false,
				{
					"operation": "track_person",
					"mode": "recorded_video",
					"legal_instrument": {
						"id": "authorisation-1",
						"found": true,
						"type": "administrative_authorisation",
						"status": "granted",
						"verified": true,
						"origin": "registered",
						"valid_from": 1741435200000000000,
						"expires_at": 1742472000000000000,
						"scope": {
							"modes": [],
							"purposes": ["investigate_named_offence"],
							"operations": [],
							"galleries": [],
							"probe_sha256": [],
							"limits": [],
						},
						"searches_allowed": null,
						"searches_used": 0,
						"officer_certification": false,
						"finding": null,
					},
				},
			],
			[
				false,
				{
					"operation": "track_person",
					"mode": "recorded_video",
					"legal_instrument": {
						"id": "authorisation-1",
						"found": true,
						"type": "administrative_authorisation",
						"status": "granted",
						"verified": true,
						"origin": "registered",
						"valid_from": 1741435200000000000,
						"expires_at": 1742472000000000000,
						"scope": {
							"modes": ["recorded_video"],
							"purposes": [],
							"operations": [],
							"galleries": [],
							"probe_sha256": [],
							"limits": [],
						},
						"searches_allowed": null,
						"searches_used": 0,
						"officer_certification": false,
						"finding": null,
					},
				},
			],
			[
				false,
				{
					"operation": "track_person",
					"mode": "recorded_video",
					"legal_instrument": {
						"id": "authorisation-1",
						"found": true,
						"type": "administrative_authorisation",
						"status": "granted",
						"verified": true,
						"origin": "registered",
						"valid_from": 1741435200000000000,
						"expires_at": 1741608000000000000,
						"scope": {
							"modes": ["recorded_video"],
							"purposes": ["investigate_named_offence"],
							"operations": [],
							"galleries": [],
							"probe_sha256": [],
							"limits": [],
						},
						"searches_allowed": null,
						"searches_used": 0,
						"officer_certification": false,
						"finding": null,
					},
				},
			],
		],
	},
	"records and results": {
		"from": "still",
		"rows": [
			[
				false,
				{
					"operation": "consult_record",
					"justification": "  ",
				},
			],
			[
				false,
				{
					"operation": "release_result",
					"search": {
						"operation": "identify_1_to_n",
						"candidates": 1,
					},
					"justification": null,
				},
			],
			[
				true,
				{
					"operation": "incident_report",
					"justification": null,
				},
			],
			[
				false,
				{
					"operation": "consult_record",
					"justification": null,
					"now": 1755561599000000000,
				},
			],
			[
				false,
				{
					"operation": "consult_record",
					"justification": null,
					"now": 1755648000000000000,
				},
			],
			[
				true,
				{
					"operation": "consult_record",
					"now": 1755648000000000000,
				},
			],
			[
				true,
				{
					"operation": "use_result",
					"result_use": {
						"for": "photo_lineup",
						"other_evidence": null,
					},
				},
			],
			[
				true,
				{
					"operation": "use_result",
					"result_use": {
						"for": "exculpatory_evidence",
						"other_evidence": null,
					},
				},
			],
			[
				false,
				{
					"operation": "use_result",
					"result_use": {
						"for": "trial_evidence",
						"other_evidence": null,
					},
				},
			],
			[
				true,
				{
					"operation": "use_result",
					"result_use": {
						"for": "trial_evidence",
						"other_evidence": true,
					},
				},
			],
			[
				false,
				{
					"operation": "use_result",
					"result_use": {
						"for": null,
						"other_evidence": null,
					},
				},
			],
			[
				true,
				{
					"operation": "release_result",
					"search": {
						"operation": "verify_1_to_1",
						"candidates": 1,
					},
				},
			],
		],
	},
	"who asks": {
		"from": "still",
		"rows": [
			[
				true,
				{
					"actor": {
						"agency_type": "private_entity",
						"role": "security",
						"roles": ["security"],
					},
					"purpose": "access_control",
					"offence": null,
					"suspicion": "none",
					"operation": "verify_1_to_1",
					"consent": {"written": true},
				},
			],
			[
				true,
				{
					"actor": {
						"agency_type": "private_entity",
						"role": "security",
						"roles": ["security"],
					},
					"purpose": "access_control",
					"offence": null,
					"suspicion": "none",
					"operation": "release_result",
					"justification": null,
					"consent": {"written": true},
				},
			],
			[
				false,
				{
					"actor": {
						"agency_type": "private_entity",
						"role": "security",
						"roles": ["security"],
					},
					"purpose": "retail_loss_prevention",
					"offence": null,
					"suspicion": "none",
					"consent": {"written": true},
				},
			],
			[
				false,
				{
					"actor": {
						"agency_type": "private_entity",
						"role": "security",
						"roles": ["security"],
					},
					"purpose": "access_control",
					"offence": null,
					"suspicion": "none",
					"consent": {"written": true},
					"agency": {"on_behalf_of": "GB-EAW police"},
				},
			],
			[
				false,
				{"actor": {"agency_type": "government_non_law_enforcement"}},
			],
			[true, {"actor": {"agency_type": null}}],
			[
				true,
				{
					"operation": "release_result",
					"purpose": "device_access_own",
					"justification": null,
					"search": {
						"operation": "verify_1_to_1",
						"candidates": 1,
					},
				},
			],
		],
	},
}

test_answers if {
	every group in answers {
		every row in group.rows {
			decision := writgate.decision with input as object.union(bases[group.from], row[1])
			decision.permit == row[0]
		}
	}
}

# What must be shown: without it, and with null in its place, the request is refused.
needed := {
	"live": [
		["agency", "controls", "dpia"],
		["agency", "controls", "equality_assessment"],
		["agency", "controls", "watchlist_criteria_documented"],
		["agency", "controls", "location_criteria_documented"],
		["non_match_retention"],
		["offence"],
		["purpose"],
		["operation"],
		["now"],
		["justification"],
		["case_number"],
	],
	"still": [["mode"], ["purpose"], ["operation"], ["now"], ["offence"]],
}

test_what_is_missing_never_helps if {
	every base, paths in needed {
		permits(bases[base])
		every path in paths {
			not permits(json.remove(bases[base], [path]))
			not permits(object.union(bases[base], blank(path)))
		}
	}
}

blank([section]) := {section: null}

blank([section, part, field]) := {section: {part: {field: null}}}

# regal ignore:with-outside-test-context
permits(request) if writgate.permit with input as request

at(base, now) := object.union(bases[base], {"now": now, "contract": {"valid_from": 0}})

# What the Court of Appeal asked for can be shown from the day of its judgment.
test_the_day_of_bridges if {
	permits(at("live", 1597104000000000000))
	not permits(at("live", 1597103999999999999))
	permits(at("still", 1597103999999999999))
}

test_before_part_three_nothing_is_permitted if {
	permits(at("still", 1527206400000000000))
	decision := writgate.decision with input as at("still", 1527206399999999999)
	samples.fired(decision) == {["base", "pack_without_grant"], ["base", "log_denied_attempt"]}
}
