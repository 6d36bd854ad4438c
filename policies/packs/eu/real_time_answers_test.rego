package writgate.packs.eu_test

# Questions in real time: what they start from, what is changed, and whether that is permitted.
real_time_answers := {
	"the three objectives of real time": {
		"from": "real_time",
		"rows": [
			[
				true,
				{
					"purpose": "locate_missing_person",
					"legal_instrument": {"scope": {"purposes": ["locate_missing_person"]}},
					"offence": null,
					"suspicion": "none",
				},
			],
			[
				true,
				{
					"purpose": "locate_abducted_or_trafficked_victim",
					"legal_instrument": {"scope": {"purposes": ["locate_abducted_or_trafficked_victim"]}},
					"offence": null,
					"suspicion": "none",
				},
			],
			[
				true,
				{
					"purpose": "imminent_threat_to_life",
					"legal_instrument": {"scope": {"purposes": ["imminent_threat_to_life"]}},
					"offence": null,
					"suspicion": "none",
				},
			],
			[
				true,
				{
					"purpose": "locate_wanted_person",
					"legal_instrument": {"scope": {"purposes": ["locate_wanted_person"]}},
				},
			],
			[
				true,
				{
					"purpose": "child_exploitation_material",
					"legal_instrument": {"scope": {"purposes": ["child_exploitation_material"]}},
				},
			],
			[
				true,
				{
					"purpose": "locate_wanted_person",
					"legal_instrument": {"scope": {"purposes": ["locate_wanted_person"]}},
					"suspicion": "none",
					"subject": {"wanted": true},
				},
			],
			[
				false,
				{
					"purpose": "identify_victim",
					"legal_instrument": {"scope": {"purposes": ["identify_victim"]}},
				},
			],
			[
				false,
				{
					"purpose": "identify_witness",
					"legal_instrument": {"scope": {"purposes": ["identify_witness"]}},
				},
			],
			[
				false,
				{
					"purpose": "identify_deceased",
					"legal_instrument": {"scope": {"purposes": ["identify_deceased"]}},
				},
			],
			[
				false,
				{
					"purpose": "identify_detained_person",
					"legal_instrument": {"scope": {"purposes": ["identify_detained_person"]}},
				},
			],
			[
				false,
				{
					"purpose": "credential_fraud",
					"legal_instrument": {"scope": {"purposes": ["credential_fraud"]}},
				},
			],
			[
				true,
				{"offence": {"max_penalty_months": 48}},
			],
			[
				false,
				{"offence": {"max_penalty_months": 47}},
			],
			[
				false,
				{"offence": {"max_penalty_months": null}},
			],
			[
				true,
				{"offence": {
					"max_penalty_months": null,
					"life": true,
				}},
			],
			[
				false,
				{"offence": {"max_penalty_months": "long"}},
			],
			[
				false,
				{"offence": {"annex_ii": null}},
			],
			[false, {"offence": {"known": false}}],
			[false, {"offence": null}],
		],
	},
	"what is real time": {
		"from": "real_time",
		"rows": [
			[
				false,
				{"operation": "identify_1_to_n", "mode": "mobile"},
			],
			[
				true,
				{
					"operation": "identify_1_to_n",
					"mode": "mobile",
					"legal_instrument": {"scope": {"modes": ["mobile"]}},
				},
			],
			[true, {"operation": "identify_1_to_n"}],
			[true, {"operation": "track_person"}],
			[false, {"operation": "identify_1_to_n", "mode": null}],
			[false, {"mode": "recorded_video"}],
			[
				false,
				{
					"operation": "identify_1_to_n",
					"legal_instrument": null,
					"place": "private_premises",
				},
			],
		],
	},
	"an authorisation of real time": {
		"from": "real_time",
		"rows": [
			[
				true,
				{"legal_instrument": {"type": "administrative_authorisation"}},
			],
			[
				false,
				{"legal_instrument": {"type": "search_warrant"}},
			],
			[
				false,
				{"legal_instrument": {"type": "court_order"}},
			],
			[
				false,
				{"legal_instrument": {"verified": false}},
			],
			[
				false,
				{"legal_instrument": {"status": "applied"}},
			],
			[
				false,
				{"legal_instrument": {"status": "revoked"}},
			],
			[
				false,
				{"legal_instrument": {"expires_at": 1741608000000000000}},
			],
			[
				true,
				{"legal_instrument": {"expires_at": 1741608000000000001}},
			],
			[
				false,
				{"legal_instrument": {"scope": {"modes": []}}},
			],
			[
				false,
				{"legal_instrument": {"scope": {"purposes": []}}},
			],
			[
				false,
				{"legal_instrument": {"scope": {"limits": []}}},
			],
			[
				false,
				{"agency": {"controls": {"registered_in_eu_database": false}}},
			],
			[
				false,
				{"clock": {
					"use_started": 1741600800000000000,
					"authorisation_requested": 1741604400000000000,
					"authorisation_result": "rejected",
				}},
			],
		],
	},
	"twenty four hours": {
		"from": "urgent",
		"rows": [
			[true, {}],
			[
				true,
				{"agency": {"controls": {"registered_in_eu_database": false}}},
			],
			[
				false,
				{"agency": {"controls": {"fundamental_rights_impact_assessment": false}}},
			],
			[
				true,
				{"clock": {
					"use_started": 1741521600000000000,
					"authorisation_requested": null,
					"authorisation_result": null,
				}},
			],
			[
				false,
				{"clock": {
					"use_started": 1741521599999999999,
					"authorisation_requested": null,
					"authorisation_result": null,
				}},
			],
			[
				true,
				{"clock": {
					"use_started": 1741485600000000000,
					"authorisation_requested": 1741572000000000000,
					"authorisation_result": null,
				}},
			],
			[
				false,
				{"clock": {
					"use_started": 1741485600000000000,
					"authorisation_requested": 1741572000000000001,
					"authorisation_result": null,
				}},
			],
			[
				true,
				{"clock": {
					"use_started": 1741485600000000000,
					"authorisation_requested": 1741521600000000000,
					"authorisation_result": "pending",
				}},
			],
			[
				true,
				{"clock": {
					"use_started": 1741485600000000000,
					"authorisation_requested": 1741521600000000000,
					"authorisation_result": "granted",
				}},
			],
			[
				false,
				{"clock": {
					"use_started": 1741485600000000000,
					"authorisation_requested": 1741521600000000000,
					"authorisation_result": "rejected",
				}},
			],
			[
				false,
				{"clock": {
					"use_started": 1741485600000000000,
					"authorisation_requested": 1741521600000000000,
					"authorisation_result": "withdrawn",
				}},
			],
			[
				false,
				{"clock": {
					"use_started": 1741485600000000000,
					"authorisation_requested": 1741611600000000000,
					"authorisation_result": null,
				}},
			],
			[
				false,
				{"clock": {
					"use_started": 1741611600000000000,
					"authorisation_requested": null,
					"authorisation_result": null,
				}},
			],
			[
				false,
				{"clock": {
					"use_started": null,
					"authorisation_requested": null,
					"authorisation_result": null,
				}},
			],
			[
				false,
				{"clock": {
					"use_started": null,
					"authorisation_requested": 1741604400000000000,
					"authorisation_result": "pending",
				}},
			],
			[
				false,
				{"exigency": {"started_at": 1741521599999999999}},
			],
			[
				true,
				{"exigency": {
					"started_at": 1741521599999999999,
					"status": "authorised",
				}},
			],
			[false, {"exigency": {"status": "rejected"}}],
			[false, {"exigency": {"certified": false}}],
			[false, {"exigency": {"factual_basis": " "}}],
			[
				false,
				{"exigency": {"deadline": 1741608000000000000}},
			],
		],
	},
}

test_answers_real_time if wrong(real_time_answers) == []
