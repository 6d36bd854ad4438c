package writgate.packs.us_il_test

import data.writgate
import data.writgate.samples_test as samples

# One case for each rule of the file: what is changed in a clean request, and whether that is permitted.
act_cases := {
	"about_the_record": {
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
			"operation": "consult_record",
		},
	},
	"disclosure_compelled": {
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
			"operation": "release_result",
			"search": {
				"operation": "verify_1_to_1",
				"candidates": 1,
				"quality": null,
			},
			"legal_instrument": {
				"found": true,
				"origin": "registered",
				"valid_from": 1740787200000000000,
				"expires_at": 1743379200000000000,
				"searches_allowed": null,
				"searches_used": 0,
				"officer_certification": false,
				"finding": null,
				"type": "subpoena",
				"status": "granted",
				"verified": true,
				"scope": {
					"modes": [],
					"purposes": [],
					"operations": [],
					"galleries": [],
					"probe_sha256": [],
					"limits": [],
				},
			},
		},
	},
	"disclosure_consented": {
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
			"operation": "release_result",
			"search": {
				"operation": "verify_1_to_1",
				"candidates": 1,
				"quality": null,
			},
			"consent": {
				"written_notice": true,
				"written_release": true,
			},
			"retention_policy_public": true,
		},
	},
	"disclosure_without_ground": {
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
			"operation": "release_result",
			"search": {
				"operation": "verify_1_to_1",
				"candidates": 1,
				"quality": null,
			},
		},
	},
	"public_body": {
		"permit": true,
		"change": {"jurisdiction": ["US-IL"]},
	},
	"sale": {
		"permit": false,
		"change": {
			"jurisdiction": ["US-IL"],
			"actor": {
				"agency_type": "private_entity",
				"role": "hr_admin",
				"roles": ["hr_admin"],
			},
			"purpose": "sell_templates",
			"offence": null,
			"suspicion": "none",
			"database": "employees",
			"consent": {
				"written_notice": true,
				"written_release": true,
			},
			"retention_policy_public": true,
			"operation": "sell_templates",
		},
	},
	"works_for_public_body": {
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
			"operation": "verify_1_to_1",
			"agency": {
				"on_behalf_of": "US-IL Springfield police",
				"controls": {"contractor_of_public_body": true},
			},
		},
	},
}

test_every_rule_of_act_fires_in_its_case if {
	every rule, case in act_cases {
		decision := writgate.decision with input as object.union(samples.clean, case.change)
		["us_il", rule] in samples.fired(decision)
		decision.permit == case.permit
	}
}
