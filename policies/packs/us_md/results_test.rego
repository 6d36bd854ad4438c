package writgate.packs.us_md_test

import data.writgate
import data.writgate.samples_test as samples

# One case for each rule of the file: what is changed in a clean request, and whether that is permitted.
results_cases := {
	"annual_report": {
		"permit": true,
		"change": {},
	},
	"audit": {
		"permit": true,
		"change": {},
	},
	"corroborated": {
		"permit": true,
		"change": {
			"operation": "use_result",
			"result_use": {
				"for": "warrant_application",
				"other_evidence": true,
				"other_evidence_independent": true,
			},
		},
	},
	"disclose": {
		"permit": true,
		"change": {},
	},
	"human_review": {
		"permit": true,
		"change": {},
	},
	"inadmissible": {
		"permit": false,
		"change": {
			"operation": "use_result",
			"result_use": {
				"for": "trial_evidence",
				"other_evidence": true,
				"other_evidence_independent": true,
			},
		},
	},
	"lead": {
		"permit": true,
		"change": {
			"operation": "use_result",
			"result_use": {"for": "lead"},
		},
	},
	"lead_only": {
		"permit": true,
		"change": {},
	},
	"lineup_witness_not_told": {
		"permit": true,
		"change": {},
	},
	"not_independent": {
		"permit": false,
		"change": {
			"operation": "use_result",
			"result_use": {
				"for": "warrant_application",
				"other_evidence": true,
				"other_evidence_independent": false,
			},
		},
	},
	"result_use_unknown": {
		"permit": false,
		"change": {
			"operation": "use_result",
			"result_use": {
				"for": "gossip",
				"other_evidence": true,
				"other_evidence_independent": true,
			},
		},
	},
	"second_examiner": {
		"permit": true,
		"change": {},
	},
	"sole_basis": {
		"permit": false,
		"change": {
			"operation": "use_result",
			"result_use": {
				"for": "warrant_application",
				"other_evidence": false,
				"other_evidence_independent": true,
			},
		},
	},
}

test_every_rule_of_results_fires_in_its_case if {
	every rule, case in results_cases {
		decision := writgate.decision with input as object.union(maryland, case.change)
		["us_md", rule] in samples.fired(decision)
		decision.permit == case.permit
	}
}
