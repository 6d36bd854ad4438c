package writgate.packs.us_co_test

import data.writgate
import data.writgate.samples_test as samples

# One case for each rule of the file: what is changed in a clean request, and whether that is permitted.
limits_cases := {
	"corroborated": {
		"permit": true,
		"change": {
			"jurisdiction": ["US-CO"],
			"operation": "use_result",
			"result_use": {
				"for": "arrest",
				"other_evidence": true,
			},
		},
	},
	"incident_report": {
		"permit": true,
		"change": {
			"jurisdiction": ["US-CO"],
			"operation": "incident_report",
			"subject": {"selected_because_of": "religion"},
		},
	},
	"manipulated": {
		"permit": false,
		"change": {
			"jurisdiction": ["US-CO"],
			"probe": {"substantively_altered": true},
		},
	},
	"picked_for_activity": {
		"permit": false,
		"change": {
			"jurisdiction": ["US-CO"],
			"subject": {"selected_because_of": "participation_in_lawful_event"},
		},
	},
	"picked_for_characteristic": {
		"permit": false,
		"change": {
			"jurisdiction": ["US-CO"],
			"subject": {"selected_because_of": "race"},
		},
	},
	"purpose_permitted": {
		"permit": true,
		"change": {"jurisdiction": ["US-CO"]},
	},
	"record_of_liberty": {
		"permit": false,
		"change": {
			"jurisdiction": ["US-CO"],
			"suspicion": "none",
			"subject": {"activity": "protest"},
		},
	},
	"release": {
		"permit": true,
		"change": {
			"jurisdiction": ["US-CO"],
			"operation": "release_result",
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
			"jurisdiction": ["US-CO"],
			"operation": "use_result",
			"result_use": {"for": "gossip"},
		},
	},
	"sketch": {
		"permit": false,
		"change": {
			"jurisdiction": ["US-CO"],
			"probe": {"kind": "sketch"},
		},
	},
	"sole_basis": {
		"permit": false,
		"change": {
			"jurisdiction": ["US-CO"],
			"operation": "use_result",
			"result_use": {
				"for": "arrest",
				"other_evidence": false,
			},
		},
	},
}

test_every_rule_of_limits_fires_in_its_case if {
	every rule, case in limits_cases {
		decision := writgate.decision with input as object.union(samples.clean, case.change)
		["us_co", rule] in samples.fired(decision)
		decision.permit == case.permit
	}
}
