package writgate.packs.us_co_test

import data.writgate
import data.writgate.samples_test as samples

# One case for each rule of the file: what is changed in a clean request, and whether that is permitted.
surveillance_cases := {
	"court_order": {
		"permit": true,
		"change": {
			"jurisdiction": ["US-CO"],
			"operation": "watchlist_live",
			"mode": "live",
			"database": "watchlist",
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
					"modes": ["live"],
					"purposes": [
						"locate_missing_person",
						"identify_deceased",
					],
					"operations": ["watchlist_live"],
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
			"jurisdiction": ["US-CO"],
			"operation": "watchlist_live",
			"mode": "live",
			"database": "watchlist",
			"purpose": "locate_missing_person",
			"offence": null,
			"suspicion": "none",
		},
	},
	"document_ground": {
		"permit": true,
		"change": {
			"jurisdiction": ["US-CO"],
			"operation": "watchlist_live",
			"mode": "live",
			"database": "watchlist",
		},
	},
	"leads": {
		"permit": true,
		"change": {
			"jurisdiction": ["US-CO"],
			"operation": "watchlist_live",
			"mode": "live",
			"database": "watchlist",
			"suspicion": "reasonable_suspicion",
			"necessity": {"develop_leads": true},
		},
	},
	"probable_cause": {
		"permit": true,
		"change": {
			"jurisdiction": ["US-CO"],
			"operation": "watchlist_live",
			"mode": "live",
			"database": "watchlist",
		},
	},
	"realtime_without_ground": {
		"permit": false,
		"change": {
			"jurisdiction": ["US-CO"],
			"mode": "live",
			"suspicion": "none",
		},
	},
	"report_demographics": {
		"permit": true,
		"change": {
			"jurisdiction": ["US-CO"],
			"operation": "watchlist_live",
			"mode": "live",
			"database": "watchlist",
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
					"operations": ["watchlist_live"],
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
			"jurisdiction": ["US-CO"],
			"operation": "watchlist_live",
			"mode": "live",
			"database": "watchlist",
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
					"operations": ["watchlist_live"],
					"galleries": ["*"],
					"probe_sha256": [],
					"limits": [],
				},
			},
		},
	},
	"single_recognition": {
		"permit": true,
		"change": {"jurisdiction": ["US-CO"]},
	},
	"tracking_without_ground": {
		"permit": false,
		"change": {
			"jurisdiction": ["US-CO"],
			"operation": "track_person",
			"mode": "recorded_video",
			"suspicion": "none",
		},
	},
	"warrant": {
		"permit": true,
		"change": {
			"jurisdiction": ["US-CO"],
			"operation": "watchlist_live",
			"mode": "live",
			"database": "watchlist",
			"suspicion": "reasonable_suspicion",
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
					"operations": ["watchlist_live"],
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
		["us_co", rule] in samples.fired(decision)
		decision.permit == case.permit
	}
}
