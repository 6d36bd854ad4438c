# METADATA
# title: Amazon Rekognition
# description: >-
#   Amazon's own terms for Rekognition: the moratorium on police use of face comparison in criminal investigations, and
#   what its guidance asks of public safety. They bind whatever the law of the place allows.
package writgate.packs.vendor_amazon_rekognition

import data.writgate.lib.facts
import data.writgate.lib.papers

# METADATA
# title: "Moratorium on police use in criminal investigations"
# description: >-
#   Police may not use face comparison in criminal investigations. Whoever is not shown to be something else
#   counts as police, and so does whoever asks on behalf of another body; Amazon has not settled whether
#   federal agencies are police, and the pack treats them so. For a purpose that is not shown to lie outside
#   criminal investigation the moratorium holds.
# custom:
#   code: VENDOR_MORATORIUM
#   citation: "AWS Service Terms, Amazon Rekognition"
#   source: "aws.amazon.com/service-terms; docs.aws.amazon.com/rekognition, use cases that involve public safety"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     Amazon's terms bar the police from face comparison for {purpose}, whatever the law of the place allows.
#   remedy: >-
#     Use another engine for this search.
#   effective_from: "2020-06-10"
#   effective_to: null
denials["moratorium"] := {"purpose": object.get(input, "purpose", null)} if {
	_police
	_face_comparison
	not facts.purpose in _carved_out
	not facts.purpose in _not_criminal
	not facts.operation in _about_the_record
}

# METADATA
# title: "A result is not carried into a criminal case"
# description: >-
#   What the police found for a purpose that the moratorium leaves out is not then used for a line-up, a warrant, an
#   arrest or a trial, which are steps of a criminal investigation.
# custom:
#   code: VENDOR_MORATORIUM
#   citation: "AWS Service Terms, Amazon Rekognition"
#   source: "aws.amazon.com/service-terms; docs.aws.amazon.com/rekognition, use cases that involve public safety"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     Amazon's terms bar the police from using the result for {use}, for whatever purpose it was found.
#   remedy: >-
#     Search with another engine in the criminal investigation.
#   effective_from: "2020-06-10"
#   effective_to: null
denials["result_in_criminal_case"] := {"use": object.get(input, ["result_use", "for"], null)} if {
	_police
	input.operation == "use_result"
	_face_comparison
	not _harmless_use
}

# METADATA
# title: "No picture that nobody could recognise"
# description: >-
#   A picture too blurred for a person to recognise is not used. The engine's own measure of sharpness is the evidence:
#   where it warns that the face is blurred, the result is not released.
# custom:
#   code: PROBE_NOT_RECOGNISABLE
#   citation: "Amazon Rekognition, use cases that involve public safety"
#   source: "aws.amazon.com/service-terms; docs.aws.amazon.com/rekognition, use cases that involve public safety"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The picture searched with is too blurred for a person to recognise.
#   remedy: >-
#     Search with a sharper picture.
#   effective_from: "2020-06-10"
#   effective_to: null
denials["too_blurred"] := {} if {
	input.operation in ["release_result", "receive_result", "use_result"]
	_public_safety
	"BLURRED" in input.search.warnings
}

# METADATA
# title: "No sustained surveillance"
# description: >-
#   Watching or following people over time needs an independent review, which a verified instrument of a court
#   in force for this mode shows, or a certified emergency.
# custom:
#   code: SUSTAINED_SURVEILLANCE_PROHIBITED
#   citation: "Amazon Rekognition, use cases that involve public safety"
#   source: "aws.amazon.com/service-terms; docs.aws.amazon.com/rekognition, use cases that involve public safety"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     Amazon's terms forbid sustained surveillance without independent review or emergency.
#   remedy: >-
#     Obtain a court's instrument for this use, or have an officer certify the emergency.
#   effective_from: "2020-06-10"
#   effective_to: null
denials["sustained_surveillance"] := {"operation": object.get(input, "operation", null)} if {
	_sustained
	not _reviewed
	not papers.emergency(object.get(input, "exigency", null), object.get(input, "now", null))
}

# METADATA
# title: "Law enforcement says in public how it uses the service"
# description: >-
#   The guidance asks law enforcement to disclose its use. The published use policy is the evidence.
# custom:
#   code: GOVERNANCE_PREREQUISITE_MISSING
#   citation: "Amazon Rekognition, use cases that involve public safety"
#   source: "aws.amazon.com/service-terms; docs.aws.amazon.com/rekognition, use cases that involve public safety"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The register shows no published use policy of the agency.
#   remedy: >-
#     Publish the use policy and have it registered.
#   effective_from: "2020-06-10"
#   effective_to: null
denials["use_not_disclosed"] := {} if {
	_police
	facts.handles_faces
	not input.agency.controls.use_policy_published == true
}

# METADATA
# title: "Missing persons and trafficked victims"
# description: >-
#   The moratorium does not reach the finding of missing persons and of victims of abduction or trafficking.
# custom:
#   code: MORATORIUM_CARVE_OUT
#   citation: "AWS Service Terms, Amazon Rekognition"
#   source: "aws.amazon.com/service-terms; docs.aws.amazon.com/rekognition, use cases that involve public safety"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The moratorium does not reach {purpose}.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2020-06-10"
#   effective_to: null
grants["carve_out"] := {"purpose": input.purpose} if {
	_police
	_lawful_operation
	input.purpose in _carved_out
}

# METADATA
# title: "The threshold is raised to 99"
# description: >-
#   For public safety the guidance asks for a similarity of at least 99; the default is 80. A request for less
#   is permitted and answered at 99.
# custom:
#   code: THRESHOLD_RAISED
#   citation: "Amazon Rekognition, use cases that involve public safety"
#   source: "aws.amazon.com/service-terms; docs.aws.amazon.com/rekognition, use cases that involve public safety"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The similarity of {asked} asked for is raised to 99.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2020-06-10"
#   effective_to: null
grants["threshold_raised"] := {"asked": input.similarity_threshold} if {
	_public_safety
	_lawful_operation
	_purpose_granted
	input.similarity_threshold < 99
}

# METADATA
# title: "Use that Amazon's terms allow"
# description: >-
#   The moratorium binds the police only, and only in criminal investigations.
# custom:
#   code: VENDOR_TERMS_SATISFIED
#   citation: "AWS Service Terms, Amazon Rekognition"
#   source: "aws.amazon.com/service-terms; docs.aws.amazon.com/rekognition, use cases that involve public safety"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     Amazon's terms allow this use.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2020-06-10"
#   effective_to: null
grants["terms_satisfied"] := {} if {
	_lawful_operation
	_outside_moratorium
}

# METADATA
# title: "Records and reports of incidents"
# description: >-
#   Reading the record and reporting an incident are not use of the service.
# custom:
#   code: VENDOR_TERMS_SATISFIED
#   citation: "AWS Service Terms, Amazon Rekognition"
#   source: "aws.amazon.com/service-terms; docs.aws.amazon.com/rekognition, use cases that involve public safety"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     Amazon's terms do not speak of records and reports.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2020-06-10"
#   effective_to: null
grants["about_the_record"] := {} if input.operation in _about_the_record

# METADATA
# title: "Similarity of at least 99"
# description: >-
#   For public safety no candidate below 99 is shown.
# custom:
#   code: MIN_SIMILARITY_99
#   citation: "Amazon Rekognition, use cases that involve public safety"
#   source: "aws.amazon.com/service-terms; docs.aws.amazon.com/rekognition, use cases that involve public safety"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     Candidates below a similarity of {value} are not shown.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2020-06-10"
#   effective_to: null
obligations["similarity_99"] := {"parameters": {"value": 99}, "due": null} if {
	_public_safety
	_gives_candidates
}

# METADATA
# title: "A trained person looks at every candidate"
# description: >-
#   Before anything is done that touches a person's liberties, a trained person reviews the match.
# custom:
#   code: HUMAN_REVIEW
#   citation: "Amazon Rekognition, use cases that involve public safety"
#   source: "aws.amazon.com/service-terms; docs.aws.amazon.com/rekognition, use cases that involve public safety"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     A trained person compares the pictures before anything is done.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2020-06-10"
#   effective_to: null
obligations["human_review"] := {"parameters": {}, "due": null} if {
	_public_safety
	_gives_candidates
}

_police if not _shown_not_to_be_police

_shown_not_to_be_police if {
	input.actor.agency_type in {"government_non_law_enforcement", "private_entity"}
	object.get(input, ["agency", "on_behalf_of"], null) == null
}

# Only a feature that is named and does not compare faces is outside; the gateway offers no such feature today.
_face_comparison if not _other_feature

_other_feature if input.engine.feature in {"face_detection", "text_detection", "label_detection"}

_harmless_use if input.result_use.for in ["lead", "exculpatory_evidence"]

_carved_out := {"locate_missing_person", "locate_abducted_or_trafficked_victim"}

_not_criminal := {
	"identify_deceased",
	"identify_incapacitated_person",
	"access_control",
	"device_access_own",
	"training_or_test",
}

_about_the_record := {"consult_record", "incident_report"}

_lawful_operation if input.operation in {
	"identify_1_to_n", "verify_1_to_1", "watchlist_live", "watchlist_scan", "track_person", "enrol_gallery",
	"use_result", "release_result", "receive_result", "create_record",
}

_outside_moratorium if {
	not _police
	data.purposes[input.purpose].refused == false
}

_outside_moratorium if input.purpose in _not_criminal

_outside_moratorium if {
	not _face_comparison
	data.purposes[input.purpose].refused == false
}

_purpose_granted if _outside_moratorium

_purpose_granted if input.purpose in _carved_out

_public_safety if _police

_public_safety if {
	not facts.purpose in {"access_control", "device_access_own", "training_or_test", "retail_loss_prevention"}
}

_sustained if input.operation in {"watchlist_live", "watchlist_scan", "track_person"}

_sustained if {
	input.operation == "identify_1_to_n"
	not facts.mode in {"still_image", "recorded_video", "mobile"}
}

_reviewed if {
	input.legal_instrument.type in {"search_warrant", "court_order", "ex_parte_order", "judicial_authorisation"}
	papers.in_force(input.legal_instrument, input.now)
	papers.names(input.legal_instrument, "modes", input.mode)
	papers.names(input.legal_instrument, "purposes", input.purpose)
}

_gives_candidates if facts.searching

_gives_candidates if input.operation in {"release_result", "receive_result"}
