package writgate.packs.us_wa_test

import data.writgate
import data.writgate.samples_test as samples

# One case for each rule of the file: what is changed in a clean request, and whether that is permitted.
chapter_cases := {
	"disclose_to_defence": {
		"permit": true,
		"change": {"jurisdiction": ["US-WA"]},
	},
	"federal_mandate": {
		"permit": true,
		"change": {
			"jurisdiction": ["US-WA"],
			"purpose": "federal_mandate",
			"offence": null,
			"suspicion": "none",
			"justification": "screening that 49 CFR demands of every applicant for port credentials",
			"legal_instrument": {
				"found": true,
				"origin": "registered",
				"valid_from": 1739016000000000000,
				"expires_at": 1744200000000000000,
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
			"jurisdiction": ["US-WA"],
			"purpose": "federal_mandate",
			"offence": null,
			"suspicion": "none",
			"justification": "screening that 49 CFR demands of every applicant for port credentials",
		},
	},
	"governance_missing": {
		"permit": false,
		"change": {
			"jurisdiction": ["US-WA"],
			"agency": {"controls": {"notice_of_intent_filed": false}},
		},
	},
	"human_review": {
		"permit": true,
		"change": {"jurisdiction": ["US-WA"]},
	},
	"keep_records": {
		"permit": true,
		"change": {"jurisdiction": ["US-WA"]},
	},
	"not_a_public_agency": {
		"permit": false,
		"change": {
			"jurisdiction": ["US-WA"],
			"purpose": "retail_loss_prevention",
			"offence": null,
			"suspicion": "none",
			"actor": {
				"roles": ["store_security"],
				"role": "store_security",
				"agency_type": "private_entity",
			},
		},
	},
	"operator_untrained": {
		"permit": false,
		"change": {
			"jurisdiction": ["US-WA"],
			"actor": {"trained": false},
		},
	},
	"own_device": {
		"permit": true,
		"change": {
			"jurisdiction": ["US-WA"],
			"operation": "verify_1_to_1",
			"purpose": "device_access_own",
			"offence": null,
			"suspicion": "none",
			"case_number": null,
			"justification": null,
			"actor": {
				"roles": ["employee"],
				"role": "employee",
				"agency_type": "private_entity",
			},
		},
	},
	"report_exempt_use": {
		"permit": true,
		"change": {
			"jurisdiction": ["US-WA"],
			"purpose": "federal_mandate",
			"offence": null,
			"suspicion": "none",
			"justification": "screening that 49 CFR demands of every applicant for port credentials",
			"legal_instrument": {
				"found": true,
				"origin": "registered",
				"valid_from": 1739016000000000000,
				"expires_at": 1744200000000000000,
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
}

test_every_rule_of_chapter_fires_in_its_case if {
	every rule, case in chapter_cases {
		decision := writgate.decision with input as object.union(samples.clean, case.change)
		["us_wa", rule] in samples.fired(decision)
		decision.permit == case.permit
	}
}
