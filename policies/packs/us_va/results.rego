package writgate.packs.us_va

import data.writgate.lib.facts

# METADATA
# title: "Not in an affidavit"
# description: >-
#   A match is not put into an affidavit to show probable cause for a warrant, with or without other evidence.
#   The pack holds the application that the affidavit supports, and any other showing of probable cause, to the
#   same.
# custom:
#   code: MATCH_BARRED_FROM_AFFIDAVIT
#   citation: "Va. Code §15.2-1723.2"
#   source: "legiscan.com, SB741 of 2022; richmondsunlight.com, HB1339 of 2022"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The statute bars the match from {use}.
#   remedy: >-
#     Rest the affidavit on other evidence and leave the match out.
#   effective_from: "2022-07-01"
#   effective_to: "2026-07-01"
denials["affidavit"] := {"use": object.get(input, ["result_use", "for"], null)} if {
	input.operation == "use_result"
	input.result_use.for in ["affidavit_probable_cause", "warrant_application", "probable_cause"]
}

# METADATA
# title: "No arrest on a match"
# description: >-
#   An arrest rests on probable cause, and so does a preliminary hearing; a match cannot supply it. Without
#   other evidence both are refused. The text names only affidavits; the pack reads its sense so.
# custom:
#   code: SOLE_BASIS_PROHIBITED
#   citation: "Va. Code §15.2-1723.2"
#   source: "legiscan.com, SB741 of 2022; richmondsunlight.com, HB1339 of 2022"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     Without other evidence the match may not be used for {use}.
#   remedy: >-
#     Add other evidence that shows probable cause without the match.
#   effective_from: "2022-07-01"
#   effective_to: "2026-07-01"
denials["match_alone"] := {"use": object.get(input, ["result_use", "for"], null)} if {
	_arrests
	not input.result_use.other_evidence == true
}

# METADATA
# title: "At trial only what exonerates"
# description: >-
#   The statute says of a match that it is admissible as exculpatory evidence. It does not say that it may be
#   used against the defendant, so the pack refuses that.
# custom:
#   code: RESULT_INADMISSIBLE
#   citation: "Va. Code §15.2-1723.2"
#   source: "legiscan.com, SB741 of 2022; richmondsunlight.com, HB1339 of 2022"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The statute admits a match at trial only as exculpatory evidence.
#   remedy: >-
#     Prove identity by other evidence; a match that exonerates may be offered.
#   effective_from: "2022-07-01"
#   effective_to: "2026-07-01"
denials["trial"] := {} if {
	input.operation == "use_result"
	input.result_use.for == "trial_evidence"
}

# METADATA
# title: "The use of a result is named"
# description: >-
#   A use that is missing, or is not one of the closed list, authorises nothing.
# custom:
#   code: PURPOSE_NOT_AUTHORISED
#   citation: "Va. Code §15.2-1723.2(A)"
#   source: "legiscan.com, SB741 of 2022; richmondsunlight.com, HB1339 of 2022"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The use {use} of the result is not one of the vocabulary.
#   remedy: >-
#     Name the use that is made of the result.
#   effective_from: "2022-07-01"
#   effective_to: "2026-07-01"
denials["result_use_unknown"] := {"use": object.get(input, ["result_use", "for"], null)} if {
	input.operation == "use_result"
	not object.get(input, ["result_use", "for"], null) in _result_uses
}

# METADATA
# title: "Evidence that exonerates"
# description: >-
#   A match is admissible as exculpatory evidence.
# custom:
#   code: EXCULPATORY_USE_PERMITTED
#   citation: "Va. Code §15.2-1723.2"
#   source: "legiscan.com, SB741 of 2022; richmondsunlight.com, HB1339 of 2022"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     A match may be used as exculpatory evidence.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2022-07-01"
#   effective_to: "2026-07-01"
grants["exculpatory"] := {} if {
	input.operation == "use_result"
	input.result_use.for == "exculpatory_evidence"
	_authorised
}

# METADATA
# title: "A lead or a line-up"
# description: >-
#   A match may lead the investigation for which it was made. The sections do not bar it from a line-up.
# custom:
#   code: PURPOSE_PERMITTED
#   citation: "Va. Code §15.2-1723.2(A)"
#   source: "legiscan.com, SB741 of 2022; richmondsunlight.com, HB1339 of 2022"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The statute does not bar the match from {use}.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2022-07-01"
#   effective_to: "2026-07-01"
grants["lead"] := {"use": input.result_use.for} if {
	input.operation == "use_result"
	input.result_use.for in ["lead", "photo_lineup"]
	_authorised
}

# METADATA
# title: "Other evidence shows probable cause"
# description: >-
#   An arrest or a preliminary hearing for which other evidence shows probable cause.
# custom:
#   code: CORROBORATED
#   citation: "Va. Code §15.2-1723.2"
#   source: "legiscan.com, SB741 of 2022; richmondsunlight.com, HB1339 of 2022"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     Other evidence stands beside the match.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2022-07-01"
#   effective_to: "2026-07-01"
grants["corroborated"] := {"use": input.result_use.for} if {
	_arrests
	input.result_use.other_evidence == true
	_authorised
}

# METADATA
# title: "The result is handed over"
# description: >-
#   The result of an authorised use goes to the agency that asked.
# custom:
#   code: RELEASE_PERMITTED
#   citation: "Va. Code §15.2-1723.2(A)"
#   source: "legiscan.com, SB741 of 2022; richmondsunlight.com, HB1339 of 2022"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The result of an authorised use may be released.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2022-07-01"
#   effective_to: "2026-07-01"
grants["release"] := {} if {
	input.operation == "release_result"
	_authorised
}

# METADATA
# title: "Not as probable cause"
# description: >-
#   What comes of the search may not be offered as probable cause.
# custom:
#   code: NOT_FOR_PROBABLE_CAUSE
#   citation: "Va. Code §15.2-1723.2"
#   source: "legiscan.com, SB741 of 2022; richmondsunlight.com, HB1339 of 2022"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The match may not be offered as probable cause.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2022-07-01"
#   effective_to: "2026-07-01"
obligations["not_for_probable_cause"] := {"parameters": {}, "due": null} if _gives_match

_gives_match if facts.searching

_gives_match if input.operation in ["release_result", "receive_result", "use_result"]

_arrests if {
	input.operation == "use_result"
	input.result_use.for in ["arrest", "preliminary_hearing"]
}

_result_uses := [
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
