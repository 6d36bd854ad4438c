package writgate.packs.us_or_portland_test

import data.writgate
import data.writgate.samples_test as samples

# One case for each rule of the file: what is changed in a clean request, and whether that is permitted.
premises_cases := {
	"demanded_by_law": {
		"permit": true,
		"change": {
			"jurisdiction": ["US-OR-PORTLAND"],
			"actor": {
				"agency_type": "private_entity",
				"role": "security",
				"roles": ["security"],
			},
			"purpose": "federal_mandate",
			"offence": null,
			"suspicion": "none",
			"operation": "verify_1_to_1",
			"database": "employees",
			"premises": "place_of_public_accommodation",
			"legal_instrument": {
				"found": true,
				"origin": "registered",
				"valid_from": 1740787200000000000,
				"expires_at": null,
				"searches_allowed": null,
				"searches_used": 0,
				"officer_certification": false,
				"finding": null,
				"type": "federal_regulation_or_order",
				"status": "in_force",
				"verified": true,
				"scope": {
					"modes": [],
					"purposes": ["federal_mandate"],
					"operations": [],
					"galleries": [],
					"probe_sha256": [],
					"limits": [],
				},
			},
		},
	},
	"distinctly_private": {
		"permit": true,
		"change": {
			"jurisdiction": ["US-OR-PORTLAND"],
			"actor": {
				"agency_type": "private_entity",
				"role": "security",
				"roles": ["security"],
			},
			"purpose": "access_control",
			"offence": null,
			"suspicion": "none",
			"operation": "verify_1_to_1",
			"database": "employees",
			"premises": "private_workplace",
		},
	},
	"own_device": {
		"permit": true,
		"change": {
			"jurisdiction": ["US-OR-PORTLAND"],
			"actor": {
				"agency_type": "private_entity",
				"role": "security",
				"roles": ["security"],
			},
			"purpose": "device_access_own",
			"offence": null,
			"suspicion": "none",
			"operation": "verify_1_to_1",
			"database": "employees",
			"case_number": null,
			"justification": null,
		},
	},
	"private_ban": {
		"permit": false,
		"change": {
			"jurisdiction": ["US-OR-PORTLAND"],
			"actor": {
				"agency_type": "private_entity",
				"role": "store_security",
				"roles": ["store_security"],
			},
			"purpose": "retail_loss_prevention",
			"offence": null,
			"suspicion": "none",
			"premises": "place_of_public_accommodation",
		},
	},
	"private_record": {
		"permit": true,
		"change": {
			"jurisdiction": ["US-OR-PORTLAND"],
			"actor": {
				"agency_type": "private_entity",
				"role": "store_security",
				"roles": ["store_security"],
			},
			"purpose": "retail_loss_prevention",
			"offence": null,
			"suspicion": "none",
			"premises": "place_of_public_accommodation",
			"operation": "consult_record",
		},
	},
}

test_every_rule_of_premises_fires_in_its_case if {
	every rule, case in premises_cases {
		decision := writgate.decision with input as object.union(samples.clean, case.change)
		["us_or_portland", rule] in samples.fired(decision)
		decision.permit == case.permit
	}
}
