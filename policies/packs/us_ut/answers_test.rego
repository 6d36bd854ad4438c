package writgate.packs.us_ut_test

import data.writgate
import data.writgate.samples_test as samples

# One case for each rule of the file: what is changed in a clean request, and whether that is permitted.
answers_cases := {
	"annual_report": {
		"permit": true,
		"change": {},
	},
	"documented": {
		"permit": true,
		"change": {},
	},
	"human_review": {
		"permit": true,
		"change": {},
	},
	"own_device": {
		"permit": true,
		"change": {
			"operation": "verify_1_to_1",
			"purpose": "device_access_own",
			"offence": null,
			"suspicion": "none",
			"case_number": null,
			"justification": null,
			"actor": {
				"agency_type": "private_entity",
				"role": "employee",
				"roles": ["employee"],
			},
		},
	},
	"purpose_permitted": {
		"permit": true,
		"change": {},
	},
	"records": {
		"permit": true,
		"change": {"operation": "consult_record"},
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
	"second_examiner": {
		"permit": true,
		"change": {},
	},
	"stated_purpose": {
		"permit": true,
		"change": {},
	},
}

test_every_rule_of_answers_fires_in_its_case if {
	every rule, case in answers_cases {
		decision := writgate.decision with input as object.union(utah, case.change)
		["us_ut", rule] in samples.fired(decision)
		decision.permit == case.permit
	}
}
