package writgate.packs.model_georgetown_test

import data.writgate
import data.writgate.samples_test as samples

# One case for each rule of the file: what is changed in a clean request, and whether that is permitted.
galleries_cases := {
	"arrest_photos": {
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
	"audited": {
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
	"below_suspicion": {
		"permit": false,
		"change": {
			"contract": {"packs": ["model_georgetown"]},
			"agency": {"controls": {
				"internal_audit_current": true,
				"annual_report_published": true,
				"arrest_photos_purged_twice_a_year": true,
			}},
			"suspicion": "none",
		},
	},
	"booked": {
		"permit": true,
		"change": {
			"contract": {"packs": ["model_georgetown"]},
			"agency": {"controls": {
				"internal_audit_current": true,
				"annual_report_published": true,
				"arrest_photos_purged_twice_a_year": true,
			}},
			"operation": "enrol_gallery",
			"purpose": "identify_detained_person",
		},
	},
	"gallery_not_covered": {
		"permit": false,
		"change": {
			"contract": {"packs": ["model_georgetown"]},
			"agency": {"controls": {
				"internal_audit_current": true,
				"annual_report_published": true,
				"arrest_photos_purged_twice_a_year": true,
			}},
			"database": "scraped_web_gallery",
		},
	},
	"governance_missing": {
		"permit": false,
		"change": {
			"contract": {"packs": ["model_georgetown"]},
			"agency": {"controls": {
				"internal_audit_current": true,
				"annual_report_published": true,
				"arrest_photos_purged_twice_a_year": false,
			}},
		},
	},
	"no_probe_enrolment": {
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
	"probe_enrolled": {
		"permit": false,
		"change": {
			"contract": {"packs": ["model_georgetown"]},
			"agency": {"controls": {
				"internal_audit_current": true,
				"annual_report_published": true,
				"arrest_photos_purged_twice_a_year": true,
			}},
			"operation": "enrol_gallery",
		},
	},
	"reported": {
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
}

test_every_rule_of_galleries_fires_in_its_case if {
	every rule, case in galleries_cases {
		decision := writgate.decision with input as object.union(samples.clean, case.change)
		["model_georgetown", rule] in samples.fired(decision)
		decision.permit == case.permit
	}
}
