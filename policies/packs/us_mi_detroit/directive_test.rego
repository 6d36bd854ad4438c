package writgate.packs.us_mi_detroit_test

import data.writgate
import data.writgate.samples_test as samples

# One case for each rule of the file: what is changed in a clean request, and whether that is permitted.
directive_cases := {
	"lead_only": {"permit": true, "change": {"jurisdiction": ["US-MI-DETROIT"]}},
	"not_the_department": {
		"permit": false,
		"change": {
			"jurisdiction": ["US-MI-DETROIT"],
			"actor": {"agency_type": "private_entity", "role": "security"},
		},
	},
	"offence_listed": {"permit": true, "change": {"jurisdiction": ["US-MI-DETROIT"]}},
	"offence_not_covered": {
		"permit": false,
		"change": {
			"jurisdiction": ["US-MI-DETROIT"],
			"offence": {
				"label": "larceny",
				"felony": true,
				"violent": false,
				"max_penalty_months": 60,
			},
		},
	},
	"purpose_not_investigative": {
		"permit": false,
		"change": {"jurisdiction": ["US-MI-DETROIT"], "purpose": "training_or_test"},
	},
	"records": {
		"permit": true,
		"change": {"jurisdiction": ["US-MI-DETROIT"], "operation": "consult_record"},
	},
	"release": {
		"permit": true,
		"change": {"jurisdiction": ["US-MI-DETROIT"], "operation": "release_result"},
	},
	"second_examiner": {"permit": true, "change": {"jurisdiction": ["US-MI-DETROIT"]}},
	"supervisor_review": {"permit": true, "change": {"jurisdiction": ["US-MI-DETROIT"]}},
	"suspicion_missing": {
		"permit": false,
		"change": {"jurisdiction": ["US-MI-DETROIT"], "suspicion": "none"},
	},
	"weekly_report": {"permit": true, "change": {"jurisdiction": ["US-MI-DETROIT"]}},
}

test_every_rule_of_directive_fires_in_its_case if {
	every rule, case in directive_cases {
		decision := writgate.decision with input as object.union(samples.clean, case.change)
		["us_mi_detroit", rule] in samples.fired(decision)
		decision.permit == case.permit
	}
}
