package writgate.packs.model_georgetown_test

import data.writgate
import data.writgate.samples_test as samples

# One case for each rule of the file: what is changed in a clean request, and whether that is permitted.
limits_cases := {
	"about_the_record": {
		"permit": true,
		"change": {
			"contract": {"packs": ["model_georgetown"]},
			"agency": {"controls": {
				"internal_audit_current": true,
				"annual_report_published": true,
				"arrest_photos_purged_twice_a_year": true,
			}},
			"operation": "consult_record",
		},
	},
	"corroborated": {
		"permit": true,
		"change": {
			"contract": {"packs": ["model_georgetown"]},
			"agency": {"controls": {
				"internal_audit_current": true,
				"annual_report_published": true,
				"arrest_photos_purged_twice_a_year": true,
			}},
			"operation": "use_result",
			"result_use": {
				"for": "arrest",
				"other_evidence": true,
			},
		},
	},
	"lead_only": {
		"permit": true,
		"change": {
			"contract": {"packs": ["model_georgetown"]},
			"agency": {"controls": {
				"internal_audit_current": true,
				"annual_report_published": true,
				"arrest_photos_purged_twice_a_year": true,
			}},
		},
	},
	"picked_for_activity": {
		"permit": false,
		"change": {
			"contract": {"packs": ["model_georgetown"]},
			"agency": {"controls": {
				"internal_audit_current": true,
				"annual_report_published": true,
				"arrest_photos_purged_twice_a_year": true,
			}},
			"subject": {"selected_because_of": "participation_in_lawful_event"},
		},
	},
	"picked_for_characteristic": {
		"permit": false,
		"change": {
			"contract": {"packs": ["model_georgetown"]},
			"agency": {"controls": {
				"internal_audit_current": true,
				"annual_report_published": true,
				"arrest_photos_purged_twice_a_year": true,
			}},
			"subject": {"selected_because_of": "ethnicity"},
		},
	},
	"release": {
		"permit": true,
		"change": {
			"contract": {"packs": ["model_georgetown"]},
			"agency": {"controls": {
				"internal_audit_current": true,
				"annual_report_published": true,
				"arrest_photos_purged_twice_a_year": true,
			}},
			"operation": "release_result",
			"search": {
				"operation": "identify_1_to_n",
				"candidates": 1,
				"quality": null,
			},
		},
	},
	"result_use_unknown": {
		"permit": false,
		"change": {
			"contract": {"packs": ["model_georgetown"]},
			"agency": {"controls": {
				"internal_audit_current": true,
				"annual_report_published": true,
				"arrest_photos_purged_twice_a_year": true,
			}},
			"operation": "use_result",
		},
	},
	"sole_basis": {
		"permit": false,
		"change": {
			"contract": {"packs": ["model_georgetown"]},
			"agency": {"controls": {
				"internal_audit_current": true,
				"annual_report_published": true,
				"arrest_photos_purged_twice_a_year": true,
			}},
			"operation": "use_result",
			"result_use": {"for": "arrest"},
		},
	},
	"use_permitted": {
		"permit": true,
		"change": {
			"contract": {"packs": ["model_georgetown"]},
			"agency": {"controls": {
				"internal_audit_current": true,
				"annual_report_published": true,
				"arrest_photos_purged_twice_a_year": true,
			}},
			"operation": "use_result",
			"result_use": {"for": "lead"},
		},
	},
}

test_every_rule_of_limits_fires_in_its_case if {
	every rule, case in limits_cases {
		decision := writgate.decision with input as object.union(samples.clean, case.change)
		["model_georgetown", rule] in samples.fired(decision)
		decision.permit == case.permit
	}
}
