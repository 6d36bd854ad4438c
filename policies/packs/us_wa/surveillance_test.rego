package writgate.packs.us_wa_test

import data.writgate
import data.writgate.samples_test as samples

# One case for each rule of the file: what is changed in a clean request, and whether that is permitted.
surveillance_cases := {
	"court_order": {
		"permit": true,
		"change": {
			"jurisdiction": ["US-WA"],
			"mode": "mobile",
			"purpose": "locate_missing_person",
			"offence": null,
			"suspicion": "none",
			"justification": "child of nine last seen at the Lakeport ferry terminal on Sunday",
			"legal_instrument": {
				"found": true,
				"origin": "registered",
				"valid_from": 1740787200000000000,
				"expires_at": 1743379200000000000,
				"searches_allowed": null,
				"searches_used": 0,
				"officer_certification": false,
				"finding": null,
				"type": "court_order",
				"status": "granted",
				"verified": true,
				"scope": {
					"modes": ["mobile"],
					"purposes": ["locate_missing_person", "identify_deceased"],
					"operations": ["identify_1_to_n"],
					"galleries": ["*"],
					"probe_sha256": [],
					"limits": [],
				},
			},
		},
	},
	"court_order_missing": {
		"permit": false,
		"change": {
			"jurisdiction": ["US-WA"],
			"mode": "mobile",
			"purpose": "locate_missing_person",
			"offence": null,
			"suspicion": "none",
			"justification": "child of nine last seen at the Lakeport ferry terminal on Sunday",
		},
	},
	"document_emergency": {
		"permit": true,
		"change": {
			"jurisdiction": ["US-WA"],
			"operation": "watchlist_live",
			"mode": "live",
			"exigency": {
				"found": true,
				"status": "certified",
				"started_at": 1741604400000000000,
				"deadline": 1741694400000000000,
				"certified": true,
				"risk": "imminent_threat_to_individual",
			},
			"database": "watchlist",
		},
	},
	"exigency": {
		"permit": true,
		"change": {
			"jurisdiction": ["US-WA"],
			"operation": "watchlist_live",
			"mode": "live",
			"exigency": {
				"found": true,
				"status": "certified",
				"started_at": 1741604400000000000,
				"deadline": 1741694400000000000,
				"certified": true,
				"risk": "imminent_threat_to_individual",
			},
			"database": "watchlist",
		},
	},
	"realtime_without_warrant": {
		"permit": false,
		"change": {
			"jurisdiction": ["US-WA"],
			"mode": "live",
		},
	},
	"report_demographics": {
		"permit": true,
		"change": {
			"jurisdiction": ["US-WA"],
			"mode": "live",
			"legal_instrument": {
				"found": true,
				"origin": "registered",
				"valid_from": 1740787200000000000,
				"expires_at": 1743379200000000000,
				"searches_allowed": null,
				"searches_used": 0,
				"officer_certification": false,
				"finding": null,
				"type": "search_warrant",
				"status": "granted",
				"verified": true,
				"scope": {
					"modes": ["live"],
					"purposes": ["investigate_named_offence"],
					"operations": ["identify_1_to_n"],
					"galleries": ["*"],
					"probe_sha256": [],
					"limits": [],
				},
			},
		},
	},
	"report_warrants": {
		"permit": true,
		"change": {
			"jurisdiction": ["US-WA"],
			"mode": "live",
			"legal_instrument": {
				"found": true,
				"origin": "registered",
				"valid_from": 1740787200000000000,
				"expires_at": 1743379200000000000,
				"searches_allowed": null,
				"searches_used": 0,
				"officer_certification": false,
				"finding": null,
				"type": "search_warrant",
				"status": "granted",
				"verified": true,
				"scope": {
					"modes": ["live"],
					"purposes": ["investigate_named_offence"],
					"operations": ["identify_1_to_n"],
					"galleries": ["*"],
					"probe_sha256": [],
					"limits": [],
				},
			},
		},
	},
	"single_recognition": {
		"permit": true,
		"change": {"jurisdiction": ["US-WA"]},
	},
	"tracking_without_warrant": {
		"permit": false,
		"change": {
			"jurisdiction": ["US-WA"],
			"operation": "enrol_gallery",
			"mode": "live",
		},
	},
	"warrant": {
		"permit": true,
		"change": {
			"jurisdiction": ["US-WA"],
			"mode": "live",
			"legal_instrument": {
				"found": true,
				"origin": "registered",
				"valid_from": 1740787200000000000,
				"expires_at": 1743379200000000000,
				"searches_allowed": null,
				"searches_used": 0,
				"officer_certification": false,
				"finding": null,
				"type": "search_warrant",
				"status": "granted",
				"verified": true,
				"scope": {
					"modes": ["live"],
					"purposes": ["investigate_named_offence"],
					"operations": ["identify_1_to_n"],
					"galleries": ["*"],
					"probe_sha256": [],
					"limits": [],
				},
			},
		},
	},
}

test_every_rule_of_surveillance_fires_in_its_case if {
	every rule, case in surveillance_cases {
		decision := writgate.decision with input as object.union(samples.clean, case.change)
		["us_wa", rule] in samples.fired(decision)
		decision.permit == case.permit
	}
}
