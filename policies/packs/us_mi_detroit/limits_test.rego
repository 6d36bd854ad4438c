package writgate.packs.us_mi_detroit_test

import data.writgate
import data.writgate.samples_test as samples

# One case for each rule of the file: what is changed in a clean request, and whether that is permitted.
limits_cases := {
	"aimed_at_liberty": {
		"permit": false,
		"change": {
			"jurisdiction": ["US-MI-DETROIT"],
			"purpose": "identify_event_participants",
		},
	},
	"immigration_status": {
		"permit": false,
		"change": {
			"jurisdiction": ["US-MI-DETROIT"],
			"subject": {"selected_because_of": "immigration_status"},
		},
	},
	"incident_report": {
		"permit": true,
		"change": {"jurisdiction": ["US-MI-DETROIT"], "operation": "incident_report"},
	},
	"live_stream": {"permit": false, "change": {"jurisdiction": ["US-MI-DETROIT"], "mode": "live"}},
	"major_misconduct": {
		"permit": true,
		"change": {"jurisdiction": ["US-MI-DETROIT"], "operation": "incident_report"},
	},
	"not_a_still_image": {
		"permit": false,
		"change": {"jurisdiction": ["US-MI-DETROIT"], "mode": "recorded_video"},
	},
	"notify_within_24_hours": {
		"permit": true,
		"change": {
			"jurisdiction": ["US-MI-DETROIT"],
			"operation": "incident_report",
			"subject": {"selected_because_of": "participation_in_lawful_event"},
		},
	},
	"picked_for_activity": {
		"permit": false,
		"change": {
			"jurisdiction": ["US-MI-DETROIT"],
			"subject": {"selected_because_of": "participation_in_lawful_event"},
		},
	},
	"picked_for_characteristic": {
		"permit": false,
		"change": {
			"jurisdiction": ["US-MI-DETROIT"],
			"subject": {"selected_because_of": "gender"},
		},
	},
	"picture_not_of_a_person": {
		"permit": false,
		"change": {"jurisdiction": ["US-MI-DETROIT"], "probe": {"kind": "sketch"}},
	},
	"predictive_use": {
		"permit": false,
		"change": {
			"jurisdiction": ["US-MI-DETROIT"],
			"operation": "risk_score_person",
			"purpose": "predictive_policing",
		},
	},
	"violation_found": {
		"permit": true,
		"change": {
			"jurisdiction": ["US-MI-DETROIT"],
			"operation": "incident_report",
			"subject": {"selected_because_of": "participation_in_lawful_event"},
		},
	},
	"watching_the_public": {
		"permit": false,
		"change": {
			"jurisdiction": ["US-MI-DETROIT"],
			"operation": "watchlist_live",
			"mode": "live",
		},
	},
}

test_every_rule_of_limits_fires_in_its_case if {
	every rule, case in limits_cases {
		decision := writgate.decision with input as object.union(samples.clean, case.change)
		["us_mi_detroit", rule] in samples.fired(decision)
		decision.permit == case.permit
	}
}
