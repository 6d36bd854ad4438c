package writgate.packs.base_test

import data.writgate
import data.writgate.samples_test as samples

granted := {
	"found": true,
	"origin": "registered",
	"valid_from": 1740787200000000000,
	"expires_at": 1743379200000000000,
	"searches_allowed": null,
	"searches_used": 0,
	"officer_certification": false,
	"finding": null,
	"type": "search_warrant",
	"status": "granted",
	"verified": true,
	"scope": {
		"modes": ["still_image"],
		"purposes": ["investigate_named_offence"],
		"operations": ["identify_1_to_n"],
		"galleries": ["*"],
		"probe_sha256": [],
		"limits": [],
	},
}

# What is changed in that paper for the rules that say precisely what is wrong with it.
precise_changes := {
	"instrument_begins_later": {"valid_from": 1743379100000000000},
	"instrument_quashed": {"status": "quashed"},
	"instrument_revoked": {"status": "revoked"},
	"instrument_of_other_gallery": {"scope": {"galleries": ["missing"]}},
	"instrument_of_other_mode": {"scope": {"modes": ["live"]}},
	"instrument_of_other_operation": {"scope": {"operations": ["verify_1_to_1"]}},
	"instrument_of_other_place": {"place": "Pier 3"},
	"instrument_of_other_probe": {"scope": {"probe_sha256": ["aa"]}},
	"instrument_of_other_purpose": {"scope": {"purposes": ["locate_missing_person"]}},
	"instrument_of_other_subject": {"subject": "A. Person"},
}

precise_cases[rule] := {"permit": false, "change": {"legal_instrument": object.union(granted, change)}} if {
	some rule, change in precise_changes
}

# One case for each rule of the file: what is changed in a clean request, and whether that is permitted.
instrument_cases := {
	"instrument_exhausted": {
		"permit": false,
		"change": {"legal_instrument": {
			"found": true,
			"origin": "registered",
			"valid_from": 1740787200000000000,
			"expires_at": 1743379200000000000,
			"searches_allowed": 2,
			"searches_used": 2,
			"officer_certification": false,
			"finding": null,
			"type": "search_warrant",
			"status": "granted",
			"verified": true,
			"scope": {
				"modes": ["still_image"],
				"purposes": ["investigate_named_offence"],
				"operations": ["identify_1_to_n"],
				"galleries": ["*"],
				"probe_sha256": [],
				"limits": [],
			},
		}},
	},
	"instrument_expired": {
		"permit": false,
		"change": {"legal_instrument": {
			"found": true,
			"origin": "registered",
			"valid_from": 1740787200000000000,
			"expires_at": 1741607999000000000,
			"searches_allowed": null,
			"searches_used": 0,
			"officer_certification": false,
			"finding": null,
			"type": "search_warrant",
			"status": "granted",
			"verified": true,
			"scope": {
				"modes": ["still_image"],
				"purposes": ["investigate_named_offence"],
				"operations": ["identify_1_to_n"],
				"galleries": ["*"],
				"probe_sha256": [],
				"limits": [],
			},
		}},
	},
	"instrument_not_found": {
		"permit": false,
		"change": {"legal_instrument": {
			"id": "x",
			"found": false,
			"origin": "registered",
			"valid_from": 1739016000000000000,
			"expires_at": 1744200000000000000,
			"searches_allowed": null,
			"searches_used": 0,
			"officer_certification": false,
			"finding": null,
			"scope": {
				"modes": ["still_image"],
				"purposes": ["investigate_named_offence"],
				"operations": ["identify_1_to_n"],
				"galleries": ["*"],
				"probe_sha256": [],
				"limits": [],
			},
		}},
	},
	"instrument_not_yet_valid": {
		"permit": false,
		"change": {
			"jurisdiction": ["US-WA"],
			"operation": "watchlist_live",
			"mode": "live",
			"legal_instrument": {
				"found": true,
				"origin": "registered",
				"valid_from": 1741651200000000000,
				"expires_at": 1743379200000000000,
				"searches_allowed": null,
				"searches_used": 0,
				"officer_certification": false,
				"finding": null,
				"type": "search_warrant",
				"status": "granted",
				"verified": true,
				"scope": {
					"modes": ["live"],
					"purposes": ["investigate_named_offence"],
					"operations": ["watchlist_live"],
					"galleries": ["*"],
					"probe_sha256": [],
					"limits": [],
				},
			},
			"database": "watchlist",
		},
	},
	"instrument_out_of_scope": {
		"permit": false,
		"change": {"legal_instrument": {
			"found": true,
			"origin": "registered",
			"valid_from": 1740787200000000000,
			"expires_at": 1743379200000000000,
			"searches_allowed": null,
			"searches_used": 0,
			"officer_certification": false,
			"finding": null,
			"type": "search_warrant",
			"status": "granted",
			"verified": true,
			"scope": {
				"modes": ["still_image"],
				"purposes": ["investigate_named_offence"],
				"operations": ["identify_1_to_n"],
				"galleries": ["missing"],
				"probe_sha256": [],
				"limits": [],
			},
		}},
	},
	"instrument_unverified": {
		"permit": false,
		"change": {"legal_instrument": {
			"id": "x",
			"found": false,
			"origin": "registered",
			"valid_from": 1739016000000000000,
			"expires_at": 1744200000000000000,
			"searches_allowed": null,
			"searches_used": 0,
			"officer_certification": false,
			"finding": null,
			"scope": {
				"modes": ["still_image"],
				"purposes": ["investigate_named_offence"],
				"operations": ["identify_1_to_n"],
				"galleries": ["*"],
				"probe_sha256": [],
				"limits": [],
			},
		}},
	},
	"instrument_withdrawn": {
		"permit": false,
		"change": {
			"jurisdiction": ["US-WA"],
			"operation": "watchlist_live",
			"mode": "live",
			"legal_instrument": {
				"found": true,
				"origin": "registered",
				"valid_from": 1740787200000000000,
				"expires_at": 1743379200000000000,
				"searches_allowed": null,
				"searches_used": 0,
				"officer_certification": false,
				"finding": null,
				"type": "search_warrant",
				"status": "quashed",
				"verified": true,
				"scope": {
					"modes": ["live"],
					"purposes": ["investigate_named_offence"],
					"operations": ["watchlist_live"],
					"galleries": ["*"],
					"probe_sha256": [],
					"limits": [],
				},
			},
			"database": "watchlist",
		},
	},
}

test_every_rule_of_instrument_fires_in_its_case if {
	every rule, case in object.union(instrument_cases, precise_cases) {
		decision := writgate.decision with input as object.union(samples.clean, case.change)
		["base", rule] in samples.fired(decision)
		decision.permit == case.permit
	}
}

test_of_the_precise_reasons_only_the_one_that_is_so_is_given if {
	every rule, case in precise_cases {
		decision := writgate.decision with input as object.union(samples.clean, case.change)
		{other | ["base", other] in samples.fired(decision); precise_changes[other]} == {rule}
	}
}

test_a_paper_that_names_person_and_place_covers_who_says_the_same if {
	paper := object.union(granted, {"subject": "A. Person", "place": "Pier 3"})
	said := {"legal_instrument": paper, "subject": {"identity": " a. person"}, "area": "PIER 3 "}
	decision := writgate.decision with input as object.union(samples.clean, said)
	decision.permit

	every left_out in [{"subject": {"identity": null}}, {"area": null}, {"area": "Pier 4"}, {"area": ""}] {
		refused := writgate.decision with input as object.union(object.union(samples.clean, said), left_out)
		["base", "instrument_out_of_scope"] in samples.fired(refused)
		not refused.permit
	}
}
