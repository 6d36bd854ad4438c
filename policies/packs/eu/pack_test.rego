package writgate.packs.eu_test

import data.writgate
import data.writgate.samples_test as samples

# Requests that are permitted, each under another part of the law.
bases := {
	"real_time": object.union(samples.clean, {
		"jurisdiction": ["EU"],
		"operation": "watchlist_live",
		"mode": "live",
		"place": "publicly_accessible_space",
		"database": "watchlist",
		"agency": {"controls": {
			"fundamental_rights_impact_assessment": true,
			"registered_in_eu_database": true,
			"national_law_authorises_realtime_rbi": true,
		}},
		"subject": {"specifically_targeted": true},
		"offence": {"label": "murder", "annex_ii": true, "max_penalty_months": 360},
		"legal_instrument": {
			"id": "authorisation-1",
			"found": true,
			"type": "judicial_authorisation",
			"status": "granted",
			"verified": true,
			"origin": "registered",
			"valid_from": 1741435200000000000,
			"expires_at": 1742472000000000000,
			"scope": {
				"modes": ["live"],
				"purposes": ["investigate_named_offence"],
				"operations": [],
				"galleries": [],
				"probe_sha256": [],
				"limits": ["time", "place", "person"],
			},
			"searches_allowed": null,
			"searches_used": 0,
			"officer_certification": false,
			"finding": null,
		},
	}),
	"urgent": object.union(samples.clean, {
		"jurisdiction": ["EU"],
		"operation": "watchlist_live",
		"mode": "live",
		"place": "publicly_accessible_space",
		"database": "watchlist",
		"agency": {"controls": {
			"fundamental_rights_impact_assessment": true,
			"registered_in_eu_database": true,
			"national_law_authorises_realtime_rbi": true,
		}},
		"subject": {"specifically_targeted": true},
		"offence": {"label": "murder", "annex_ii": true, "max_penalty_months": 360},
		"legal_instrument": null,
		"exigency": {
			"found": true,
			"status": "certified",
			"started_at": 1741604400000000000,
			"deadline": 1741694400000000000,
			"certified": true,
			"factual_basis": "hostage taking in a bank",
		},
	}),
	"after_event": object.union(samples.clean, {
		"jurisdiction": ["EU"],
		"now": 1831118400000000000,
		"contract": {"valid_to": 1867118400000000000},
		"mode": "recorded_video",
		"subject": {"specifically_targeted": true, "known_suspect": true},
		"legal_instrument": {
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
				"limits": ["time", "place", "person"],
			},
			"searches_allowed": null,
			"searches_used": 0,
			"officer_certification": false,
			"finding": null,
		},
	}),
	"asked_later": object.union(samples.clean, {
		"jurisdiction": ["EU"],
		"now": 1831118400000000000,
		"contract": {"valid_to": 1867118400000000000},
		"mode": "recorded_video",
		"subject": {"specifically_targeted": true, "known_suspect": true},
		"legal_instrument": null,
	}),
	"expired_clock": object.union(samples.clean, {
		"jurisdiction": ["EU"],
		"now": 1831118400000000000,
		"contract": {"valid_to": 1867118400000000000},
		"mode": "recorded_video",
		"subject": {"specifically_targeted": true, "known_suspect": true},
		"legal_instrument": null,
		"clock": {
			"use_started": 1830938400000000000,
			"authorisation_requested": null,
			"authorisation_result": null,
		},
	}),
	"directive": object.union(samples.clean, {
		"jurisdiction": ["EU"],
		"agency": {"controls": {"national_law_authorises_biometric_processing": true}},
	}),
}

test_every_rule_has_a_case if {
	object.keys(data.rules.eu) == {rule |
		some cases in [
			scope_cases,
			prohibited_cases,
			real_time_cases,
			real_time_duties_cases,
			after_event_cases,
			after_event_duties_cases,
			directive_cases,
			results_cases,
		]
		some rule, _ in cases
	}
}

# Of rows that start from a base and change it, those that are not answered as they say.
wrong(groups) := [[name, row] |
	some name, group in groups
	some row in group.rows

	# regal ignore:with-outside-test-context
	decision := writgate.decision with input as object.union(bases[group.from], row[1])
	decision.permit != row[0]
]

# What must be shown: without it, and with null in its place, the request is refused.
needed := {
	"real_time": [
		["agency", "controls", "fundamental_rights_impact_assessment"],
		["agency", "controls", "registered_in_eu_database"],
		["agency", "controls", "national_law_authorises_realtime_rbi"],
		["subject", "specifically_targeted"],
		["offence", "annex_ii"],
		["offence", "max_penalty_months"],
		["legal_instrument", "type"],
		["legal_instrument", "status"],
		["legal_instrument", "verified"],
		["legal_instrument", "expires_at"],
		["legal_instrument", "scope", "modes"],
		["legal_instrument", "scope", "purposes"],
		["legal_instrument", "scope", "limits"],
		["suspicion"],
		["mode"],
		["purpose"],
		["operation"],
		["now"],
		["offence"],
		["subject"],
		["legal_instrument"],
		["agency", "controls"],
	],
	"urgent": [
		["exigency", "certified"],
		["exigency", "factual_basis"],
		["exigency"],
		["agency", "controls", "fundamental_rights_impact_assessment"],
		["agency", "controls", "national_law_authorises_realtime_rbi"],
		["subject", "specifically_targeted"],
		["offence", "annex_ii"],
	],
	"after_event": [
		["subject"],
		["offence"],
		["suspicion"],
		["mode"],
		["purpose"],
		["operation"],
		["now"],
		["case_number"],
		["justification"],
	],
	"expired_clock": [["now"]],
	"directive": [
		["agency", "controls", "national_law_authorises_biometric_processing"],
		["subject", "intended_target"],
		["offence"],
		["suspicion"],
		["mode"],
		["now"],
	],
}

test_what_is_missing_never_helps if {
	every base, paths in needed {
		every path in paths {
			not permits(json.remove(bases[base], [path]))
			not permits(object.union(bases[base], blank(path)))
		}
	}
}

blank([section]) := {section: null}

blank([section, field]) := {section: {field: null}}

blank([section, part, field]) := {section: {part: {field: null}}}

# regal ignore:with-outside-test-context
permits(request) if writgate.permit with input as request

test_the_bases_are_permitted if {
	every base in ["real_time", "urgent", "after_event", "asked_later", "directive"] {
		permits(bases[base])
	}
}

at(base, now) := object.union(bases[base], {"now": now, "contract": {"valid_from": 0, "valid_to": 1867118400000000000}})

# Real time has been ruled by Article 5 since 2 February 2025; before, nothing permits it.
test_the_day_of_article_5 if {
	request := object.union(at("real_time", 1738454400000000000), {"legal_instrument": {"valid_from": 0}})
	permits(request)
	not permits(object.union(request, {"now": 1738454399999999999}))
}

# On 2 December 2027 Article 26(10) takes the place of national law alone, and two people must verify.
test_the_day_of_article_26 if {
	permits(at("directive", 1827705600000000000))
	unlisted := {"agency": {"controls": {"national_law_authorises_biometric_processing": null}}}
	permits(object.union(at("directive", 1827705600000000000), unlisted))
	not permits(object.union(at("directive", 1827705599999999999), unlisted))
	released := {"operation": "release_result", "search": {"operation": "identify_1_to_n", "candidates": 1}}
	permits(object.union(at("directive", 1827705599999999999), released))
	not permits(object.union(at("directive", 1827705600000000000), released))
	late := {"clock": {
		"use_started": 1741392000000000000,
		"authorisation_requested": null,
		"authorisation_result": null,
	}}
	permits(object.union(at("directive", 1827705599999999999), late))
	not permits(object.union(at("directive", 1827705600000000000), late))
}

# Before the Directive's own date nothing of this pack speaks.
test_before_the_directive_nothing_is_permitted if {
	decision := writgate.decision with input as at("directive", 1525564799999999999)
	samples.fired(decision) == {["base", "pack_without_grant"], ["base", "log_denied_attempt"]}
}

# Support of a person's own assessment is no profiling; whether the product offers it is not for this pack to say.
test_support_of_an_assessment if {
	score := {"operation": "risk_score_person", "assessment": {"solely_profiling": false}}
	supported := writgate.decision with input as object.union(bases.directive, score)
	not ["eu", "risk_scoring"] in samples.fired(supported)
	every change in [
		{"offence": null},
		{"justification": null},
		{"assessment": null},
		{"purpose": "predictive_policing"},
	] {
		request := object.union(object.union(bases.directive, score), change)
		decision := writgate.decision with input as request
		["eu", "risk_scoring"] in samples.fired(decision)
	}
}

# The duty to ask says until when, counted from the beginning of use.
test_the_clock_is_on_the_docket if {
	urgent := writgate.decision with input as object.union(bases.urgent, {"clock": {
		"use_started": 1741590000000000000,
		"authorisation_requested": null,
		"authorisation_result": null,
	}})
	{duty.due | some duty in urgent.obligations; duty.rule == "realtime_ask"} == {1741676400000000000}
	later := writgate.decision with input as bases.asked_later
	{duty.due | some duty in later.obligations; duty.rule == "after_event_ask"} == {1831291200000000000}
}
