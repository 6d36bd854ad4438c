package writgate.packs.us_mi_detroit_test

import data.writgate
import data.writgate.samples_test as samples

test_every_rule_has_a_case if {
	object.keys(data.rules.us_mi_detroit) == {rule |
		some cases in [directive_cases, limits_cases, settlement_cases]
		some rule, _ in cases
	}
}

# The clean request, asked here.
here := object.union(samples.clean, {"jurisdiction": ["US-MI-DETROIT"]})

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

test_offences if {
	decides([
		[true, {"offence": {"label": "murder", "felony": true, "violent": true}}],
		[true, {"offence": {"label": "felonious assault", "felony": true, "violent": true}}],
		[true, {"offence": {
			"label": "criminal sexual conduct in the first degree",
			"felony": true,
			"violent": true,
		}}],
		[true, {"offence": {"label": "carjacking", "felony": true, "violent": true}}],
		[false, {"offence": {"label": "kidnapping", "felony": true, "violent": true}}],
		[false, {"offence": {"label": "arson", "felony": true, "violent": true}}],
		[false, {"offence": {"label": "robbery", "felony": true, "violent": null}}],
		[false, {"offence": {"label": "assault", "felony": false, "violent": true}}],
		[false, {"offence": {"known": false}}],
		[false, {"offence": null}],
		[true, {"offence": {
			"label": "home invasion in the first degree",
			"felony": true,
			"violent": false,
			"max_penalty_months": 240,
		}}],
		[false, {"offence": {
			"label": "home invasion in the second degree",
			"felony": true,
			"violent": false,
			"max_penalty_months": 240,
		}}],
		[true, {"offence": {
			"label": "breaking in",
			"felony": true,
			"violent": false,
			"listed_item": "home_invasion_first_degree",
		}}],
	])
}

test_suspicion if {
	decides([
		[true, {"suspicion": "reasonable_suspicion"}],
		[true, {"suspicion": "fair_probability"}],
		[true, {"suspicion": "probable_cause"}],
		[false, {"suspicion": null}],
	])
}

test_modes_and_operations if {
	decides([
		[false, {"mode": "live"}],
		[false, {"mode": "mobile"}],
		[false, {"mode": "recorded_video"}],
		[false, {"mode": null}],
		[false, {"operation": "watchlist_scan"}],
		[false, {"operation": "track_person"}],
		[false, {"operation": "watchlist_live"}],
		[true, {"operation": "verify_1_to_1"}],
		[true, {"operation": "enrol_gallery"}],
		[true, {"operation": "receive_result"}],
		[true, {"operation": "create_record"}],
		[true, {"operation": "consult_record"}],
		[false, {"operation": "receive_result", "mode": "live"}],
		[false, {"operation": "release_result", "mode": "live"}],
		[false, {
			"offence": {
				"label": "larceny",
				"felony": true,
				"violent": false,
				"max_penalty_months": 60,
			},
			"operation": "release_result",
		}],
		[false, {"operation": "enrol_gallery", "mode": "live"}],
		[true, {"probe": {"kind": "video_frame"}}],
		[false, {"probe": {"kind": null}}],
	])
}

test_purposes if {
	decides([
		[true, {"purpose": "identify_victim"}],
		[true, {"purpose": "identify_witness"}],
		[true, {"purpose": "locate_wanted_person"}],
		[true, {"purpose": "locate_missing_person"}],
		[false, {"purpose": "undercover_vetting"}],
		[false, {"purpose": "credential_fraud"}],
		[false, {"purpose": "access_control"}],
		[false, {"purpose": "immigration_enforcement"}],
		[false, {"purpose": "predictive_policing"}],
		[false, {"purpose": "locate_missing_person", "offence": null}],
	])
}

test_who_asks if {
	decides([
		[false, {"actor": {
			"agency_type": "government_non_law_enforcement",
			"role": "service_clerk",
		}}],
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

test_liberties if {
	decides([
		[true, {"subject": {"activity": "protest"}}],
		[false, {"subject": {"selected_because_of": "participation_in_lawful_event"}}],
		[false, {"subject": {"selected_because_of": "hair"}}],
		[false, {
			"subject": {"selected_because_of": "participation_in_lawful_event"},
			"operation": "create_record",
		}],
		[true, {
			"subject": {"selected_because_of": "participation_in_lawful_event"},
			"operation": "consult_record",
		}],
	])
}

test_uses_of_a_result if {
	decides([
		[true, {"operation": "use_result", "result_use": {"for": "lead"}}],
		[false, {
			"operation": "use_result",
			"result_use": {"for": "lead"},
			"offence": {
				"label": "larceny",
				"felony": true,
				"violent": false,
				"max_penalty_months": 60,
			},
		}],
		[true, {
			"operation": "use_result",
			"result_use": {"for": "exculpatory_evidence"},
			"offence": {
				"label": "larceny",
				"felony": true,
				"violent": false,
				"max_penalty_months": 60,
			},
		}],
		[true, {
			"operation": "use_result",
			"result_use": {"for": "exculpatory_evidence"},
			"mode": "live",
		}],
		[false, {"operation": "use_result", "result_use": {"for": "lead"}, "mode": "live"}],
		[true, {
			"operation": "use_result",
			"result_use": {
				"for": "photo_lineup",
				"other_evidence": true,
				"other_evidence_independent": true,
			},
		}],
		[false, {
			"operation": "use_result",
			"result_use": {"for": "photo_lineup", "other_evidence": true},
		}],
		[false, {
			"operation": "use_result",
			"result_use": {
				"for": "arrest",
				"other_evidence_kind": "lineup_derived_from_lead",
				"other_evidence": true,
				"other_evidence_independent": true,
			},
		}],
		[false, {
			"operation": "use_result",
			"result_use": {"for": "arrest", "other_evidence_independent": true},
		}],
	])
}

test_uses_in_court if {
	decides([
		[true, {
			"operation": "use_result",
			"result_use": {
				"for": "warrant_application",
				"other_evidence": true,
				"other_evidence_independent": true,
			},
		}],
		[false, {"operation": "use_result", "result_use": {"for": "warrant_application"}}],
		[true, {
			"operation": "use_result",
			"result_use": {
				"for": "trial_evidence",
				"other_evidence": true,
				"other_evidence_independent": true,
			},
		}],
		[false, {"operation": "use_result", "result_use": {"for": "trial_evidence"}}],
		[false, {"operation": "use_result"}],
	])
}

test_the_settlement_begins_on_28_june_2024 if {
	decides([
		[true, {
			"now": 1719532799000000000,
			"contract": {"valid_from": 0, "valid_to": 4102444800000000000},
			"operation": "use_result",
			"result_use": {"for": "photo_lineup"},
		}],
		[false, {
			"now": 1719532800000000000,
			"contract": {"valid_from": 0, "valid_to": 4102444800000000000},
			"operation": "use_result",
			"result_use": {"for": "photo_lineup"},
		}],
		[false, {
			"now": 1719532799000000000,
			"contract": {"valid_from": 0, "valid_to": 4102444800000000000},
			"operation": "use_result",
			"result_use": {"for": "arrest"},
		}],
		[false, {
			"now": 1856649600000000000,
			"contract": {"valid_from": 0, "valid_to": 4102444800000000000},
			"operation": "use_result",
			"result_use": {"for": "photo_lineup"},
		}],
		[false, {
			"now": 1568851199000000000,
			"contract": {"valid_from": 0, "valid_to": 4102444800000000000},
		}],
		[true, {
			"now": 1568851200000000000,
			"contract": {"valid_from": 0, "valid_to": 4102444800000000000},
		}],
	])
}

test_codes_of_a_denial if {
	says({"mode": "live"}, "MODE_NOT_PERMITTED")
	says({"mode": "live"}, "REALTIME_IDENTIFICATION_PROHIBITED")
	not says({"mode": "recorded_video"}, "REALTIME_IDENTIFICATION_PROHIBITED")
	says({"operation": "use_result", "result_use": {"for": "photo_lineup"}}, "LINEUP_REQUIRES_INDEPENDENT_EVIDENCE")
	not says({"operation": "use_result", "result_use": {"for": "photo_lineup"}}, "SOLE_BASIS_PROHIBITED")
	says({"operation": "use_result", "result_use": {"for": "arrest"}}, "SOLE_BASIS_PROHIBITED")
	says({"purpose": "immigration_enforcement"}, "IMMIGRATION_ENFORCEMENT_PROHIBITED")
	says(
		{"subject": {"selected_because_of": "religion"}},
		"NOTIFY_BOARD_MAYOR_COUNCIL_PRESIDENT_AND_PRO_TEM_WITHIN_24H",
	)
}

# When the city's leaders are to be told, for an incident reported with this clock at this time.
due(change) := duty.due if {
	# regal ignore:with-outside-test-context
	decision := writgate.decision with input as object.union(here, object.union(
		{"operation": "incident_report", "subject": {"selected_because_of": "religion"}},
		change,
	))
	some duty in decision.obligations
	duty.rule == "notify_within_24_hours"
}

test_24_hours_run_from_the_finding if {
	due({"clock": {"violation_detected_at": 1741600000000000000}}) == 1741686400000000000
	due({}) == here.now + 86400000000000
	due({"now": null}) == null
}

test_a_week_for_the_report if {
	decision := writgate.decision with input as here
	some duty in decision.obligations
	duty.code == "REPORT_WEEKLY_TO_OVERSIGHT_BOARD"
	duty.due == here.now + 604800000000000
}

test_without_a_time_no_week if {
	timeless := object.union(here, {"now": null})
	writgate.packs.us_mi_detroit.obligations.weekly_report.due == null with input as timeless
}
