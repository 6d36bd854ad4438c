package writgate.packs.us_ny_nyc_test

import data.writgate
import data.writgate.samples_test as samples

# One case for each rule of the file: what is changed in a clean request, and whether that is permitted.
procedure_cases := {
	"human_review": {"permit": true, "change": {"jurisdiction": ["US-NY-NYC"]}},
	"incident_report": {
		"permit": true,
		"change": {"jurisdiction": ["US-NY-NYC"], "operation": "incident_report"},
	},
	"lead_only": {"permit": true, "change": {"jurisdiction": ["US-NY-NYC"]}},
	"no_basis_for_suspicion": {
		"permit": false,
		"change": {"jurisdiction": ["US-NY-NYC"], "suspicion": "none"},
	},
	"not_a_picture_of_a_person": {
		"permit": false,
		"change": {"jurisdiction": ["US-NY-NYC"], "probe": {"kind": "sketch"}},
	},
	"not_from_an_investigation": {"permit": false, "change": {"jurisdiction": ["US-NY-NYC"], "mode": "live"}},
	"not_probable_cause": {"permit": true, "change": {"jurisdiction": ["US-NY-NYC"]}},
	"not_the_department": {
		"permit": false,
		"change": {
			"jurisdiction": ["US-NY-NYC"],
			"actor": {
				"agency_type": "government_non_law_enforcement",
				"role": "service_clerk",
			},
		},
	},
	"purpose_not_listed": {
		"permit": false,
		"change": {"jurisdiction": ["US-NY-NYC"], "purpose": "undercover_vetting"},
	},
	"purpose_permitted": {"permit": true, "change": {"jurisdiction": ["US-NY-NYC"]}},
	"records": {
		"permit": true,
		"change": {"jurisdiction": ["US-NY-NYC"], "operation": "consult_record"},
	},
	"release": {
		"permit": true,
		"change": {"jurisdiction": ["US-NY-NYC"], "operation": "release_result"},
	},
	"watching": {
		"permit": false,
		"change": {"jurisdiction": ["US-NY-NYC"], "operation": "track_person"},
	},
}

test_every_rule_of_procedure_fires_in_its_case if {
	every rule, case in procedure_cases {
		decision := writgate.decision with input as object.union(samples.clean, case.change)
		["us_ny_nyc", rule] in samples.fired(decision)
		decision.permit == case.permit
	}
}
