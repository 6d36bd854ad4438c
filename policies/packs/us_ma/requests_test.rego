package writgate.packs.us_ma_test

import data.writgate
import data.writgate.samples_test as samples

# One case for each rule of the file: what is changed in a clean request, and whether that is permitted.
requests_cases := {
	"backchannel": {
		"permit": false,
		"change": {
			"agency": {"on_behalf_of": "US-MA police"},
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
		},
	},
	"commercial_gallery": {
		"permit": false,
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
				"vendor": "commercial_scraped_gallery",
				"operated_by": "vendor",
			},
		},
	},
	"gallery": {
		"permit": true,
		"change": {
			"jurisdiction": ["US-MA"],
			"operation": "enrol_gallery",
		},
	},
	"identity_documents": {
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
	"incident_report": {
		"permit": true,
		"change": {
			"jurisdiction": ["US-MA"],
			"operation": "incident_report",
		},
	},
	"not_a_public_body": {
		"permit": false,
		"change": {
			"jurisdiction": ["US-MA"],
			"operation": "consult_record",
			"actor": {
				"roles": ["employee"],
				"role": "employee",
				"agency_type": "private_entity",
			},
		},
	},
	"not_an_image": {
		"permit": false,
		"change": {
			"jurisdiction": ["US-MA"],
			"operation": "enrol_gallery",
			"mode": "live",
		},
	},
	"not_by_request": {
		"permit": false,
		"change": {
			"jurisdiction": ["US-MA"],
			"operation": "use_result",
			"result_use": {"for": "lead"},
		},
	},
	"not_in_writing": {
		"permit": false,
		"change": {
			"jurisdiction": ["US-MA"],
			"purpose": "identify_deceased",
			"offence": null,
			"suspicion": "none",
			"justification": "unidentified man recovered from the river below Fremont bridge",
			"written_request": false,
			"database": "driver_licence",
			"engine": {
				"vendor": "rmv_or_msp",
				"operated_by": "state_police",
			},
		},
	},
	"not_law_enforcement": {
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
	"record": {
		"permit": true,
		"change": {
			"jurisdiction": ["US-MA"],
			"operation": "consult_record",
			"actor": {
				"roles": ["internal_auditor"],
				"role": "internal_auditor",
			},
		},
	},
	"surveillance": {
		"permit": false,
		"change": {
			"jurisdiction": ["US-MA"],
			"operation": "watchlist_live",
			"mode": "live",
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
					"modes": ["live"],
					"purposes": ["investigate_named_offence"],
					"operations": ["watchlist_live"],
					"galleries": ["*"],
					"probe_sha256": [],
					"limits": [],
				},
			},
			"database": "driver_licence",
			"engine": {
				"vendor": "rmv_or_msp",
				"operated_by": "state_police",
			},
		},
	},
}

test_every_rule_of_requests_fires_in_its_case if {
	every rule, case in requests_cases {
		decision := writgate.decision with input as object.union(samples.clean, case.change)
		["us_ma", rule] in samples.fired(decision)
		decision.permit == case.permit
	}
}
