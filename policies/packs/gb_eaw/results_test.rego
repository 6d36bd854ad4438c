package writgate.packs.gb_eaw_test

import data.writgate
import data.writgate.samples_test as samples

# One case for each rule of the file: the request it starts from, what is changed in it, and whether that is permitted.
results_cases := {
	"corroborated": {
		"permit": true,
		"from": "still",
		"change": {
			"operation": "use_result",
			"result_use": {"for": "arrest", "other_evidence": true},
		},
	},
	"release": {
		"permit": true,
		"from": "still",
		"change": {
			"operation": "release_result",
			"search": {"operation": "identify_1_to_n", "candidates": 1},
		},
	},
	"result_use_unknown": {
		"permit": false,
		"from": "still",
		"change": {
			"operation": "use_result",
			"result_use": {
				"for": "gossip",
				"other_evidence": null,
			},
		},
	},
	"sole_basis": {
		"permit": false,
		"from": "still",
		"change": {
			"operation": "use_result",
			"result_use": {"for": "arrest", "other_evidence": false},
		},
	},
	"use_as_lead": {
		"permit": true,
		"from": "still",
		"change": {
			"operation": "use_result",
			"result_use": {"for": "lead", "other_evidence": null},
		},
	},
}

test_every_rule_of_results_fires_in_its_case if {
	every rule, case in results_cases {
		decision := writgate.decision with input as object.union(bases[case.from], case.change)
		["gb_eaw", rule] in samples.fired(decision)
		decision.permit == case.permit
	}
}
