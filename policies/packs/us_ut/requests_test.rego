package writgate.packs.us_ut_test

import data.writgate
import data.writgate.samples_test as samples

# One case for each rule of the file: what is changed in a clean request, and whether that is permitted.
requests_cases := {
	"case_missing": {
		"permit": false,
		"change": {"case_number": null},
	},
	"immigration": {
		"permit": false,
		"change": {"purpose": "immigration_enforcement"},
	},
	"narrative_missing": {
		"permit": false,
		"change": {"justification": null},
	},
	"not_law_enforcement": {
		"permit": false,
		"change": {"actor": {"agency_type": "government_non_law_enforcement"}},
	},
	"offence_not_covered": {
		"permit": false,
		"change": {"offence": {
			"felony": false,
			"violent": false,
		}},
	},
	"purpose_not_listed": {
		"permit": false,
		"change": {"purpose": "locate_missing_person"},
	},
	"result_use_unknown": {
		"permit": false,
		"change": {
			"operation": "use_result",
			"result_use": {"for": "gossip"},
		},
	},
	"suspicion_too_weak": {
		"permit": false,
		"change": {"suspicion": "reasonable_suspicion"},
	},
	"untrained": {
		"permit": false,
		"change": {"actor": {"training_current": false}},
	},
}

test_every_rule_of_requests_fires_in_its_case if {
	every rule, case in requests_cases {
		decision := writgate.decision with input as object.union(utah, case.change)
		["us_ut", rule] in samples.fired(decision)
		decision.permit == case.permit
	}
}
