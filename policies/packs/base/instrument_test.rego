package writgate.packs.base_test

import data.writgate
import data.writgate.samples_test as samples

# One case for each rule of the file: what is changed in a clean request, and whether that is permitted.
instrument_cases := {
	"instrument_exhausted": {
		"permit": false,
		"change": {"legal_instrument": {
			"found": true,
			"origin": "registered",
			"valid_from": 1740787200000000000,
			"expires_at": 1743379200000000000,
			"searches_allowed": 2,
			"searches_used": 2,
			"officer_certification": false,
			"finding": null,
			"type": "search_warrant",
			"status": "granted",
			"verified": true,
			"scope": {
				"modes": ["still_image"],
				"purposes": ["investigate_named_offence"],
				"operations": ["identify_1_to_n"],
				"galleries": ["*"],
				"probe_sha256": [],
				"limits": [],
			},
		}},
	},
	"instrument_expired": {
		"permit": false,
		"change": {"legal_instrument": {
			"found": true,
			"origin": "registered",
			"valid_from": 1740787200000000000,
			"expires_at": 1741607999000000000,
			"searches_allowed": null,
			"searches_used": 0,
			"officer_certification": false,
			"finding": null,
			"type": "search_warrant",
			"status": "granted",
			"verified": true,
			"scope": {
				"modes": ["still_image"],
				"purposes": ["investigate_named_offence"],
				"operations": ["identify_1_to_n"],
				"galleries": ["*"],
				"probe_sha256": [],
				"limits": [],
			},
		}},
	},
	"instrument_not_found": {
		"permit": false,
		"change": {"legal_instrument": {
			"id": "x",
			"found": false,
			"origin": "registered",
			"valid_from": 1739016000000000000,
			"expires_at": 1744200000000000000,
			"searches_allowed": null,
			"searches_used": 0,
			"officer_certification": false,
			"finding": null,
			"scope": {
				"modes": ["still_image"],
				"purposes": ["investigate_named_offence"],
				"operations": ["identify_1_to_n"],
				"galleries": ["*"],
				"probe_sha256": [],
				"limits": [],
			},
		}},
	},
	"instrument_not_yet_valid": {
		"permit": false,
		"change": {
			"jurisdiction": ["US-WA"],
			"operation": "watchlist_live",
			"mode": "live",
			"legal_instrument": {
				"found": true,
				"origin": "registered",
				"valid_from": 1741651200000000000,
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
			"database": "watchlist",
		},
	},
	"instrument_out_of_scope": {
		"permit": false,
		"change": {"legal_instrument": {
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
				"modes": ["still_image"],
				"purposes": ["investigate_named_offence"],
				"operations": ["identify_1_to_n"],
				"galleries": ["missing"],
				"probe_sha256": [],
				"limits": [],
			},
		}},
	},
	"instrument_unverified": {
		"permit": false,
		"change": {"legal_instrument": {
			"id": "x",
			"found": false,
			"origin": "registered",
			"valid_from": 1739016000000000000,
			"expires_at": 1744200000000000000,
			"searches_allowed": null,
			"searches_used": 0,
			"officer_certification": false,
			"finding": null,
			"scope": {
				"modes": ["still_image"],
				"purposes": ["investigate_named_offence"],
				"operations": ["identify_1_to_n"],
				"galleries": ["*"],
				"probe_sha256": [],
				"limits": [],
			},
		}},
	},
	"instrument_withdrawn": {
		"permit": false,
		"change": {
			"jurisdiction": ["US-WA"],
			"operation": "watchlist_live",
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
				"status": "quashed",
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
			"database": "watchlist",
		},
	},
}

test_every_rule_of_instrument_fires_in_its_case if {
	every rule, case in instrument_cases {
		decision := writgate.decision with input as object.union(samples.clean, case.change)
		["base", rule] in samples.fired(decision)
		decision.permit == case.permit
	}
}
