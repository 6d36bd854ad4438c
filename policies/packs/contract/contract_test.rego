package writgate.packs.contract_test

import data.writgate
import data.writgate.samples_test as samples

# One case for each rule of the file: what is changed in a clean request, and whether that is permitted.
contract_cases := {
	"candidate_limit": {
		"permit": true,
		"change": {"jurisdiction": ["US-WA"]},
	},
	"contract_in_force": {
		"permit": true,
		"change": {"jurisdiction": ["US-WA"]},
	},
	"contract_not_in_force": {
		"permit": false,
		"change": {
			"agency": {"contract_status": "expired"},
			"contract": {"valid_to": 1741521600000000000},
		},
	},
	"court_order_demanded": {
		"permit": false,
		"change": {"contract": {"demands": [{
			"clause": "7.2",
			"operations": ["identify_1_to_n"],
			"purposes": [],
			"instruments": ["court_order"],
		}]}},
	},
	"court_order_satisfied": {
		"permit": true,
		"change": {
			"contract": {"demands": [{"clause": "7.2", "instruments": ["court_order"]}]},
			"legal_instrument": object.union(
				samples.warrant,
				{"type": "court_order", "scope": {"modes": ["still_image"]}},
			),
		},
	},
	"engine_not_calibrated": {
		"permit": false,
		"change": {"contract": {"max_false_candidate_ppm": 10000}},
	},
	"false_candidate_likely": {
		"permit": false,
		"change": {
			"operation": "release_result",
			"contract": {"max_false_candidate_ppm": 10000},
			"search": {"operation": "identify_1_to_n", "candidates": 1, "false_candidate_bound_ppm": 10001},
		},
	},
	"false_candidate_limit": {
		"permit": true,
		"change": {
			"contract": {"max_false_candidate_ppm": 10000},
			"engine": {"vendor": "dlib", "calibrated": true},
		},
	},
	"gallery_not_in_contract": {
		"permit": false,
		"change": {"contract": {"galleries": ["missing-*"]}},
	},
	"instrument_demanded": {
		"permit": false,
		"change": {"contract": {"demands": [{
			"clause": "7.2",
			"operations": ["identify_1_to_n"],
			"purposes": [],
			"instruments": ["court_order"],
		}]}},
	},
	"operation_not_in_contract": {
		"permit": false,
		"change": {"contract": {"operations": ["verify_1_to_1"]}},
	},
	"purpose_not_in_contract": {
		"permit": false,
		"change": {"contract": {"purposes": ["locate_missing_person"]}},
	},
	"quota_exhausted": {
		"permit": false,
		"change": {"contract": {"quotas": [{
			"period": "day",
			"limit": 10,
			"used": 10,
		}]}},
	},
	"second_examiner": {
		"permit": true,
		"change": {"contract": {"second_examiner": true}},
	},
	"similarity_below_floor": {
		"permit": false,
		"change": {
			"contract": {"min_similarity": 90},
			"similarity_threshold": 89,
		},
	},
	"similarity_floor": {
		"permit": true,
		"change": {
			"contract": {"min_similarity": 90},
			"similarity_threshold": 90,
		},
	},
	"supervisor_review": {
		"permit": true,
		"change": {"contract": {"approvers": 2}},
	},
	"user_not_authenticated": {
		"permit": false,
		"change": {
			"actor": {"strength": "asserted"},
			"contract": {"user_strength": "authenticated"},
		},
	},
}

test_every_rule_of_contract_fires_in_its_case if {
	every rule, case in contract_cases {
		decision := writgate.decision with input as object.union(samples.clean, case.change)
		["contract", rule] in samples.fired(decision)
		decision.permit == case.permit
	}
}
