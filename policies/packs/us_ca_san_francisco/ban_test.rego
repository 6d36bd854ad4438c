package writgate.packs.us_ca_san_francisco_test

import data.writgate
import data.writgate.samples_test as samples

# One case for each rule of the file: what is changed in a clean request, and whether that is permitted.
ban_cases := {
	"department_ban": {
		"permit": false,
		"change": {"jurisdiction": ["US-CA-SAN-FRANCISCO"]},
	},
	"inadvertent_receipt": {
		"permit": true,
		"change": {
			"jurisdiction": ["US-CA-SAN-FRANCISCO"],
			"operation": "receive_result",
			"solicited": false,
		},
	},
	"incident_report": {
		"permit": true,
		"change": {
			"jurisdiction": ["US-CA-SAN-FRANCISCO"],
			"operation": "incident_report",
		},
	},
	"log_receipt": {
		"permit": true,
		"change": {
			"jurisdiction": ["US-CA-SAN-FRANCISCO"],
			"operation": "receive_result",
			"solicited": false,
		},
	},
	"not_a_department": {
		"permit": true,
		"change": {
			"jurisdiction": ["US-CA-SAN-FRANCISCO"],
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
		},
	},
	"oversight": {
		"permit": true,
		"change": {
			"jurisdiction": ["US-CA-SAN-FRANCISCO"],
			"operation": "consult_record",
			"actor": {
				"role": "internal_auditor",
				"roles": ["internal_auditor"],
			},
		},
	},
	"through_another": {
		"permit": false,
		"change": {
			"jurisdiction": ["US-CA-SAN-FRANCISCO"],
			"request_channel": "partner_agency",
		},
	},
}

test_every_rule_of_ban_fires_in_its_case if {
	every rule, case in ban_cases {
		decision := writgate.decision with input as object.union(samples.clean, case.change)
		["us_ca_san_francisco", rule] in samples.fired(decision)
		decision.permit == case.permit
	}
}
