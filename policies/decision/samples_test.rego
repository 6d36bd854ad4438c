# METADATA
# title: Samples
# description: >-
#   Requests that the tests start from. `clean` is permitted; each test changes it and says what then happens.
package writgate.samples_test

clean := {
	"now": 1741608000000000000,
	"jurisdiction": ["US-TX"],
	"operation": "identify_1_to_n",
	"mode": "still_image",
	"purpose": "investigate_named_offence",
	"offence": {
		"label": "armed robbery",
		"felony": true,
		"violent": true,
		"max_penalty_months": 240,
	},
	"suspicion": "probable_cause",
	"case_number": "2025-000123",
	"case_usage": {
		"distinct_probe_subjects": 1,
		"case_closed": false,
	},
	"prior_denials": 0,
	"justification": "specific written facts tying the pictured person to the offence",
	"written_request": true,
	"request_channel": null,
	"actor": {
		"id": "ann",
		"known": true,
		"strength": "authenticated",
		"roles": ["investigator"],
		"trained": true,
		"training_current": true,
		"account": "agency_issued",
		"status": "active",
		"role": "investigator",
		"agency_type": "law_enforcement",
	},
	"agency": {
		"id": "lakeport-pd",
		"status": "active",
		"contract_status": "active",
		"on_behalf_of": null,
		"controls": {
			"use_policy_published": true,
			"accountability_report_adopted": true,
			"conforms_to_state_model_policy": true,
			"algorithm_on_approved_list": true,
		},
	},
	"client": {
		"id": "lakeport-cli",
		"status": "active",
	},
	"contract": {
		"id": "lakeport-2025",
		"status": "active",
		"valid_from": 1710072000000000000,
		"valid_to": 1773144000000000000,
		"purposes": [
			"access_control",
			"build_reference_database",
			"child_exploitation_material",
			"credential_fraud",
			"device_access_own",
			"federal_mandate",
			"identify_deceased",
			"identify_detained_person",
			"identify_incapacitated_person",
			"identify_victim",
			"identify_witness",
			"imminent_threat_to_life",
			"investigate_named_offence",
			"locate_abducted_or_trafficked_victim",
			"locate_missing_person",
			"locate_wanted_person",
			"retail_loss_prevention",
			"training_or_test",
			"undercover_vetting",
		],
		"operations": [
			"identify_1_to_n",
			"verify_1_to_1",
			"watchlist_live",
			"watchlist_scan",
			"track_person",
			"enrol_gallery",
		],
		"galleries": ["*"],
		"min_similarity": 0,
		"max_candidates": 50,
		"quotas": [],
		"demands": [],
		"user_strength": "asserted",
		"packs": [],
		"keep_crops": true,
	},
	"legal_instrument": null,
	"exigency": null,
	"approval": null,
	"approvals": [],
	"probe": {
		"alterations": [],
		"kind": "photograph",
		"source": "cctv_still",
		"substantively_altered": false,
	},
	"subject": {
		"selected_because_of": null,
		"activity": null,
		"intended_target": true,
	},
	"place": null,
	"premises": null,
	"database": "arrest_photos",
	"similarity_threshold": 99,
	"max_candidates": 10,
	"result_use": null,
	"verification": null,
	"consent": null,
	"alternative_offered": null,
	"retention_policy_public": null,
	"non_match_retention": null,
	"national_derogation_14_5": null,
	"necessity": null,
	"assessment": null,
	"examiner": null,
	"solicited": null,
	"search": null,
	"clock": null,
	"usage": null,
	"engine": {
		"vendor": "neutral_engine",
		"operated_by": "requesting_agency",
	},
	"origins": {
		"actor": "registered",
		"agency": "registered",
		"contract": "registered",
		"probe": "declared",
		"purpose": "declared",
		"case_number": "declared",
	},
}

# METADATA
# description: The clean request, made in Washington.
washington := object.union(clean, {"jurisdiction": ["US-WA"]})

# METADATA
# description: A warrant in force for a live watchlist.
warrant := {
	"id": "warrant-1",
	"found": true,
	"type": "search_warrant",
	"status": "granted",
	"verified": true,
	"origin": "registered",
	"valid_from": 1740787200000000000,
	"expires_at": 1743379200000000000,
	"scope": {
		"modes": ["live"],
		"purposes": ["investigate_named_offence"],
		"operations": [],
		"galleries": [],
		"probe_sha256": [],
		"limits": [],
	},
	"searches_allowed": null,
	"searches_used": 0,
	"officer_certification": false,
	"finding": "probable cause",
}

# METADATA
# description: A watchlist, live, in Washington, under that warrant.
under_warrant := object.union(washington, {
	"operation": "watchlist_live",
	"mode": "live",
	"database": "watchlist",
	"legal_instrument": warrant,
})

# METADATA
# description: Everything that the decision on a request says, reasons and obligations, as pairs of pack and rule.
fired(decision) := {[said.pack, said.rule] |
	some list in [decision.reasons, decision.obligations]
	some said in list
}
