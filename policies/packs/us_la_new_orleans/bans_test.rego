package writgate.packs.us_la_new_orleans_test

import data.writgate
import data.writgate.samples_test as samples

# One case for each rule of the file: what is changed in a clean request, and whether that is permitted.
bans_cases := {
	"abortion": {
		"permit": false,
		"change": {
			"jurisdiction": ["US-LA-NEW-ORLEANS"],
			"offence": {"label": "abortion statute", "felony": true, "violent": false},
		},
	},
	"banned_for_other_bodies": {
		"permit": false,
		"change": {
			"jurisdiction": ["US-LA-NEW-ORLEANS"],
			"actor": {
				"agency_type": "government_non_law_enforcement",
				"role": "service_clerk",
			},
		},
	},
	"banned_until_2022": {
		"permit": false,
		"change": {
			"jurisdiction": ["US-LA-NEW-ORLEANS"],
			"now": 1640995200000000000,
			"contract": {"valid_from": 0, "valid_to": 4102444800000000000},
		},
	},
	"consensual_conduct": {
		"permit": false,
		"change": {
			"jurisdiction": ["US-LA-NEW-ORLEANS"],
			"offence": {"label": "crime against nature", "felony": true, "violent": false},
		},
	},
	"live": {
		"permit": false,
		"change": {"jurisdiction": ["US-LA-NEW-ORLEANS"], "mode": "live"},
	},
	"mode_not_permitted": {
		"permit": false,
		"change": {"jurisdiction": ["US-LA-NEW-ORLEANS"], "mode": "mobile"},
	},
	"prediction": {
		"permit": false,
		"change": {
			"jurisdiction": ["US-LA-NEW-ORLEANS"],
			"operation": "risk_score_person",
			"purpose": "predictive_policing",
		},
	},
	"private_tips": {
		"permit": false,
		"change": {
			"jurisdiction": ["US-LA-NEW-ORLEANS"],
			"operation": "receive_result",
			"request_channel": "informal",
		},
	},
	"watching": {
		"permit": false,
		"change": {"jurisdiction": ["US-LA-NEW-ORLEANS"], "operation": "watchlist_scan"},
	},
}

test_every_rule_of_bans_fires_in_its_case if {
	every rule, case in bans_cases {
		decision := writgate.decision with input as object.union(samples.clean, case.change)
		["us_la_new_orleans", rule] in samples.fired(decision)
		decision.permit == case.permit
	}
}
