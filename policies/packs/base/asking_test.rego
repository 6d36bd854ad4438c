package writgate.packs.base_test

import data.writgate
import data.writgate.samples_test as samples

# One case for each rule of the file: what is changed in a clean request, and whether that is permitted.
asking_cases := {
	"backchannel": {
		"permit": false,
		"change": {
			"request_channel": "partner_agency",
			"agency": {"on_behalf_of": "US-CA-SAN-FRANCISCO police"},
		},
	},
	"body_banned": {
		"permit": false,
		"change": {
			"request_channel": "partner_agency",
			"agency": {"on_behalf_of": "US-CA-SAN-FRANCISCO police"},
		},
	},
	"body_unknown": {
		"permit": false,
		"change": {"agency": {"on_behalf_of": "Atlantis police"}},
	},
	"jurisdiction_missing": {
		"permit": false,
		"change": {"jurisdiction": []},
	},
	"jurisdiction_unknown": {
		"permit": false,
		"change": {"jurisdiction": ["US-ZZ"]},
	},
	"pack_without_grant": {
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
	"policy_hold": {
		"permit": false,
		"change": {"agency": {"id": "held-pd"}},
	},
}

test_every_rule_of_asking_fires_in_its_case if {
	every rule, case in asking_cases {
		decision := writgate.decision with input as object.union(samples.clean, case.change)
			with data.holds as held
		["base", rule] in samples.fired(decision)
		decision.permit == case.permit
	}
}
