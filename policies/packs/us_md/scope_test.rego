package writgate.packs.us_md_test

import data.writgate
import data.writgate.samples_test as samples

# One case for each rule of the file: what is changed in a clean request, and whether that is permitted.
scope_cases := {
	"governance_missing": {
		"permit": false,
		"change": {"agency": {"controls": {"conforms_to_state_model_policy": false}}},
	},
	"not_law_enforcement": {
		"permit": false,
		"change": {"actor": {"agency_type": "government_non_law_enforcement"}},
	},
	"outside_subtitle": {
		"permit": true,
		"change": {
			"purpose": "locate_missing_person",
			"offence": null,
			"suspicion": "none",
			"justification": "child of nine last seen at the Annapolis ferry dock on Sunday",
		},
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
			"actor": {
				"agency_type": "private_entity",
				"role": "employee",
				"roles": ["employee"],
			},
		},
	},
	"purpose_not_authorised": {
		"permit": false,
		"change": {"purpose": "retail_loss_prevention"},
	},
	"records": {
		"permit": true,
		"change": {"operation": "consult_record"},
	},
	"untrained": {
		"permit": false,
		"change": {"actor": {"training_current": false}},
	},
}

test_every_rule_of_scope_fires_in_its_case if {
	every rule, case in scope_cases {
		decision := writgate.decision with input as object.union(maryland, case.change)
		["us_md", rule] in samples.fired(decision)
		decision.permit == case.permit
	}
}
