package writgate.packs.us_ma_test

import data.writgate
import data.writgate.samples_test as samples

# One case for each rule of the file: what is changed in a clean request, and whether that is permitted.
grounds_cases := {
	"annual_totals": {
		"permit": true,
		"change": {
			"jurisdiction": ["US-MA"],
			"purpose": "credential_fraud",
			"offence": null,
			"suspicion": "none",
			"justification": "two licences with one face issued at Springfield and Lowell",
			"database": "driver_licence",
			"engine": {"vendor": "rmv_or_msp"},
		},
	},
	"court_order": {
		"permit": true,
		"change": {
			"jurisdiction": ["US-MA"],
			"legal_instrument": {
				"found": true,
				"origin": "registered",
				"valid_from": 1739016000000000000,
				"expires_at": 1743379200000000000,
				"searches_allowed": null,
				"searches_used": 0,
				"officer_certification": false,
				"finding": "reasonable grounds: relevant and material to an ongoing criminal investigation",
				"type": "court_order",
				"status": "granted",
				"verified": true,
				"scope": {
					"modes": ["still_image"],
					"purposes": ["investigate_named_offence"],
					"operations": ["identify_1_to_n"],
					"galleries": ["*"],
					"probe_sha256": [],
					"limits": [],
				},
			},
			"database": "driver_licence",
			"engine": {
				"vendor": "fbi_ngi",
				"operated_by": "fbi",
			},
		},
	},
	"court_order_missing": {
		"permit": false,
		"change": {
			"jurisdiction": ["US-MA"],
			"database": "driver_licence",
			"engine": {
				"vendor": "rmv_or_msp",
				"operated_by": "state_police",
			},
		},
	},
	"deceased": {
		"permit": true,
		"change": {
			"jurisdiction": ["US-MA"],
			"purpose": "identify_deceased",
			"offence": null,
			"suspicion": "none",
			"justification": "unidentified man recovered from the river below Fremont bridge",
			"database": "driver_licence",
			"engine": {
				"vendor": "rmv_or_msp",
				"operated_by": "state_police",
			},
		},
	},
	"document_emergency": {
		"permit": true,
		"change": {
			"jurisdiction": ["US-MA"],
			"exigency": {
				"found": true,
				"status": "certified",
				"started_at": 1741604400000000000,
				"deadline": 1741694400000000000,
				"certified": true,
				"risk": "substantial_risk_of_harm",
				"factual_basis": "armed man barricaded in the school gymnasium with two pupils",
				"narrowly_tailored": true,
			},
			"database": "driver_licence",
			"engine": {
				"vendor": "rmv_or_msp",
				"operated_by": "state_police",
			},
		},
	},
	"document_fields": {
		"permit": true,
		"change": {
			"jurisdiction": ["US-MA"],
			"purpose": "credential_fraud",
			"offence": null,
			"suspicion": "none",
			"justification": "two licences with one face issued at Springfield and Lowell",
			"database": "driver_licence",
			"engine": {"vendor": "rmv_or_msp"},
		},
	},
	"emergency": {
		"permit": true,
		"change": {
			"jurisdiction": ["US-MA"],
			"exigency": {
				"found": true,
				"status": "certified",
				"started_at": 1741604400000000000,
				"deadline": 1741694400000000000,
				"certified": true,
				"risk": "substantial_risk_of_harm",
				"factual_basis": "armed man barricaded in the school gymnasium with two pupils",
				"narrowly_tailored": true,
			},
			"database": "driver_licence",
			"engine": {
				"vendor": "rmv_or_msp",
				"operated_by": "state_police",
			},
		},
	},
	"purpose_outside": {
		"permit": false,
		"change": {
			"jurisdiction": ["US-MA"],
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
	"report_quarterly": {
		"permit": true,
		"change": {
			"jurisdiction": ["US-MA"],
			"purpose": "credential_fraud",
			"offence": null,
			"suspicion": "none",
			"justification": "two licences with one face issued at Springfield and Lowell",
			"database": "driver_licence",
			"engine": {"vendor": "rmv_or_msp"},
		},
	},
}

test_every_rule_of_grounds_fires_in_its_case if {
	every rule, case in grounds_cases {
		decision := writgate.decision with input as object.union(samples.clean, case.change)
		["us_ma", rule] in samples.fired(decision)
		decision.permit == case.permit
	}
}
