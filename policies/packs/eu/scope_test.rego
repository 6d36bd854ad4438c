package writgate.packs.eu_test

import data.writgate
import data.writgate.samples_test as samples

# One case for each rule of the file: the request it starts from, what is changed in it, and whether that is permitted.
scope_cases := {
	"consent": {
		"permit": true,
		"from": "directive",
		"change": {
			"actor": {
				"agency_type": "private_entity",
				"role": "security",
				"roles": ["security"],
			},
			"purpose": "access_control",
			"offence": null,
			"suspicion": "none",
			"consent": {"written": true},
		},
	},
	"consent_missing": {
		"permit": false,
		"from": "directive",
		"change": {
			"actor": {
				"agency_type": "private_entity",
				"role": "security",
				"roles": ["security"],
			},
			"purpose": "access_control",
			"offence": null,
			"suspicion": "none",
		},
	},
	"incident_report": {
		"permit": true,
		"from": "directive",
		"change": {"operation": "incident_report"},
	},
	"justification_missing": {
		"permit": false,
		"from": "directive",
		"change": {"operation": "consult_record", "justification": " "},
	},
	"log_processing": {
		"permit": true,
		"from": "directive",
		"change": {"operation": "consult_record"},
	},
	"not_police": {
		"permit": false,
		"from": "directive",
		"change": {
			"actor": {
				"agency_type": "private_entity",
				"role": "security",
				"roles": ["security"],
			},
			"purpose": "access_control",
			"offence": null,
			"suspicion": "none",
			"operation": "watchlist_scan",
		},
	},
	"own_device": {
		"permit": true,
		"from": "directive",
		"change": {
			"operation": "verify_1_to_1",
			"purpose": "device_access_own",
			"offence": null,
		},
	},
	"purpose_without_basis": {
		"permit": false,
		"from": "directive",
		"change": {"purpose": "training_or_test"},
	},
	"record": {"permit": true, "from": "directive", "change": {"operation": "consult_record"}},
}

test_every_rule_of_scope_fires_in_its_case if {
	every rule, case in scope_cases {
		decision := writgate.decision with input as object.union(bases[case.from], case.change)
		["eu", rule] in samples.fired(decision)
		decision.permit == case.permit
	}
}
