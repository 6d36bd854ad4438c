package writgate.packs.base_test

import data.writgate
import data.writgate.samples_test as samples

# One case for each rule of the file: what is changed in a clean request, and whether that is permitted.
case_cases := {
	"case_missing": {
		"permit": false,
		"change": {"case_number": null},
	},
	"case_reuse": {
		"permit": false,
		"change": {"case_usage": {"case_closed": true}},
	},
	"colleague": {
		"permit": false,
		"change": {
			"operation": "release_result",
			"search": {"operation": "identify_1_to_n", "candidates": 1},
			"case_usage": {"of_staff": true},
		},
	},
	"face_in_many_cases": {
		"permit": false,
		"change": {
			"operation": "release_result",
			"search": {"operation": "identify_1_to_n", "candidates": 1},
			"case_usage": {"other_cases_of_face": 3},
		},
	},
	"hold_for_supervisor": {
		"permit": false,
		"change": {"prior_denials": 1},
	},
	"justification_missing": {
		"permit": false,
		"change": {"justification": null},
	},
	"justification_vague": {
		"permit": false,
		"change": {"justification": "Harbor Bank"},
	},
	"misuse_of_case": {
		"permit": false,
		"change": {"case_usage": {"case_closed": true}},
	},
	"offence_not_named": {
		"permit": false,
		"change": {"offence": null},
	},
	"prior_denial": {
		"permit": false,
		"change": {"prior_denials": 1},
	},
	"self_approval": {
		"permit": false,
		"change": {
			"actor": {"id": "u7"},
			"approval": {"approved_by": "u7"},
			"approvals": [{"approved_by": "u7"}],
		},
	},
}

test_every_rule_of_case_fires_in_its_case if {
	every rule, case in case_cases {
		decision := writgate.decision with input as object.union(samples.clean, case.change)
		["base", rule] in samples.fired(decision)
		decision.permit == case.permit
	}
}

# What a supervisor's approval lets go, and what it does not: what is changed, who approved, whether it is permitted.
approval_cases := [
	{"change": {"prior_denials": 2}, "approvals": [], "permit": false},
	{"change": {"prior_denials": 2}, "approvals": [approved("bo", "search")], "permit": true},
	{"change": {"case_usage": {"case_closed": true}}, "approvals": [approved("bo", "search")], "permit": true},
	# Neither the one who asks, nor somebody who is no supervisor, nor nobody.
	{"change": {"prior_denials": 2}, "approvals": [approved("ann", "search")], "permit": false},
	{"change": {"prior_denials": 2}, "approvals": [{"approved_by": "bo", "of": "search"}], "permit": false},
	{"change": {"prior_denials": 2}, "approvals": [approved("bo", null)], "permit": false},
	{"change": {"prior_denials": 2}, "approvals": [approved(null, "search")], "permit": false},
	# A contract may ask for two.
	{"change": two_needed, "approvals": [approved("bo", "search")], "permit": false},
	{"change": two_needed, "approvals": [approved("bo", "search"), approved("bo", "search")], "permit": false},
	{"change": two_needed, "approvals": [approved("bo", "search"), approved("cy", "search")], "permit": true},
	# What only the search could tell nobody approved before it.
	{"change": released({"of_staff": true}), "approvals": [approved("bo", "search")], "permit": false},
	{"change": released({"of_staff": true}), "approvals": [approved("bo", "release")], "permit": true},
	{"change": released({"other_cases_of_face": 3}), "approvals": [approved("bo", "search")], "permit": false},
	{"change": released({"other_cases_of_face": 3}), "approvals": [approved("bo", "release")], "permit": true},
	{"change": released({"other_cases_of_face": 2}), "approvals": [], "permit": true},
	# Faces from social media count however the last one came.
	{"change": released({"distinct_probe_subjects": 5, "social_media_subjects": 5}), "approvals": [], "permit": false},
	{"change": released({"distinct_probe_subjects": 5, "social_media_subjects": 4}), "approvals": [], "permit": true},
]

two_needed := {"prior_denials": 2, "contract": {"approvers": 2}}

approved(by, stage) := {"approved_by": by, "role": "supervisor_approver", "of": stage}

released(usage) := {
	"operation": "release_result",
	"search": {"operation": "identify_1_to_n", "candidates": 1},
	"case_usage": usage,
}

test_a_supervisor_lets_go_what_was_held if {
	every case in approval_cases {
		asked := object.union(samples.clean, case.change)
		decision := writgate.decision with input as object.union(asked, {"approvals": case.approvals})
		decision.permit == case.permit
		held := {duty.code | some duty in decision.obligations; duty.code == "HOLD_FOR_SUPERVISOR"}
		count(held) == {true: 0, false: 1}[case.permit]
	}
}
