package writgate.packs.gb_eaw

import data.writgate.lib.facts

# METADATA
# title: "A law enforcement purpose"
# description: >-
#   Sensitive processing is strictly necessary for a law enforcement purpose, or for the protection of somebody's
#   life. A purpose that is none of these has no basis in Part 3.
# custom:
#   code: PURPOSE_NOT_AUTHORISED
#   citation: "DPA 2018 s.31, 35, Sch 8"
#   source: "Data Protection Act 2018, Part 3 (crimeline.co.uk)"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The purpose {purpose} is none for which police may search faces.
#   remedy: >-
#     Name the purpose that the case has.
#   effective_from: "2018-05-25"
#   effective_to: null
denials["purpose_without_basis"] := {"purpose": object.get(input, "purpose", null)} if {
	input.operation in _purposeful
	_part_three
	not facts.purpose in _purposes
}

# METADATA
# title: "A named offence, or a person at risk"
# description: >-
#   Strictly necessary is only what has a link: an offence that is named, a warrant for the person, a threat to
#   life, or somebody who is missing, hurt or dead.
# custom:
#   code: OFFENCE_NOT_COVERED
#   citation: "DPA 2018 s.35(5)"
#   source: "Data Protection Act 2018, Part 3 (crimeline.co.uk)"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The search for {purpose} names no offence.
#   remedy: >-
#     Name the offence.
#   effective_from: "2018-05-25"
#   effective_to: null
denials["no_link"] := {"purpose": object.get(input, "purpose", null)} if {
	facts.searching
	_part_three
	input.purpose in _of_offences
	not facts.offence_named
	not _wanted
}

# METADATA
# title: "What the register says is missing"
# description: >-
#   An appropriate policy document, an impact assessment and the equality duty are asked of all sensitive
#   processing. For live use they must be shown; for the rest the search is refused where the register records
#   that one is missing.
# custom:
#   code: GOVERNANCE_PREREQUISITE_MISSING
#   citation: "DPA 2018 s.42, 64; Equality Act 2010 s.149"
#   source: "Data Protection Act 2018, Part 3 (crimeline.co.uk)"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The register records that {missing} is missing.
#   remedy: >-
#     Complete what is missing and have it registered.
#   effective_from: "2018-05-25"
#   effective_to: null
denials["recorded_missing"] := {"missing": _recorded_missing} if {
	facts.handles_faces
	_part_three
	count(_recorded_missing) > 0
}

# METADATA
# title: "Whoever reads or hands on says why"
# description: >-
#   The log of each consultation and each disclosure must let one establish its justification, date and time, and
#   so far as possible who did it. A blank justification is refused.
# custom:
#   code: JUSTIFICATION_MISSING
#   citation: "DPA 2018 s.62 (before the Data (Use and Access) Act 2025 s.82)"
#   source: "Data Protection Act 2018, Part 3 (crimeline.co.uk)"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     No justification was given for {operation}.
#   remedy: >-
#     Write why the record is read or handed on.
#   effective_from: "2018-05-25"
#   effective_to: "2025-08-19"
denials["justification_missing"] := {"operation": object.get(input, "operation", null)} if {
	input.operation in ["consult_record", "release_result"]
	_part_three
	not facts.text(object.get(input, "justification", null))
}

# METADATA
# title: "Whoever reads or hands on still says why"
# description: >-
#   Section 82 of the Data (Use and Access) Act 2025 took the justification out of the log, it seems from 19
#   August 2025; a copy of the Act dated 10 March 2026 still shows it. While sources conflict the pack goes on
#   asking for it.
# custom:
#   code: JUSTIFICATION_MISSING
#   citation: "DPA 2018 s.62; Data (Use and Access) Act 2025 s.82"
#   source: "Data Protection Act 2018, Part 3 (crimeline.co.uk)"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     No justification was given for {operation}.
#   remedy: >-
#     Write why the record is read or handed on.
#   effective_from: "2025-08-19"
#   effective_to: null
denials["justification_still_asked"] := {"operation": object.get(input, "operation", null)} if {
	input.operation in ["consult_record", "release_result"]
	_part_three
	not facts.text(object.get(input, "justification", null))
}

# METADATA
# title: "A picture or footage taken before"
# description: >-
#   Searching a picture or recorded footage after the event, comparing and enrolling are allowed for a law
#   enforcement purpose; the case and its justification show that it is strictly necessary. The law has no more
#   specific rule, and Bridges was not about it.
# custom:
#   code: PURPOSE_PERMITTED
#   citation: "DPA 2018 s.35(5), Sch 8"
#   source: "Data Protection Act 2018, Part 3 (crimeline.co.uk)"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     Part 3 allows {operation} for {purpose}.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2018-05-25"
#   effective_to: null
grants["after_event"] := {"operation": input.operation, "purpose": input.purpose} if {
	_ordinary
	_part_three
	input.purpose in _purposes
}

# METADATA
# title: "Keeping and reading the record"
# description: >-
#   Records may be made and read; police say why.
# custom:
#   code: PURPOSE_PERMITTED
#   citation: "DPA 2018 s.61, 62"
#   source: "Data Protection Act 2018, Part 3 (crimeline.co.uk)"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The Act allows {operation}.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2018-05-25"
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
#   citation: "DPA 2018 s.81"
#   source: "Data Protection Act 2018, Part 3 (crimeline.co.uk)"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     Reporting an incident is permitted.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2018-05-25"
#   effective_to: null
grants["incident_report"] := {} if input.operation == "incident_report"

# METADATA
# title: "What the log must tell"
# description: >-
#   Collection, alteration, consultation, disclosure, combination and erasure are logged; consultation and
#   disclosure with date, time, the person who did it, the recipients and, as long as it is asked for, the
#   justification.
# custom:
#   code: DOCUMENT_SEARCH_FIELDS
#   citation: "DPA 2018 s.62"
#   source: "Data Protection Act 2018, Part 3 (crimeline.co.uk)"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The log of this operation tells {fields}.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2018-05-25"
#   effective_to: null
obligations["log_processing"] := {
	"parameters": {"fields": ["justification", "date", "time", "user", "recipients"]},
	"due": null,
} if {
	_police
	not facts.operation == "incident_report"
}

# METADATA
# title: "Records that can be checked"
# description: >-
#   The log is kept so that lawfulness, integrity and security can be checked, and is shown to the Commissioner on
#   request.
# custom:
#   code: KEEP_AUDITABLE_USE_RECORDS
#   citation: "DPA 2018 s.61, 62(3) to (5)"
#   source: "Data Protection Act 2018, Part 3 (crimeline.co.uk)"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The record of this use is kept so that it can be checked.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2018-05-25"
#   effective_to: null
obligations["keep_records"] := {"parameters": {}, "due": null} if {
	_part_three
	_finds_faces
}

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

_of_offences := [
	"investigate_named_offence", "locate_wanted_person", "identify_detained_person", "credential_fraud",
	"child_exploitation_material", "identify_witness",
]

_wanted if {
	input.purpose == "locate_wanted_person"
	input.subject.wanted == true
}

_recorded_missing contains control if {
	some control in ["appropriate_policy_document", "dpia", "equality_assessment"]
	object.get(input, ["agency", "controls", control], true) != true
}

_ordinary if {
	input.operation in ["identify_1_to_n", "watchlist_scan"]
	input.mode in ["still_image", "recorded_video"]
}

_ordinary if {
	input.operation == "enrol_gallery"
	input.mode in ["still_image", "recorded_video", "mobile"]
}

_ordinary if input.operation in ["verify_1_to_1", "receive_result"]
