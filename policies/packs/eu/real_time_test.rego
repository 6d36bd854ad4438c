package writgate.packs.eu_test

import data.writgate
import data.writgate.samples_test as samples

# One case for each rule of the file: the request it starts from, what is changed in it, and whether that is permitted.
real_time_cases := {
	"authorisation_without_limits": {
		"permit": false,
		"from": "real_time",
		"change": {"legal_instrument": {"scope": {"limits": [
			"time",
			"place",
		]}}},
	},
	"objective_not_permitted": {
		"permit": false,
		"from": "real_time",
		"change": {"offence": {"annex_ii": false}},
	},
	"realtime_authorised": {"permit": true, "from": "real_time", "change": {}},
	"realtime_deadline_missed": {
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
	"realtime_governance_missing": {
		"permit": false,
		"from": "real_time",
		"change": {"agency": {"controls": {"fundamental_rights_impact_assessment": null}}},
	},
	"realtime_rejected": {
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
	"realtime_untargeted": {
		"permit": false,
		"from": "real_time",
		"change": {"subject": {"specifically_targeted": null}},
	},
	"realtime_urgent": {
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
	"realtime_without_authorisation": {
		"permit": false,
		"from": "real_time",
		"change": {"legal_instrument": null},
	},
	"realtime_without_national_law": {
		"permit": false,
		"from": "real_time",
		"change": {"agency": {"controls": {"national_law_authorises_realtime_rbi": false}}},
	},
	"suspect_without_suspicion": {
		"permit": false,
		"from": "real_time",
		"change": {"suspicion": "none"},
	},
}

test_every_rule_of_real_time_fires_in_its_case if {
	every rule, case in real_time_cases {
		decision := writgate.decision with input as object.union(bases[case.from], case.change)
		["eu", rule] in samples.fired(decision)
		decision.permit == case.permit
	}
}
