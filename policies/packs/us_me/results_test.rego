package writgate.packs.us_me_test

import data.writgate
import data.writgate.samples_test as samples

# One case for each rule of the file: what is changed in a clean request, and whether that is permitted.
results_cases := {
	"corroborated": {
		"permit": true,
		"change": {
			"jurisdiction": ["US-ME"],
			"operation": "use_result",
			"database": "driver_licence",
			"result_use": {
				"for": "arrest",
				"other_evidence": true,
			},
			"engine": {
				"vendor": "maine_bmv",
				"operated_by": "bureau_of_motor_vehicles",
			},
		},
	},
	"delete_unlawful_result": {
		"permit": false,
		"change": {
			"jurisdiction": ["US-ME"],
			"operation": "use_result",
			"result_use": {"for": "lead"},
		},
	},
	"lead_only": {
		"permit": true,
		"change": {
			"jurisdiction": ["US-ME"],
			"database": "driver_licence",
			"engine": {
				"vendor": "fbi_ngi",
				"operated_by": "fbi",
			},
		},
	},
	"match_alone": {
		"permit": false,
		"change": {
			"jurisdiction": ["US-ME"],
			"operation": "use_result",
			"database": "driver_licence",
			"result_use": {
				"for": "arrest",
				"other_evidence": false,
			},
			"engine": {
				"vendor": "maine_bmv",
				"operated_by": "bureau_of_motor_vehicles",
			},
		},
	},
	"received": {
		"permit": true,
		"change": {
			"jurisdiction": ["US-ME"],
			"operation": "receive_result",
			"database": "driver_licence",
			"engine": {
				"vendor": "maine_bmv",
				"operated_by": "bureau_of_motor_vehicles",
			},
		},
	},
	"release": {
		"permit": true,
		"change": {
			"jurisdiction": ["US-ME"],
			"operation": "release_result",
			"database": "driver_licence",
			"search": {
				"operation": "identify_1_to_n",
				"candidates": 1,
				"quality": null,
			},
			"engine": {
				"vendor": "maine_bmv",
				"operated_by": "bureau_of_motor_vehicles",
			},
		},
	},
	"result_use_unknown": {
		"permit": false,
		"change": {
			"jurisdiction": ["US-ME"],
			"operation": "use_result",
			"database": "driver_licence",
			"result_use": {"for": "gossip"},
			"engine": {
				"vendor": "maine_bmv",
				"operated_by": "bureau_of_motor_vehicles",
			},
		},
	},
	"result_used": {
		"permit": true,
		"change": {
			"jurisdiction": ["US-ME"],
			"operation": "use_result",
			"database": "driver_licence",
			"result_use": {"for": "lead"},
			"engine": {
				"vendor": "maine_bmv",
				"operated_by": "bureau_of_motor_vehicles",
			},
		},
	},
	"unlawful_result": {
		"permit": false,
		"change": {
			"jurisdiction": ["US-ME"],
			"operation": "use_result",
			"result_use": {"for": "lead"},
		},
	},
}

test_every_rule_of_results_fires_in_its_case if {
	every rule, case in results_cases {
		decision := writgate.decision with input as object.union(samples.clean, case.change)
		["us_me", rule] in samples.fired(decision)
		decision.permit == case.permit
	}
}
