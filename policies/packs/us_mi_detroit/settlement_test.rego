package writgate.packs.us_mi_detroit_test

import data.writgate
import data.writgate.samples_test as samples

# One case for each rule of the file: what is changed in a clean request, and whether that is permitted.
settlement_cases := {
	"clears_somebody": {
		"permit": true,
		"change": {
			"jurisdiction": ["US-MI-DETROIT"],
			"operation": "use_result",
			"result_use": {"for": "exculpatory_evidence"},
		},
	},
	"corroborated": {
		"permit": true,
		"change": {
			"jurisdiction": ["US-MI-DETROIT"],
			"operation": "use_result",
			"result_use": {
				"for": "arrest",
				"other_evidence": true,
				"other_evidence_independent": true,
			},
		},
	},
	"corroborated_before_settlement": {
		"permit": true,
		"change": {
			"jurisdiction": ["US-MI-DETROIT"],
			"now": 1700000000000000000,
			"contract": {"valid_from": 0, "valid_to": 4102444800000000000},
			"operation": "use_result",
			"result_use": {"for": "arrest", "other_evidence": true},
		},
	},
	"disclose_in_warrant_request": {
		"permit": true,
		"change": {
			"jurisdiction": ["US-MI-DETROIT"],
			"operation": "use_result",
			"result_use": {
				"for": "warrant_application",
				"other_evidence": true,
				"other_evidence_independent": true,
			},
		},
	},
	"evidence_not_independent": {
		"permit": false,
		"change": {
			"jurisdiction": ["US-MI-DETROIT"],
			"operation": "use_result",
			"result_use": {"for": "arrest", "other_evidence": true},
		},
	},
	"keep_for_audit": {
		"permit": true,
		"change": {
			"jurisdiction": ["US-MI-DETROIT"],
			"operation": "use_result",
			"result_use": {"for": "lead"},
		},
	},
	"lead": {
		"permit": true,
		"change": {
			"jurisdiction": ["US-MI-DETROIT"],
			"operation": "use_result",
			"result_use": {"for": "lead"},
		},
	},
	"lineup_before_settlement": {
		"permit": true,
		"change": {
			"jurisdiction": ["US-MI-DETROIT"],
			"now": 1700000000000000000,
			"contract": {"valid_from": 0, "valid_to": 4102444800000000000},
			"operation": "use_result",
			"result_use": {"for": "photo_lineup"},
		},
	},
	"lineup_from_lead": {
		"permit": false,
		"change": {
			"jurisdiction": ["US-MI-DETROIT"],
			"operation": "use_result",
			"result_use": {"for": "photo_lineup"},
		},
	},
	"match_alone": {
		"permit": false,
		"change": {
			"jurisdiction": ["US-MI-DETROIT"],
			"operation": "use_result",
			"result_use": {"for": "arrest", "other_evidence": false},
		},
	},
	"result_use_unknown": {
		"permit": false,
		"change": {
			"jurisdiction": ["US-MI-DETROIT"],
			"operation": "use_result",
			"result_use": {"for": "display"},
		},
	},
}

test_every_rule_of_settlement_fires_in_its_case if {
	every rule, case in settlement_cases {
		decision := writgate.decision with input as object.union(samples.clean, case.change)
		["us_mi_detroit", rule] in samples.fired(decision)
		decision.permit == case.permit
	}
}
