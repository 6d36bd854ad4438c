package writgate.packs.us_va_test

import data.writgate
import data.writgate.samples_test as samples

# One case for each rule of the file: what is changed in a clean request, and whether that is permitted.
governance_cases := {
	"algorithm_not_approved": {
		"permit": false,
		"change": {
			"jurisdiction": ["US-VA"],
			"suspicion": "reasonable_suspicion",
			"agency": {"controls": {"algorithm_on_approved_list": null}},
		},
	},
	"annual_report": {
		"permit": true,
		"change": {
			"jurisdiction": ["US-VA"],
			"purpose": "locate_wanted_person",
		},
	},
	"keep_records": {
		"permit": true,
		"change": {
			"jurisdiction": ["US-VA"],
			"purpose": "locate_wanted_person",
		},
	},
	"no_probe_kept": {
		"permit": true,
		"change": {
			"jurisdiction": ["US-VA"],
			"purpose": "locate_wanted_person",
		},
	},
	"operator_untrained": {
		"permit": false,
		"change": {
			"jurisdiction": ["US-VA"],
			"suspicion": "reasonable_suspicion",
			"actor": {"training_current": false},
		},
	},
	"policy_missing": {
		"permit": false,
		"change": {
			"jurisdiction": ["US-VA"],
			"suspicion": "reasonable_suspicion",
			"agency": {"controls": {"use_policy_published": false}},
		},
	},
}

test_every_rule_of_governance_fires_in_its_case if {
	every rule, case in governance_cases {
		decision := writgate.decision with input as object.union(samples.clean, case.change)
		["us_va", rule] in samples.fired(decision)
		decision.permit == case.permit
	}
}
