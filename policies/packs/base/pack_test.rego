package writgate.packs.base_test

import data.writgate
import data.writgate.samples_test as samples

test_every_rule_has_a_case if {
	object.keys(data.rules.base) == {rule |
		some cases in [
			asking_cases, case_cases, exigency_cases, instrument_cases,
			precise_cases, purpose_cases, standing_cases, uses_cases,
		]
		some rule, _ in cases
	}
}

held := {"h1": {
	"match": {"agency": "held-pd"},
	"expires_at": 1741694400000000000,
	"reason": "misuse suspected",
}}

test_a_hold_ends_by_itself if {
	request := object.union(samples.clean, {"agency": {"id": "held-pd"}, "now": 1741694400000000000})
	decision := writgate.decision with input as request with data.holds as held
	decision.permit
}

test_a_hold_stops_only_what_it_matches if {
	decision := writgate.decision with input as samples.clean with data.holds as held
	decision.permit
}

test_a_hold_matches_on_every_field_it_may_name if {
	every field, value in {
		"agency": "lakeport-pd",
		"user": "ann",
		"client": "lakeport-cli",
		"jurisdiction": "US-TX",
		"operation": "identify_1_to_n",
		"mode": "still_image",
		"purpose": "investigate_named_offence",
		"database": "arrest_photos",
		"vendor": "neutral_engine",
	} {
		hold := {"h": {"match": {field: value}, "expires_at": 1741694400000000000}}
		decision := writgate.decision with input as samples.clean with data.holds as hold
		not decision.permit
	}
}

test_a_hold_without_an_end_or_on_an_unknown_field_stops_everything if {
	every hold in [{"match": {}}, {"match": {"weather": "rain"}, "expires_at": 1741694400000000000}] {
		decision := writgate.decision with input as samples.clean with data.holds as {"h": hold}
		not decision.permit
	}
}

test_a_place_that_is_a_text_and_not_a_list_is_no_place if {
	decision := writgate.decision with input as object.union(samples.clean, {"jurisdiction": "US-TX"})
	not decision.permit
}

test_a_place_whose_pack_is_not_loaded_is_refused if {
	decision := writgate.decision with input as samples.clean with data.jurisdictions as {"US-TX": {"pack": "us_tx"}}
	["base", "jurisdiction_unknown"] in samples.fired(decision)
}

test_a_probe_bound_to_the_paper_is_compared_with_another_picture if {
	paper := object.union(samples.warrant, {"scope": {"modes": ["still_image"], "probe_sha256": ["aa"]}})
	compared := object.union(samples.clean, {
		"operation": "verify_1_to_1",
		"database": null,
		"legal_instrument": paper,
		"probe": {"sha256": ["aa", "bb"]},
	})
	decision := writgate.decision with input as compared
	decision.permit

	searched := object.union(compared, {"operation": "identify_1_to_n", "database": "arrest_photos"})
	refused := writgate.decision with input as searched
	not refused.permit
}

test_a_paper_bound_to_a_gallery_does_not_stop_a_comparison_without_one if {
	paper := object.union(samples.warrant, {"scope": {"modes": ["still_image"], "galleries": ["missing"]}})
	compared := object.union(samples.clean, {
		"operation": "verify_1_to_1",
		"database": null,
		"legal_instrument": paper,
	})
	decision := writgate.decision with input as compared
	decision.permit
}

test_purposes_are_those_of_the_vocabulary if {
	words := {word | some list in ["purposes", "prohibited_uses"]; some word in data.vocabulary[list]}
	object.keys(data.purposes) == words
}

test_grounds_are_those_of_the_vocabulary if {
	object.keys(data.grounds) == {word | some word in data.vocabulary.selected_because_of}
}

test_every_role_of_the_vocabulary_is_known if {
	every role in data.vocabulary.roles { data.roles[role] }
}

test_a_search_warrant_for_another_case_is_out_of_scope if {
	paper := object.union(samples.warrant, {"scope": {"modes": ["still_image"]}})
	every field, value in {
		"purposes": ["locate_wanted_person"],
		"operations": ["watchlist_live"],
		"modes": ["live"],
		"galleries": ["missing"],
		"probe_sha256": ["bb"],
	} {
		named := object.union(paper, {"scope": {field: value}})
		request := object.union(samples.clean, {"legal_instrument": named, "probe": {"sha256": ["aa"]}})
		decision := writgate.decision with input as request
		["base", "instrument_out_of_scope"] in samples.fired(decision)
	}
}

test_a_paper_that_counts_searches_counts_them if {
	paper := object.union(samples.warrant, {"scope": {"modes": ["still_image"]}})
	every row in [[0, true], [1, true], [2, false], ["1", false]] {
		counted := object.union(paper, {"searches_allowed": 2, "searches_used": row[0]})
		decision := writgate.decision with input as object.union(samples.clean, {"legal_instrument": counted})
		decision.permit == row[1]
	}
}

test_a_paper_without_a_beginning_has_begun if {
	paper := object.union(samples.warrant, {"valid_from": null, "scope": {"modes": ["still_image"]}})
	decision := writgate.decision with input as object.union(samples.clean, {"legal_instrument": paper})
	decision.permit
}

test_who_approved if {
	every row in [
		[{"approval": {"approved_by": "ann"}}, false],
		[{"approvals": [{"approved_by": "bea"}, {"approved_by": "ann"}]}, false],
		[{"approvals": [{"approved_by": "bea"}]}, true],
	] {
		decision := writgate.decision with input as object.union(samples.clean, row[0])
		decision.permit == row[1]
	}
}

test_reuse_of_a_case_is_judged_again_at_release if {
	request := object.union(samples.clean, {
		"operation": "release_result",
		"case_usage": {"distinct_probe_subjects": 600},
	})
	decision := writgate.decision with input as request
	["base", "case_reuse"] in samples.fired(decision)
}
