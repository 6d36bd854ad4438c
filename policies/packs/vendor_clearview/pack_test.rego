package writgate.packs.vendor_clearview_test

import data.writgate
import data.writgate.samples_test as samples

test_every_rule_has_a_case if {
	object.keys(data.rules.vendor_clearview) == object.keys(terms_cases)
}

# The clean request, asked here.
here := object.union(samples.clean, {"engine": {"vendor": "clearview"}, "database": "scraped_web_gallery"})

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
			"purpose": "identify_deceased",
		}],
		[false, {"actor": {"agency_type": null}}],
		[false, {
			"actor": {"agency_type": "private_entity", "role": "security"},
			"agency": {"on_behalf_of": "US-TX police"},
		}],
		[false, {"actor": {"account": null}}],
		[true, {
			"actor": {"agency_type": "private_entity", "role": "security"},
			"operation": "incident_report",
		}],
		[true, {"engine": {"vendor": "commercial_scraped_gallery"}}],
		[false, {
			"actor": {"agency_type": "private_entity", "role": "security"},
			"engine": {"vendor": "commercial_scraped_gallery"},
		}],
		[false, {"agency": {"on_behalf_of": "US-IL police"}}],
	])
}

test_purposes if {
	decides([
		[true, {"purpose": "locate_missing_person"}],
		[true, {"purpose": "child_exploitation_material"}],
		[true, {"purpose": "locate_wanted_person"}],
		[true, {"purpose": "undercover_vetting"}],
		[false, {"purpose": "access_control"}],
		[false, {"purpose": "device_access_own"}],
		[false, {"purpose": "retail_loss_prevention"}],
		[false, {"purpose": "build_reference_database"}],
		[false, {"purpose": "personal"}],
		[false, {"purpose": null}],
	])
}

test_operations if {
	decides([
		[true, {"operation": "verify_1_to_1"}],
		[true, {"operation": "release_result"}],
		[true, {"operation": "receive_result"}],
		[true, {"operation": "incident_report"}],
		[true, {"operation": "create_record"}],
		[true, {"operation": "use_result", "result_use": {"for": "lead"}}],
		[false, {
			"actor": {"agency_type": "private_entity", "role": "security"},
			"operation": "receive_result",
		}],
	])
}

test_dates if {
	decides([
		[true, {
			"now": 1652227199000000000,
			"contract": {"valid_from": 0, "valid_to": 4102444800000000000},
		}],
		[true, {
			"now": 1652227200000000000,
			"contract": {"valid_from": 0, "valid_to": 4102444800000000000},
		}],
		[false, {
			"now": 1579219199000000000,
			"contract": {"valid_from": 0, "valid_to": 4102444800000000000},
		}],
	])
}

test_five_years_in_illinois if {
	illinois := {"jurisdiction": ["US-IL"]}
	not says(object.union(illinois, {"now": 1652227199000000000}), "CONSENT_DECREE_BAR")
	says(object.union(illinois, {"now": 1652227200000000000}), "CONSENT_DECREE_BAR")
	says(object.union(illinois, {"now": 1809993599000000000}), "CONSENT_DECREE_BAR")
	not says(object.union(illinois, {"now": 1809993600000000000}), "CONSENT_DECREE_BAR")
	says({"jurisdiction": ["US-IL-CHICAGO"]}, "CONSENT_DECREE_BAR")
	says({"agency": {"on_behalf_of": "US-IL-CHICAGO police"}}, "CONSENT_DECREE_BAR")
}

test_private_users_are_barred_for_ever if {
	private := {"actor": {"agency_type": "private_entity"}}
	not says(object.union(private, {"now": 1652227199000000000}), "CONSENT_DECREE_BAR")
	says(object.union(private, {"now": 4000000000000000000}), "CONSENT_DECREE_BAR")
}
