package writgate.packs.us_ny_nyc_test

import data.writgate
import data.writgate.samples_test as samples

# One case for each rule of the file: what is changed in a clean request, and whether that is permitted.
galleries_cases := {
	"enrolment": {
		"permit": true,
		"change": {"jurisdiction": ["US-NY-NYC"], "operation": "enrol_gallery"},
	},
	"gallery_not_arrest_photos": {
		"permit": false,
		"change": {"jurisdiction": ["US-NY-NYC"], "database": "scraped_web_gallery"},
	},
	"sister_agency": {
		"permit": false,
		"change": {
			"jurisdiction": ["US-NY-NYC"],
			"database": "scraped_web_gallery",
			"request_channel": "partner_agency",
		},
	},
}

test_every_rule_of_galleries_fires_in_its_case if {
	every rule, case in galleries_cases {
		decision := writgate.decision with input as object.union(samples.clean, case.change)
		["us_ny_nyc", rule] in samples.fired(decision)
		decision.permit == case.permit
	}
}
