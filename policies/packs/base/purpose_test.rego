package writgate.packs.base_test

import data.writgate
import data.writgate.samples_test as samples

# One case for each rule of the file: what is changed in a clean request, and whether that is permitted.
purpose_cases := {
	"consensual_conduct": {
		"permit": false,
		"change": {"purpose": "consensual_conduct_enforcement"},
	},
	"general_surveillance": {
		"permit": false,
		"change": {"purpose": "general_surveillance"},
	},
	"immigration_enforcement": {
		"permit": false,
		"change": {"purpose": "immigration_enforcement"},
	},
	"misuse_of_purpose": {
		"permit": false,
		"change": {"purpose": "personal"},
	},
	"personal_use": {
		"permit": false,
		"change": {"purpose": "personal"},
	},
	"predictive_policing": {
		"permit": false,
		"change": {
			"jurisdiction": ["US-WA"],
			"operation": "risk_score_person",
			"purpose": "predictive_policing",
		},
	},
	"probe_not_of_person": {
		"permit": false,
		"change": {
			"jurisdiction": ["US-WA"],
			"probe": {"kind": "generated"},
		},
	},
	"protected_activity_purpose": {
		"permit": false,
		"change": {"purpose": "identify_event_participants"},
	},
	"protected_class_purpose": {
		"permit": false,
		"change": {"purpose": "protected_class_selection"},
	},
	"purpose_unknown": {
		"permit": false,
		"change": {"purpose": "curiosity"},
	},
	"reproductive_health": {
		"permit": false,
		"change": {"purpose": "reproductive_health_enforcement"},
	},
	"sale_of_templates": {
		"permit": false,
		"change": {
			"operation": "sell_templates",
			"purpose": "sell_templates",
		},
	},
	"scraped_picture": {
		"permit": false,
		"change": {"probe": {"source": "untargeted_scrape"}},
	},
	"selected_for_activity": {
		"permit": false,
		"change": {"subject": {"selected_because_of": "politics"}},
	},
	"selected_for_characteristic": {
		"permit": false,
		"change": {"subject": {"selected_because_of": "shoe_size"}},
	},
}

test_every_rule_of_purpose_fires_in_its_case if {
	every rule, case in purpose_cases {
		decision := writgate.decision with input as object.union(samples.clean, case.change)
		["base", rule] in samples.fired(decision)
		decision.permit == case.permit
	}
}
