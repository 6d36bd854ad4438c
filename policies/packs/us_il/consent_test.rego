package writgate.packs.us_il_test

import data.writgate
import data.writgate.samples_test as samples

# One case for each rule of the file: what is changed in a clean request, and whether that is permitted.
consent_cases := {
	"bystanders": {
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
			"consent": {
				"written_notice": true,
				"written_release": true,
			},
			"retention_policy_public": true,
			"operation": "watchlist_live",
			"mode": "live",
		},
	},
	"consent": {
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
	"consent_missing": {
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
			"operation": "enrol_gallery",
			"consent": {
				"written_notice": true,
				"written_release": false,
			},
			"retention_policy_public": true,
		},
	},
	"policy_missing": {
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
			"operation": "enrol_gallery",
			"consent": {
				"written_notice": true,
				"written_release": true,
			},
			"retention_policy_public": false,
		},
	},
	"stated_purpose": {
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
}

test_every_rule_of_consent_fires_in_its_case if {
	every rule, case in consent_cases {
		decision := writgate.decision with input as object.union(samples.clean, case.change)
		["us_il", rule] in samples.fired(decision)
		decision.permit == case.permit
	}
}
