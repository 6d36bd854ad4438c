package writgate.packs.us_va_test

import data.writgate
import data.writgate.samples_test as samples

# One case for each rule of the file: what is changed in a clean request, and whether that is permitted.
after_cases := {
	"ban_of_2021": {
		"permit": false,
		"change": {
			"now": 1656633599000000000,
			"contract": {
				"valid_from": 1656547199000000000,
				"valid_to": 1656719999000000000,
			},
			"jurisdiction": ["US-VA"],
			"suspicion": "reasonable_suspicion",
		},
	},
	"data_under_warrant": {
		"permit": true,
		"change": {
			"now": 1788264000000000000,
			"contract": {
				"valid_from": 1788177600000000000,
				"valid_to": 1788350400000000000,
			},
			"jurisdiction": ["US-VA"],
			"operation": "consult_record",
			"suspicion": "reasonable_suspicion",
			"legal_instrument": {
				"found": true,
				"origin": "registered",
				"valid_from": 1785672000000000000,
				"expires_at": 1790856000000000000,
				"searches_allowed": null,
				"searches_used": 0,
				"officer_certification": false,
				"finding": null,
				"type": "search_warrant",
				"status": "granted",
				"verified": true,
				"scope": {
					"modes": ["still_image"],
					"purposes": ["investigate_named_offence"],
					"operations": ["consult_record"],
					"galleries": ["*"],
					"probe_sha256": [],
					"limits": [],
				},
			},
		},
	},
	"data_without_warrant": {
		"permit": false,
		"change": {
			"now": 1788264000000000000,
			"contract": {
				"valid_from": 1788177600000000000,
				"valid_to": 1788350400000000000,
			},
			"jurisdiction": ["US-VA"],
			"operation": "consult_record",
			"suspicion": "reasonable_suspicion",
		},
	},
	"permission_ended": {
		"permit": false,
		"change": {
			"now": 1782864000000000000,
			"contract": {
				"valid_from": 1782777600000000000,
				"valid_to": 1782950400000000000,
			},
			"jurisdiction": ["US-VA"],
			"suspicion": "reasonable_suspicion",
		},
	},
}

test_every_rule_of_after_fires_in_its_case if {
	every rule, case in after_cases {
		decision := writgate.decision with input as object.union(samples.clean, case.change)
		["us_va", rule] in samples.fired(decision)
		decision.permit == case.permit
	}
}
