package writgate.packs.us_mt_test

import data.writgate
import data.writgate.samples_test as samples

# One case for each rule of the file: what is changed in a clean request, and whether that is permitted.
results_cases := {
	"annual_report": {
		"permit": true,
		"change": {},
	},
	"disclose_to_defence": {
		"permit": true,
		"change": {},
	},
	"document_emergency": {
		"permit": true,
		"change": {
			"legal_instrument": null,
			"exigency": {
				"found": true,
				"status": "certified",
				"started_at": 1741604400000000000,
				"deadline": 1741694400000000000,
				"certified": true,
				"risk": "imminent_threat_to_individual",
			},
		},
	},
	"human_review": {
		"permit": true,
		"change": {},
	},
	"not_solely_on_output": {
		"permit": true,
		"change": {},
	},
	"release": {
		"permit": true,
		"change": {
			"operation": "release_result",
			"search": {
				"operation": "identify_1_to_n",
				"candidates": 1,
				"quality": null,
			},
		},
	},
	"use": {
		"permit": true,
		"change": {
			"operation": "use_result",
			"result_use": {"for": "arrest"},
		},
	},
}

test_every_rule_of_results_fires_in_its_case if {
	every rule, case in results_cases {
		decision := writgate.decision with input as object.union(montana, case.change)
		["us_mt", rule] in samples.fired(decision)
		decision.permit == case.permit
	}
}
