package writgate.packs.base_test

import data.writgate
import data.writgate.samples_test as samples

exigency_cases := {"exigency_right_suspended": {
	"permit": false,
	"change": {
		"agency": {"exigency_right": "suspended"},
		"exigency": {
			"id": "e",
			"found": true,
			"certified": true,
			"factual_basis": "a child was taken",
		},
	},
}}

test_every_rule_of_exigency_fires_in_its_case if {
	every rule, case in exigency_cases {
		decision := writgate.decision with input as object.union(samples.clean, case.change)
		["base", rule] in samples.fired(decision)
		decision.permit == case.permit
	}
}

test_an_emergency_with_the_right_is_judged_by_the_other_rules if {
	emergency := exigency_cases.exigency_right_suspended.change.exigency
	decision := writgate.decision with input as object.union(samples.clean, {
		"agency": {"exigency_right": "active"},
		"exigency": emergency,
	})
	decision.permit
}

test_who_lost_the_right_still_searches_with_an_order if {
	request := object.union(samples.clean, {"agency": {"exigency_right": "suspended"}, "exigency": null})
	decision := writgate.decision with input as request
	decision.permit
}
