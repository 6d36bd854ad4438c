package writgate.packs.gb_eaw_test

import data.writgate
import data.writgate.samples_test as samples

# One case for each rule of the file: the request it starts from, what is changed in it, and whether that is permitted.
requesters_cases := {
	"consent": {
		"permit": true,
		"from": "still",
		"change": {
			"actor": {
				"agency_type": "private_entity",
				"role": "security",
				"roles": ["security"],
			},
			"purpose": "access_control",
			"offence": null,
			"suspicion": "none",
			"consent": {"written": true},
		},
	},
	"consent_missing": {
		"permit": false,
		"from": "still",
		"change": {
			"actor": {
				"agency_type": "private_entity",
				"role": "security",
				"roles": ["security"],
			},
			"purpose": "access_control",
			"offence": null,
			"suspicion": "none",
		},
	},
	"not_police": {
		"permit": false,
		"from": "still",
		"change": {
			"actor": {
				"agency_type": "private_entity",
				"role": "security",
				"roles": ["security"],
			},
			"purpose": "access_control",
			"offence": null,
			"suspicion": "none",
			"operation": "watchlist_live",
			"mode": "live",
		},
	},
	"own_device": {
		"permit": true,
		"from": "still",
		"change": {
			"operation": "verify_1_to_1",
			"purpose": "device_access_own",
			"offence": null,
		},
	},
}

test_every_rule_of_requesters_fires_in_its_case if {
	every rule, case in requesters_cases {
		decision := writgate.decision with input as object.union(bases[case.from], case.change)
		["gb_eaw", rule] in samples.fired(decision)
		decision.permit == case.permit
	}
}
