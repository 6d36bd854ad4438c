package writgate.packs.us_co

import data.writgate.lib.facts

# METADATA
# title: "Nobody is picked for views, activities or attendance"
# description: >-
#   The service is not applied to anybody because of religious, political or social views or activities, part in
#   an organisation that is not criminal, or presence at a lawful event. Suspicion of an offence does not lift
#   this.
# custom:
#   code: PROTECTED_ACTIVITY
#   citation: "C.R.S. 24-18-307(2)"
#   source: "colorado.public.law, C.R.S. 24-18-301 to -309"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The statute forbids applying the service to a person because of {ground}.
#   remedy: >-
#     Drop the search. Where an offence was committed, name it and select by what was seen of the suspect.
#   effective_from: "2022-08-10"
#   effective_to: null
denials["picked_for_activity"] := {"ground": object.get(input, ["subject", "selected_because_of"], null)} if {
	_part_applies
	_touches_subject
	data.grounds[input.subject.selected_because_of].activity == true
}

# METADATA
# title: "Nobody is picked for a protected characteristic"
# description: >-
#   The service is not applied to anybody because of race, ethnicity, citizenship, place of origin, immigration
#   status, age, disability, gender, gender identity or expression, sexual orientation or another characteristic
#   protected by law. A ground that the vocabulary does not know counts as protected.
# custom:
#   code: PROTECTED_CHARACTERISTIC
#   citation: "C.R.S. 24-18-307(2)"
#   source: "colorado.public.law, C.R.S. 24-18-301 to -309"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The statute forbids applying the service to a person because of {ground}.
#   remedy: >-
#     Drop the search. Where an offence was committed, name it and select by what was seen of the suspect.
#   effective_from: "2022-08-10"
#   effective_to: null
denials["picked_for_characteristic"] := {"ground": object.get(input, ["subject", "selected_because_of"], null)} if {
	_part_applies
	_touches_subject
	facts.ground != null
	not data.grounds[facts.ground].characteristic == false
}

# METADATA
# title: "No record of speech, worship or assembly"
# description: >-
#   The service is not used to make a record that depicts how anybody used the liberties of the First Amendment or
#   of Article II, section 10. Whom it finds at a protest or speech may be searched only for a named offence on at
#   least reasonable suspicion, and not selected for being there.
# custom:
#   code: PROTECTED_ACTIVITY
#   citation: "C.R.S. 24-18-307(3)"
#   source: "colorado.public.law, C.R.S. 24-18-301 to -309"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The statute forbids using the service to record who spoke, worshipped or assembled.
#   remedy: >-
#     Drop the search. Where an offence was committed, name it and the facts that point to the person.
#   effective_from: "2022-08-10"
#   effective_to: null
denials["record_of_liberty"] := {"activity": object.get(input, ["subject", "activity"], null)} if {
	_part_applies
	_touches_subject
	_records_liberty
}

# METADATA
# title: "No sketches"
# description: >-
#   The part forbids changing a picture in substance. Of that subsection only the opening was read, and whether a
#   picture made by hand may be searched with is not clear, so the pack refuses it.
# custom:
#   code: PROBE_SKETCH_PROHIBITED
#   citation: "C.R.S. 24-18-307(5)"
#   source: "colorado.public.law, C.R.S. 24-18-301 to -309"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     A picture of the kind {kind} is not one that the statute is known to allow.
#   remedy: >-
#     Use a photograph or a video frame.
#   effective_from: "2022-08-10"
#   effective_to: null
denials["sketch"] := {"kind": object.get(input, ["probe", "kind"], null)} if {
	_part_applies
	facts.searching
	not facts.picture in ["photograph", "video_frame"]
}

# METADATA
# title: "No manipulated probes"
# description: >-
#   A picture is not changed in substance for the service. The request says that it was not, and the edits that it
#   lists are among those that leave the face as it is.
# custom:
#   code: PROBE_MANIPULATED
#   citation: "C.R.S. 24-18-307(5)"
#   source: "colorado.public.law, C.R.S. 24-18-301 to -309"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The statute forbids searching with a picture that was changed in substance ({edits}).
#   remedy: >-
#     Use the picture as it was taken; cropping, turning, scaling and evening out light are allowed.
#   effective_from: "2022-08-10"
#   effective_to: null
denials["manipulated"] := {"edits": _substantive_edits} if {
	_part_applies
	facts.searching
	not _unmanipulated
}

# METADATA
# title: "Never the sole basis for probable cause"
# description: >-
#   A result may go towards probable cause together with other evidence lawfully obtained, never alone. Warrants,
#   affidavits, arrests and preliminary hearings are where probable cause is shown.
# custom:
#   code: SOLE_BASIS_PROHIBITED
#   citation: "C.R.S. 24-18-307(4)"
#   source: "colorado.public.law, C.R.S. 24-18-301 to -309"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The statute forbids using the result as the sole basis for {use}.
#   remedy: >-
#     Add other evidence, lawfully obtained.
#   effective_from: "2022-08-10"
#   effective_to: null
denials["sole_basis"] := {"use": object.get(input, ["result_use", "for"], null)} if {
	_part_applies
	_towards_probable_cause
	not input.result_use.other_evidence == true
}

# METADATA
# title: "The use of a result is named"
# description: >-
#   A use that is missing, or is not one of the closed list, authorises nothing.
# custom:
#   code: PURPOSE_NOT_AUTHORISED
#   citation: "C.R.S. 24-18-307(4), -308(1)"
#   source: "colorado.public.law, C.R.S. 24-18-301 to -309"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The use {use} of the result is not one of the vocabulary.
#   remedy: >-
#     Name the use that is made of the result.
#   effective_from: "2022-08-10"
#   effective_to: null
denials["result_use_unknown"] := {"use": object.get(input, ["result_use", "for"], null)} if {
	_part_applies
	input.operation == "use_result"
	not _use_named
}

# METADATA
# title: "Together with other evidence"
# description: >-
#   The result is used towards probable cause together with other evidence.
# custom:
#   code: CORROBORATED
#   citation: "C.R.S. 24-18-307(4)"
#   source: "colorado.public.law, C.R.S. 24-18-301 to -309"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     Other evidence stands beside the result.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2022-08-10"
#   effective_to: null
grants["corroborated"] := {"use": input.result_use.for} if {
	_part_applies
	_towards_probable_cause
	input.result_use.other_evidence == true
}

# METADATA
# title: "A use that the part allows"
# description: >-
#   Where nothing in the part forbids it, an agency that has its accountability report may use the service, its
#   results and its records for a purpose of the vocabulary.
# custom:
#   code: PURPOSE_PERMITTED
#   citation: "C.R.S. 24-18-302, -307"
#   source: "colorado.public.law, C.R.S. 24-18-301 to -309"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The part allows {operation} for {purpose}.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2022-08-10"
#   effective_to: null
grants["purpose_permitted"] := {"operation": input.operation, "purpose": input.purpose} if {
	_part_applies
	_ordinary
	data.purposes[input.purpose].refused == false
}

# METADATA
# title: "Reporting a violation"
# description: >-
#   Nothing in the part stands against reporting that it was broken.
# custom:
#   code: PURPOSE_PERMITTED
#   citation: "C.R.S. 24-18-302"
#   source: "colorado.public.law, C.R.S. 24-18-301 to -309"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     Reporting an incident is permitted.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2022-08-10"
#   effective_to: null
grants["incident_report"] := {} if {
	input.operation == "incident_report"
	_public_agency
}

# METADATA
# title: "The result may be handed over"
# description: >-
#   A result goes to people who review it; the part forbids what may be done with it, not its release.
# custom:
#   code: RELEASE_PERMITTED
#   citation: "C.R.S. 24-18-303, -307"
#   source: "colorado.public.law, C.R.S. 24-18-301 to -309"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The result may be released for human review.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2022-08-10"
#   effective_to: null
grants["release"] := {} if {
	input.operation == "release_result"
	_part_applies
}

_touches_subject if {
	not facts.operation in ["incident_report", "consult_record"]
}

_records_liberty if input.purpose in ["identify_event_participants", "document_speech"]

_records_liberty if {
	input.operation == "create_record"
	object.get(input, ["subject", "activity"], null) != null
}

_records_liberty if {
	object.get(input, ["subject", "activity"], null) != null
	not _offence_suspected
}

_offence_suspected if {
	facts.reasonable_suspicion
	facts.offence_named
}

_unmanipulated if {
	input.probe.substantively_altered == false
	count(_substantive_edits) == 0
}

_substantive_edits contains edit if {
	some edit in input.probe.alterations
	not data.alterations[edit].substantive == false
}

_towards_probable_cause if {
	input.operation == "use_result"
	input.result_use.for in _showing_probable_cause
}

_showing_probable_cause := [
	"probable_cause",
	"affidavit_probable_cause",
	"warrant_application",
	"arrest",
	"preliminary_hearing",
]

_use_named if input.result_use.for in _showing_probable_cause

_use_named if input.result_use.for in _other_uses

_other_uses := ["lead", "photo_lineup", "trial_evidence", "exculpatory_evidence"]

_ordinary if _single_recognition

_ordinary if {
	input.operation == "enrol_gallery"
	input.mode in ["still_image", "recorded_video", "mobile"]
}

_ordinary if {
	input.operation == "use_result"
	input.result_use.for in _other_uses
}

_ordinary if input.operation in ["receive_result", "consult_record", "create_record"]
