package writgate.packs.us_mt_test

import data.writgate
import data.writgate.samples_test as samples

# One case for each rule of the file: what is changed in a clean request, and whether that is permitted.
verification_cases := {
	"alternative_missing": {
		"permit": false,
		"change": {
			"operation": "verify_1_to_1",
			"purpose": "access_control",
			"offence": null,
			"suspicion": "none",
			"legal_instrument": null,
			"consent": {"written": true},
			"alternative_offered": null,
			"actor": {
				"agency_type": "government_non_law_enforcement",
				"role": "service_clerk",
				"roles": ["service_clerk"],
			},
		},
	},
	"consent": {
		"permit": true,
		"change": {
			"operation": "verify_1_to_1",
			"purpose": "access_control",
			"offence": null,
			"suspicion": "none",
			"legal_instrument": null,
			"consent": {"written": true},
			"alternative_offered": true,
			"actor": {
				"agency_type": "government_non_law_enforcement",
				"role": "service_clerk",
				"roles": ["service_clerk"],
			},
		},
	},
	"consent_missing": {
		"permit": false,
		"change": {
			"operation": "verify_1_to_1",
			"purpose": "access_control",
			"offence": null,
			"suspicion": "none",
			"legal_instrument": null,
			"consent": {"written": false},
			"alternative_offered": true,
			"actor": {
				"agency_type": "government_non_law_enforcement",
				"role": "service_clerk",
				"roles": ["service_clerk"],
			},
		},
	},
	"policy_missing": {
		"permit": false,
		"change": {
			"operation": "verify_1_to_1",
			"purpose": "access_control",
			"offence": null,
			"suspicion": "none",
			"legal_instrument": null,
			"consent": {"written": true},
			"alternative_offered": true,
			"actor": {
				"agency_type": "government_non_law_enforcement",
				"role": "service_clerk",
				"roles": ["service_clerk"],
			},
			"agency": {"controls": {"use_policy_published": false}},
		},
	},
	"report_to_board": {
		"permit": true,
		"change": {
			"operation": "verify_1_to_1",
			"purpose": "access_control",
			"offence": null,
			"suspicion": "none",
			"legal_instrument": null,
			"consent": {"written": true},
			"alternative_offered": true,
			"actor": {
				"agency_type": "government_non_law_enforcement",
				"role": "service_clerk",
				"roles": ["service_clerk"],
			},
		},
	},
	"verification_release": {
		"permit": true,
		"change": {
			"operation": "release_result",
			"purpose": "access_control",
			"offence": null,
			"suspicion": "none",
			"legal_instrument": null,
			"consent": {"written": true},
			"alternative_offered": true,
			"actor": {
				"agency_type": "government_non_law_enforcement",
				"role": "service_clerk",
				"roles": ["service_clerk"],
			},
			"search": {
				"operation": "verify_1_to_1",
				"candidates": 1,
				"quality": null,
			},
		},
	},
}

test_every_rule_of_verification_fires_in_its_case if {
	every rule, case in verification_cases {
		decision := writgate.decision with input as object.union(montana, case.change)
		["us_mt", rule] in samples.fired(decision)
		decision.permit == case.permit
	}
}
