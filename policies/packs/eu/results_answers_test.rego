package writgate.packs.eu_test

# Questions of results and requesters: what they start from, what is changed, and whether that is permitted.
results_answers := {
	"results from december 2027": {
		"from": "after_event",
		"rows": [
			[
				false,
				{
					"operation": "release_result",
					"search": {
						"operation": "identify_1_to_n",
						"candidates": 1,
					},
				},
			],
			[
				false,
				{
					"operation": "release_result",
					"search": {
						"operation": "identify_1_to_n",
						"candidates": 1,
					},
					"verification": {"independent_verifiers": "2"},
				},
			],
			[
				true,
				{
					"operation": "release_result",
					"search": {
						"operation": "identify_1_to_n",
						"candidates": 1,
					},
					"verification": {"independent_verifiers": 3},
				},
			],
			[
				false,
				{
					"operation": "release_result",
					"search": {
						"operation": "identify_1_to_n",
						"candidates": 1,
					},
					"national_derogation_14_5": false,
				},
			],
			[
				true,
				{
					"operation": "release_result",
					"search": {
						"operation": "identify_1_to_n",
						"candidates": 0,
					},
				},
			],
			[
				false,
				{
					"operation": "release_result",
					"search": {
						"operation": "identify_1_to_n",
						"candidates": null,
					},
				},
			],
			[
				true,
				{
					"operation": "release_result",
					"search": {
						"operation": "enrol_gallery",
						"candidates": 1,
					},
				},
			],
			[
				false,
				{
					"operation": "release_result",
					"search": {
						"operation": "identify_1_to_n",
						"candidates": 1,
					},
					"verification": {"independent_verifiers": 2},
					"justification": null,
				},
			],
			[
				false,
				{
					"operation": "release_result",
					"search": {
						"operation": "identify_1_to_n",
						"candidates": 1,
					},
					"verification": {"independent_verifiers": 2},
					"clock": {
						"use_started": 1830902400000000000,
						"authorisation_requested": 1830938400000000000,
						"authorisation_result": "rejected",
					},
				},
			],
			[
				false,
				{
					"operation": "use_result",
					"result_use": {
						"for": "lead",
						"other_evidence": null,
					},
					"verification": null,
				},
			],
			[
				true,
				{
					"operation": "use_result",
					"result_use": {
						"for": "exculpatory_evidence",
						"other_evidence": null,
					},
					"verification": null,
				},
			],
			[
				true,
				{
					"operation": "use_result",
					"result_use": {
						"for": "photo_lineup",
						"other_evidence": null,
					},
					"verification": {"independent_verifiers": 2},
				},
			],
			[
				false,
				{
					"operation": "use_result",
					"result_use": {
						"for": "trial_evidence",
						"other_evidence": null,
					},
					"verification": {"independent_verifiers": 2},
				},
			],
			[
				true,
				{
					"operation": "use_result",
					"result_use": {
						"for": "trial_evidence",
						"other_evidence": true,
					},
					"verification": {"independent_verifiers": 2},
				},
			],
			[
				false,
				{
					"operation": "use_result",
					"result_use": {
						"for": null,
						"other_evidence": null,
					},
					"verification": {"independent_verifiers": 2},
				},
			],
			[
				false,
				{
					"operation": "use_result",
					"result_use": {
						"for": "lead",
						"other_evidence": null,
					},
					"verification": {"independent_verifiers": 2},
					"clock": {
						"use_started": 1830902400000000000,
						"authorisation_requested": 1830938400000000000,
						"authorisation_result": "rejected",
					},
				},
			],
			[true, {"operation": "receive_result"}],
			[
				false,
				{
					"operation": "receive_result",
					"subject": {"specifically_targeted": false},
				},
			],
		],
	},
	"results of real time": {
		"from": "real_time",
		"rows": [
			[
				true,
				{
					"operation": "release_result",
					"search": {
						"operation": "watchlist_live",
						"candidates": 1,
					},
				},
			],
			[true, {"operation": "receive_result"}],
			[
				false,
				{
					"operation": "receive_result",
					"legal_instrument": null,
				},
			],
			[
				false,
				{
					"operation": "release_result",
					"legal_instrument": null,
					"clock": {
						"use_started": 1741500000000000000,
						"authorisation_requested": null,
						"authorisation_result": null,
					},
				},
			],
			[
				false,
				{
					"operation": "release_result",
					"mode": "recorded_video",
					"search": {
						"operation": "watchlist_live",
						"candidates": 1,
					},
					"legal_instrument": null,
					"clock": {
						"use_started": 1741500000000000000,
						"authorisation_requested": null,
						"authorisation_result": null,
					},
				},
			],
			[
				true,
				{
					"operation": "use_result",
					"result_use": {
						"for": "lead",
						"other_evidence": null,
					},
					"verification": {"independent_verifiers": 2},
				},
			],
			[
				true,
				{
					"operation": "use_result",
					"result_use": {
						"for": "arrest",
						"other_evidence": true,
					},
					"verification": {"independent_verifiers": 2},
				},
			],
			[
				false,
				{
					"operation": "use_result",
					"result_use": {
						"for": "arrest",
						"other_evidence": null,
					},
					"verification": {"independent_verifiers": 2},
				},
			],
		],
	},
	"who asks": {
		"from": "directive",
		"rows": [
			[
				false,
				{
					"actor": {
						"agency_type": "private_entity",
						"role": "security",
						"roles": ["security"],
					},
					"purpose": "access_control",
					"offence": null,
					"suspicion": "none",
					"consent": {"written": false},
				},
			],
			[
				true,
				{
					"actor": {
						"agency_type": "private_entity",
						"role": "security",
						"roles": ["security"],
					},
					"purpose": "access_control",
					"offence": null,
					"suspicion": "none",
					"operation": "verify_1_to_1",
					"consent": {"written": true},
				},
			],
			[
				true,
				{
					"actor": {
						"agency_type": "private_entity",
						"role": "security",
						"roles": ["security"],
					},
					"purpose": "access_control",
					"offence": null,
					"suspicion": "none",
					"operation": "release_result",
					"justification": null,
					"consent": {"written": true},
				},
			],
			[
				false,
				{
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
					"consent": {"written": true},
				},
			],
			[
				false,
				{
					"actor": {
						"agency_type": "private_entity",
						"role": "security",
						"roles": ["security"],
					},
					"purpose": "retail_loss_prevention",
					"offence": null,
					"suspicion": "none",
					"consent": {"written": true},
				},
			],
			[
				false,
				{
					"actor": {
						"agency_type": "private_entity",
						"role": "security",
						"roles": ["security"],
					},
					"purpose": "access_control",
					"offence": null,
					"suspicion": "none",
					"agency": {"on_behalf_of": "EU police"},
					"consent": {"written": true},
				},
			],
			[
				false,
				{"actor": {"agency_type": "government_non_law_enforcement"}},
			],
			[true, {"actor": {"agency_type": null}}],
			[
				true,
				{
					"operation": "release_result",
					"purpose": "device_access_own",
					"justification": null,
					"search": {
						"operation": "verify_1_to_1",
						"candidates": 1,
					},
				},
			],
		],
	},
}

test_answers_results if wrong(results_answers) == []
