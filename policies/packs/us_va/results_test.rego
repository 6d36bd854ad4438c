package writgate.packs.us_va_test

import data.writgate
import data.writgate.samples_test as samples

# One case for each rule of the file: what is changed in a clean request, and whether that is permitted.
results_cases := {
	"affidavit": {
		"permit": false,
		"change": {
			"jurisdiction": ["US-VA"],
			"operation": "use_result",
			"suspicion": "reasonable_suspicion",
			"result_use": {
				"for": "probable_cause",
				"other_evidence": true,
			},
		},
	},
	"corroborated": {
		"permit": true,
		"change": {
			"jurisdiction": ["US-VA"],
			"operation": "use_result",
			"suspicion": "reasonable_suspicion",
			"result_use": {
				"for": "arrest",
				"other_evidence": true,
			},
		},
	},
	"exculpatory": {
		"permit": true,
		"change": {
			"jurisdiction": ["US-VA"],
			"operation": "use_result",
			"suspicion": "reasonable_suspicion",
			"result_use": {"for": "exculpatory_evidence"},
		},
	},
	"lead": {
		"permit": true,
		"change": {
			"jurisdiction": ["US-VA"],
			"operation": "use_result",
			"suspicion": "reasonable_suspicion",
			"result_use": {"for": "lead"},
		},
	},
	"match_alone": {
		"permit": false,
		"change": {
			"jurisdiction": ["US-VA"],
			"operation": "use_result",
			"suspicion": "reasonable_suspicion",
			"result_use": {
				"for": "arrest",
				"other_evidence": false,
			},
		},
	},
	"not_for_probable_cause": {
		"permit": true,
		"change": {
			"jurisdiction": ["US-VA"],
			"purpose": "locate_wanted_person",
		},
	},
	"release": {
		"permit": true,
		"change": {
			"jurisdiction": ["US-VA"],
			"operation": "release_result",
			"suspicion": "reasonable_suspicion",
			"search": {
				"operation": "identify_1_to_n",
				"candidates": 1,
				"quality": null,
			},
		},
	},
	"result_use_unknown": {
		"permit": false,
		"change": {
			"jurisdiction": ["US-VA"],
			"operation": "use_result",
			"suspicion": "reasonable_suspicion",
			"result_use": {"for": "gossip"},
		},
	},
	"trial": {
		"permit": false,
		"change": {
			"jurisdiction": ["US-VA"],
			"operation": "use_result",
			"suspicion": "reasonable_suspicion",
			"result_use": {
				"for": "trial_evidence",
				"other_evidence": true,
			},
		},
	},
}

test_every_rule_of_results_fires_in_its_case if {
	every rule, case in results_cases {
		decision := writgate.decision with input as object.union(samples.clean, case.change)
		["us_va", rule] in samples.fired(decision)
		decision.permit == case.permit
	}
}
