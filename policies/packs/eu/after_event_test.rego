package writgate.packs.eu_test

import data.writgate
import data.writgate.samples_test as samples

# One case for each rule of the file: the request it starts from, what is changed in it, and whether that is permitted.
after_event_cases := {
	"after_event_authorised": {"permit": true, "from": "after_event", "change": {}},
	"after_event_deadline_missed": {
		"permit": false,
		"from": "after_event",
		"change": {
			"legal_instrument": null,
			"clock": {
				"use_started": 1830902400000000000,
				"authorisation_requested": 1831114800000000000,
				"authorisation_result": "pending",
			},
		},
	},
	"after_event_governance_missing": {
		"permit": false,
		"from": "after_event",
		"change": {"agency": {"controls": {"fundamental_rights_impact_assessment": false}}},
	},
	"after_event_rejected": {
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
	"after_event_within_deadline": {
		"permit": true,
		"from": "after_event",
		"change": {
			"legal_instrument": null,
			"clock": {
				"use_started": 1830902400000000000,
				"authorisation_requested": 1831071600000000000,
				"authorisation_result": "pending",
			},
		},
	},
	"after_event_without_authorisation": {
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
	"initial_identification": {
		"permit": true,
		"from": "after_event",
		"change": {
			"legal_instrument": null,
			"subject": {"known_suspect": false},
		},
	},
	"no_authorisation_needed": {
		"permit": true,
		"from": "after_event",
		"change": {
			"legal_instrument": null,
			"purpose": "locate_missing_person",
			"offence": null,
			"suspicion": "none",
		},
	},
	"untargeted": {
		"permit": false,
		"from": "after_event",
		"change": {"subject": {"specifically_targeted": false}},
	},
}

test_every_rule_of_after_event_fires_in_its_case if {
	every rule, case in after_event_cases {
		decision := writgate.decision with input as object.union(bases[case.from], case.change)
		["eu", rule] in samples.fired(decision)
		decision.permit == case.permit
	}
}
