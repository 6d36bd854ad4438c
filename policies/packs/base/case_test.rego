package writgate.packs.base_test

import data.writgate
import data.writgate.samples_test as samples

# One case for each rule of the file: what is changed in a clean request, and whether that is permitted.
case_cases := {
	"case_missing": {
		"permit": false,
		"change": {"case_number": null},
	},
	"case_reuse": {
		"permit": false,
		"change": {"case_usage": {"case_closed": true}},
	},
	"hold_for_supervisor": {
		"permit": false,
		"change": {"prior_denials": 1},
	},
	"justification_missing": {
		"permit": false,
		"change": {"justification": null},
	},
	"justification_vague": {
		"permit": false,
		"change": {"justification": "Harbor Bank"},
	},
	"misuse_of_case": {
		"permit": false,
		"change": {"case_usage": {"case_closed": true}},
	},
	"offence_not_named": {
		"permit": false,
		"change": {"offence": null},
	},
	"prior_denial": {
		"permit": false,
		"change": {"prior_denials": 1},
	},
	"self_approval": {
		"permit": false,
		"change": {
			"actor": {"id": "u7"},
			"approval": {"approved_by": "u7"},
			"approvals": [{"approved_by": "u7"}],
		},
	},
}

test_every_rule_of_case_fires_in_its_case if {
	every rule, case in case_cases {
		decision := writgate.decision with input as object.union(samples.clean, case.change)
		["base", rule] in samples.fired(decision)
		decision.permit == case.permit
	}
}
