package writgate.packs.eu_test

# Questions after the event: what they start from, what is changed, and whether that is permitted.
after_event_answers := {
	"forty eight hours": {
		"from": "asked_later",
		"rows": [
			[true, {}],
			[
				true,
				{"clock": {
					"use_started": 1830945600000000000,
					"authorisation_requested": null,
					"authorisation_result": null,
				}},
			],
			[
				false,
				{"clock": {
					"use_started": 1830945599999999999,
					"authorisation_requested": null,
					"authorisation_result": null,
				}},
			],
			[
				true,
				{"clock": {
					"use_started": 1830794400000000000,
					"authorisation_requested": 1830967200000000000,
					"authorisation_result": "pending",
				}},
			],
			[
				false,
				{"clock": {
					"use_started": 1830794400000000000,
					"authorisation_requested": 1830967200000000001,
					"authorisation_result": "pending",
				}},
			],
			[
				false,
				{"clock": {
					"use_started": 1831082400000000000,
					"authorisation_requested": 1831100400000000000,
					"authorisation_result": "rejected",
				}},
			],
			[
				false,
				{"clock": {
					"use_started": null,
					"authorisation_requested": null,
					"authorisation_result": null,
				}},
			],
			[
				false,
				{"clock": {
					"use_started": 1831122000000000000,
					"authorisation_requested": null,
					"authorisation_result": null,
				}},
			],
			[
				true,
				{
					"purpose": "imminent_threat_to_life",
					"clock": {
						"use_started": 1831114800000000000,
						"authorisation_requested": null,
						"authorisation_result": null,
					},
				},
			],
			[
				false,
				{
					"purpose": "imminent_threat_to_life",
					"clock": {
						"use_started": 1830938400000000000,
						"authorisation_requested": null,
						"authorisation_result": null,
					},
				},
			],
			[
				true,
				{
					"purpose": "locate_missing_person",
					"offence": null,
					"suspicion": "none",
					"clock": {
						"use_started": 1830938400000000000,
						"authorisation_requested": null,
						"authorisation_result": null,
					},
				},
			],
			[
				true,
				{
					"purpose": "identify_witness",
					"clock": {
						"use_started": 1830938400000000000,
						"authorisation_requested": null,
						"authorisation_result": null,
					},
				},
			],
			[
				true,
				{
					"purpose": "identify_victim",
					"clock": {
						"use_started": 1830938400000000000,
						"authorisation_requested": null,
						"authorisation_result": null,
					},
				},
			],
		],
	},
	"first identification": {
		"from": "asked_later",
		"rows": [
			[
				true,
				{
					"subject": {"known_suspect": false},
					"clock": {
						"use_started": 1830794400000000000,
						"authorisation_requested": null,
						"authorisation_result": null,
					},
				},
			],
			[
				false,
				{
					"subject": {"known_suspect": null},
					"clock": {
						"use_started": 1830794400000000000,
						"authorisation_requested": null,
						"authorisation_result": null,
					},
				},
			],
			[
				false,
				{
					"subject": {"known_suspect": false},
					"clock": {
						"use_started": 1830794400000000000,
						"authorisation_requested": null,
						"authorisation_result": null,
					},
					"offence": null,
				},
			],
			[
				false,
				{
					"subject": {"known_suspect": false},
					"clock": {
						"use_started": 1830794400000000000,
						"authorisation_requested": null,
						"authorisation_result": null,
					},
					"suspicion": "none",
				},
			],
			[
				true,
				{
					"subject": {"known_suspect": false},
					"clock": {
						"use_started": 1830794400000000000,
						"authorisation_requested": null,
						"authorisation_result": null,
					},
					"suspicion": "reasonable_suspicion",
				},
			],
			[
				false,
				{
					"subject": {"known_suspect": false},
					"clock": {
						"use_started": 1830794400000000000,
						"authorisation_requested": null,
						"authorisation_result": null,
					},
					"operation": "watchlist_scan",
				},
			],
			[
				false,
				{
					"subject": {"known_suspect": false},
					"clock": {
						"use_started": 1830794400000000000,
						"authorisation_requested": null,
						"authorisation_result": null,
					},
					"operation": "track_person",
					"mode": "recorded_video",
				},
			],
		],
	},
	"targets and links": {
		"from": "after_event",
		"rows": [
			[true, {"subject": {"specifically_targeted": null}}],
			[
				false,
				{"subject": {
					"specifically_targeted": null,
					"intended_target": null,
				}},
			],
			[
				false,
				{
					"operation": "watchlist_scan",
					"subject": {"specifically_targeted": null},
				},
			],
			[true, {"operation": "watchlist_scan"}],
			[true, {"operation": "track_person"}],
			[
				true,
				{
					"legal_instrument": null,
					"purpose": "identify_deceased",
				},
			],
			[
				false,
				{
					"legal_instrument": null,
					"purpose": "identify_deceased",
					"offence": null,
				},
			],
			[false, {"suspicion": "none"}],
			[
				true,
				{
					"purpose": "locate_wanted_person",
					"legal_instrument": {"scope": {"purposes": ["locate_wanted_person"]}},
					"offence": null,
					"suspicion": "none",
					"subject": {"wanted": true},
				},
			],
			[
				false,
				{
					"purpose": "locate_wanted_person",
					"legal_instrument": {"scope": {"purposes": ["locate_wanted_person"]}},
					"offence": null,
				},
			],
			[
				false,
				{
					"purpose": "undercover_vetting",
					"legal_instrument": {"scope": {"purposes": ["undercover_vetting"]}},
				},
			],
			[
				false,
				{
					"purpose": "access_control",
					"legal_instrument": {"scope": {"purposes": ["access_control"]}},
				},
			],
			[
				false,
				{
					"purpose": "federal_mandate",
					"legal_instrument": {"scope": {"purposes": ["federal_mandate"]}},
				},
			],
		],
	},
	"instruments after the event": {
		"from": "expired_clock",
		"rows": [
			[false, {}],
			[
				true,
				{"legal_instrument": {
					"id": "authorisation-1",
					"found": true,
					"type": "judicial_authorisation",
					"status": "granted",
					"verified": true,
					"origin": "registered",
					"valid_from": 1830945600000000000,
					"expires_at": 1831982400000000000,
					"scope": {
						"modes": ["recorded_video"],
						"purposes": ["investigate_named_offence"],
						"operations": [],
						"galleries": [],
						"probe_sha256": [],
						"limits": [
							"time",
							"place",
							"person",
						],
					},
					"searches_allowed": null,
					"searches_used": 0,
					"officer_certification": false,
					"finding": null,
				}},
			],
			[
				true,
				{"legal_instrument": {
					"id": "authorisation-1",
					"found": true,
					"type": "judicial_authorisation",
					"status": "granted",
					"verified": true,
					"origin": "registered",
					"valid_from": 1830945600000000000,
					"expires_at": 1831982400000000000,
					"scope": {
						"modes": ["recorded_video"],
						"purposes": ["investigate_named_offence"],
						"operations": [],
						"galleries": [],
						"probe_sha256": [],
						"limits": [],
					},
					"searches_allowed": null,
					"searches_used": 0,
					"officer_certification": false,
					"finding": null,
				}},
			],
			[
				true,
				{"legal_instrument": {
					"id": "authorisation-1",
					"found": true,
					"type": "administrative_authorisation",
					"status": "granted",
					"verified": true,
					"origin": "registered",
					"valid_from": 1830945600000000000,
					"expires_at": 1831982400000000000,
					"scope": {
						"modes": ["recorded_video"],
						"purposes": ["investigate_named_offence"],
						"operations": [],
						"galleries": [],
						"probe_sha256": [],
						"limits": [
							"time",
							"place",
							"person",
						],
					},
					"searches_allowed": null,
					"searches_used": 0,
					"officer_certification": false,
					"finding": null,
				}},
			],
			[
				false,
				{"legal_instrument": {
					"id": "authorisation-1",
					"found": true,
					"type": "subpoena",
					"status": "granted",
					"verified": true,
					"origin": "registered",
					"valid_from": 1830945600000000000,
					"expires_at": 1831982400000000000,
					"scope": {
						"modes": ["recorded_video"],
						"purposes": ["investigate_named_offence"],
						"operations": [],
						"galleries": [],
						"probe_sha256": [],
						"limits": [
							"time",
							"place",
							"person",
						],
					},
					"searches_allowed": null,
					"searches_used": 0,
					"officer_certification": false,
					"finding": null,
				}},
			],
			[
				false,
				{"legal_instrument": {
					"id": "authorisation-1",
					"found": true,
					"type": "judicial_authorisation",
					"status": "quashed",
					"verified": true,
					"origin": "registered",
					"valid_from": 1830945600000000000,
					"expires_at": 1831982400000000000,
					"scope": {
						"modes": ["recorded_video"],
						"purposes": ["investigate_named_offence"],
						"operations": [],
						"galleries": [],
						"probe_sha256": [],
						"limits": [
							"time",
							"place",
							"person",
						],
					},
					"searches_allowed": null,
					"searches_used": 0,
					"officer_certification": false,
					"finding": null,
				}},
			],
			[
				false,
				{"legal_instrument": {
					"id": "authorisation-1",
					"found": true,
					"type": "judicial_authorisation",
					"status": "granted",
					"verified": true,
					"origin": "registered",
					"valid_from": 1830945600000000000,
					"expires_at": 1831982400000000000,
					"scope": {
						"modes": ["still_image"],
						"purposes": ["investigate_named_offence"],
						"operations": [],
						"galleries": [],
						"probe_sha256": [],
						"limits": [
							"time",
							"place",
							"person",
						],
					},
					"searches_allowed": null,
					"searches_used": 0,
					"officer_certification": false,
					"finding": null,
				}},
			],
		],
	},
	"the directive before december 2027": {
		"from": "directive",
		"rows": [
			[
				false,
				{"agency": {"controls": {"national_law_authorises_biometric_processing": null}}},
			],
			[
				false,
				{"agency": {"controls": {"national_law_authorises_biometric_processing": false}}},
			],
			[true, {"mode": "recorded_video"}],
			[
				false,
				{
					"mode": "recorded_video",
					"operation": "watchlist_scan",
				},
			],
			[
				true,
				{
					"operation": "verify_1_to_1",
					"mode": "live",
				},
			],
			[
				true,
				{
					"agency": {"controls": {"national_law_authorises_biometric_processing": null}},
					"purpose": "locate_missing_person",
					"offence": null,
					"suspicion": "none",
					"exigency": {
						"found": true,
						"status": "certified",
						"started_at": 1741604400000000000,
						"deadline": 1741694400000000000,
						"certified": true,
						"factual_basis": "hostage taking in a bank",
					},
				},
			],
			[
				false,
				{
					"agency": {"controls": {"national_law_authorises_biometric_processing": null}},
					"exigency": {
						"found": true,
						"status": "certified",
						"started_at": 1741604400000000000,
						"deadline": 1741694400000000000,
						"certified": true,
						"factual_basis": "hostage taking in a bank",
					},
				},
			],
			[
				false,
				{
					"agency": {"controls": {"national_law_authorises_biometric_processing": null}},
					"purpose": "locate_missing_person",
					"offence": null,
					"suspicion": "none",
				},
			],
			[
				false,
				{
					"agency": {"controls": {"national_law_authorises_biometric_processing": null}},
					"operation": "enrol_gallery",
				},
			],
			[
				true,
				{"operation": "receive_result"},
			],
			[
				false,
				{
					"agency": {"controls": {"national_law_authorises_biometric_processing": null}},
					"operation": "receive_result",
				},
			],
			[true, {"operation": "create_record"}],
			[
				false,
				{
					"operation": "consult_record",
					"justification": null,
				},
			],
			[
				true,
				{
					"operation": "incident_report",
					"justification": null,
				},
			],
			[
				false,
				{"engine": {"vendor": "commercial_scraped_gallery"}},
			],
			[
				false,
				{"assessment": {"solely_profiling": true}},
			],
			[
				false,
				{"operation": "build_reference_database"},
			],
			[
				false,
				{
					"purpose": "build_reference_database",
					"operation": "enrol_gallery",
				},
			],
		],
	},
}

test_answers_after_event if wrong(after_event_answers) == []
