package writgate.packs.us_il_test

import data.writgate
import data.writgate.samples_test as samples

# One case for each rule of the file: what is changed in a clean request, and whether that is permitted.
retention_cases := {
	"delete_in_time": {
		"permit": true,
		"change": {
			"jurisdiction": ["US-IL"],
			"actor": {
				"agency_type": "private_entity",
				"role": "hr_admin",
				"roles": ["hr_admin"],
			},
			"purpose": "access_control",
			"offence": null,
			"suspicion": "none",
			"database": "employees",
			"operation": "enrol_gallery",
			"consent": {
				"written_notice": true,
				"written_release": true,
			},
			"retention_policy_public": true,
		},
	},
	"delete_now": {
		"permit": false,
		"change": {
			"jurisdiction": ["US-IL"],
			"actor": {
				"agency_type": "private_entity",
				"role": "hr_admin",
				"roles": ["hr_admin"],
			},
			"purpose": "access_control",
			"offence": null,
			"suspicion": "none",
			"database": "employees",
			"operation": "verify_1_to_1",
			"consent": {
				"written_notice": true,
				"written_release": true,
			},
			"retention_policy_public": true,
			"clock": {"last_interaction": 1646827200000000000},
		},
	},
	"retention_expired": {
		"permit": false,
		"change": {
			"jurisdiction": ["US-IL"],
			"actor": {
				"agency_type": "private_entity",
				"role": "hr_admin",
				"roles": ["hr_admin"],
			},
			"purpose": "access_control",
			"offence": null,
			"suspicion": "none",
			"database": "employees",
			"operation": "verify_1_to_1",
			"consent": {
				"written_notice": true,
				"written_release": true,
			},
			"retention_policy_public": true,
			"clock": {"last_interaction": 1646827200000000000},
		},
	},
}

test_every_rule_of_retention_fires_in_its_case if {
	every rule, case in retention_cases {
		decision := writgate.decision with input as object.union(samples.clean, case.change)
		["us_il", rule] in samples.fired(decision)
		decision.permit == case.permit
	}
}
