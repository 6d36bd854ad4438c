package writgate.packs.eu_test

import data.writgate
import data.writgate.samples_test as samples

# One case for each rule of the file: the request it starts from, what is changed in it, and whether that is permitted.
prohibited_cases := {
	"live_feed_database": {
		"permit": false,
		"from": "directive",
		"change": {"operation": "enrol_gallery", "mode": "live"},
	},
	"risk_scoring": {
		"permit": false,
		"from": "directive",
		"change": {
			"operation": "risk_score_person",
			"assessment": {"solely_profiling": true},
		},
	},
	"scraped_gallery": {
		"permit": false,
		"from": "directive",
		"change": {"database": "scraped_web_gallery"},
	},
	"untargeted_scraping": {
		"permit": false,
		"from": "directive",
		"change": {
			"operation": "enrol_gallery",
			"probe": {"source": "untargeted_scrape"},
		},
	},
}

test_every_rule_of_prohibited_fires_in_its_case if {
	every rule, case in prohibited_cases {
		decision := writgate.decision with input as object.union(bases[case.from], case.change)
		["eu", rule] in samples.fired(decision)
		decision.permit == case.permit
	}
}
