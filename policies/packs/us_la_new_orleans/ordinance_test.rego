package writgate.packs.us_la_new_orleans_test

import data.writgate
import data.writgate.samples_test as samples

# One case for each rule of the file: what is changed in a clean request, and whether that is permitted.
ordinance_cases := {
	"incident_report": {
		"permit": true,
		"change": {"jurisdiction": ["US-LA-NEW-ORLEANS"], "operation": "incident_report"},
	},
	"keep_records": {"permit": true, "change": {"jurisdiction": ["US-LA-NEW-ORLEANS"]}},
	"monthly_report": {"permit": true, "change": {"jurisdiction": ["US-LA-NEW-ORLEANS"]}},
	"not_the_city": {
		"permit": false,
		"change": {
			"jurisdiction": ["US-LA-NEW-ORLEANS"],
			"actor": {"agency_type": "private_entity", "role": "security"},
		},
	},
	"offence_listed": {"permit": true, "change": {"jurisdiction": ["US-LA-NEW-ORLEANS"]}},
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
	"purpose_not_investigation": {
		"permit": false,
		"change": {"jurisdiction": ["US-LA-NEW-ORLEANS"], "purpose": "training_or_test"},
	},
	"records": {
		"permit": true,
		"change": {"jurisdiction": ["US-LA-NEW-ORLEANS"], "operation": "consult_record"},
	},
	"release": {
		"permit": true,
		"change": {"jurisdiction": ["US-LA-NEW-ORLEANS"], "operation": "release_result"},
	},
}

test_every_rule_of_ordinance_fires_in_its_case if {
	every rule, case in ordinance_cases {
		decision := writgate.decision with input as object.union(samples.clean, case.change)
		["us_la_new_orleans", rule] in samples.fired(decision)
		decision.permit == case.permit
	}
}
