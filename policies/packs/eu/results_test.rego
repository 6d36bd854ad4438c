package writgate.packs.eu_test

import data.writgate
import data.writgate.samples_test as samples

# One case for each rule of the file: the request it starts from, what is changed in it, and whether that is permitted.
results_cases := {
	"corroborated": {
		"permit": true,
		"from": "after_event",
		"change": {
			"operation": "use_result",
			"result_use": {"for": "arrest", "other_evidence": true},
			"verification": {"independent_verifiers": 2},
		},
	},
	"human_review": {"permit": true, "from": "directive", "change": {}},
	"log_use": {"permit": true, "from": "after_event", "change": {}},
	"log_verifiers": {
		"permit": true,
		"from": "after_event",
		"change": {
			"operation": "release_result",
			"search": {
				"operation": "identify_1_to_n",
				"candidates": 1,
			},
			"verification": {"independent_verifiers": 2},
		},
	},
	"release": {
		"permit": true,
		"from": "directive",
		"change": {
			"operation": "release_result",
			"search": {"operation": "identify_1_to_n", "candidates": 1},
		},
	},
	"release_of_comparison": {
		"permit": true,
		"from": "after_event",
		"change": {
			"operation": "release_result",
			"search": {
				"operation": "verify_1_to_1",
				"candidates": 1,
			},
		},
	},
	"release_where_not_required": {
		"permit": true,
		"from": "after_event",
		"change": {
			"operation": "release_result",
			"search": {
				"operation": "identify_1_to_n",
				"candidates": 1,
			},
			"national_derogation_14_5": true,
		},
	},
	"result_use_unknown": {
		"permit": false,
		"from": "directive",
		"change": {
			"operation": "use_result",
			"result_use": {
				"for": "gossip",
				"other_evidence": null,
			},
			"verification": {"independent_verifiers": 2},
		},
	},
	"second_examiner": {"permit": true, "from": "after_event", "change": {}},
	"second_verifier_missing": {
		"permit": false,
		"from": "after_event",
		"change": {
			"operation": "release_result",
			"search": {
				"operation": "identify_1_to_n",
				"candidates": 1,
			},
			"verification": {"independent_verifiers": 1},
		},
	},
	"sole_basis_after_event": {
		"permit": false,
		"from": "after_event",
		"change": {
			"operation": "use_result",
			"result_use": {
				"for": "arrest",
				"other_evidence": false,
			},
			"verification": {"independent_verifiers": 2},
		},
	},
	"sole_basis_directive": {
		"permit": false,
		"from": "directive",
		"change": {
			"operation": "use_result",
			"result_use": {
				"for": "warrant_application",
				"other_evidence": null,
			},
			"verification": {"independent_verifiers": 2},
		},
	},
	"sole_basis_realtime": {
		"permit": false,
		"from": "real_time",
		"change": {
			"operation": "use_result",
			"result_use": {
				"for": "arrest",
				"other_evidence": false,
			},
			"verification": {"independent_verifiers": 2},
		},
	},
	"use_as_lead": {
		"permit": true,
		"from": "after_event",
		"change": {
			"operation": "use_result",
			"result_use": {"for": "lead", "other_evidence": null},
			"verification": {"independent_verifiers": 2},
		},
	},
	"verified_by_two": {
		"permit": true,
		"from": "after_event",
		"change": {
			"operation": "release_result",
			"search": {
				"operation": "identify_1_to_n",
				"candidates": 1,
			},
			"verification": {"independent_verifiers": 2},
		},
	},
}

test_every_rule_of_results_fires_in_its_case if {
	every rule, case in results_cases {
		decision := writgate.decision with input as object.union(bases[case.from], case.change)
		["eu", rule] in samples.fired(decision)
		decision.permit == case.permit
	}
}
