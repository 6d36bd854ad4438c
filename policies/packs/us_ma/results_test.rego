package writgate.packs.us_ma_test

import data.writgate
import data.writgate.samples_test as samples

# One case for each rule of the file: what is changed in a clean request, and whether that is permitted.
results_cases := {
	"received": {
		"permit": true,
		"change": {
			"jurisdiction": ["US-MA"],
			"operation": "receive_result",
			"legal_instrument": {
				"found": true,
				"origin": "registered",
				"valid_from": 1739016000000000000,
				"expires_at": 1743379200000000000,
				"searches_allowed": null,
				"searches_used": 0,
				"officer_certification": false,
				"finding": "reasonable grounds: relevant and material to an ongoing criminal investigation",
				"type": "court_order",
				"status": "granted",
				"verified": true,
				"scope": {
					"modes": ["still_image"],
					"purposes": ["investigate_named_offence"],
					"operations": ["receive_result"],
					"galleries": ["*"],
					"probe_sha256": [],
					"limits": [],
				},
			},
			"database": "driver_licence",
			"engine": {
				"vendor": "rmv_or_msp",
				"operated_by": "state_police",
			},
		},
	},
	"release": {
		"permit": true,
		"change": {
			"jurisdiction": ["US-MA"],
			"operation": "release_result",
			"legal_instrument": {
				"found": true,
				"origin": "registered",
				"valid_from": 1739016000000000000,
				"expires_at": 1743379200000000000,
				"searches_allowed": null,
				"searches_used": 0,
				"officer_certification": false,
				"finding": "reasonable grounds: relevant and material to an ongoing criminal investigation",
				"type": "court_order",
				"status": "granted",
				"verified": true,
				"scope": {
					"modes": ["still_image"],
					"purposes": ["investigate_named_offence"],
					"operations": ["release_result"],
					"galleries": ["*"],
					"probe_sha256": [],
					"limits": [],
				},
			},
			"database": "driver_licence",
			"search": {
				"operation": "identify_1_to_n",
				"candidates": 1,
				"quality": null,
			},
			"engine": {
				"vendor": "rmv_or_msp",
				"operated_by": "state_police",
			},
		},
	},
	"result_use_unknown": {
		"permit": false,
		"change": {
			"jurisdiction": ["US-MA"],
			"operation": "use_result",
			"database": "driver_licence",
			"result_use": {"for": "gossip"},
			"engine": {
				"vendor": "rmv_or_msp",
				"operated_by": "state_police",
			},
		},
	},
	"result_used": {
		"permit": true,
		"change": {
			"jurisdiction": ["US-MA"],
			"operation": "use_result",
			"database": "driver_licence",
			"result_use": {"for": "lead"},
			"engine": {
				"vendor": "rmv_or_msp",
				"operated_by": "state_police",
			},
		},
	},
}

test_every_rule_of_results_fires_in_its_case if {
	every rule, case in results_cases {
		decision := writgate.decision with input as object.union(samples.clean, case.change)
		["us_ma", rule] in samples.fired(decision)
		decision.permit == case.permit
	}
}
