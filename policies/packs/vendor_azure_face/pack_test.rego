package writgate.packs.vendor_azure_face_test

import data.writgate
import data.writgate.samples_test as samples

test_every_rule_has_a_case if {
	object.keys(data.rules.vendor_azure_face) == object.keys(terms_cases)
}

# The clean request, asked here.
here := object.union(samples.clean, {"engine": {"vendor": "azure_face"}})

# Requests of a kind, each with its answer.
decides(rows) if {
	every row in rows {
		# regal ignore:with-outside-test-context
		decision := writgate.decision with input as object.union(here, row[1])
		decision.permit == row[0]
	}
}

# The request has this code among its reasons or obligations.
says(request, code) if {
	# regal ignore:with-outside-test-context
	decision := writgate.decision with input as object.union(here, request)
	some list in [decision.reasons, decision.obligations]
	some said in list
	said.code == code
}

test_who_asks if {
	decides([
		[true, {
			"actor": {
				"agency_type": "government_non_law_enforcement",
				"role": "service_clerk",
			},
			"purpose": "credential_fraud",
			"offence": null,
		}],
		[false, {
			"actor": {
				"agency_type": "government_non_law_enforcement",
				"role": "service_clerk",
			},
			"purpose": "credential_fraud",
			"offence": null,
			"agency": {"on_behalf_of": "US-TX police"},
		}],
		[false, {"actor": {"agency_type": null}}],
		[true, {
			"actor": {"agency_type": "private_entity", "role": "security"},
			"purpose": "access_control",
			"offence": null,
		}],
		[false, {"purpose": "locate_missing_person", "offence": null}],
		[true, {"operation": "incident_report"}],
	])
}

test_operations if {
	decides([
		[true, {
			"actor": {
				"agency_type": "government_non_law_enforcement",
				"role": "service_clerk",
			},
			"purpose": "credential_fraud",
			"offence": null,
			"operation": "verify_1_to_1",
		}],
		[true, {
			"actor": {
				"agency_type": "government_non_law_enforcement",
				"role": "service_clerk",
			},
			"purpose": "credential_fraud",
			"offence": null,
			"operation": "enrol_gallery",
		}],
		[true, {
			"actor": {
				"agency_type": "government_non_law_enforcement",
				"role": "service_clerk",
			},
			"purpose": "credential_fraud",
			"offence": null,
			"operation": "release_result",
		}],
		[true, {
			"actor": {
				"agency_type": "government_non_law_enforcement",
				"role": "service_clerk",
			},
			"purpose": "credential_fraud",
			"offence": null,
			"operation": "receive_result",
		}],
		[true, {
			"actor": {
				"agency_type": "government_non_law_enforcement",
				"role": "service_clerk",
			},
			"purpose": "credential_fraud",
			"offence": null,
			"operation": "create_record",
		}],
		[false, {"operation": "release_result"}],
		[false, {"operation": "receive_result"}],
		[false, {"operation": "enrol_gallery"}],
		[false, {"operation": "verify_1_to_1"}],
		[false, {"operation": "use_result", "result_use": {"for": "lead"}}],
	])
}

test_dates if {
	decides([
		[true, {
			"now": 1591833600000000000,
			"contract": {"valid_from": 0, "valid_to": 4102444800000000000},
			"actor": {
				"agency_type": "government_non_law_enforcement",
				"role": "service_clerk",
			},
			"purpose": "credential_fraud",
			"offence": null,
		}],
		[false, {
			"now": 1591833599000000000,
			"contract": {"valid_from": 0, "valid_to": 4102444800000000000},
			"actor": {
				"agency_type": "government_non_law_enforcement",
				"role": "service_clerk",
			},
			"purpose": "credential_fraud",
			"offence": null,
		}],
	])
}

# Places of packs that may be missing here, so that only what this pack says counts.
fires(change, rule) if {
	# regal ignore:with-outside-test-context
	decision := writgate.decision with input as object.union(here, change)
	["vendor_azure_face", rule] in samples.fired(decision)
}

test_the_ban_is_of_the_united_states if {
	not fires({"jurisdiction": ["EU"]}, "police_ban")
	not fires({"jurisdiction": ["GB-EAW"]}, "police_ban")
	fires({"jurisdiction": ["EU", "US-TX"]}, "police_ban")
	fires({"jurisdiction": []}, "police_ban")
	fires({"jurisdiction": ["EU"], "agency": {"on_behalf_of": "US-TX police"}}, "police_ban")
	not fires({"jurisdiction": ["EU"], "agency": {"on_behalf_of": "GB-EAW police"}}, "police_ban")
	fires({"jurisdiction": ["EU"], "actor": {"agency_type": null}}, "police_ban")
}

test_people_at_the_door_need_no_review if {
	door := {"operation": "verify_1_to_1", "purpose": "access_control", "actor": {"agency_type": "private_entity"}}
	not says(door, "HUMAN_REVIEW")
	says({"purpose": "credential_fraud", "actor": {"agency_type": "private_entity"}}, "HUMAN_REVIEW")
}
