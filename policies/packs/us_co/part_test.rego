package writgate.packs.us_co_test

import data.writgate
import data.writgate.samples_test as samples

# One case for each rule of the file: what is changed in a clean request, and whether that is permitted.
part_cases := {
	"access_control": {
		"permit": true,
		"change": {
			"jurisdiction": ["US-CO"],
			"operation": "verify_1_to_1",
			"purpose": "access_control",
			"offence": null,
			"suspicion": "none",
			"database": "employees",
			"premises": "secure_area",
			"actor": {
				"agency_type": "government_non_law_enforcement",
				"role": "service_clerk",
				"roles": ["service_clerk"],
			},
		},
	},
	"disclose_to_defence": {
		"permit": true,
		"change": {"jurisdiction": ["US-CO"]},
	},
	"federal_mandate": {
		"permit": true,
		"change": {
			"jurisdiction": ["US-CO"],
			"purpose": "federal_mandate",
			"offence": null,
			"suspicion": "none",
			"justification": "screening that 49 CFR demands of every applicant for port credentials",
			"legal_instrument": {
				"found": true,
				"origin": "registered",
				"valid_from": 1740787200000000000,
				"expires_at": 1743379200000000000,
				"searches_allowed": null,
				"searches_used": 0,
				"officer_certification": false,
				"finding": null,
				"type": "federal_regulation_or_order",
				"status": "in_force",
				"verified": true,
				"scope": {
					"modes": ["still_image"],
					"purposes": ["federal_mandate"],
					"operations": ["identify_1_to_n"],
					"galleries": ["*"],
					"probe_sha256": [],
					"limits": [],
				},
			},
		},
	},
	"federal_mandate_not_shown": {
		"permit": false,
		"change": {
			"jurisdiction": ["US-CO"],
			"purpose": "federal_mandate",
			"offence": null,
			"suspicion": "none",
			"justification": "screening that 49 CFR demands of every applicant for port credentials",
		},
	},
	"governance_missing": {
		"permit": false,
		"change": {
			"jurisdiction": ["US-CO"],
			"agency": {"controls": {"accountability_report_adopted": false}},
		},
	},
	"human_review": {
		"permit": true,
		"change": {"jurisdiction": ["US-CO"]},
	},
	"keep_records": {
		"permit": true,
		"change": {"jurisdiction": ["US-CO"]},
	},
	"not_a_public_agency": {
		"permit": false,
		"change": {
			"jurisdiction": ["US-CO"],
			"purpose": "retail_loss_prevention",
			"offence": null,
			"suspicion": "none",
			"actor": {
				"agency_type": "private_entity",
				"role": "store_security",
				"roles": ["store_security"],
			},
		},
	},
	"operator_untrained": {
		"permit": false,
		"change": {
			"jurisdiction": ["US-CO"],
			"actor": {"training_current": false},
		},
	},
	"own_device": {
		"permit": true,
		"change": {
			"jurisdiction": ["US-CO"],
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
}

test_every_rule_of_part_fires_in_its_case if {
	every rule, case in part_cases {
		decision := writgate.decision with input as object.union(samples.clean, case.change)
		["us_co", rule] in samples.fired(decision)
		decision.permit == case.permit
	}
}
