package writgate.packs.us_ma

# METADATA
# title: "The use of a result is named"
# description: >-
#   A use that is missing, or is not one of the closed list, authorises nothing.
# custom:
#   code: PURPOSE_NOT_AUTHORISED
#   citation: "M.G.L. c.6 §220"
#   source: "fastdemocracy.com, summary MAB00081266"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The use {use} of the result is not one of the vocabulary.
#   remedy: >-
#     Name the use that is made of the result.
#   effective_from: "2021-07-01"
#   effective_to: null
denials["result_use_unknown"] := {"use": object.get(input, ["result_use", "for"], null)} if {
	input.operation == "use_result"
	not _use_named
}

# METADATA
# title: "Use of a requested result"
# description: >-
#   The section in force says nothing of what a result may be used for; exclusion and disclosure are only
#   proposed. A result of one of the three that may be asked may be used in each way of the vocabulary.
# custom:
#   code: PURPOSE_PERMITTED
#   citation: "M.G.L. c.6 §220"
#   source: "malegislature.gov, H1946 and S1053 of 2025 (pending), which would change it"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The section does not limit the use {use} of a result that was requested.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2021-07-01"
#   effective_to: null
grants["result_used"] := {"use": input.result_use.for} if {
	input.operation == "use_result"
	_use_named
	_police
	_lawful_route
	_purpose_known
}

# METADATA
# title: "The result is received"
# description: >-
#   Who had the ground for the search may have its result.
# custom:
#   code: PURPOSE_PERMITTED
#   citation: "M.G.L. c.6 §220(b)"
#   source: "fastdemocracy.com, summary MAB00081266"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The result of a lawful request may be received.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2021-07-01"
#   effective_to: null
grants["received"] := {} if {
	input.operation == "receive_result"
	_handed_on
}

# METADATA
# title: "The result is handed over"
# description: >-
#   The result of a search for which there was an order, an emergency or another ground goes to the one who
#   asked.
# custom:
#   code: RELEASE_PERMITTED
#   citation: "M.G.L. c.6 §220(b)"
#   source: "fastdemocracy.com, summary MAB00081266"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The result of a lawful request may be released.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2021-07-01"
#   effective_to: null
grants["release"] := {} if {
	input.operation == "release_result"
	_handed_on
}

_use_named if input.result_use.for in [
	"lead",
	"photo_lineup",
	"probable_cause",
	"affidavit_probable_cause",
	"warrant_application",
	"arrest",
	"preliminary_hearing",
	"trial_evidence",
	"exculpatory_evidence",
]

_handed_on if {
	_police
	_lawful_route
	_has_ground
}

_has_ground if _ordered

_has_ground if _dead

_has_ground if _identity_documents

_has_ground if {
	_purpose_known
	_emergency
}
