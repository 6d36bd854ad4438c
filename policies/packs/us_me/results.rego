package writgate.packs.us_me

# METADATA
# title: "A match alone is not probable cause"
# description: >-
#   Without other evidence a result does not establish probable cause for an arrest, a search or a seizure.
#   Affidavits, warrant applications, arrests and preliminary hearings are where probable cause is shown.
# custom:
#   code: SOLE_BASIS_PROHIBITED
#   citation: "25 M.R.S. §6001"
#   source: "computertalkradio.com, July 2021; idtechwire.com, Maine law curtails police use"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The section forbids resting {use} on the result alone.
#   remedy: >-
#     Add other evidence.
#   effective_from: "2021-10-01"
#   effective_to: null
denials["match_alone"] := {"use": object.get(input, ["result_use", "for"], null)} if {
	_towards_probable_cause
	not input.result_use.other_evidence == true
}

# METADATA
# title: "The use of a result is named"
# description: >-
#   A use that is missing, or is not one of the closed list, authorises nothing.
# custom:
#   code: PURPOSE_NOT_AUTHORISED
#   citation: "25 M.R.S. §6001(2), (3)"
#   source: "dig.watch, summary of LD 1585"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The use {use} of the result is not one of the vocabulary.
#   remedy: >-
#     Name the use that is made of the result.
#   effective_from: "2021-10-01"
#   effective_to: null
denials["result_use_unknown"] := {"use": object.get(input, ["result_use", "for"], null)} if {
	input.operation == "use_result"
	not _use_named
}

# METADATA
# title: "An unlawful result is no evidence"
# description: >-
#   What was obtained otherwise than by request to the bureau or the FBI may not be kept or used as evidence.
# custom:
#   code: RESULT_INADMISSIBLE
#   citation: "25 M.R.S. §6001"
#   source: "stareintothelightsmypretties.jore.cc, summary; idtechwire.com, Maine law curtails police use"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The result did not come from a request to the Bureau of Motor Vehicles or the FBI and may not be used.
#   remedy: >-
#     Delete the result. If the section allows the search, ask for it.
#   effective_from: "2021-10-01"
#   effective_to: null
denials["unlawful_result"] := {} if {
	_result_in_hand
	_unlawfully_obtained
}

# METADATA
# title: "Together with other evidence"
# description: >-
#   A result that was lawfully requested goes towards probable cause together with other evidence.
# custom:
#   code: CORROBORATED
#   citation: "25 M.R.S. §6001"
#   source: "computertalkradio.com, July 2021; idtechwire.com, Maine law curtails police use"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     Other evidence stands beside the result.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2021-10-01"
#   effective_to: null
grants["corroborated"] := {"use": input.result_use.for} if {
	_towards_probable_cause
	input.result_use.other_evidence == true
	_lawful_route
	_ground
}

# METADATA
# title: "Use of a lawful result"
# description: >-
#   For the end for which it was requested, a result may be had and used in other ways than towards probable
#   cause.
# custom:
#   code: PURPOSE_PERMITTED
#   citation: "25 M.R.S. §6001(3)"
#   source: "dig.watch, summary of LD 1585"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The result was requested lawfully and may be used for {use}.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2021-10-01"
#   effective_to: null
grants["result_used"] := {"use": input.result_use.for} if {
	input.operation == "use_result"
	input.result_use.for in ["lead", "photo_lineup", "trial_evidence", "exculpatory_evidence"]
	_lawful_route
	_ground
}

# METADATA
# title: "The result is received"
# description: >-
#   Who may request a search may have its result.
# custom:
#   code: PURPOSE_PERMITTED
#   citation: "25 M.R.S. §6001(3)"
#   source: "dig.watch, summary of LD 1585"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The result of a lawful request may be received.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2021-10-01"
#   effective_to: null
grants["received"] := {} if {
	input.operation == "receive_result"
	_lawful_route
	_ground
}

# METADATA
# title: "The result is handed over"
# description: >-
#   The result of a search that was lawfully requested goes to the one who asked.
# custom:
#   code: RELEASE_PERMITTED
#   citation: "25 M.R.S. §6001(3)"
#   source: "dig.watch, summary of LD 1585"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The result of a lawful request may be released.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2021-10-01"
#   effective_to: null
grants["release"] := {} if {
	input.operation == "release_result"
	_lawful_route
	_ground
}

# METADATA
# title: "A lead only"
# description: >-
#   Because a match alone establishes nothing, each answer is a lead that other evidence must bear out.
# custom:
#   code: LEAD_ONLY
#   citation: "25 M.R.S. §6001"
#   source: "computertalkradio.com, July 2021; idtechwire.com, Maine law curtails police use"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The answer is a lead and not an identification.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2021-10-01"
#   effective_to: null
obligations["lead_only"] := {"parameters": {}, "due": null} if {
	input.operation in ["identify_1_to_n", "verify_1_to_1", "release_result", "receive_result"]
}

# METADATA
# title: "What was unlawfully obtained is deleted"
# description: >-
#   A result that did not come from a lawful request is deleted. The sources give no time for it, so it is due
#   at once.
# custom:
#   code: DELETE_NOW
#   citation: "25 M.R.S. §6001"
#   source: "stareintothelightsmypretties.jore.cc, summary; idtechwire.com, Maine law curtails police use"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The result was unlawfully obtained and is deleted.
#   remedy: >-
#     Delete the result and record that it was deleted.
#   effective_from: "2021-10-01"
#   effective_to: null
obligations["delete_unlawful_result"] := {"parameters": {}, "due": null} if {
	_result_in_hand
	_unlawfully_obtained
}

_result_in_hand if input.operation in ["use_result", "receive_result"]

_unlawfully_obtained if not _lawful_route

_unlawfully_obtained if _goes_past

_unlawfully_obtained if _commercial

_towards_probable_cause if {
	input.operation == "use_result"
	input.result_use.for in [
		"probable_cause",
		"affidavit_probable_cause",
		"warrant_application",
		"arrest",
		"preliminary_hearing",
	]
}

_use_named if _towards_probable_cause

_use_named if input.result_use.for in ["lead", "photo_lineup", "trial_evidence", "exculpatory_evidence"]
