package writgate.packs.eu_test

import data.writgate
import data.writgate.samples_test as samples

# One case for each rule of the file: the request it starts from, what is changed in it, and whether that is permitted.
real_time_duties_cases := {
	"document_urgency": {
		"permit": true,
		"from": "real_time",
		"change": {
			"legal_instrument": null,
			"exigency": {
				"found": true,
				"status": "certified",
				"started_at": 1741604400000000000,
				"deadline": 1741694400000000000,
				"certified": true,
				"factual_basis": "hostage taking in a bank",
			},
		},
	},
	"limit_time_place_person": {"permit": true, "from": "real_time", "change": {}},
	"notify_authorities": {"permit": true, "from": "real_time", "change": {}},
	"realtime_annual_report": {"permit": true, "from": "real_time", "change": {}},
	"realtime_ask": {
		"permit": true,
		"from": "real_time",
		"change": {
			"legal_instrument": null,
			"exigency": {
				"found": true,
				"status": "certified",
				"started_at": 1741604400000000000,
				"deadline": 1741694400000000000,
				"certified": true,
				"factual_basis": "hostage taking in a bank",
			},
		},
	},
	"realtime_delete": {
		"permit": false,
		"from": "real_time",
		"change": {
			"legal_instrument": null,
			"exigency": {
				"found": true,
				"status": "certified",
				"started_at": 1741604400000000000,
				"deadline": 1741694400000000000,
				"certified": true,
				"factual_basis": "hostage taking in a bank",
			},
			"clock": {
				"use_started": 1741600800000000000,
				"authorisation_requested": 1741604400000000000,
				"authorisation_result": "rejected",
			},
		},
	},
	"realtime_no_adverse_decision": {"permit": true, "from": "real_time", "change": {}},
	"realtime_stop": {
		"permit": false,
		"from": "real_time",
		"change": {
			"legal_instrument": null,
			"exigency": {
				"found": true,
				"status": "certified",
				"started_at": 1741604400000000000,
				"deadline": 1741694400000000000,
				"certified": true,
				"factual_basis": "hostage taking in a bank",
			},
			"clock": {
				"use_started": 1741518000000000000,
				"authorisation_requested": null,
				"authorisation_result": null,
			},
		},
	},
	"realtime_stop_if_rejected": {
		"permit": true,
		"from": "real_time",
		"change": {
			"legal_instrument": null,
			"exigency": {
				"found": true,
				"status": "certified",
				"started_at": 1741604400000000000,
				"deadline": 1741694400000000000,
				"certified": true,
				"factual_basis": "hostage taking in a bank",
			},
			"clock": {
				"use_started": 1741500000000000000,
				"authorisation_requested": 1741536000000000000,
				"authorisation_result": "pending",
			},
		},
	},
}

test_every_rule_of_real_time_duties_fires_in_its_case if {
	every rule, case in real_time_duties_cases {
		decision := writgate.decision with input as object.union(bases[case.from], case.change)
		["eu", rule] in samples.fired(decision)
		decision.permit == case.permit
	}
}
