package writgate.packs.us_mt_test

import data.writgate
import data.writgate.samples_test as samples

# A still image searched for a serious crime, on probable cause, under a warrant; permitted.
montana := object.union(samples.clean, {
	"jurisdiction": ["US-MT"],
	"offence": {"label": "deliberate homicide", "statute": "MCA 45-5-102"},
	"legal_instrument": paper("search_warrant", ["still_image"], ["investigate_named_offence"]),
})

paper(type, modes, purposes) := object.union(samples.warrant, {
	"type": type,
	"scope": {"modes": modes, "purposes": purposes},
})

threat := {
	"legal_instrument": null,
	"exigency": {
		"certified": true,
		"risk": "imminent_threat_to_individual",
		"factual_basis": "hostage at the Helena depot, the taker on camera",
	},
}

service := {
	"operation": "verify_1_to_1",
	"purpose": "access_control",
	"offence": null,
	"suspicion": "none",
	"legal_instrument": null,
	"consent": {"written": true},
	"alternative_offered": true,
	"actor": {
		"agency_type": "government_non_law_enforcement",
		"role": "service_clerk",
		"roles": ["service_clerk"],
	},
}

test_every_rule_has_a_case if {
	object.keys(data.rules.us_mt) == {rule |
		some cases in [scope_cases, investigation_cases, results_cases, verification_cases]
		some rule, _ in cases
	}
}

# Requests of a kind, each with its answer.
decides(rows) if {
	every row in rows {
		# regal ignore:with-outside-test-context
		decision := writgate.decision with input as object.union(montana, row[1])
		decision.permit == row[0]
	}
}

test_the_act_has_a_first_day if {
	old := {"contract": {"valid_from": 0}, "legal_instrument": {"valid_from": 0}}
	before := object.union(old, {"now": 1687996799999999999})
	decision := writgate.decision with input as object.union(montana, before)
	samples.fired(decision) == {["base", "pack_without_grant"], ["base", "log_denied_attempt"]}
	decides([[true, object.union(old, {"now": 1687996800000000000})]])
}

test_what_is_missing_never_helps if {
	decides([
		[true, {}],
		[false, {"actor": {"agency_type": null}}],
		[false, {"purpose": null}],
		[false, {"offence": null}],
		[false, {"offence": {"statute": null}}],
		[false, {"suspicion": null}],
		[false, {"legal_instrument": null}],
		[false, {"legal_instrument": {"verified": null}}],
		[false, {"legal_instrument": {"expires_at": null}}],
		[false, {"legal_instrument": {"scope": {"modes": []}}}],
		[false, {"legal_instrument": {"scope": {"purposes": null}}}],
		[false, {"mode": null}],
		[false, {"operation": null}],
	])
}

test_serious_crimes if {
	serious := {statute |
		some statute in [
			"MCA 45-5-102",
			"MCA 45-5-102(1)(a)",
			"MCA 45-5-504(3)",
			"MCA 45-5-504(3)(a)",
			"MCA 45-5-504",
			"MCA 45-5-504(1)",
			"MCA 45-5-1020",
			"MCA 45-6-301",
			"45-5-102",
			"",
		]
		writgate.permit with input as object.union(montana, {"offence": {"statute": statute}})
	}
	serious == {"MCA 45-5-102", "MCA 45-5-102(1)(a)", "MCA 45-5-504(3)", "MCA 45-5-504(3)(a)"}
}

test_crimes_of_other_places if {
	decides([
		[true, {"offence": {"statute": "Tex. Penal Code 19.02", "listed_item": "44-15-103(17)(b)"}}],
		[false, {"offence": {"statute": "Tex. Penal Code 19.02", "listed_item": null}}],
		[false, {"offence": {"statute": "Tex. Penal Code 19.02", "listed_item": "2-503(a)(1)(i)1"}}],
	])
}

test_only_a_search_warrant_is_a_warrant if {
	enough := {type |
		some type in data.vocabulary.instrument_types
		writgate.permit with input as object.union(montana, {"legal_instrument": {"type": type}})
	}
	enough == {"search_warrant"}
}

test_probable_cause if {
	decides([
		[false, {"suspicion": "none"}],
		[false, {"suspicion": "reasonable_suspicion"}],
		[false, {"suspicion": "fair_probability"}],
		[false, object.union(threat, {"suspicion": "fair_probability"})],
	])
}

test_the_exception if {
	decides([
		[true, threat],
		[false, object.union(threat, {"exigency": {"risk": "substantial_risk_of_harm"}})],
		[false, object.union(threat, {"exigency": {"risk": null}})],
		[false, object.union(threat, {"exigency": {"certified": false}})],
		[true, object.union(threat, {"exigency": {"deadline": 1741608000000000001}})],
		[false, object.union(threat, {"exigency": {"deadline": 1741608000000000000}})],
		[false, object.union(threat, {"offence": {"statute": "MCA 45-6-301"}})],
		[false, object.union(threat, {"operation": "watchlist_live", "mode": "live"})],
		[true, object.union(threat, {"purpose": "imminent_threat_to_life"})],
		[false, object.union(threat, {"purpose": "imminent_threat_to_life", "offence": null})],
	])
}

test_purposes if {
	free := {"offence": null, "suspicion": "none"}
	missing := paper("search_warrant", ["still_image"], ["locate_missing_person"])
	deceased := paper("search_warrant", ["still_image"], ["identify_deceased"])
	victim := paper("search_warrant", ["still_image"], ["identify_victim"])
	decides([
		[true, object.union(free, {"purpose": "locate_missing_person", "legal_instrument": missing})],
		[false, object.union(free, {"purpose": "locate_missing_person", "legal_instrument": null})],
		[true, object.union_n([free, threat, {"purpose": "locate_missing_person"}])],
		[true, object.union(free, {"purpose": "identify_deceased", "legal_instrument": deceased})],
		[false, object.union(free, {"purpose": "identify_victim", "legal_instrument": victim})],
		[true, {"purpose": "identify_victim", "legal_instrument": victim}],
		[false, {"purpose": "identify_witness"}],
		[false, {"purpose": "identify_detained_person"}],
		[false, {"purpose": "credential_fraud"}],
		[false, {"purpose": "undercover_vetting"}],
		[false, {"purpose": "training_or_test"}],
		[false, {"purpose": "federal_mandate"}],
	])
}

test_continuous_surveillance_under_any_paper if {
	any_mode := paper(
		"search_warrant",
		["still_image", "recorded_video", "live", "mobile"],
		["investigate_named_offence"],
	)
	decides([
		[true, {"legal_instrument": any_mode}],
		[true, {"mode": "mobile", "legal_instrument": any_mode}],
		[true, {"operation": "verify_1_to_1", "mode": "recorded_video", "legal_instrument": any_mode}],
		[false, {"mode": "recorded_video", "legal_instrument": any_mode}],
		[false, {"mode": "live", "legal_instrument": any_mode}],
		[false, {"operation": "watchlist_live", "mode": "live", "legal_instrument": any_mode}],
		[false, {"operation": "watchlist_scan", "legal_instrument": any_mode}],
		[false, {"operation": "track_person", "mode": "recorded_video", "legal_instrument": any_mode}],
		[false, {"operation": "enrol_gallery", "mode": "live", "legal_instrument": any_mode}],
		[false, {"operation": "enrol_gallery", "mode": "recorded_video", "legal_instrument": any_mode}],
		[false, {"purpose": "general_surveillance"}],
	])
}

test_other_operations if {
	decides([
		[true, {"operation": "verify_1_to_1"}],
		[false, {"operation": "verify_1_to_1", "legal_instrument": null}],
		[true, {"operation": "receive_result"}],
		[false, {"operation": "receive_result", "legal_instrument": null}],
		[true, {"operation": "enrol_gallery", "legal_instrument": null, "suspicion": "none"}],
		[false, {"operation": "enrol_gallery", "purpose": "training_or_test"}],
		[true, {"operation": "create_record"}],
		[true, {"operation": "consult_record", "actor": {"agency_type": "government_non_law_enforcement"}}],
		[false, {"operation": "consult_record", "actor": {"agency_type": "private_entity"}}],
		[true, {"operation": "incident_report", "purpose": "general_surveillance"}],
	])
}

test_uses_of_a_result if {
	decides([
		[true, {"operation": "use_result", "result_use": {"for": "lead"}}],
		[true, {"operation": "use_result", "result_use": {"for": "trial_evidence"}}],
		[true, {"operation": "use_result", "result_use": {"for": "lead"}, "legal_instrument": null}],
		[false, {"operation": "use_result"}],
		[false, {"operation": "use_result", "result_use": {"for": "lead"}, "offence": {"statute": "MCA 45-6-301"}}],
		[false, {"operation": "use_result", "result_use": {"for": "lead"}, "purpose": "access_control"}],
	])
}

test_releases if {
	release := {"operation": "release_result", "search": {"operation": "identify_1_to_n", "candidates": 1}}
	decides([
		[true, release],
		[true, object.union(release, {"legal_instrument": null})],
		[false, object.union(release, {"search": {"operation": "watchlist_scan"}})],
		[false, object.union(release, {"search": {"operation": null}})],
		[false, object.union(release, {"search": null})],
		[false, object.union(release, {"mode": "recorded_video"})],
		[false, object.union(release, {"offence": {"statute": "MCA 45-6-301"}})],
		[false, object.union(release, {"actor": {"agency_type": "government_non_law_enforcement"}})],
		[false, object.union_n([service, release])],
		[true, object.union_n([service, release, {"search": {"operation": "verify_1_to_1"}}])],
	])
}

test_verification if {
	decides([
		[true, service],
		[true, object.union(service, {"mode": "live"})],
		[true, object.union(service, {"operation": "enrol_gallery", "mode": "live", "actor": {
			"role": "agency_admin",
			"roles": ["agency_admin"],
		}})],
		[true, object.union(service, {"actor": {"agency_type": "law_enforcement"}})],
		[false, object.union(service, {"actor": {"agency_type": "private_entity"}})],
		[false, object.union(service, {"consent": null})],
		[false, object.union(service, {"consent": {"written": null}})],
		[false, object.union(service, {"alternative_offered": false})],
		[false, object.union(service, {"agency": {"controls": {"use_policy_published": null}}})],
		[false, object.union(service, {"agency": {"controls": {"capture_notice_given": false}}})],
		[false, object.union(service, {"operation": "identify_1_to_n"})],
		[false, object.union(service, {"purpose": "training_or_test"})],
	])
}

test_travellers if {
	port := object.union(service, {
		"purpose": "federal_mandate",
		"consent": null,
		"alternative_offered": null,
		"place": "airport",
		"legal_instrument": paper("federal_regulation_or_order", [], []),
	})
	decides([
		[true, port],
		[false, object.union(port, {"place": null})],
		[false, object.union(port, {"legal_instrument": null})],
		[false, object.union(port, {"legal_instrument": {"type": "court_order"}})],
		[false, object.union(port, {"operation": "identify_1_to_n"})],
	])
}
