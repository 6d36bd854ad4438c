package writgate.packs.eu_test

import data.writgate
import data.writgate.samples_test as samples

# One case for each rule of the file: the request it starts from, what is changed in it, and whether that is permitted.
directive_cases := {
	"after_event_without_national_law": {
		"permit": false,
		"from": "directive",
		"change": {"agency": {"controls": {"national_law_authorises_biometric_processing": null}}},
	},
	"comparison_or_enrolment": {
		"permit": true,
		"from": "directive",
		"change": {"operation": "enrol_gallery"},
	},
	"comparison_or_enrolment_without_law": {
		"permit": false,
		"from": "directive",
		"change": {
			"operation": "verify_1_to_1",
			"agency": {"controls": {"national_law_authorises_biometric_processing": null}},
		},
	},
	"comparison_received": {
		"permit": true,
		"from": "directive",
		"change": {
			"operation": "receive_result",
			"search": {"operation": "verify_1_to_1"},
		},
	},
	"impact_assessment_missing": {
		"permit": false,
		"from": "directive",
		"change": {"agency": {"controls": {"dpia": false}}},
	},
	"national_law": {"permit": true, "from": "directive", "change": {}},
	"national_law_absent": {
		"permit": false,
		"from": "after_event",
		"change": {"agency": {"controls": {"national_law_authorises_biometric_processing": false}}},
	},
	"not_strictly_necessary": {
		"permit": false,
		"from": "directive",
		"change": {"subject": {"intended_target": null}},
	},
	"rejected_under_national_law": {
		"permit": false,
		"from": "directive",
		"change": {"clock": {
			"use_started": 1741600800000000000,
			"authorisation_requested": 1741604400000000000,
			"authorisation_result": "rejected",
		}},
	},
	"vital_interests": {
		"permit": true,
		"from": "directive",
		"change": {
			"agency": {"controls": {"national_law_authorises_biometric_processing": null}},
			"purpose": "imminent_threat_to_life",
			"exigency": {
				"found": true,
				"status": "certified",
				"started_at": 1741604400000000000,
				"deadline": 1741694400000000000,
				"certified": true,
				"factual_basis": "hostage taking in a bank",
			},
		},
	},
}

test_every_rule_of_directive_fires_in_its_case if {
	every rule, case in directive_cases {
		decision := writgate.decision with input as object.union(bases[case.from], case.change)
		["eu", rule] in samples.fired(decision)
		decision.permit == case.permit
	}
}
