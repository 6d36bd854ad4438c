package writgate.packs.contract_test

import data.writgate
import data.writgate.samples_test as samples

test_every_rule_has_a_case if {
	object.keys(data.rules.contract) == object.keys(contract_cases)
}

test_patterns_of_galleries if {
	every row in [
		["missing-*", "missing-2025", true],
		["missing-*", "missing-", true],
		["missing-*", "missing-2025/old", false],
		["missing-*", "missing-a:b", false],
		["missing-*", "arrest", false],
		["missing", "missing-2025", false],
		["*", "any/where:at all", true],
		["m*ssing", "missing", false],
		["m*ssing", "m*ssing", true],
	] {
		request := object.union(samples.clean, {"database": row[1], "contract": {"galleries": [row[0]]}})
		decision := writgate.decision with input as request
		decision.permit == row[2]
	}
}

test_a_quota_whose_use_is_unknown_is_used_up if {
	every quota in [{"period": "day", "limit": 10}, {"limit": 10}, {}] {
		decision := writgate.decision with input as object.union(samples.clean, {"contract": {"quotas": [quota]}})
		not decision.permit
	}
}

test_a_demand_that_is_incomplete_still_demands if {
	every demand in [{"clause": "7"}, {"instruments": ["court_order"]}, {}] {
		decision := writgate.decision with input as object.union(samples.clean, {"contract": {"demands": [demand]}})
		not decision.permit
	}
}

test_times_that_are_texts_are_no_times if {
	every field in ["valid_from", "valid_to"] {
		request := object.union(samples.clean, {"contract": {field: "2099-01-01T00:00:00Z"}})
		decision := writgate.decision with input as request
		not decision.permit
	}
}

test_a_demand_is_met_by_a_paper_that_covers_the_request if {
	demand := {"contract": {"demands": [{"clause": "7.2", "instruments": ["court_order"]}]}}
	order := object.union(samples.warrant, {"type": "court_order", "scope": {"modes": ["still_image"]}})
	every row in [
		[{}, false],
		[{"legal_instrument": order}, true],
		[{"legal_instrument": samples.warrant}, false],
		[{"legal_instrument": object.union(order, {"expires_at": 1741608000000000000})}, false],
		[{"legal_instrument": object.union(order, {"verified": false})}, false],
	] {
		request := object.union(object.union(samples.clean, demand), row[0])
		decision := writgate.decision with input as request
		decision.permit == row[1]
	}
}

test_a_release_carries_the_limits_of_the_contract if {
	request := object.union(samples.clean, {
		"operation": "release_result",
		"contract": {"min_similarity": 90, "max_candidates": 5},
	})
	decision := writgate.decision with input as request
	["contract", "similarity_floor"] in samples.fired(decision)
	["contract", "candidate_limit"] in samples.fired(decision)
}

test_a_limit_on_false_candidates_is_kept_by_what_was_measured_only if {
	limited := {"operation": "release_result", "contract": {"max_false_candidate_ppm": 500}}
	every row in [
		[true, {"false_candidate_bound_ppm": 500}],
		[false, {"false_candidate_bound_ppm": 501}],
		[false, {"false_candidate_bound_ppm": "1"}],
		[false, {"false_candidate_bound_ppm": null}],
		[false, {}],
	] {
		search := {"search": object.union({"operation": "identify_1_to_n"}, row[1])}
		decision := writgate.decision with input as object.union(object.union(samples.clean, limited), search)
		decision.permit == row[0]
	}
}

test_two_pictures_are_compared_without_a_gallery if {
	request := object.union(samples.clean, {
		"operation": "verify_1_to_1",
		"database": null,
		"contract": {"galleries": ["missing"]},
	})
	decision := writgate.decision with input as request
	decision.permit
}
