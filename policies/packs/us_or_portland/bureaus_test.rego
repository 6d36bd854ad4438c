package writgate.packs.us_or_portland_test

import data.writgate
import data.writgate.samples_test as samples

# One case for each rule of the file: what is changed in a clean request, and whether that is permitted.
bureaus_cases := {
	"bureau_ban": {
		"permit": false,
		"change": {"jurisdiction": ["US-OR-PORTLAND"]},
	},
	"incident_report": {
		"permit": true,
		"change": {
			"jurisdiction": ["US-OR-PORTLAND"],
			"operation": "incident_report",
		},
	},
	"oversight": {
		"permit": true,
		"change": {
			"jurisdiction": ["US-OR-PORTLAND"],
			"operation": "consult_record",
			"actor": {
				"role": "external_auditor",
				"roles": ["external_auditor"],
			},
		},
	},
}

test_every_rule_of_bureaus_fires_in_its_case if {
	every rule, case in bureaus_cases {
		decision := writgate.decision with input as object.union(samples.clean, case.change)
		["us_or_portland", rule] in samples.fired(decision)
		decision.permit == case.permit
	}
}
