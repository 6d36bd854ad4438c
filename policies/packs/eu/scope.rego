# METADATA
# title: European Union
# description: >-
#   The AI Act's rules for face recognition (Articles 5, 12, 14, 26 and 27, each from its own date of application), the
#   Law Enforcement Directive's for what the Act leaves to it, and the GDPR's for those who are not police. National law
#   is known only through what the register says of it; where that is silent and the Act does not decide, the pack
#   refuses. Before 2 December 2027 a search after the event is under the Directive and national law alone.
package writgate.packs.eu

import data.writgate.lib.facts

# METADATA
# title: "Police work is for the police"
# description: >-
#   Searching for people, watching for them and following them is open to authorities competent for law
#   enforcement. Others may compare, identify or enrol those who agreed to it, for access or for tests, and
#   nothing else. Whoever is not shown to be something else counts as police, and so does whoever asks for another
#   body.
# custom:
#   code: REQUESTER_NOT_LAW_ENFORCEMENT
#   citation: "GDPR Art 9(1); LED Art 3(7)"
#   source: "Regulation (EU) 2016/679"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     A requester of the kind {agency_type} may not do {operation} for {purpose}.
#   remedy: >-
#     There is no lawful way to do this for another than a law enforcement authority.
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
#   Outside law enforcement, processing faces to tell who somebody is needs an exception of Article 9(2). The only
#   one that this pack can check is explicit consent; whether another applies is a question for counsel, so the
#   pack refuses without it.
# custom:
#   code: CONSENT_REQUIRED
#   citation: "GDPR Art 9(1), 9(2)(a)"
#   source: "Regulation (EU) 2016/679"
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
# title: "A purpose that the law knows"
# description: >-
#   Police may search faces for an offence, for a threat to life, or for a person who is missing, hurt or dead. A
#   purpose that is none of these has no basis in the Directive or in the Act.
# custom:
#   code: PURPOSE_NOT_AUTHORISED
#   citation: "LED Art 1(1), 4(1), 10"
#   source: "Directive (EU) 2016/680"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The purpose {purpose} is none for which police may search faces.
#   remedy: >-
#     Name the purpose that the case has.
#   effective_from: "2018-05-06"
#   effective_to: null
denials["purpose_without_basis"] := {"purpose": object.get(input, "purpose", null)} if {
	input.operation in _purposeful
	_directive_applies
	not facts.purpose in _purposes
}

# METADATA
# title: "Whoever reads or hands on says why"
# description: >-
#   The log of each consultation and each disclosure must let one establish its justification, date and time, and
#   so far as possible who did it. A blank justification is refused.
# custom:
#   code: JUSTIFICATION_MISSING
#   citation: "LED Art 25(1)"
#   source: "Directive (EU) 2016/680"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     No justification was given for {operation}.
#   remedy: >-
#     Write why the record is read or handed on.
#   effective_from: "2018-05-06"
#   effective_to: null
denials["justification_missing"] := {"operation": object.get(input, "operation", null)} if {
	input.operation in ["consult_record", "release_result"]
	_directive_applies
	not facts.text(object.get(input, "justification", null))
}

# METADATA
# title: "One's own device"
# description: >-
#   Unlocking one's own device compares one face with the picture that its owner stored, for the owner. That is no
#   remote identification and no processing by an authority.
# custom:
#   code: EXEMPT_DEVICE_ACCESS
#   citation: "AI Act Art 3(36), Annex III 1(a); GDPR Art 2(2)(c)"
#   source: "Regulation (EU) 2024/1689, consolidated with Regulation (EU) 2026/1744"
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
#   citation: "GDPR Art 9(2)(a)"
#   source: "Regulation (EU) 2016/679"
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

# METADATA
# title: "Keeping and reading the record"
# description: >-
#   Records may be made and read; police say why.
# custom:
#   code: PURPOSE_PERMITTED
#   citation: "LED Art 24, 25"
#   source: "Directive (EU) 2016/680"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The Directive allows {operation}.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2018-05-06"
#   effective_to: null
grants["record"] := {"operation": input.operation} if {
	input.operation in ["consult_record", "create_record"]
	data.purposes[input.purpose].refused == false
}

# METADATA
# title: "Reporting a violation"
# description: >-
#   Nothing stands against reporting that the rules were broken.
# custom:
#   code: PURPOSE_PERMITTED
#   citation: "LED Art 48"
#   source: "Directive (EU) 2016/680"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     Reporting an incident is permitted.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2018-05-06"
#   effective_to: null
grants["incident_report"] := {} if input.operation == "incident_report"

# METADATA
# title: "What the log must tell"
# description: >-
#   Collection, alteration, consultation, disclosure, combination and erasure are logged; consultation and
#   disclosure with justification, date, time, the person who did it and the recipients.
# custom:
#   code: DOCUMENT_SEARCH_FIELDS
#   citation: "LED Art 25(1)"
#   source: "Directive (EU) 2016/680"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The log of this operation tells {fields}.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2018-05-06"
#   effective_to: null
obligations["log_processing"] := {
	"parameters": {"fields": ["justification", "date", "time", "user", "recipients"]},
	"due": null,
} if {
	_police
	not facts.operation == "incident_report"
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

_directive_applies if {
	_police
	not _own_device
}

# What is done with what a search found.
_of_results := ["release_result", "use_result", "receive_result"]

_purposeful := [
	"identify_1_to_n", "verify_1_to_1", "watchlist_live", "watchlist_scan", "track_person", "enrol_gallery",
	"use_result", "receive_result",
]

_purposes := [
	"investigate_named_offence", "locate_wanted_person", "identify_detained_person", "credential_fraud",
	"child_exploitation_material", "imminent_threat_to_life", "locate_missing_person",
	"locate_abducted_or_trafficked_victim", "identify_victim", "identify_witness", "identify_deceased",
	"identify_incapacitated_person",
]

# Whoever is looked for because of an offence.
_of_suspects := [
	"investigate_named_offence", "locate_wanted_person", "identify_detained_person", "credential_fraud",
	"child_exploitation_material",
]

# What came of a comparison or an enrolment says of nobody who it is.
_identifies_nobody if _comparison

_identifies_nobody if {
	input.operation in _of_results
	input.search.operation == "enrol_gallery"
}

# Remote identification: one face among many. A comparison of two is none; a result counts as one of it unless it
# is shown to come from a comparison or an enrolment.
_remote if {
	input.operation in ["identify_1_to_n", "watchlist_live", "watchlist_scan", "track_person"]
	_directive_applies
}

_remote if {
	input.operation in _of_results
	_directive_applies
	not _identifies_nobody
}

_recorded if facts.mode in ["still_image", "recorded_video"]

_watched_live if input.operation == "watchlist_live"

_watched_live if {
	input.operation in _of_results
	input.search.operation == "watchlist_live"
}

# A picture taken in the street and searched there, and a mode that is missing or unknown, count as real time.
_realtime if {
	_remote
	not _recorded
}

_realtime if {
	_remote
	_watched_live
}

_after_event if {
	_remote
	not _realtime
}

# To search, or to take in what another searched.
_seeks if facts.searching

_seeks if input.operation == "receive_result"

_suspected if facts.reasonable_suspicion

_suspected if {
	input.purpose == "locate_wanted_person"
	input.subject.wanted == true
}
