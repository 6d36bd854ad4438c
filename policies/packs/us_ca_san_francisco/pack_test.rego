package writgate.packs.us_ca_san_francisco_test

import data.writgate
import data.writgate.samples_test as samples

test_every_rule_has_a_case if {
	object.keys(data.rules.us_ca_san_francisco) == object.keys(ban_cases)
}

city := object.union(samples.clean, {"jurisdiction": ["US-CA-SAN-FRANCISCO"]})

# Requests of a kind, each with its answer.
decides(rows) if {
	every row in rows {
		# regal ignore:with-outside-test-context
		decision := writgate.decision with input as object.union(city, row[1])
		decision.permit == row[0]
	}
}

test_no_operation_of_a_department_is_permitted if {
	permitted := {operation |
		some operation in data.vocabulary.operations
		some mode in data.vocabulary.modes
		writgate.permit with input as object.union(city, {"operation": operation, "mode": mode})
	}
	permitted == {"incident_report"}
}

test_no_paper_and_no_emergency_lifts_the_ban if {
	decides([
		[false, {"legal_instrument": object.union(samples.warrant, {"scope": {"modes": ["still_image"]}})}],
		[false, {"exigency": {"certified": true, "factual_basis": "child in the water"}}],
		[false, {"purpose": "locate_missing_person", "offence": null}],
		[false, {"purpose": "device_access_own", "operation": "verify_1_to_1"}],
	])
}

receipt := {"operation": "receive_result", "solicited": false}

test_a_receipt_is_inadvertent_only_where_that_is_shown if {
	decides([
		[true, receipt],
		[true, object.union(receipt, {"engine": {"operated_by": "other_agency"}})],
		[false, {"operation": "receive_result", "solicited": true}],
		[false, {"operation": "receive_result", "solicited": null}],
		[false, object.union(receipt, {"request_channel": "informal"})],
		[false, object.union(receipt, {"request_channel": "partner_agency"})],
		[false, object.union(receipt, {"operation": "use_result", "result_use": {"for": "lead"}})],
	])
}

test_who_is_a_department if {
	private := {"actor": {"agency_type": "private_entity", "role": "security", "roles": ["security"]}}
	decides([
		[true, private],
		[true, object.union(private, {"operation": "release_result", "search": {"operation": "identify_1_to_n"}})],
		[false, object.union(private, {"agency": {"on_behalf_of": "US-CA-SAN-FRANCISCO police"}})],
		[false, {"actor": {"agency_type": "government_non_law_enforcement"}}],
		[false, {"actor": {"agency_type": null}}],
		[false, {"jurisdiction": ["US-TX"], "agency": {"on_behalf_of": "US-CA-SAN-FRANCISCO police"}}],
	])
}

test_only_those_who_oversee_read_the_record if {
	read := {"operation": "consult_record"}
	decides([
		[false, read],
		[true, object.union(read, {"actor": {"role": "oversight_board", "roles": ["oversight_board"]}})],
		[false, object.union(read, {"actor": {"role": "oversight_board", "roles": ["oversight_board", "investigator"]}})],
		[false, object.union(read, {"actor": {"role": null, "roles": []}})],
		[false, {"actor": {"role": "internal_auditor", "roles": ["internal_auditor"]}}],
	])
}

test_before_the_ordinance_nothing_is_permitted if {
	decides([[false, {"now": 1561852799000000000, "contract": {"valid_from": 0}}]])
}
