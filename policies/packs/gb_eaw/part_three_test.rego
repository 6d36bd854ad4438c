package writgate.packs.gb_eaw_test

import data.writgate
import data.writgate.samples_test as samples

# One case for each rule of the file: the request it starts from, what is changed in it, and whether that is permitted.
part_three_cases := {
	"after_event": {"permit": true, "from": "still", "change": {}},
	"incident_report": {
		"permit": true,
		"from": "still",
		"change": {"operation": "incident_report"},
	},
	"justification_missing": {
		"permit": false,
		"from": "still",
		"change": {
			"operation": "consult_record",
			"justification": null,
		},
	},
	"justification_still_asked": {
		"permit": false,
		"from": "still",
		"change": {
			"operation": "consult_record",
			"justification": null,
			"now": 1755561600000000000,
		},
	},
	"keep_records": {"permit": true, "from": "still", "change": {}},
	"log_processing": {
		"permit": true,
		"from": "still",
		"change": {"operation": "consult_record"},
	},
	"no_link": {
		"permit": false,
		"from": "still",
		"change": {"purpose": "credential_fraud", "offence": null},
	},
	"purpose_without_basis": {
		"permit": false,
		"from": "still",
		"change": {"purpose": "training_or_test"},
	},
	"record": {"permit": true, "from": "still", "change": {"operation": "consult_record"}},
	"recorded_missing": {
		"permit": false,
		"from": "still",
		"change": {"agency": {"controls": {"appropriate_policy_document": false}}},
	},
}

test_every_rule_of_part_three_fires_in_its_case if {
	every rule, case in part_three_cases {
		decision := writgate.decision with input as object.union(bases[case.from], case.change)
		["gb_eaw", rule] in samples.fired(decision)
		decision.permit == case.permit
	}
}
