package writgate.packs.us_ut_test

import data.writgate
import data.writgate.samples_test as samples

# A request through UCJIS for a picture to be compared by the department; permitted.
utah := object.union(samples.clean, {
	"jurisdiction": ["US-UT"],
	"engine": {"vendor": "utah_dps", "operated_by": "department_of_public_safety"},
	"database": "state_id_photos",
	"suspicion": "fair_probability",
	"request_channel": "UCJIS",
})

test_every_rule_has_a_case if {
	object.keys(data.rules.us_ut) == {rule |
		some cases in [requests_cases, pictures_cases, answers_cases]
		some rule, _ in cases
	}
}

# Requests of a kind, each with its answer.
decides(rows) if {
	every row in rows {
		# regal ignore:with-outside-test-context
		decision := writgate.decision with input as object.union(utah, row[1])
		decision.permit == row[0]
	}
}

test_the_chapter_has_a_first_day if {
	before := {"now": 1620172799999999999, "contract": {"valid_from": 0}}
	decision := writgate.decision with input as object.union(utah, before)
	samples.fired(decision) == {["base", "pack_without_grant"], ["base", "log_denied_attempt"]}
	decides([[true, {"now": 1620172800000000000, "contract": {"valid_from": 0}}]])
}

test_what_is_missing_never_helps if {
	decides([
		[true, {}],
		[false, {"actor": {"agency_type": null}}],
		[false, {"purpose": null}],
		[false, {"offence": null}],
		[false, {"offence": {"felony": null, "violent": null}}],
		[false, {"suspicion": null}],
		[false, {"case_number": " "}],
		[false, {"justification": ""}],
		[false, {"written_request": null}],
		[false, {"request_channel": null}],
		[false, {"engine": {"operated_by": null}}],
		[false, {"database": null}],
		[false, {"mode": null}],
		[false, {"operation": null}],
		[false, {"actor": {"trained": null}}],
	])
}

test_the_ladder_of_suspicion if {
	decides([
		[false, {"suspicion": "none"}],
		[false, {"suspicion": "reasonable_suspicion"}],
		[true, {"suspicion": "fair_probability"}],
		[true, {"suspicion": "probable_cause"}],
	])
}

test_purposes if {
	matter := {"offence": null, "suspicion": "none"}
	decides([
		[true, object.union(matter, {"purpose": "identify_deceased"})],
		[true, object.union(matter, {"purpose": "identify_incapacitated_person"})],
		[true, object.union(matter, {"purpose": "imminent_threat_to_life"})],
		[false, object.union(matter, {"purpose": "locate_missing_person"})],
		[false, object.union(matter, {"purpose": "identify_victim"})],
		[true, {"purpose": "identify_victim"}],
		[true, {"purpose": "identify_witness"}],
		[true, {"purpose": "locate_wanted_person"}],
		[true, {"purpose": "child_exploitation_material"}],
		[true, {"purpose": "locate_abducted_or_trafficked_victim"}],
		[false, {"purpose": "identify_detained_person"}],
		[false, {"purpose": "undercover_vetting"}],
		[false, {"purpose": "federal_mandate"}],
		[false, {"purpose": "access_control"}],
		[false, {"purpose": "training_or_test"}],
	])
}

test_felonies_and_violent_crimes if {
	decides([
		[true, {"offence": {"felony": true, "violent": false}}],
		[true, {"offence": {"felony": false, "violent": true}}],
		[false, {"offence": {"felony": false, "violent": false}}],
	])
}

test_the_department_and_others if {
	own := {
		"database": "arrest_photos",
		"request_channel": null,
		"engine": {"vendor": "neutral_engine", "operated_by": "requesting_agency"},
		"agency": {"controls": {"image_database_notice_published": true, "public_comments_considered": true}},
	}
	decides([
		[true, own],
		[true, object.union(own, {"engine": {"operated_by": "other_agency"}})],
		[false, object.union(own, {"engine": {"operated_by": "out_of_state_agency"}})],
		[false, object.union(own, {"written_request": false})],
		[false, object.union(own, {"database": "driver_licence"})],
		[false, object.union(own, {"agency": {"controls": {"image_database_notice_published": false}}})],
		[false, object.union(own, {"agency": {"controls": {"public_comments_considered": false}}})],
		[false, object.union(own, {"request_channel": "partner_agency"})],
		[true, {"database": "arrest_photos"}],
	])
}

test_applications_for_licences if {
	application := {"purpose": "credential_fraud", "offence": null, "suspicion": "none"}
	decides([
		[true, application],
		[false, object.union(application, {"engine": {"operated_by": "requesting_agency"}})],
		[false, object.union(application, {"database": "arrest_photos"})],
	])
}

test_operations_and_modes if {
	decides([
		[true, {"mode": "mobile"}],
		[false, {"mode": "recorded_video"}],
		[false, {"mode": "live"}],
		[true, {"operation": "verify_1_to_1"}],
		[true, {"operation": "verify_1_to_1", "database": null, "request_channel": null, "written_request": false}],
		[false, {"operation": "verify_1_to_1", "mode": "live"}],
		[false, {"operation": "watchlist_live", "mode": "live"}],
		[false, {"operation": "watchlist_scan", "mode": "recorded_video"}],
		[false, {"operation": "watchlist_scan"}],
		[false, {"operation": "track_person", "mode": "recorded_video"}],
		[true, {"operation": "enrol_gallery"}],
		[false, {"operation": "enrol_gallery", "mode": "live"}],
		[true, {"operation": "receive_result"}],
		[false, {"operation": "receive_result", "suspicion": "none"}],
		[true, {"operation": "create_record"}],
		[true, {"operation": "consult_record", "actor": {"agency_type": "government_non_law_enforcement"}}],
		[false, {"operation": "consult_record", "actor": {"agency_type": "private_entity"}}],
		[true, {"operation": "incident_report", "purpose": "immigration_enforcement"}],
	])
}

test_releases if {
	release := {"operation": "release_result", "search": {"operation": "identify_1_to_n", "candidates": 1}}
	decides([
		[true, release],
		[true, object.union(release, {"search": {"operation": "verify_1_to_1"}})],
		[false, object.union(release, {"search": {"operation": "watchlist_scan"}})],
		[false, object.union(release, {"search": {"operation": null}})],
		[false, object.union(release, {"search": null})],
		[false, object.union(release, {"mode": "live"})],
		[false, object.union(release, {"purpose": "locate_missing_person"})],
		[true, object.union(release, {"purpose": "identify_deceased", "offence": null, "suspicion": "none"})],
	])
}

test_two_who_agreed_are_enough if {
	release := object.union(utah, {"operation": "release_result", "search": {"operation": "identify_1_to_n"}})
	agreed := object.union(release, {"verification": {"independent_verifiers": 2}})
	not ["us_ut", "second_examiner"] in samples.fired(writgate.decision) with input as agreed
	alone := object.union(release, {"verification": {"independent_verifiers": 1}})
	["us_ut", "second_examiner"] in samples.fired(writgate.decision) with input as alone
}

test_uses_of_a_result if {
	decides([
		[true, {"operation": "use_result", "result_use": {"for": "lead"}}],
		[true, {"operation": "use_result", "result_use": {"for": "photo_lineup"}}],
		[true, {"operation": "use_result", "result_use": {"for": "exculpatory_evidence"}}],
		[false, {"operation": "use_result", "result_use": {"for": null}}],
		[false, {"operation": "use_result"}],
		[false, {
			"operation": "use_result",
			"result_use": {"for": "lead"},
			"purpose": "immigration_enforcement",
		}],
		[false, {
			"operation": "use_result",
			"result_use": {"for": "lead"},
			"offence": {"felony": false, "violent": false},
		}],
	])
}
