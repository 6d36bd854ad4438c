package writgate.packs.us_va_test

import data.writgate
import data.writgate.samples_test as samples

# One case for each rule of the file: what is changed in a clean request, and whether that is permitted.
uses_cases := {
	"authorised_use": {
		"permit": true,
		"change": {
			"jurisdiction": ["US-VA"],
			"purpose": "locate_wanted_person",
		},
	},
	"commercial_gallery": {
		"permit": false,
		"change": {
			"jurisdiction": ["US-VA"],
			"operation": "enrol_gallery",
			"suspicion": "reasonable_suspicion",
			"database": "scraped_web_gallery",
		},
	},
	"gallery_from_live_feed": {
		"permit": false,
		"change": {
			"jurisdiction": ["US-VA"],
			"operation": "enrol_gallery",
			"mode": "live",
			"suspicion": "reasonable_suspicion",
		},
	},
	"incident_report": {
		"permit": true,
		"change": {
			"now": 1788264000000000000,
			"contract": {
				"valid_from": 1788177600000000000,
				"valid_to": 1788350400000000000,
			},
			"jurisdiction": ["US-VA"],
			"operation": "incident_report",
			"suspicion": "reasonable_suspicion",
		},
	},
	"no_reasonable_suspicion": {
		"permit": false,
		"change": {
			"jurisdiction": ["US-VA"],
			"suspicion": null,
		},
	},
	"not_a_public_body": {
		"permit": false,
		"change": {
			"jurisdiction": ["US-VA"],
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
	"not_law_enforcement": {
		"permit": false,
		"change": {
			"jurisdiction": ["US-VA"],
			"suspicion": "reasonable_suspicion",
			"actor": {
				"roles": ["service_clerk"],
				"role": "service_clerk",
				"agency_type": "government_non_law_enforcement",
			},
		},
	},
	"realtime_tracking": {
		"permit": false,
		"change": {
			"jurisdiction": ["US-VA"],
			"operation": "track_person",
			"mode": "live",
			"suspicion": "reasonable_suspicion",
		},
	},
	"record": {
		"permit": true,
		"change": {
			"jurisdiction": ["US-VA"],
			"operation": "consult_record",
			"suspicion": "reasonable_suspicion",
			"actor": {
				"roles": ["internal_auditor"],
				"role": "internal_auditor",
			},
		},
	},
	"use_not_listed": {
		"permit": false,
		"change": {
			"jurisdiction": ["US-VA"],
			"purpose": "access_control",
			"offence": null,
			"suspicion": "none",
		},
	},
}

test_every_rule_of_uses_fires_in_its_case if {
	every rule, case in uses_cases {
		decision := writgate.decision with input as object.union(samples.clean, case.change)
		["us_va", rule] in samples.fired(decision)
		decision.permit == case.permit
	}
}
