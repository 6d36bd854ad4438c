package writgate.packs.base

import data.writgate.lib.facts

# METADATA
# title: "What is used against somebody is disclosed to them"
# description: >-
#   Whoever takes a result of a criminal search towards a warrant, an arrest or a court owes the defence the whole of
#   it, a month after the use, or at the proceeding where that is earlier.
# custom:
#   code: DISCLOSE_TO_DEFENCE_BEFORE_TRIAL
#   citation: "Product policy"
#   source: "product"
#   confidence: P
#   counsel_review: none
#   sentence: >-
#     The search and all its results are disclosed to the defence.
#   remedy: >-
#     Nothing to do.
#   effective_from: "1970-01-01"
#   effective_to: null
obligations["disclosed_to_the_defence"] := {
	"parameters": {"use": input.result_use.for},
	"due": input.now + ((data.binding.disclosure_days * 86400) * 1000000000),
} if {
	input.operation == "use_result"
	is_number(input.now)
	facts.criminal_purpose
	_towards_court(input.result_use.for)
}

_towards_court("probable_cause")

_towards_court("affidavit_probable_cause")

_towards_court("warrant_application")

_towards_court("arrest")

_towards_court("preliminary_hearing")

_towards_court("trial_evidence")
