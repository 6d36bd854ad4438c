package writgate.packs.us_ut

import data.writgate.lib.facts

# METADATA
# title: "A purpose of the list"
# description: >-
#   Law enforcement may have a picture compared for a purpose of the list, and may use the answer for it.
# custom:
#   code: PURPOSE_PERMITTED
#   citation: "Utah Code 77-23e-103(2), -104"
#   source: "le.utah.gov, Utah Code 77-23e; codes.findlaw.com 77-23e-104, -106"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The chapter allows {operation} for {purpose}.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2021-05-05"
#   effective_to: null
grants["purpose_permitted"] := {"operation": input.operation, "purpose": input.purpose} if {
	_police
	_ordinary
	_purpose_covered
}

# METADATA
# title: "One's own device"
# description: >-
#   A system that a consumer uses for private purposes is not one of which the chapter speaks.
# custom:
#   code: EXEMPT_DEVICE_ACCESS
#   citation: "Utah Code 77-23e-102(4)"
#   source: "le.utah.gov, Utah Code 77-23e; codes.findlaw.com 77-23e-104, -106"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     Unlocking one's own device is not use of a facial recognition system under the chapter.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2021-05-05"
#   effective_to: null
grants["own_device"] := {} if _own_device

# METADATA
# title: "The answer goes to the agency that asked"
# description: >-
#   The answer to a comparison that the chapter allows goes to the agency that asked, for the same purpose.
# custom:
#   code: RELEASE_PERMITTED
#   citation: "Utah Code 77-23e-103(2), -106(1)"
#   source: "le.utah.gov, Utah Code 77-23e; codes.findlaw.com 77-23e-104, -106"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The result may be released to the agency that asked.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2021-05-05"
#   effective_to: null
grants["release"] := {} if {
	_police
	input.operation == "release_result"
	_asked in ["identify_1_to_n", "verify_1_to_1"]
	_purpose_covered
}

# METADATA
# title: "Records and reports"
# description: >-
#   The chapter asks for statistics and a yearly report, so a public body may read the record, and may report
#   that the chapter was broken.
# custom:
#   code: PURPOSE_PERMITTED
#   citation: "Utah Code 77-23e-106(2), (3)"
#   source: "le.utah.gov, Utah Code 77-23e; codes.findlaw.com 77-23e-104, -106"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The chapter does not stand against {operation}.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2021-05-05"
#   effective_to: null
grants["records"] := {"operation": input.operation} if {
	input.actor.agency_type in ["law_enforcement", "government_non_law_enforcement"]
	input.operation in ["consult_record", "incident_report"]
}

# METADATA
# title: "The committee's yearly report"
# description: >-
#   Between 1 August and 15 October each year the entity reports to a committee of the legislature the types of
#   crime, the requests and probable matches for each, and where the matching pictures came from.
# custom:
#   code: INCLUDE_IN_ANNUAL_REPORT
#   citation: "Utah Code 77-23e-106(3)"
#   source: "le.utah.gov, Utah Code 77-23e; codes.findlaw.com 77-23e-104, -106"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     This comparison is counted in the report that is due between 1 August and 15 October.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2021-05-05"
#   effective_to: null
obligations["annual_report"] := {"parameters": {"from": "08-01", "until": "10-15"}, "due": null} if {
	_police
	_requesting
}

# METADATA
# title: "For the stated purpose only"
# description: >-
#   Data about a comparison is used and shared for a purpose of the chapter only; fillers for a line-up stay in
#   the line-up.
# custom:
#   code: LIMIT_USE_TO_STATED_PURPOSE
#   citation: "Utah Code 77-23e-103(2)(d), -106(1)"
#   source: "le.utah.gov, Utah Code 77-23e; codes.findlaw.com 77-23e-104, -106"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The answer is used for {purpose} only.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2021-05-05"
#   effective_to: null
obligations["stated_purpose"] := {"parameters": {"purpose": object.get(input, "purpose", null)}, "due": null} if {
	_police
	_gives_result
}

# METADATA
# title: "What each request records"
# description: >-
#   Case number, crime, factual narrative, purpose, the trained employee, the source of the picture and the
#   probable matches are recorded.
# custom:
#   code: DOCUMENT_SEARCH_FIELDS
#   citation: "Utah Code 77-23e-103(2)(b), -106"
#   source: "le.utah.gov, Utah Code 77-23e; codes.findlaw.com 77-23e-104, -106"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     These are recorded: {fields}.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2021-05-05"
#   effective_to: null
obligations["documented"] := {"parameters": {"fields": _recorded_fields}, "due": null} if {
	_police
	_requesting
}

# METADATA
# title: "A person judges the match"
# description: >-
#   What is reported and handed over is a probable match, which a trained employee finds by comparing the
#   pictures. The words of that step were not read, so the pack asks for it wherever a result is handled.
# custom:
#   code: HUMAN_REVIEW
#   citation: "Utah Code 77-23e-103, -106(2)"
#   source: "le.utah.gov, Utah Code 77-23e; codes.findlaw.com 77-23e-104, -106"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     A trained employee compares the pictures before the result counts as a probable match.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2021-05-05"
#   effective_to: null
obligations["human_review"] := {"parameters": {}, "due": null} if {
	_police
	_gives_result
}

# METADATA
# title: "A second examiner"
# description: >-
#   Section -104 has no step in which a second examiner agrees; whether -103 has one is unclear. The pack asks
#   for a second, independent examiner before a result is released, until counsel has read the section.
# custom:
#   code: SECOND_EXAMINER
#   citation: "Utah Code 77-23e-103"
#   source: "le.utah.gov, Utah Code 77-23e; codes.findlaw.com 77-23e-104, -106"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     A second trained examiner, independent of the first, must agree.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2021-05-05"
#   effective_to: null
obligations["second_examiner"] := {"parameters": {}, "due": null} if {
	_police
	_to_be_examined
}

_recorded_fields := [
	"case_number",
	"crime",
	"factual_narrative",
	"purpose",
	"trained_employee",
	"image_source",
	"probable_matches",
]

_ordinary if {
	input.operation in ["identify_1_to_n", "verify_1_to_1", "enrol_gallery"]
	input.mode in ["still_image", "mobile"]
}

_ordinary if input.operation in ["receive_result", "create_record"]

_ordinary if {
	input.operation == "use_result"
	_use_named
}

_purpose_covered if {
	_for_crime
	_offence_covered
}

_purpose_covered if {
	_purpose_listed
	not _for_crime
}

_gives_result if input.operation in ["identify_1_to_n", "verify_1_to_1"]

_gives_result if input.operation in ["receive_result", "release_result", "use_result"]

_to_be_examined if facts.searching

_to_be_examined if {
	input.operation == "release_result"
	not _examined_twice
}

_examined_twice if {
	is_number(input.verification.independent_verifiers)
	input.verification.independent_verifiers > 1
}
