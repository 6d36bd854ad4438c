package writgate.packs.eu_test

import data.writgate
import data.writgate.samples_test as samples

# One case for each rule of the file: the request it starts from, what is changed in it, and whether that is permitted.
after_event_duties_cases := {
	"after_event_annual_report": {"permit": true, "from": "after_event", "change": {}},
	"after_event_ask": {
		"permit": true,
		"from": "after_event",
		"change": {"legal_instrument": null},
	},
	"after_event_delete": {
		"permit": false,
		"from": "after_event",
		"change": {
			"legal_instrument": null,
			"clock": {
				"use_started": 1830902400000000000,
				"authorisation_requested": 1830938400000000000,
				"authorisation_result": "rejected",
			},
		},
	},
	"after_event_no_adverse_decision": {"permit": true, "from": "after_event", "change": {}},
	"after_event_stop": {
		"permit": false,
		"from": "after_event",
		"change": {
			"legal_instrument": null,
			"clock": {
				"use_started": 1830942000000000000,
				"authorisation_requested": null,
				"authorisation_result": null,
			},
		},
	},
	"after_event_stop_if_rejected": {
		"permit": true,
		"from": "after_event",
		"change": {"legal_instrument": null},
	},
	"directive_no_adverse_decision": {"permit": true, "from": "directive", "change": {}},
	"police_file": {"permit": true, "from": "after_event", "change": {}},
}

test_every_rule_of_after_event_duties_fires_in_its_case if {
	every rule, case in after_event_duties_cases {
		decision := writgate.decision with input as object.union(bases[case.from], case.change)
		["eu", rule] in samples.fired(decision)
		decision.permit == case.permit
	}
}
