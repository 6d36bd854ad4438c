package writgate.packs.us_md_test

import data.writgate
import data.writgate.samples_test as samples

# A still image searched for an offence of the list, among mug-shots, in October 2026; permitted.
maryland := object.union(samples.clean, {
	"now": 1792065600000000000,
	"jurisdiction": ["US-MD"],
	"contract": {"valid_to": 1823601600000000000},
	"offence": {"label": "armed carjacking", "listed_item": "2-503(a)(1)(i)1"},
})

test_every_rule_has_a_case if {
	object.keys(data.rules.us_md) == {rule |
		some cases in [scope_cases, investigation_cases, results_cases]
		some rule, _ in cases
	}
}

# Requests of a kind, each with its answer.
decides(rows) if {
	every row in rows {
		# regal ignore:with-outside-test-context
		decision := writgate.decision with input as object.union(maryland, row[1])
		decision.permit == row[0]
	}
}

test_the_subtitle_has_a_first_day if {
	before := {"now": 1727740799999999999, "contract": {"valid_from": 0}}
	decision := writgate.decision with input as object.union(maryland, before)
	samples.fired(decision) == {["base", "pack_without_grant"], ["base", "log_denied_attempt"]}
	decides([[true, {"now": 1727740800000000000, "contract": {"valid_from": 0}}]])
}

test_training_is_the_state_programme_from_its_first_day if {
	lapsed := {"actor": {"training_current": false}, "contract": {"valid_from": 0}}
	before := object.union(lapsed, {"now": 1782777599999999999})
	not ["us_md", "untrained"] in samples.fired(writgate.decision) with input as object.union(maryland, before)
	then := object.union(lapsed, {"now": 1782777600000000000})
	["us_md", "untrained"] in samples.fired(writgate.decision) with input as object.union(maryland, then)
}

test_what_is_missing_never_helps if {
	decides([
		[true, {}],
		[false, {"actor": {"agency_type": null}}],
		[false, {"purpose": null}],
		[false, {"offence": null}],
		[false, {"offence": {"listed_item": null}}],
		[false, {"subject": null}],
		[false, {"subject": {"intended_target": null}}],
		[false, {"probe": {"kind": null}}],
		[false, {"database": null}],
		[false, {"mode": null}],
		[false, {"operation": null}],
		[false, {"agency": {"controls": null}}],
		[false, {"agency": {"controls": {"use_policy_published": null}}}],
		[false, {"agency": {"controls": {"conforms_to_state_model_policy": null}}}],
	])
}

test_the_list_of_offences if {
	listed := {item |
		some number in numbers.range(0, 14)
		item := concat("", ["2-503(a)(1)(i)", format_int(number, 10)])
		writgate.permit with input as object.union(maryland, {"offence": {"listed_item": item}})
	}
	count(listed) == 11
	not "2-503(a)(1)(i)12" in listed
	fugitive := {"offence": {"listed_item": "2-503(a)(1)(i)12"}, "purpose": "locate_wanted_person"}
	decides([
		[true, object.union(fugitive, {"subject": {"wanted": true}})],
		[false, object.union(fugitive, {"subject": {"wanted": false}})],
		[false, fugitive],
	])
}

test_no_suspicion_is_asked_for_a_listed_offence if {
	decides([
		[true, {"suspicion": "none"}],
		[true, {"suspicion": "probable_cause"}],
	])
}

test_protected_activity if {
	decides([
		[false, {"suspicion": "none", "subject": {"activity": "protest"}}],
		[true, {"suspicion": "reasonable_suspicion", "subject": {"activity": "protest"}}],
		[false, {"suspicion": "none", "subject": {"selected_because_of": "participation_in_lawful_event"}}],
		[true, {
			"suspicion": "reasonable_suspicion",
			"subject": {"selected_because_of": "participation_in_lawful_event"},
		}],
		[false, {"operation": "create_record", "suspicion": "none", "subject": {"activity": "speech"}}],
	])
}

test_outside_the_subtitle if {
	free := {
		"offence": null,
		"suspicion": "none",
		"subject": {"intended_target": null},
		"agency": {"controls": {"conforms_to_state_model_policy": false}},
		"database": "shelter_photos",
	}
	decides([
		[true, object.union(free, {"purpose": "locate_missing_person"})],
		[true, object.union(free, {"purpose": "identify_deceased"})],
		[true, object.union(free, {"purpose": "identify_incapacitated_person"})],
		[true, object.union(free, {"purpose": "locate_missing_person", "mode": "live"})],
		[true, object.union(free, {"purpose": "training_or_test"})],
		[true, object.union(free, {"purpose": "access_control", "mode": "live"})],
		[false, object.union(free, {"purpose": "access_control", "operation": "watchlist_live", "mode": "live"})],
		[true, object.union(free, {"purpose": "identify_victim", "probe": {"source": "seized_media"}})],
		[false, object.union(free, {"purpose": "identify_victim"})],
		[false, object.union(free, {
			"purpose": "child_exploitation_material",
			"probe": {"source": "seized_media"},
		})],
		[true, object.union(free, {
			"purpose": "locate_missing_person",
			"actor": {"agency_type": "government_non_law_enforcement"},
		})],
		[false, object.union(free, {
			"purpose": "locate_missing_person",
			"actor": {"agency_type": "private_entity"},
		})],
	])
}

test_a_federal_mandate_is_shown if {
	mandate := object.union(samples.warrant, {
		"type": "federal_regulation_or_order",
		"expires_at": null,
		"scope": {"modes": [], "purposes": []},
	})
	asked := {"purpose": "federal_mandate", "offence": null, "suspicion": "none"}
	decides([
		[true, object.union(asked, {"legal_instrument": mandate})],
		[false, object.union(asked, {"legal_instrument": object.union(mandate, {"type": "court_order"})})],
		[false, asked],
	])
}

test_galleries if {
	decides([
		[true, {"database": "driver_licence"}],
		[true, {"database": "state_id_photos"}],
		[true, {"database": "mugshots-2026"}],
		[false, {"database": "mugshots/partner"}],
		[false, {"database": "scraped_web_gallery"}],
		[false, {"database": "employees"}],
		[true, {"operation": "verify_1_to_1", "database": null}],
	])
}

test_operations_and_modes if {
	decides([
		[true, {"mode": "recorded_video"}],
		[false, {"mode": "live"}],
		[false, {"mode": "mobile"}],
		[true, {"operation": "verify_1_to_1", "mode": "mobile"}],
		[false, {"operation": "verify_1_to_1", "mode": "live"}],
		[false, {"operation": "watchlist_live", "mode": "live"}],
		[false, {"operation": "watchlist_scan", "mode": "recorded_video"}],
		[false, {"operation": "track_person", "mode": "recorded_video"}],
		[false, {"operation": "track_person", "mode": "live"}],
		[true, {"operation": "enrol_gallery", "offence": {"listed_item": null}}],
		[false, {"operation": "enrol_gallery", "mode": "live"}],
		[false, {"operation": "enrol_gallery", "database": "watchlist"}],
		[true, {"operation": "receive_result"}],
		[false, {"operation": "receive_result", "offence": {"listed_item": null}}],
		[true, {"operation": "create_record"}],
		[true, {"operation": "consult_record", "actor": {"agency_type": "government_non_law_enforcement"}}],
		[false, {"operation": "consult_record", "actor": {"agency_type": "private_entity"}}],
		[true, {"operation": "incident_report", "purpose": "document_speech"}],
	])
}

test_probes if {
	decides([
		[true, {"probe": {"kind": "video_frame"}}],
		[false, {"probe": {"kind": "sketch"}}],
		[false, {"probe": {"kind": "composite"}}],
		[false, {"probe": {"kind": "drawing"}}],
	])
}

test_governance if {
	decides([
		[true, {"agency": {"controls": {"administrator_designated": true}}}],
		[false, {"agency": {"controls": {"administrator_designated": false}}}],
		[false, {"agency": {"controls": {"annual_audit_completed": false}}}],
		[false, {"agency": {"controls": {"systems_and_databases_published": false}}}],
		[false, {"agency": {"controls": {"use_policy_published": false}}}],
	])
}

supported := {"other_evidence": true, "other_evidence_independent": true}

test_towards_probable_cause if {
	every use in ["probable_cause", "affidavit_probable_cause", "warrant_application", "arrest", "preliminary_hearing"] {
		named := {"operation": "use_result", "result_use": {"for": use}}
		decides([
			[true, object.union(named, {"result_use": supported})],
			[false, named],
			[false, object.union(named, {"result_use": {"other_evidence": true}})],
			[false, object.union(named, {"result_use": {"other_evidence_independent": true}})],
			[false, object.union_n([named, {"result_use": supported}, {"offence": {"listed_item": null}}])],
			[false, object.union_n([
				named,
				{"result_use": supported},
				{"result_use": {"other_evidence_kind": "lineup_derived_from_lead"}},
			])],
		])
	}
}

test_other_uses_of_a_result if {
	found := {"operation": "use_result", "purpose": "locate_missing_person", "offence": null}
	decides([
		[true, {"operation": "use_result", "result_use": {"for": "lead"}}],
		[true, {"operation": "use_result", "result_use": {"for": "photo_lineup"}}],
		[false, {"operation": "use_result", "result_use": {"for": "lead"}, "offence": {"listed_item": null}}],
		[false, {"operation": "use_result", "result_use": object.union(supported, {"for": "trial_evidence"})}],
		[false, {"operation": "use_result", "result_use": object.union(supported, {"for": "exculpatory_evidence"})}],
		[false, {"operation": "use_result"}],
		[true, object.union(found, {"result_use": {"for": "lead"}})],
		[false, object.union(found, {"result_use": {"for": "arrest"}})],
		[true, object.union(found, {"result_use": object.union(supported, {"for": "arrest"})})],
		[false, object.union(found, {"result_use": object.union(supported, {"for": "trial_evidence"})})],
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
		[false, object.union(release, {"offence": {"listed_item": null}})],
		[true, object.union(release, {"purpose": "identify_deceased", "offence": null})],
	])
}

test_two_who_agreed_are_enough if {
	release := object.union(maryland, {"operation": "release_result", "search": {"operation": "identify_1_to_n"}})
	agreed := object.union(release, {"verification": {"independent_verifiers": 2}})
	not ["us_md", "second_examiner"] in samples.fired(writgate.decision) with input as agreed
	alone := object.union(release, {"verification": {"independent_verifiers": 1}})
	["us_md", "second_examiner"] in samples.fired(writgate.decision) with input as alone
}
