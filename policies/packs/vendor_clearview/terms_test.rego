package writgate.packs.vendor_clearview_test

import data.writgate
import data.writgate.samples_test as samples

# One case for each rule of the file: what is changed in a clean request, and whether that is permitted.
terms_cases := {
	"about_the_record": {
		"permit": true,
		"change": {
			"engine": {"vendor": "clearview"},
			"database": "scraped_web_gallery",
			"operation": "consult_record",
		},
	},
	"illinois": {
		"permit": false,
		"change": {
			"engine": {"vendor": "clearview"},
			"database": "scraped_web_gallery",
			"jurisdiction": ["US-IL"],
		},
	},
	"no_case_number": {
		"permit": false,
		"change": {
			"engine": {"vendor": "clearview"},
			"database": "scraped_web_gallery",
			"case_number": null,
		},
	},
	"not_law_enforcement": {
		"permit": false,
		"change": {
			"engine": {"vendor": "clearview"},
			"database": "scraped_web_gallery",
			"purpose": "training_or_test",
		},
	},
	"private_entity": {
		"permit": false,
		"change": {
			"engine": {"vendor": "clearview"},
			"database": "scraped_web_gallery",
			"actor": {"agency_type": "private_entity", "role": "security"},
		},
	},
	"stated_purpose": {
		"permit": true,
		"change": {"engine": {"vendor": "clearview"}, "database": "scraped_web_gallery"},
	},
	"terms_satisfied": {
		"permit": true,
		"change": {"engine": {"vendor": "clearview"}, "database": "scraped_web_gallery"},
	},
	"trial_account": {
		"permit": false,
		"change": {
			"engine": {"vendor": "clearview"},
			"database": "scraped_web_gallery",
			"actor": {"account": "individual_trial"},
		},
	},
}

test_every_rule_of_terms_fires_in_its_case if {
	every rule, case in terms_cases {
		decision := writgate.decision with input as object.union(samples.clean, case.change)
		["vendor_clearview", rule] in samples.fired(decision)
		decision.permit == case.permit
	}
}
