package writgate.packs.us_ut_test

import data.writgate
import data.writgate.samples_test as samples

# One case for each rule of the file: what is changed in a clean request, and whether that is permitted.
requests_cases := {
	"backchannel": {
		"permit": false,
		"change": {"request_channel": "informal"},
	},
	"case_missing": {
		"permit": false,
		"change": {"case_number": null},
	},
	"database_not_government": {
		"permit": false,
		"change": {"database": "scraped_web_gallery"},
	},
	"immigration": {
		"permit": false,
		"change": {"purpose": "immigration_enforcement"},
	},
	"mode_not_permitted": {
		"permit": false,
		"change": {"mode": "live"},
	},
	"narrative_missing": {
		"permit": false,
		"change": {"justification": null},
	},
	"not_in_writing": {
		"permit": false,
		"change": {"written_request": false},
	},
	"not_law_enforcement": {
		"permit": false,
		"change": {"actor": {"agency_type": "government_non_law_enforcement"}},
	},
	"not_through_ucjis": {
		"permit": false,
		"change": {"request_channel": "post"},
	},
	"notice_missing": {
		"permit": false,
		"change": {
			"database": "arrest_photos",
			"engine": {"operated_by": "requesting_agency"},
		},
	},
	"offence_not_covered": {
		"permit": false,
		"change": {"offence": {
			"felony": false,
			"violent": false,
		}},
	},
	"operator_not_department": {
		"permit": false,
		"change": {"engine": {"operated_by": "other_state_agency"}},
	},
	"purpose_not_listed": {
		"permit": false,
		"change": {"purpose": "locate_missing_person"},
	},
	"result_use_unknown": {
		"permit": false,
		"change": {
			"operation": "use_result",
			"result_use": {"for": "gossip"},
		},
	},
	"suspicion_too_weak": {
		"permit": false,
		"change": {"suspicion": "reasonable_suspicion"},
	},
	"untrained": {
		"permit": false,
		"change": {"actor": {"training_current": false}},
	},
}

test_every_rule_of_requests_fires_in_its_case if {
	every rule, case in requests_cases {
		decision := writgate.decision with input as object.union(utah, case.change)
		["us_ut", rule] in samples.fired(decision)
		decision.permit == case.permit
	}
}
