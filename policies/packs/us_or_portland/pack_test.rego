package writgate.packs.us_or_portland_test

import data.writgate
import data.writgate.samples_test as samples

test_every_rule_has_a_case if {
	object.keys(data.rules.us_or_portland) == {rule |
		some cases in [bureaus_cases, premises_cases]
		some rule, _ in cases
	}
}

portland := object.union(samples.clean, {"jurisdiction": ["US-OR-PORTLAND"]})

store := object.union(portland, {
	"purpose": "retail_loss_prevention",
	"offence": null,
	"suspicion": "none",
	"premises": "place_of_public_accommodation",
	"actor": {"agency_type": "private_entity", "role": "store_security", "roles": ["store_security"]},
})

# Requests of a kind, each with its answer.
decides(clean, rows) if {
	every row in rows {
		# regal ignore:with-outside-test-context
		decision := writgate.decision with input as object.union(clean, row[1])
		decision.permit == row[0]
	}
}

test_no_operation_of_a_bureau_is_permitted if {
	permitted := {operation |
		some operation in data.vocabulary.operations
		writgate.permit with input as object.union(portland, {"operation": operation})
	}
	permitted == {"incident_report"}
}

test_bureaus_have_no_exceptions if {
	decides(portland, [
		[false, {"operation": "receive_result", "solicited": false}],
		[false, {"operation": "verify_1_to_1", "purpose": "device_access_own"}],
		[false, {"legal_instrument": object.union(samples.warrant, {"scope": {"modes": ["still_image"]}})}],
		[false, {"premises": "private_office"}],
		[false, {"actor": {"agency_type": null}}],
		[false, {"actor": {"agency_type": "private_entity"}, "agency": {"on_behalf_of": "US-OR-PORTLAND police"}}],
		[false, {"jurisdiction": ["US-TX"], "agency": {"on_behalf_of": "US-OR-PORTLAND police"}}],
	])
}

test_only_those_who_oversee_read_the_record_of_a_bureau if {
	decides(object.union(portland, {"operation": "consult_record"}), [
		[false, {}],
		[true, {"actor": {"role": "oversight_board", "roles": ["oversight_board"]}}],
		[false, {"actor": {"role": "oversight_board", "roles": ["oversight_board", "investigator"]}}],
	])
}

test_private_premises if {
	decides(store, [
		[false, {}],
		[false, {"premises": null}],
		[false, {"premises": "bakery"}],
		[true, {"premises": "employees_only_area"}],
		[false, {"premises": "employees_only_area", "place": "publicly_accessible_space"}],
		[true, {"premises": "private_residence", "operation": "watchlist_live", "mode": "live"}],
		[true, {"premises": "private_office", "operation": "release_result", "search": {"operation": "identify_1_to_n"}}],
		[true, {"operation": "consult_record"}],
		[true, {"operation": "incident_report"}],
		[false, {"operation": "use_result", "result_use": {"for": "lead"}}],
		[false, {"operation": "enrol_gallery"}],
		[false, {"operation": "release_result", "search": {"operation": "identify_1_to_n"}}],
	])
}

test_private_exceptions if {
	own := {"purpose": "device_access_own", "operation": "verify_1_to_1"}
	paper := object.union(samples.warrant, {
		"type": "federal_regulation_or_order",
		"expires_at": null,
		"scope": {"modes": [], "purposes": ["federal_mandate"]},
	})
	decides(store, [
		[true, own],
		[false, object.union(own, {"operation": "identify_1_to_n"})],
		[true, object.union(own, {"operation": "release_result", "search": {"operation": "verify_1_to_1"}})],
		[true, {"purpose": "federal_mandate", "legal_instrument": paper}],
		[false, {"purpose": "federal_mandate"}],
		[false, {"purpose": "federal_mandate", "legal_instrument": object.union(paper, {"verified": false})}],
		[false, {"purpose": "federal_mandate", "legal_instrument": object.union(paper, {"scope": {"purposes": []}})}],
		[false, {"legal_instrument": paper}],
		[false, {"legal_instrument": object.union(paper, {"type": "subpoena", "expires_at": 1743379200000000000})}],
	])
}

test_dates if {
	lasting := {"valid_from": 0}
	office := {"premises": "private_office", "contract": lasting}
	decides(store, [
		[false, object.union(office, {"now": 1609459199000000000})],
		[true, object.union(office, {"now": 1609459200000000000})],
	])
	decides(portland, [[false, {"now": 1599609599000000000, "contract": lasting}]])
}
