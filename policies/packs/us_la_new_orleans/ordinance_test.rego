package writgate.packs.us_la_new_orleans_test

import data.writgate
import data.writgate.samples_test as samples

# One case for each rule of the file: what is changed in a clean request, and whether that is permitted.
ordinance_cases := {
	"abortion": {
		"permit": false,
		"change": {
			"jurisdiction": ["US-LA-NEW-ORLEANS"],
			"offence": {
				"label": "abortion statute",
				"felony": true,
				"violent": false,
			},
		},
	},
	"banned_for_other_bodies": {
		"permit": false,
		"change": {
			"jurisdiction": ["US-LA-NEW-ORLEANS"],
			"actor": {
				"agency_type": "government_non_law_enforcement",
				"role": "service_clerk",
				"roles": ["service_clerk"],
			},
		},
	},
	"banned_until_2022": {
		"permit": false,
		"change": {
			"jurisdiction": ["US-LA-NEW-ORLEANS"],
			"now": 1640995200000000000,
			"contract": {
				"valid_from": 0,
				"valid_to": 4102444800000000000,
			},
		},
	},
	"consensual_conduct": {
		"permit": false,
		"change": {
			"jurisdiction": ["US-LA-NEW-ORLEANS"],
			"offence": {
				"label": "crime against nature",
				"felony": true,
				"violent": false,
			},
		},
	},
	"incident_report": {
		"permit": true,
		"change": {
			"jurisdiction": ["US-LA-NEW-ORLEANS"],
			"operation": "incident_report",
		},
	},
	"keep_records": {
		"permit": true,
		"change": {"jurisdiction": ["US-LA-NEW-ORLEANS"]},
	},
	"live": {
		"permit": false,
		"change": {
			"jurisdiction": ["US-LA-NEW-ORLEANS"],
			"mode": "live",
		},
	},
	"mode_not_permitted": {
		"permit": false,
		"change": {
			"jurisdiction": ["US-LA-NEW-ORLEANS"],
			"mode": "mobile",
		},
	},
	"monthly_report": {
		"permit": true,
		"change": {"jurisdiction": ["US-LA-NEW-ORLEANS"]},
	},
	"not_the_city": {
		"permit": false,
		"change": {
			"jurisdiction": ["US-LA-NEW-ORLEANS"],
			"actor": {
				"agency_type": "private_entity",
				"role": "security",
				"roles": ["security"],
			},
		},
	},
	"offence_listed": {
		"permit": true,
		"change": {"jurisdiction": ["US-LA-NEW-ORLEANS"]},
	},
	"offence_not_listed": {
		"permit": false,
		"change": {
			"jurisdiction": ["US-LA-NEW-ORLEANS"],
			"offence": {
				"label": "larceny",
				"felony": true,
				"violent": false,
				"max_penalty_months": 60,
			},
		},
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
	"purpose_not_investigation": {
		"permit": false,
		"change": {
			"jurisdiction": ["US-LA-NEW-ORLEANS"],
			"purpose": "training_or_test",
		},
	},
	"records": {
		"permit": true,
		"change": {
			"jurisdiction": ["US-LA-NEW-ORLEANS"],
			"operation": "consult_record",
		},
	},
	"release": {
		"permit": true,
		"change": {
			"jurisdiction": ["US-LA-NEW-ORLEANS"],
			"operation": "release_result",
		},
	},
	"watching": {
		"permit": false,
		"change": {
			"jurisdiction": ["US-LA-NEW-ORLEANS"],
			"operation": "watchlist_scan",
		},
	},
}

test_every_rule_of_ordinance_fires_in_its_case if {
	every rule, case in ordinance_cases {
		decision := writgate.decision with input as object.union(samples.clean, case.change)
		["us_la_new_orleans", rule] in samples.fired(decision)
		decision.permit == case.permit
	}
}
