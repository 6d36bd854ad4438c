package writgate.packs.us_me_test

import data.writgate
import data.writgate.samples_test as samples

# One case for each rule of the file: what is changed in a clean request, and whether that is permitted.
requests_cases := {
	"backchannel": {
		"permit": false,
		"change": {"agency": {"on_behalf_of": "US-ME police"}},
	},
	"bureau_against_fraud": {
		"permit": true,
		"change": {
			"jurisdiction": ["US-ME"],
			"purpose": "credential_fraud",
			"offence": null,
			"suspicion": "none",
			"actor": {
				"roles": ["service_clerk"],
				"role": "service_clerk",
				"agency_type": "government_non_law_enforcement",
			},
			"database": "driver_licence",
			"engine": {
				"vendor": "maine_bmv",
				"operated_by": "bureau_of_motor_vehicles",
			},
		},
	},
	"commercial_gallery": {
		"permit": false,
		"change": {
			"jurisdiction": ["US-ME"],
			"database": "scraped_web_gallery",
			"engine": {"operated_by": "vendor"},
		},
	},
	"gallery_of_ones_own": {
		"permit": false,
		"change": {
			"jurisdiction": ["US-ME"],
			"operation": "enrol_gallery",
		},
	},
	"incident_report": {
		"permit": true,
		"change": {
			"jurisdiction": ["US-ME"],
			"operation": "incident_report",
		},
	},
	"not_a_department": {
		"permit": false,
		"change": {
			"jurisdiction": ["US-ME"],
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
	"not_an_image": {
		"permit": false,
		"change": {
			"jurisdiction": ["US-ME"],
			"operation": "watchlist_live",
			"mode": "live",
			"database": "driver_licence",
			"engine": {
				"vendor": "maine_bmv",
				"operated_by": "bureau_of_motor_vehicles",
			},
		},
	},
	"not_by_request": {
		"permit": false,
		"change": {"agency": {"on_behalf_of": "US-ME police"}},
	},
	"record": {
		"permit": true,
		"change": {
			"jurisdiction": ["US-ME"],
			"operation": "consult_record",
			"actor": {
				"roles": ["employee"],
				"role": "employee",
				"agency_type": "private_entity",
			},
			"database": "driver_licence",
			"engine": {
				"vendor": "maine_bmv",
				"operated_by": "bureau_of_motor_vehicles",
			},
		},
	},
	"surveillance": {
		"permit": false,
		"change": {
			"jurisdiction": ["US-ME"],
			"operation": "watchlist_live",
			"mode": "live",
			"database": "driver_licence",
			"engine": {
				"vendor": "maine_bmv",
				"operated_by": "bureau_of_motor_vehicles",
			},
		},
	},
}

test_every_rule_of_requests_fires_in_its_case if {
	every rule, case in requests_cases {
		decision := writgate.decision with input as object.union(samples.clean, case.change)
		["us_me", rule] in samples.fired(decision)
		decision.permit == case.permit
	}
}
