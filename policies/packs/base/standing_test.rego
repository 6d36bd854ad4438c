package writgate.packs.base_test

import data.writgate
import data.writgate.samples_test as samples

# One case for each rule of the file: what is changed in a clean request, and whether that is permitted.
standing_cases := {
	"account_not_issued_by_agency": {
		"permit": false,
		"change": {"actor": {"account": "individual_trial"}},
	},
	"agency_suspended": {
		"permit": false,
		"change": {"agency": {"status": "suspended"}},
	},
	"client_suspended": {
		"permit": false,
		"change": {"client": {
			"id": "c",
			"status": "suspended",
		}},
	},
	"declared_fact": {
		"permit": false,
		"change": {"origins": {"legal_instrument": "declared"}},
	},
	"examiner_not_trained": {
		"permit": false,
		"change": {"examiner": {"trained": false}},
	},
	"incident_report": {
		"permit": true,
		"change": {
			"operation": "incident_report",
			"actor": {
				"roles": ["internal_auditor"],
				"role": "internal_auditor",
			},
			"subject": {"selected_because_of": "religion"},
		},
	},
	"log_denied_attempt": {
		"permit": false,
		"change": {
			"now": 1625097599000000000,
			"jurisdiction": ["US-WA"],
			"contract": {
				"valid_from": 1593561599000000000,
				"valid_to": 1656633599000000000,
			},
		},
	},
	"operation_not_offered": {
		"permit": false,
		"change": {"operation": "risk_score_person"},
	},
	"operator_not_trained": {
		"permit": false,
		"change": {"actor": {"training_current": false}},
	},
	"purpose_permitted": {
		"permit": true,
		"change": {"jurisdiction": ["US-WA"]},
	},
	"release_permitted": {
		"permit": true,
		"change": {
			"jurisdiction": ["US-WA"],
			"operation": "release_result",
			"search": {
				"operation": "identify_1_to_n",
				"candidates": 1,
				"quality": null,
			},
		},
	},
	"role_not_allowed": {
		"permit": false,
		"change": {"actor": {
			"roles": ["vendor_admin"],
			"role": "vendor_admin",
		}},
	},
	"user_suspended": {
		"permit": false,
		"change": {"actor": {"status": "suspended"}},
	},
	"user_unknown": {
		"permit": false,
		"change": {"actor": {"known": false}},
	},
	"vendor_unknown": {
		"permit": false,
		"change": {"engine": {"vendor": "bargain_faces"}},
	},
}

test_every_rule_of_standing_fires_in_its_case if {
	every rule, case in standing_cases {
		decision := writgate.decision with input as object.union(samples.clean, case.change)
		["base", rule] in samples.fired(decision)
		decision.permit == case.permit
	}
}
