package writgate.packs.gb_eaw

import data.writgate.lib.facts

# METADATA
# title: "Police work is for the police"
# description: >-
#   Part 3 is for competent authorities. Others are under the UK GDPR, of which this pack can check consent only:
#   they may compare, identify or enrol those who agreed to it, for access or for tests. Whoever is not shown to
#   be something else counts as police, and so does whoever asks for another body.
# custom:
#   code: REQUESTER_NOT_LAW_ENFORCEMENT
#   citation: "DPA 2018 s.30; UK GDPR Art 9"
#   source: "Data Protection Act 2018, Part 3 (crimeline.co.uk)"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     A requester of the kind {agency_type} may not do {operation} for {purpose}.
#   remedy: >-
#     There is no lawful way to do this for another than a competent authority.
#   effective_from: "2018-05-25"
#   effective_to: null
denials["not_police"] := {
	"agency_type": object.get(input, ["actor", "agency_type"], null),
	"operation": object.get(input, "operation", null),
	"purpose": object.get(input, "purpose", null),
} if {
	facts.handles_faces
	not _police
	not _own_device
	not _private_use
}

# METADATA
# title: "Others need consent"
# description: >-
#   Outside Part 3, telling by face who somebody is needs explicit consent; whether another condition applies is a
#   question for counsel, so the pack refuses without it.
# custom:
#   code: CONSENT_REQUIRED
#   citation: "UK GDPR Art 9(2)(a)"
#   source: "Data Protection Act 2018, Part 3 (crimeline.co.uk)"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The register shows no explicit consent of the person in writing.
#   remedy: >-
#     Obtain the person's explicit consent and have it registered.
#   effective_from: "2018-05-25"
#   effective_to: null
denials["consent_missing"] := {} if {
	facts.handles_faces
	not _police
	not _own_device
	not input.consent.written == true
}

# METADATA
# title: "One's own device"
# description: >-
#   Unlocking one's own device is the owner's own affair, not processing by an authority.
# custom:
#   code: EXEMPT_DEVICE_ACCESS
#   citation: "UK GDPR Art 2(2)(a); DPA 2018 s.30"
#   source: "Data Protection Act 2018, Part 3 (crimeline.co.uk)"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     Unlocking one's own device is outside these rules.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2018-05-25"
#   effective_to: null
grants["own_device"] := {} if {
	_own_device
}

# METADATA
# title: "With consent"
# description: >-
#   The person gave explicit consent in writing to be enrolled, compared or identified for access or for a test.
# custom:
#   code: CONSENT_SATISFIED
#   citation: "UK GDPR Art 9(2)(a)"
#   source: "Data Protection Act 2018, Part 3 (crimeline.co.uk)"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The person's explicit consent is registered.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2018-05-25"
#   effective_to: null
grants["consent"] := {} if {
	_private_use
	not _police
	input.consent.written == true
}

_police if not _shown_not_to_be_police

_shown_not_to_be_police if {
	input.actor.agency_type in ["government_non_law_enforcement", "private_entity"]
	object.get(input, ["agency", "on_behalf_of"], null) == null
}

_own_device if {
	input.purpose == "device_access_own"
	_comparison
}

_comparison if input.operation == "verify_1_to_1"

_comparison if {
	input.operation in _of_results
	input.search.operation == "verify_1_to_1"
}

_private_use if {
	input.purpose in ["access_control", "training_or_test"]
	input.operation in ["verify_1_to_1", "identify_1_to_n", "enrol_gallery", "release_result", "use_result"]
}

_part_three if {
	_police
	not _own_device
}
