package writgate.packs.us_mt

# METADATA
# title: "A use of the result"
# description: >-
#   The police use what a lawful search gave for the purposes of the Act. The Act bars no particular use; it
#   asks for meaningful human review and for disclosure to the defendant.
# custom:
#   code: PURPOSE_PERMITTED
#   citation: "MCA 44-15-106, -107"
#   source: "leg.mt.gov, MCA Title 44 chapter 15; lawserver.com 44-15-105, -106"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The Act allows {operation} for {purpose}.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2023-06-29"
#   effective_to: null
grants["use"] := {"operation": input.operation, "purpose": input.purpose} if {
	_police
	_following
	_about_covered_matter
}

# METADATA
# title: "The result may be handed over"
# description: >-
#   The result of a search that the Act allows goes to the people who review it.
# custom:
#   code: RELEASE_PERMITTED
#   citation: "MCA 44-15-106, -107"
#   source: "leg.mt.gov, MCA Title 44 chapter 15; lawserver.com 44-15-105, -106"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The result may be released for human review.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2023-06-29"
#   effective_to: null
grants["release"] := {} if {
	_police
	input.operation == "release_result"
	_asked in ["identify_1_to_n", "verify_1_to_1"]
	_about_covered_matter
}

# METADATA
# title: "The yearly reports"
# description: >-
#   By 30 June a local agency reports its searches of the year before, the offences, and the arrests and
#   convictions that followed; by 1 September the Department of Justice reports them all.
# custom:
#   code: INCLUDE_IN_ANNUAL_REPORT
#   citation: "MCA 44-15-111(2), (3)"
#   source: "leg.mt.gov, MCA Title 44 chapter 15; lawserver.com 44-15-105, -106"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     This search is counted in the report that is due by 30 June.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2023-06-29"
#   effective_to: null
obligations["annual_report"] := {"parameters": {"by": "06-30", "department_by": "09-01"}, "due": null} if {
	_police
	_looking
}

# METADATA
# title: "The defendant is told"
# description: >-
#   Use of the technology on a criminal defendant is disclosed to that defendant in good time before trial.
# custom:
#   code: DISCLOSE_TO_DEFENCE_BEFORE_TRIAL
#   citation: "MCA 44-15-107(1)"
#   source: "leg.mt.gov, MCA Title 44 chapter 15; lawserver.com 44-15-105, -106"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     This use is disclosed to the defendant before trial.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2023-06-29"
#   effective_to: null
obligations["disclose_to_defence"] := {"parameters": {}, "due": null} if {
	_police
	_for_crime
	_looking_or_using
}

# METADATA
# title: "Meaningful human review"
# description: >-
#   Decisions with legal effect on people are reviewed by a trained person who may decide otherwise.
# custom:
#   code: HUMAN_REVIEW
#   citation: "MCA 44-15-106, -110"
#   source: "leg.mt.gov, MCA Title 44 chapter 15; lawserver.com 44-15-105, -106"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     A trained person who may decide otherwise reviews the result.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2023-06-29"
#   effective_to: null
obligations["human_review"] := {"parameters": {}, "due": null} if {
	_police
	_reviewable
}

# METADATA
# title: "No decision on the output alone"
# description: >-
#   Because a decision with legal effect asks for human review, none rests on the output alone.
# custom:
#   code: NO_ADVERSE_DECISION_SOLELY_ON_OUTPUT
#   citation: "MCA 44-15-110(2)(c)"
#   source: "leg.mt.gov, MCA Title 44 chapter 15; lawserver.com 44-15-105, -106"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     No decision against a person rests on this result alone.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2023-06-29"
#   effective_to: null
obligations["not_solely_on_output"] := {"parameters": {}, "due": null} if {
	_police
	_reviewable
}

# METADATA
# title: "The emergency is written down"
# description: >-
#   The facts on which the exception rests are kept with the search.
# custom:
#   code: DOCUMENT_FACTUAL_BASIS
#   citation: "MCA 44-15-106"
#   source: "leg.mt.gov, MCA Title 44 chapter 15; lawserver.com 44-15-105, -106"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The facts of the emergency are kept on record.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2023-06-29"
#   effective_to: null
obligations["document_emergency"] := {"parameters": {}, "due": null} if {
	_police
	_looking
	_emergency
}

_following if {
	input.operation == "use_result"
	_use_named
}

_following if input.operation == "create_record"

_looking_or_using if _looking

_looking_or_using if input.operation == "use_result"

_reviewable if _looking_or_using

_reviewable if input.operation == "release_result"
