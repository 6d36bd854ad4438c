package writgate.packs.vendor_azure_face_test

import data.writgate
import data.writgate.samples_test as samples

# One case for each rule of the file: what is changed in a clean request, and whether that is permitted.
terms_cases := {
	"about_the_record": {
		"permit": true,
		"change": {"engine": {"vendor": "azure_face"}, "operation": "consult_record"},
	},
	"access_not_granted": {
		"permit": false,
		"change": {
			"engine": {"vendor": "azure_face"},
			"actor": {
				"agency_type": "government_non_law_enforcement",
				"role": "service_clerk",
			},
			"purpose": "credential_fraud",
			"offence": null,
			"agency": {"controls": {"azure_face_access_granted": false}},
		},
	},
	"human_review": {
		"permit": true,
		"change": {
			"engine": {"vendor": "azure_face"},
			"actor": {
				"agency_type": "government_non_law_enforcement",
				"role": "service_clerk",
			},
			"purpose": "credential_fraud",
			"offence": null,
		},
	},
	"police_ban": {"permit": false, "change": {"engine": {"vendor": "azure_face"}}},
	"terms_satisfied": {
		"permit": true,
		"change": {
			"engine": {"vendor": "azure_face"},
			"actor": {
				"agency_type": "government_non_law_enforcement",
				"role": "service_clerk",
			},
			"purpose": "credential_fraud",
			"offence": null,
		},
	},
}

test_every_rule_of_terms_fires_in_its_case if {
	every rule, case in terms_cases {
		decision := writgate.decision with input as object.union(samples.clean, case.change)
		["vendor_azure_face", rule] in samples.fired(decision)
		decision.permit == case.permit
	}
}
