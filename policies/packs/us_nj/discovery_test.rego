package writgate.packs.us_nj_test

import data.writgate
import data.writgate.samples_test as samples

# One case for each rule of the file: what is changed in a clean request, and whether that is permitted.
discovery_cases := {
	"arteaga": {
		"permit": true,
		"change": {"jurisdiction": ["US-NJ"]},
	},
	"incident_report": {
		"permit": true,
		"change": {
			"jurisdiction": ["US-NJ"],
			"operation": "incident_report",
		},
	},
	"keep_records": {
		"permit": true,
		"change": {"jurisdiction": ["US-NJ"]},
	},
	"miles": {
		"permit": true,
		"change": {
			"jurisdiction": ["US-NJ"],
			"now": 1782302400000000000,
			"contract": {"valid_to": 1900000000000000000},
		},
	},
	"not_forbidden": {
		"permit": true,
		"change": {"jurisdiction": ["US-NJ"]},
	},
	"release": {
		"permit": true,
		"change": {
			"jurisdiction": ["US-NJ"],
			"operation": "release_result",
			"search": {
				"operation": "identify_1_to_n",
				"candidates": 1,
				"quality": null,
			},
		},
	},
}

test_every_rule_of_discovery_fires_in_its_case if {
	every rule, case in discovery_cases {
		decision := writgate.decision with input as object.union(samples.clean, case.change)
		["us_nj", rule] in samples.fired(decision)
		decision.permit == case.permit
	}
}
