package writgate.packs.us_mt_test

import data.writgate
import data.writgate.samples_test as samples

# One case for each rule of the file: what is changed in a clean request, and whether that is permitted.
investigation_cases := {
	"enrolment": {
		"permit": true,
		"change": {
			"operation": "enrol_gallery",
			"legal_instrument": null,
		},
	},
	"exigency": {
		"permit": true,
		"change": {
			"legal_instrument": null,
			"exigency": {
				"found": true,
				"status": "certified",
				"started_at": 1741604400000000000,
				"deadline": 1741694400000000000,
				"certified": true,
				"risk": "imminent_threat_to_individual",
			},
		},
	},
	"no_probable_cause": {
		"permit": false,
		"change": {"suspicion": "reasonable_suspicion"},
	},
	"offence_not_serious": {
		"permit": false,
		"change": {"offence": {"statute": "MCA 45-6-301"}},
	},
	"warrant": {
		"permit": true,
		"change": {},
	},
	"warrant_required": {
		"permit": false,
		"change": {"legal_instrument": null},
	},
}

test_every_rule_of_investigation_fires_in_its_case if {
	every rule, case in investigation_cases {
		decision := writgate.decision with input as object.union(montana, case.change)
		["us_mt", rule] in samples.fired(decision)
		decision.permit == case.permit
	}
}
