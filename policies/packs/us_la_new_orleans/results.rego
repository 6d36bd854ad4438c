package writgate.packs.us_la_new_orleans

# METADATA
# title: "Not the only evidence"
# description: >-
#   A result alone is not probable cause for an arrest. The pack holds warrants, line-ups, hearings and trials to
#   the same. From memory of the ordinance.
# custom:
#   code: SOLE_BASIS_PROHIBITED
#   citation: "New Orleans Code 147-2 (ordinance of July 2022)"
#   source: "memory of the ordinance; thelensnola.org, 4 August 2022"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The result is a lead, and {use} may not rest on it alone.
#   remedy: >-
#     Find other evidence first.
#   effective_from: "2022-07-21"
#   effective_to: null
denials["match_alone"] := {"use": object.get(input, ["result_use", "for"], null)} if {
	_towards_proof
	not input.result_use.other_evidence == true
}

# METADATA
# title: "The use of a result is named"
# description: >-
#   A use that is missing, or is not one of the closed list, authorises nothing.
# custom:
#   code: PURPOSE_NOT_AUTHORISED
#   citation: "New Orleans Code 147-2 (ordinance of July 2022)"
#   source: "memory of the ordinance; thelensnola.org, 4 August 2022"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The use {use} of the result is not one of the vocabulary.
#   remedy: >-
#     Name the use that is made of the result.
#   effective_from: "2022-07-21"
#   effective_to: null
denials["result_use_unknown"] := {"use": object.get(input, ["result_use", "for"], null)} if {
	_using_result
	not _use_named
}

# METADATA
# title: "Used as a lead"
# description: >-
#   In the investigation of a listed crime the result is used as a lead.
# custom:
#   code: PURPOSE_PERMITTED
#   citation: "New Orleans Code 147-2 (ordinance of July 2022)"
#   source: "memory of the ordinance; thelensnola.org, 4 August 2022"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The result may be used as a lead.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2022-07-21"
#   effective_to: null
grants["lead"] := {} if {
	_using_result
	input.result_use.for == "lead"
	_offence_listed
}

# METADATA
# title: "Used to clear somebody"
# description: >-
#   Nothing in the ordinance forbids using a result in favour of a person.
# custom:
#   code: EXCULPATORY_USE_PERMITTED
#   citation: "New Orleans Code 147-2 (ordinance of July 2022)"
#   source: "memory of the ordinance; thelensnola.org, 4 August 2022"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The result may be used in favour of a person.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2022-07-21"
#   effective_to: null
grants["clears_somebody"] := {} if {
	_using_result
	_clears_somebody
}

# METADATA
# title: "With other evidence"
# description: >-
#   Other evidence stands beside the lead.
# custom:
#   code: CORROBORATED
#   citation: "New Orleans Code 147-2 (ordinance of July 2022)"
#   source: "memory of the ordinance; thelensnola.org, 4 August 2022"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     Other evidence stands beside the lead.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2022-07-21"
#   effective_to: null
grants["corroborated"] := {"use": input.result_use.for} if {
	_towards_proof
	input.result_use.other_evidence == true
	_offence_listed
}

# METADATA
# title: "An investigative lead"
# description: >-
#   A result is an investigative lead. From memory of the ordinance.
# custom:
#   code: LEAD_ONLY
#   citation: "New Orleans Code 147-2 (ordinance of July 2022)"
#   source: "memory of the ordinance; thelensnola.org, 4 August 2022"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     A candidate is a lead, not an identification.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2022-07-21"
#   effective_to: null
obligations["lead_only"] := {"parameters": {}, "due": null} if {
	_police
	input.operation in ["identify_1_to_n", "verify_1_to_1", "release_result", "receive_result", "use_result"]
}

_using_result if {
	_police
	input.operation == "use_result"
}

_towards_proof if {
	_using_result
	input.result_use.for in _proof
}

_proof := [
	"photo_lineup",
	"probable_cause",
	"affidavit_probable_cause",
	"warrant_application",
	"arrest",
	"preliminary_hearing",
	"trial_evidence",
]

_use_named if input.result_use.for in _proof

_use_named if input.result_use.for in ["lead", "exculpatory_evidence"]
