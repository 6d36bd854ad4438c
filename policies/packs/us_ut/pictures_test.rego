package writgate.packs.us_ut_test

import data.writgate
import data.writgate.samples_test as samples

# One case for each rule of the file: what is changed in a clean request, and whether that is permitted.
pictures_cases := {
	"backchannel": {
		"permit": false,
		"change": {"request_channel": "informal"},
	},
	"database_not_government": {
		"permit": false,
		"change": {"database": "scraped_web_gallery"},
	},
	"mode_not_permitted": {
		"permit": false,
		"change": {"mode": "live"},
	},
	"not_in_writing": {
		"permit": false,
		"change": {"written_request": false},
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
	"operator_not_department": {
		"permit": false,
		"change": {"engine": {"operated_by": "other_state_agency"}},
	},
}

test_every_rule_of_pictures_fires_in_its_case if {
	every rule, case in pictures_cases {
		decision := writgate.decision with input as object.union(utah, case.change)
		["us_ut", rule] in samples.fired(decision)
		decision.permit == case.permit
	}
}
