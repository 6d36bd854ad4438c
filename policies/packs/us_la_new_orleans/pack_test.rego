package writgate.packs.us_la_new_orleans_test

import data.writgate
import data.writgate.samples_test as samples

test_every_rule_has_a_case if {
	object.keys(data.rules.us_la_new_orleans) == {rule |
		some cases in [bans_cases, ordinance_cases, results_cases]
		some rule, _ in cases
	}
}

# The clean request, asked here.
here := object.union(samples.clean, {"jurisdiction": ["US-LA-NEW-ORLEANS"]})

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
		[true, {"offence": {"label": "stalking", "felony": false, "violent": false}}],
		[true, {"offence": {
			"label": "battery of a police officer",
			"felony": false,
			"violent": false,
		}}],
		[false, {"offence": {"label": "cyberstalking", "felony": false, "violent": false}}],
		[false, {"offence": {"label": "cockfighting", "felony": false, "violent": false}}],
		[false, {"offence": {"label": "rape", "violent": null}}],
		[false, {"offence": null}],
		[false, {"offence": {"known": false}}],
		[false, {"offence": {"label": "performing an abortion", "violent": true}}],
		[true, {"offence": {
			"label": "aggravated crime against nature",
			"felony": true,
			"violent": true,
		}}],
	])
}

test_purposes if {
	decides([
		[true, {"purpose": "identify_victim"}],
		[true, {"purpose": "identify_witness"}],
		[true, {"purpose": "locate_wanted_person"}],
		[false, {"purpose": "access_control"}],
		[false, {"purpose": "undercover_vetting"}],
		[false, {"purpose": "reproductive_health_enforcement"}],
		[false, {"purpose": "consensual_conduct_enforcement"}],
		[false, {"purpose": "predictive_policing"}],
		[false, {"purpose": "locate_missing_person", "offence": null, "suspicion": "none"}],
	])
}

test_modes_and_operations if {
	decides([
		[true, {"mode": "recorded_video"}],
		[false, {"mode": null}],
		[false, {"operation": "watchlist_live", "mode": "live"}],
		[false, {"operation": "watchlist_live"}],
		[false, {"operation": "track_person", "mode": "recorded_video"}],
		[false, {"operation": "receive_result", "mode": "live"}],
		[true, {"operation": "receive_result"}],
		[false, {"operation": "receive_result", "request_channel": "partner_agency"}],
		[true, {"operation": "verify_1_to_1"}],
		[true, {"operation": "enrol_gallery"}],
		[false, {"operation": "enrol_gallery", "mode": "live"}],
		[false, {"operation": "release_result", "mode": "live"}],
		[true, {"operation": "create_record"}],
	])
}

test_who_asks if {
	decides([
		[false, {"actor": {"agency_type": null}}],
		[true, {
			"operation": "incident_report",
			"actor": {"agency_type": "private_entity", "role": "security"},
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
		[false, {"operation": "use_result", "result_use": {"for": "photo_lineup"}}],
		[true, {
			"operation": "use_result",
			"result_use": {"for": "photo_lineup", "other_evidence": true},
		}],
		[false, {"operation": "use_result", "result_use": {"for": "warrant_application"}}],
		[true, {
			"operation": "use_result",
			"result_use": {"for": "warrant_application", "other_evidence": true},
		}],
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
		[false, {"operation": "use_result"}],
	])
}

test_dates if {
	decides([
		[false, {
			"now": 1658361599000000000,
			"contract": {"valid_from": 0, "valid_to": 4102444800000000000},
		}],
		[true, {
			"now": 1658361600000000000,
			"contract": {"valid_from": 0, "valid_to": 4102444800000000000},
		}],
		[false, {
			"now": 1600000000000000000,
			"contract": {"valid_from": 0, "valid_to": 4102444800000000000},
		}],
	])
}

test_the_ban_says_so_until_it_ended if {
	says({"now": 1658361599000000000}, "MUNICIPAL_BAN")
	not says({"now": 1658361600000000000}, "MUNICIPAL_BAN")
}

test_live_is_named_as_such if {
	says({"mode": "live"}, "REALTIME_IDENTIFICATION_PROHIBITED")
	says({"mode": "live"}, "MODE_NOT_PERMITTED")
	not says({"mode": "mobile"}, "REALTIME_IDENTIFICATION_PROHIBITED")
}

test_the_council_hears_within_a_month if {
	decision := writgate.decision with input as here
	some duty in decision.obligations
	duty.code == "REPORT_MONTHLY_TO_CITY_COUNCIL"
	duty.due == here.now + 2678400000000000
}

test_without_a_time_no_month if {
	timeless := object.union(here, {"now": null})
	writgate.packs.us_la_new_orleans.obligations.monthly_report.due == null with input as timeless
}
