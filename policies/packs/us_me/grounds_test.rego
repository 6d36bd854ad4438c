package writgate.packs.us_me_test

import data.writgate
import data.writgate.samples_test as samples

# One case for each rule of the file: what is changed in a clean request, and whether that is permitted.
grounds_cases := {
	"crime_without_police": {
		"permit": false,
		"change": {
			"jurisdiction": ["US-ME"],
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
	"deceased": {
		"permit": true,
		"change": {
			"jurisdiction": ["US-ME"],
			"purpose": "identify_deceased",
			"offence": null,
			"suspicion": "none",
			"justification": "unidentified man recovered from the river below Fremont bridge",
			"database": "driver_licence",
			"engine": {
				"vendor": "maine_bmv",
				"operated_by": "bureau_of_motor_vehicles",
			},
		},
	},
	"missing_or_endangered": {
		"permit": true,
		"change": {
			"jurisdiction": ["US-ME"],
			"purpose": "locate_missing_person",
			"offence": null,
			"suspicion": "none",
			"justification": "child of nine last seen at the Lakeport ferry terminal on Sunday",
			"database": "driver_licence",
			"engine": {
				"vendor": "maine_bmv",
				"operated_by": "bureau_of_motor_vehicles",
			},
		},
	},
	"no_probable_cause": {
		"permit": false,
		"change": {
			"jurisdiction": ["US-ME"],
			"suspicion": null,
			"database": "driver_licence",
			"engine": {
				"vendor": "maine_bmv",
				"operated_by": "bureau_of_motor_vehicles",
			},
		},
	},
	"offence_not_serious": {
		"permit": false,
		"change": {
			"jurisdiction": ["US-ME"],
			"purpose": "credential_fraud",
			"offence": null,
			"suspicion": "none",
			"database": "driver_licence",
			"engine": {
				"vendor": "maine_bmv",
				"operated_by": "bureau_of_motor_vehicles",
			},
		},
	},
	"public_log": {
		"permit": true,
		"change": {
			"jurisdiction": ["US-ME"],
			"database": "driver_licence",
			"engine": {
				"vendor": "fbi_ngi",
				"operated_by": "fbi",
			},
		},
	},
	"purpose_not_listed": {
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
	"serious_crime": {
		"permit": true,
		"change": {
			"jurisdiction": ["US-ME"],
			"database": "driver_licence",
			"engine": {
				"vendor": "fbi_ngi",
				"operated_by": "fbi",
			},
		},
	},
}

test_every_rule_of_grounds_fires_in_its_case if {
	every rule, case in grounds_cases {
		decision := writgate.decision with input as object.union(samples.clean, case.change)
		["us_me", rule] in samples.fired(decision)
		decision.permit == case.permit
	}
}
