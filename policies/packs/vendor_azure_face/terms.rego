# METADATA
# title: Azure Face
# description: >-
#   Microsoft's terms for Azure Face: since 11 June 2020 no use by or for police of the United States, and access
#   only for customers whom Microsoft admitted. They bind whatever the law of the place allows.
package writgate.packs.vendor_azure_face

import data.writgate.lib.facts

# METADATA
# title: "Not by or for police of the United States"
# description: >-
#   The service is not used by a police department of the United States, nor for one, for any purpose. Whoever is
#   not shown to be something else counts as police, and so does whoever asks on behalf of another body; whoever
#   is not shown to be elsewhere counts as in the United States. Results that the service gave are barred as the
#   search is. The terms do not say whether federal agencies are police departments; the pack treats them so.
# custom:
#   code: VENDOR_POLICE_BAN
#   citation: "Azure Face, terms and limited access"
#   source: "learn.microsoft.com, overview, limited access and code of conduct of the Face service"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     Microsoft's terms bar the service from use by or for police of the United States, whatever the law of the
#     place allows.
#   remedy: >-
#     Use another engine.
#   effective_from: "2020-06-11"
#   effective_to: null
denials["police_ban"] := {"agency_type": object.get(input, ["actor", "agency_type"], null)} if {
	not facts.operation in _about_the_record
	not _shown_free
}

# METADATA
# title: "Admitted by Microsoft"
# description: >-
#   Access is limited to customers who applied, said what they use it for, attested that they are not and do not
#   serve police of the United States, and were admitted. Microsoft checks this at admission and not for each
#   search; where the register records that the admission or the attestation is missing, nothing is searched.
# custom:
#   code: GOVERNANCE_PREREQUISITE_MISSING
#   citation: "Azure Face, terms and limited access"
#   source: "learn.microsoft.com, overview, limited access and code of conduct of the Face service"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The register shows that Microsoft's admission is missing ({missing}).
#   remedy: >-
#     Apply to Microsoft and have the admission registered.
#   effective_from: "2020-06-11"
#   effective_to: null
denials["access_not_granted"] := {"missing": _missing} if {
	facts.handles_faces
	count(_missing) > 0
}

# METADATA
# title: "Use that Microsoft's terms allow"
# description: >-
#   A requester who is shown not to be, and not to act for, police of the United States.
# custom:
#   code: VENDOR_TERMS_SATISFIED
#   citation: "Azure Face, terms and limited access"
#   source: "learn.microsoft.com, overview, limited access and code of conduct of the Face service"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     Microsoft's terms allow this use.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2020-06-11"
#   effective_to: null
grants["terms_satisfied"] := {} if {
	_shown_free
	data.purposes[input.purpose].refused == false
	input.operation in [
		"identify_1_to_n", "verify_1_to_1", "watchlist_live", "watchlist_scan", "track_person", "enrol_gallery",
		"use_result", "release_result", "receive_result",
	]
}

# METADATA
# title: "Records and reports of incidents"
# description: >-
#   Keeping and reading the record and reporting an incident are not use of the service.
# custom:
#   code: VENDOR_TERMS_SATISFIED
#   citation: "Azure Face, terms and limited access"
#   source: "learn.microsoft.com, overview, limited access and code of conduct of the Face service"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     Microsoft's terms do not speak of records and reports.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2020-06-11"
#   effective_to: null
grants["about_the_record"] := {} if {
	input.operation in _about_the_record
}

# METADATA
# title: "Human oversight"
# description: >-
#   Decisions that matter to a person are not made without human oversight. Access to premises and devices is left
#   out where the person takes part.
# custom:
#   code: HUMAN_REVIEW
#   citation: "Code of conduct for the Azure Face API"
#   source: "learn.microsoft.com, overview, limited access and code of conduct of the Face service"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     A person looks at the candidate before anything is decided.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2020-06-11"
#   effective_to: null
obligations["human_review"] := {"parameters": {}, "due": null} if {
	input.operation in [
		"identify_1_to_n", "verify_1_to_1", "watchlist_live", "watchlist_scan", "track_person", "release_result",
		"receive_result",
	]
	not facts.purpose in ["access_control", "device_access_own", "training_or_test"]
}

_about_the_record := ["consult_record", "incident_report", "create_record"]

_shown_free if {
	input.actor.agency_type in ["government_non_law_enforcement", "private_entity"]
	object.get(input, ["agency", "on_behalf_of"], null) == null
}

_shown_free if {
	input.actor.agency_type in ["law_enforcement", "government_non_law_enforcement", "private_entity"]
	count(input.jurisdiction) > 0
	not _in_the_united_states
}

_in_the_united_states if {
	some place in input.jurisdiction
	not _elsewhere(place)
}

_in_the_united_states if {
	body := object.get(input, ["agency", "on_behalf_of"], null)
	body != null
	not _elsewhere(body)
}

_elsewhere(place) if {
	is_string(place)
	not startswith(place, "US")
}

_missing := [control |
	some control in ["azure_face_access_granted", "azure_face_attestation_made"]
	object.get(input, ["agency", "controls", control], true) != true
]
