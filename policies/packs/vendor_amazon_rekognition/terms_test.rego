package writgate.packs.vendor_amazon_rekognition_test

import data.writgate
import data.writgate.samples_test as samples

# One case for each rule of the file: what is changed in a clean request, and whether that is permitted.
terms_cases := {
	"about_the_record": {
		"permit": true,
		"change": {
			"operation": "consult_record",
			"engine": {
				"vendor": "amazon_rekognition",
				"feature": "face_comparison",
			},
		},
	},
	"carve_out": {
		"permit": true,
		"change": {
			"purpose": "locate_missing_person",
			"offence": null,
			"suspicion": "none",
			"justification": "child of nine last seen at the Lakeport ferry terminal on Sunday",
			"engine": {
				"vendor": "amazon_rekognition",
				"feature": "face_comparison",
			},
		},
	},
	"human_review": {
		"permit": true,
		"change": {
			"purpose": "credential_fraud",
			"offence": null,
			"actor": {
				"roles": ["service_clerk"],
				"role": "service_clerk",
				"agency_type": "government_non_law_enforcement",
			},
			"engine": {
				"vendor": "amazon_rekognition",
				"feature": "face_comparison",
			},
		},
	},
	"moratorium": {
		"permit": false,
		"change": {"engine": {"vendor": "amazon_rekognition"}},
	},
	"result_in_criminal_case": {
		"permit": false,
		"change": {
			"operation": "use_result",
			"result_use": {"for": "arrest", "other_evidence": true},
			"purpose": "locate_missing_person",
			"offence": null,
			"suspicion": "none",
			"justification": "child of nine last seen at the Lakeport ferry terminal on Sunday",
			"engine": {
				"vendor": "amazon_rekognition",
				"feature": "face_comparison",
			},
		},
	},
	"similarity_99": {
		"permit": true,
		"change": {
			"purpose": "credential_fraud",
			"offence": null,
			"actor": {
				"roles": ["service_clerk"],
				"role": "service_clerk",
				"agency_type": "government_non_law_enforcement",
			},
			"engine": {
				"vendor": "amazon_rekognition",
				"feature": "face_comparison",
			},
		},
	},
	"sustained_surveillance": {
		"permit": false,
		"change": {
			"operation": "watchlist_live",
			"mode": "live",
			"purpose": "access_control",
			"offence": null,
			"suspicion": "none",
			"actor": {
				"roles": ["security"],
				"role": "security",
				"agency_type": "private_entity",
			},
			"database": "watchlist",
			"engine": {
				"vendor": "amazon_rekognition",
				"feature": "face_comparison",
			},
		},
	},
	"terms_satisfied": {
		"permit": true,
		"change": {
			"purpose": "credential_fraud",
			"offence": null,
			"actor": {
				"roles": ["service_clerk"],
				"role": "service_clerk",
				"agency_type": "government_non_law_enforcement",
			},
			"engine": {
				"vendor": "amazon_rekognition",
				"feature": "face_comparison",
			},
		},
	},
	"threshold_raised": {
		"permit": true,
		"change": {
			"purpose": "locate_missing_person",
			"offence": null,
			"suspicion": "none",
			"justification": "child of nine last seen at the Lakeport ferry terminal on Sunday",
			"similarity_threshold": 80,
			"engine": {
				"vendor": "amazon_rekognition",
				"feature": "face_comparison",
			},
		},
	},
	"too_blurred": {
		"permit": false,
		"change": {
			"operation": "release_result",
			"search": {"operation": "identify_1_to_n", "candidates": 1, "warnings": ["BLURRED"]},
			"purpose": "locate_missing_person",
			"offence": null,
			"suspicion": "none",
			"justification": "child of nine last seen at the Lakeport ferry terminal on Sunday",
			"engine": {
				"vendor": "amazon_rekognition",
				"feature": "face_comparison",
			},
		},
	},
	"use_not_disclosed": {
		"permit": false,
		"change": {
			"purpose": "locate_missing_person",
			"offence": null,
			"suspicion": "none",
			"justification": "child of nine last seen at the Lakeport ferry terminal on Sunday",
			"agency": {"controls": {"use_policy_published": false}},
			"engine": {
				"vendor": "amazon_rekognition",
				"feature": "face_comparison",
			},
		},
	},
}

test_every_rule_of_terms_fires_in_its_case if {
	every rule, case in terms_cases {
		decision := writgate.decision with input as object.union(samples.clean, case.change)
		["vendor_amazon_rekognition", rule] in samples.fired(decision)
		decision.permit == case.permit
	}
}
