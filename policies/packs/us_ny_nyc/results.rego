package writgate.packs.us_ny_nyc

# METADATA
# title: "Further evidence"
# description: >-
#   A match does not suffice to arrest, nor to obtain a warrant; further evidence must establish probable cause. A
#   hearing and a trial are not named in the reports; the pack holds them to the same, because a lead proves
#   nothing.
# custom:
#   code: SOLE_BASIS_PROHIBITED
#   citation: "NYPD Patrol Guide 212-129"
#   source: "nyc.gov, NYPD press release of 13 March 2020; medianama.com and nydailynews.com, March 2020"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The result is merely a lead, and {use} may not rest on it alone.
#   remedy: >-
#     Find other evidence first.
#   effective_from: "2020-03-13"
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
#   citation: "NYPD Patrol Guide 212-129"
#   source: "nyc.gov, NYPD press release of 13 March 2020; medianama.com and nydailynews.com, March 2020"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The use {use} of the result is not one of the vocabulary.
#   remedy: >-
#     Name the use that is made of the result.
#   effective_from: "2020-03-13"
#   effective_to: null
denials["result_use_unknown"] := {"use": object.get(input, ["result_use", "for"], null)} if {
	_using_result
	not _use_named
}

# METADATA
# title: "Used as a lead"
# description: >-
#   A lead is followed up; a line-up is one way to do so, and the reports name no limit on it.
# custom:
#   code: PURPOSE_PERMITTED
#   citation: "NYPD Patrol Guide 212-129"
#   source: "nyc.gov, NYPD press release of 13 March 2020; medianama.com and nydailynews.com, March 2020"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The result may be followed up as a lead.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2020-03-13"
#   effective_to: null
grants["lead"] := {} if {
	_using_result
	input.result_use.for in ["lead", "photo_lineup"]
}

# METADATA
# title: "Used to clear somebody"
# description: >-
#   Nothing in the procedure forbids using a result in favour of a person.
# custom:
#   code: EXCULPATORY_USE_PERMITTED
#   citation: "NYPD Patrol Guide 212-129"
#   source: "nyc.gov, NYPD press release of 13 March 2020; medianama.com and nydailynews.com, March 2020"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The result may be used in favour of a person.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2020-03-13"
#   effective_to: null
grants["clears_somebody"] := {} if {
	_using_result
	input.result_use.for == "exculpatory_evidence"
}

# METADATA
# title: "With further evidence"
# description: >-
#   Further evidence stands beside the lead.
# custom:
#   code: CORROBORATED
#   citation: "NYPD Patrol Guide 212-129"
#   source: "nyc.gov, NYPD press release of 13 March 2020; medianama.com and nydailynews.com, March 2020"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     Other evidence stands beside the lead.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2020-03-13"
#   effective_to: null
grants["corroborated"] := {"use": input.result_use.for} if {
	_towards_proof
	input.result_use.other_evidence == true
}

# METADATA
# title: "A lead in use is still a lead"
# description: >-
#   Whatever the result is used for, it stays a lead.
# custom:
#   code: LEAD_ONLY
#   citation: "NYPD Patrol Guide 212-129"
#   source: "nyc.gov, NYPD press release of 13 March 2020; medianama.com and nydailynews.com, March 2020"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The result is merely a lead.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2020-03-13"
#   effective_to: null
obligations["used_as_lead"] := {"parameters": {}, "due": null} if {
	_using_result
}

_using_result if {
	_department
	input.operation == "use_result"
}

_towards_proof if {
	_using_result
	input.result_use.for in _proof
}

_proof := [
	"probable_cause",
	"affidavit_probable_cause",
	"warrant_application",
	"arrest",
	"preliminary_hearing",
	"trial_evidence",
]

_use_named if input.result_use.for in _proof

_use_named if input.result_use.for in ["lead", "photo_lineup", "exculpatory_evidence"]
