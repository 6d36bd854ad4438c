package writgate.packs.us_la_new_orleans_test

import data.writgate
import data.writgate.samples_test as samples

# One case for each rule of the file: what is changed in a clean request, and whether that is permitted.
results_cases := {
	"clears_somebody": {
		"permit": true,
		"change": {
			"jurisdiction": ["US-LA-NEW-ORLEANS"],
			"operation": "use_result",
			"result_use": {"for": "exculpatory_evidence"},
		},
	},
	"corroborated": {
		"permit": true,
		"change": {
			"jurisdiction": ["US-LA-NEW-ORLEANS"],
			"operation": "use_result",
			"result_use": {"for": "arrest", "other_evidence": true},
		},
	},
	"lead": {
		"permit": true,
		"change": {
			"jurisdiction": ["US-LA-NEW-ORLEANS"],
			"operation": "use_result",
			"result_use": {"for": "lead"},
		},
	},
	"lead_only": {"permit": true, "change": {"jurisdiction": ["US-LA-NEW-ORLEANS"]}},
	"match_alone": {
		"permit": false,
		"change": {
			"jurisdiction": ["US-LA-NEW-ORLEANS"],
			"operation": "use_result",
			"result_use": {"for": "arrest"},
		},
	},
	"result_use_unknown": {
		"permit": false,
		"change": {
			"jurisdiction": ["US-LA-NEW-ORLEANS"],
			"operation": "use_result",
			"result_use": {"for": "display"},
		},
	},
}

test_every_rule_of_results_fires_in_its_case if {
	every rule, case in results_cases {
		decision := writgate.decision with input as object.union(samples.clean, case.change)
		["us_la_new_orleans", rule] in samples.fired(decision)
		decision.permit == case.permit
	}
}
