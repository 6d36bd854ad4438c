package writgate.packs.us_mt_test

import data.writgate
import data.writgate.samples_test as samples

# One case for each rule of the file: what is changed in a clean request, and whether that is permitted.
scope_cases := {
	"continuous_surveillance": {
		"permit": false,
		"change": {
			"operation": "watchlist_scan",
			"mode": "recorded_video",
		},
	},
	"governance_missing": {
		"permit": false,
		"change": {"agency": {"controls": {"human_review_policy_adopted": false}}},
	},
	"not_a_public_agency": {
		"permit": false,
		"change": {"actor": {"agency_type": "private_entity"}},
	},
	"not_law_enforcement": {
		"permit": false,
		"change": {"actor": {"agency_type": "government_non_law_enforcement"}},
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
			"legal_instrument": null,
			"actor": {
				"agency_type": "private_entity",
				"role": "employee",
				"roles": ["employee"],
			},
		},
	},
	"port_of_entry": {
		"permit": true,
		"change": {
			"operation": "verify_1_to_1",
			"mode": "live",
			"purpose": "federal_mandate",
			"place": "airport",
			"offence": null,
			"suspicion": "none",
			"justification": "traveller at the Bozeman gate, passport control for the border agency",
			"legal_instrument": {
				"type": "federal_regulation_or_order",
				"expires_at": null,
				"scope": {
					"modes": [],
					"purposes": [],
					"operations": [],
				},
			},
			"actor": {"agency_type": "government_non_law_enforcement"},
		},
	},
	"purpose_not_covered": {
		"permit": false,
		"change": {"purpose": "identify_incapacitated_person"},
	},
	"records": {
		"permit": true,
		"change": {"operation": "consult_record"},
	},
	"result_use_unknown": {
		"permit": false,
		"change": {
			"operation": "use_result",
			"result_use": {"for": "gossip"},
		},
	},
}

test_every_rule_of_scope_fires_in_its_case if {
	every rule, case in scope_cases {
		decision := writgate.decision with input as object.union(montana, case.change)
		["us_mt", rule] in samples.fired(decision)
		decision.permit == case.permit
	}
}
