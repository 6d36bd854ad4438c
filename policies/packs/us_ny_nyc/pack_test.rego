package writgate.packs.us_ny_nyc_test

import data.writgate
import data.writgate.samples_test as samples

test_every_rule_has_a_case if {
	object.keys(data.rules.us_ny_nyc) == {rule |
		some cases in [galleries_cases, procedure_cases, results_cases]
		some rule, _ in cases
	}
}

# The clean request, asked here.
here := object.union(samples.clean, {"jurisdiction": ["US-NY-NYC"]})

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

test_purposes if {
	decides([
		[true, {"purpose": "locate_missing_person", "offence": null, "suspicion": "none"}],
		[true, {"purpose": "identify_victim", "offence": null, "suspicion": "none"}],
		[true, {"purpose": "identify_witness", "offence": null, "suspicion": "none"}],
		[true, {"purpose": "identify_deceased", "offence": null, "suspicion": "none"}],
		[true, {
			"purpose": "identify_incapacitated_person",
			"offence": null,
			"suspicion": "none",
		}],
		[true, {
			"purpose": "identify_detained_person",
			"offence": null,
			"suspicion": "none",
		}],
		[true, {"purpose": "imminent_threat_to_life", "offence": null, "suspicion": "none"}],
		[true, {
			"purpose": "locate_abducted_or_trafficked_victim",
			"offence": null,
			"suspicion": "none",
		}],
		[true, {"purpose": "locate_wanted_person", "suspicion": "reasonable_suspicion"}],
		[false, {"purpose": "locate_wanted_person", "suspicion": null}],
		[false, {"purpose": "training_or_test"}],
		[false, {"purpose": "access_control"}],
		[false, {"purpose": "federal_mandate"}],
		[false, {"purpose": "immigration_enforcement"}],
		[false, {"purpose": "personal"}],
		[false, {"purpose": "retail_loss_prevention"}],
	])
}

test_galleries if {
	decides([
		[false, {"database": "driver_licence"}],
		[false, {"database": null}],
		[true, {"database": "arrest_photos/2024"}],
		[false, {"database": "arrest_photos_copy"}],
		[true, {
			"database": "scraped_web_gallery",
			"approvals": [{
				"approved_by": "chief",
				"role": "supervisor_approver",
				"approved_at": 1741600000000000000,
			}],
		}],
		[false, {
			"database": "scraped_web_gallery",
			"approvals": [{"approved_by": "ann", "role": "supervisor_approver"}],
		}],
		[false, {
			"database": "scraped_web_gallery",
			"approvals": [{"approved_by": "chief", "role": "investigator"}],
		}],
		[false, {
			"database": "scraped_web_gallery",
			"approvals": [{"approved_by": null, "role": "supervisor_approver"}],
		}],
		[false, {
			"database": "scraped_web_gallery",
			"approvals": [{"role": "supervisor_approver"}],
		}],
		[false, {
			"database": "scraped_web_gallery",
			"approvals": [{
				"approved_by": "chief",
				"role": "supervisor_approver",
				"approved_at": 1741600000000000000,
			}],
			"actor": {"id": null},
		}],
	])
}

test_galleries_of_other_operations if {
	decides([
		[true, {"operation": "verify_1_to_1", "database": null}],
		[false, {"database": "scraped_web_gallery", "operation": "verify_1_to_1"}],
		[false, {"database": "scraped_web_gallery", "operation": "receive_result"}],
		[false, {"database": "scraped_web_gallery", "operation": "release_result"}],
		[true, {
			"database": "scraped_web_gallery",
			"approvals": [{
				"approved_by": "chief",
				"role": "supervisor_approver",
				"approved_at": 1741600000000000000,
			}],
			"operation": "release_result",
		}],
		[false, {"database": "scraped_web_gallery", "operation": "enrol_gallery"}],
		[true, {"operation": "receive_result"}],
		[true, {
			"operation": "release_result",
			"database": null,
			"search": {"operation": "verify_1_to_1"},
		}],
		[false, {
			"operation": "release_result",
			"database": null,
			"search": {"operation": "identify_1_to_n"},
		}],
	])
}

test_modes_and_operations if {
	decides([
		[true, {"mode": "recorded_video"}],
		[false, {"mode": "mobile"}],
		[false, {"mode": null}],
		[false, {"operation": "watchlist_live", "mode": "live"}],
		[false, {"operation": "watchlist_scan", "mode": "recorded_video"}],
		[false, {"operation": "track_person", "mode": "recorded_video"}],
		[false, {"probe": {"kind": "composite"}}],
		[true, {"probe": {"kind": "video_frame"}}],
		[true, {"operation": "create_record"}],
	])
}

test_who_asks if {
	decides([
		[false, {"actor": {"agency_type": "private_entity", "role": "security"}}],
		[false, {"actor": {"agency_type": null}}],
		[true, {
			"operation": "incident_report",
			"actor": {
				"agency_type": "government_non_law_enforcement",
				"role": "service_clerk",
			},
		}],
		[true, {
			"operation": "consult_record",
			"actor": {
				"agency_type": "government_non_law_enforcement",
				"role": "service_clerk",
			},
		}],
	])
}

test_uses_of_a_result if {
	decides([
		[true, {"operation": "use_result", "result_use": {"for": "photo_lineup"}}],
		[true, {
			"operation": "use_result",
			"result_use": {"for": "warrant_application", "other_evidence": true},
		}],
		[false, {
			"operation": "use_result",
			"result_use": {"for": "warrant_application", "other_evidence": false},
		}],
		[false, {
			"operation": "use_result",
			"result_use": {"for": "affidavit_probable_cause"},
		}],
		[false, {"operation": "use_result", "result_use": {"for": "trial_evidence"}}],
		[true, {
			"operation": "use_result",
			"result_use": {"for": "trial_evidence", "other_evidence": true},
		}],
		[false, {"operation": "use_result"}],
	])
}

test_the_procedure_begins_on_13_march_2020 if {
	decides([
		[true, {
			"now": 1584057600000000000,
			"contract": {"valid_from": 0, "valid_to": 4102444800000000000},
		}],
		[false, {
			"now": 1584057599000000000,
			"contract": {"valid_from": 0, "valid_to": 4102444800000000000},
		}],
	])
}

test_a_sister_agency_is_told_why if {
	request := {"database": "scraped_web_gallery", "engine": {"operated_by": "other_agency"}}
	says(request, "DATABASE_NOT_AUTHORISED")
	says(request, "BACKCHANNEL_REQUEST")
	not says({"engine": {"operated_by": "other_agency"}}, "BACKCHANNEL_REQUEST")
}

test_asking_for_the_department_brings_the_procedure if {
	decision := writgate.decision with input as object.union(samples.clean, {
		"database": "driver_licence",
		"agency": {"on_behalf_of": "US-NY-NYC police"},
	})
	not decision.permit
	{["us_ny_nyc", "gallery_not_arrest_photos"], ["us_ny_nyc", "sister_agency"]} & samples.fired(decision) == {
		["us_ny_nyc", "gallery_not_arrest_photos"],
		["us_ny_nyc", "sister_agency"],
	}
}
