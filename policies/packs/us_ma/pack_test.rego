package writgate.packs.us_ma_test

import data.writgate
import data.writgate.samples_test as samples

test_every_rule_has_a_case if {
	object.keys(data.rules.us_ma) == {rule |
		some cases in [requests_cases, grounds_cases, results_cases]
		some rule, _ in cases
	}
}

# The police ask the State Police in writing; nothing else.
asked := object.union(samples.clean, {
	"jurisdiction": ["US-MA"],
	"database": "driver_licence",
	"engine": {"vendor": "rmv_or_msp", "operated_by": "state_police"},
})

order := object.union(samples.warrant, {
	"type": "court_order",
	"finding": "reasonable grounds: relevant and material to an ongoing criminal investigation",
	"scope": {"modes": ["still_image"]},
})

ordered := object.union(asked, {"legal_instrument": order})

emergency := object.union(asked, {"exigency": {
	"found": true,
	"certified": true,
	"status": "certified",
	"risk": "substantial_risk_of_harm",
	"factual_basis": "armed man barricaded in the school gymnasium",
	"narrowly_tailored": true,
	"started_at": 1741604400000000000,
	"deadline": 1741694400000000000,
}})

dead := object.union(asked, {"purpose": "identify_deceased", "offence": null, "suspicion": "none"})

# Requests of a kind, each with its answer.
decides(request, rows) if {
	every row in rows {
		# regal ignore:with-outside-test-context
		decision := writgate.decision with input as object.union(request, row[1])
		decision.permit == row[0]
	}
}

# regal ignore:with-outside-test-context
permits(request) if writgate.permit with input as request

test_without_any_one_of_these_nothing_is_permitted if {
	permits(ordered)
	every path in [
		["actor", "agency_type"], ["engine", "vendor"], ["engine", "operated_by"], ["engine"], ["mode"], ["purpose"],
		["written_request"], ["legal_instrument"], ["legal_instrument", "type"], ["legal_instrument", "finding"],
		["legal_instrument", "status"], ["legal_instrument", "verified"], ["legal_instrument", "expires_at"],
		["legal_instrument", "scope"], ["legal_instrument", "scope", "purposes"], ["operation"], ["now"],
	] {
		not permits(json.remove(ordered, [path]))
	}
}

test_without_any_one_of_these_there_is_no_emergency if {
	permits(emergency)
	every path in [
		["exigency"], ["exigency", "certified"], ["exigency", "risk"], ["exigency", "factual_basis"],
		["exigency", "narrowly_tailored"], ["written_request"], ["actor", "agency_type"], ["engine", "operated_by"],
	] {
		not permits(json.remove(emergency, [path]))
	}
}

test_without_any_one_of_these_nothing_is_permitted_for_the_dead if {
	permits(dead)
	every path in [["written_request"], ["actor", "agency_type"], ["engine", "operated_by"], ["mode"]] {
		not permits(json.remove(dead, [path]))
	}
}

test_papers_that_are_an_order if {
	enough := {type |
		some type in data.vocabulary.instrument_types
		permits(object.union(ordered, {"legal_instrument": {"type": type}}))
	}
	enough == {"court_order", "ex_parte_order", "search_warrant"}
}

test_an_order_for_a_purpose_that_the_section_does_not_know if {
	decides(ordered, [[false, {
		"purpose": "training_or_test",
		"legal_instrument": {"scope": {"purposes": ["training_or_test"]}},
	}]])
	decides(emergency, [[false, {"purpose": "access_control"}]])
}

test_identity_documents_are_for_the_state_police if {
	documents := object.union(asked, {
		"purpose": "credential_fraud",
		"offence": null,
		"suspicion": "none",
		"written_request": false,
		"engine": {"operated_by": "requesting_agency"},
	})
	decides(documents, [
		[true, {}],
		[true, {"operation": "verify_1_to_1"}],
		[true, {"operation": "release_result"}],
		[false, {"mode": "live"}],
		[false, {"engine": {"vendor": "neutral_engine"}}],
		[false, {"engine": {"operated_by": "state_police"}}],
		[false, {"actor": {"agency_type": "government_non_law_enforcement"}}],
		[false, {"purpose": "undercover_vetting"}],
	])
}

test_what_happens_to_the_order_between_search_and_release if {
	released := object.union(ordered, {
		"operation": "release_result",
		"search": {"operation": "identify_1_to_n", "candidates": 1, "quality": null},
	})
	decides(released, [
		[true, {}],
		[true, {"legal_instrument": {"expires_at": 1741607000000000000}}],
		[false, {"legal_instrument": {"expires_at": null}}],
		[false, {"legal_instrument": {"found": false}}],
		[false, {"legal_instrument": {"status": "revoked"}}],
		[false, {"legal_instrument": {"valid_from": 1741694400000000000}}],
		[false, {"legal_instrument": {"finding": " "}}],
		[false, {"legal_instrument": null}],
		[false, {"engine": {"operated_by": "requesting_agency", "vendor": "neutral_engine"}}],
	])
}

test_an_emergency_ends_at_its_deadline if {
	decides(emergency, [
		[true, {"now": 1741694399999999999}],
		[false, {"now": 1741694400000000000}],
		[false, {"exigency": {"deadline": "2099-01-01T00:00:00Z"}}],
		[true, {"operation": "release_result"}],
		[false, {"exigency": {"factual_basis": " "}}],
	])
}

test_whose_law_is_asked if {
	chained := object.union(ordered, {"jurisdiction": ["US-TX"], "agency": {"on_behalf_of": "US-MA police"}})
	decision := writgate.decision with input as chained
	["us_ma", "backchannel"] in samples.fired(decision)
	permits(object.union(ordered, {"agency": {"on_behalf_of": "US-MA police"}}))
}

test_routes if {
	decides(ordered, [
		[true, {"engine": {"operated_by": "registry_of_motor_vehicles"}}],
		[true, {"engine": {"operated_by": "fbi", "vendor": "fbi_ngi"}}],
		[true, {"engine": {"operated_by": "requesting_agency"}}],
		[false, {"engine": {"operated_by": "requesting_agency", "vendor": "neutral_engine"}}],
		[false, {"engine": {"operated_by": 7}}],
		[false, {"request_channel": "informal"}],
		[true, {"request_channel": "direct"}],
		[false, {"database": "scraped_web_gallery"}],
	])
}

test_before_the_section_nothing_is_permitted if {
	early := object.union(ordered, {
		"now": 1625097599000000000,
		"contract": {"valid_from": 0},
		"legal_instrument": {"valid_from": 0},
	})
	decision := writgate.decision with input as early
	samples.fired(decision) == {["base", "pack_without_grant"], ["base", "log_denied_attempt"]}
	permits(object.union(early, {"now": 1625097600000000000}))
}
