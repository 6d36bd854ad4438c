package writgate.packs.us_md_test

import data.writgate
import data.writgate.samples_test as samples

# One case for each rule of the file: what is changed in a clean request, and whether that is permitted.
investigation_cases := {
	"bystanders": {
		"permit": false,
		"change": {
			"operation": "watchlist_scan",
			"mode": "recorded_video",
		},
	},
	"enrolment": {
		"permit": true,
		"change": {"operation": "enrol_gallery"},
	},
	"gallery_not_authorised": {
		"permit": false,
		"change": {"database": "watchlist"},
	},
	"not_the_target": {
		"permit": false,
		"change": {"subject": {"intended_target": false}},
	},
	"offence_listed": {
		"permit": true,
		"change": {},
	},
	"offence_not_listed": {
		"permit": false,
		"change": {"offence": {"listed_item": null}},
	},
	"protected_activity": {
		"permit": false,
		"change": {
			"suspicion": "none",
			"subject": {"activity": "protest"},
		},
	},
	"realtime": {
		"permit": false,
		"change": {"mode": "live"},
	},
	"realtime_tracking": {
		"permit": false,
		"change": {
			"operation": "track_person",
			"mode": "live",
		},
	},
	"release": {
		"permit": true,
		"change": {
			"operation": "release_result",
			"search": {
				"operation": "identify_1_to_n",
				"candidates": 1,
				"quality": null,
			},
		},
	},
	"sketch": {
		"permit": false,
		"change": {"probe": {"kind": "composite"}},
	},
}

test_every_rule_of_investigation_fires_in_its_case if {
	every rule, case in investigation_cases {
		decision := writgate.decision with input as object.union(maryland, case.change)
		["us_md", rule] in samples.fired(decision)
		decision.permit == case.permit
	}
}
