package writgate.packs.gb_eaw_test

import data.writgate
import data.writgate.samples_test as samples

# One case for each rule of the file: the request it starts from, what is changed in it, and whether that is permitted.
live_cases := {
	"assessments_missing": {
		"permit": false,
		"from": "live",
		"change": {"agency": {"controls": {"dpia": null}}},
	},
	"delete_non_matches": {"permit": true, "from": "live", "change": {}},
	"live_deployment": {"permit": true, "from": "live", "change": {}},
	"live_feed_database": {
		"permit": false,
		"from": "still",
		"change": {"operation": "enrol_gallery", "mode": "live"},
	},
	"non_matches_kept": {
		"permit": false,
		"from": "live",
		"change": {"non_match_retention": "31_days"},
	},
	"officer_decides": {"permit": true, "from": "still", "change": {}},
	"officers_choose": {
		"permit": false,
		"from": "live",
		"change": {"agency": {"controls": {"location_criteria_documented": false}}},
	},
	"stored_scan_without_criteria": {
		"permit": false,
		"from": "still",
		"change": {
			"operation": "watchlist_scan",
			"mode": "recorded_video",
		},
	},
	"tracking": {
		"permit": true,
		"from": "still",
		"change": {
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
	},
	"tracking_unauthorised": {
		"permit": false,
		"from": "still",
		"change": {
			"operation": "track_person",
			"mode": "recorded_video",
		},
	},
	"watchlist_not_tailored": {
		"permit": false,
		"from": "live",
		"change": {"agency": {"controls": {"watchlist_reviewed_for_deployment": false}}},
	},
}

test_every_rule_of_live_fires_in_its_case if {
	every rule, case in live_cases {
		decision := writgate.decision with input as object.union(bases[case.from], case.change)
		["gb_eaw", rule] in samples.fired(decision)
		decision.permit == case.permit
	}
}
