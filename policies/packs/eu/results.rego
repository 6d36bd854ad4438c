package writgate.packs.eu

import data.writgate.lib.facts

# METADATA
# title: "Two people verify"
# description: >-
#   Nothing is done on an identification unless at least two competent, trained people verified it separately.
#   National or Union law may set this aside for law enforcement where it finds it disproportionate; the register
#   must show that it did. Handing exculpatory evidence to the defence is not read as doing something on an
#   identification, and where nobody was found there is none.
# custom:
#   code: SECOND_VERIFIER_REQUIRED
#   citation: "AI Act Art 14(5)"
#   source: "Regulation (EU) 2024/1689, consolidated with Regulation (EU) 2026/1744"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     {verifiers} people verified the identification separately; two are needed.
#   remedy: >-
#     Let a second competent person verify the identification without knowing what the first found.
#   effective_from: "2027-12-02"
#   effective_to: null
denials["second_verifier_missing"] := {"verifiers": _verifiers} if {
	_acted_on
	not _verified_by_two
	not input.national_derogation_14_5 == true
}

# METADATA
# title: "Real time is never the sole basis"
# description: >-
#   A decision with an adverse legal effect on a person does not rest solely on the output. Arrest, charge,
#   warrants and trial are such decisions or prepare them.
# custom:
#   code: SOLE_BASIS_PROHIBITED
#   citation: "AI Act Art 5(3)"
#   source: "Regulation (EU) 2024/1689, consolidated with Regulation (EU) 2026/1744"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The result may not be the sole basis for {use}.
#   remedy: >-
#     Add other evidence.
#   effective_from: "2025-02-02"
#   effective_to: null
denials["sole_basis_realtime"] := {"use": object.get(input, ["result_use", "for"], null)} if {
	_adverse_use
	_realtime
	not input.result_use.other_evidence == true
}

# METADATA
# title: "An identification after the event is never the sole basis"
# description: >-
#   A decision with an adverse legal effect on a person does not rest solely on the output. Arrest, charge,
#   warrants and trial are such decisions or prepare them.
# custom:
#   code: SOLE_BASIS_PROHIBITED
#   citation: "AI Act Art 26(10)"
#   source: "Regulation (EU) 2024/1689, consolidated with Regulation (EU) 2026/1744"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The result may not be the sole basis for {use}.
#   remedy: >-
#     Add other evidence.
#   effective_from: "2027-12-02"
#   effective_to: null
denials["sole_basis_after_event"] := {"use": object.get(input, ["result_use", "for"], null)} if {
	_adverse_use
	_after_event
	not input.result_use.other_evidence == true
}

# METADATA
# title: "A machine's answer is never the sole basis"
# description: >-
#   Under the Directive, and for comparisons still, a decision with an adverse legal effect is not made by
#   automated processing alone. Arrest, charge, warrants and trial are such decisions or prepare them.
# custom:
#   code: SOLE_BASIS_PROHIBITED
#   citation: "LED Art 11"
#   source: "Directive (EU) 2016/680"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The result may not be the sole basis for {use}.
#   remedy: >-
#     Add other evidence.
#   effective_from: "2018-05-06"
#   effective_to: null
denials["sole_basis_directive"] := {"use": object.get(input, ["result_use", "for"], null)} if {
	_adverse_use
	_directive_applies
	not input.result_use.other_evidence == true
}

# METADATA
# title: "The use of a result is named"
# description: >-
#   A use that is missing, or is not one of the closed list, authorises nothing.
# custom:
#   code: PURPOSE_NOT_AUTHORISED
#   citation: "LED Art 4(1)(b), 25"
#   source: "Directive (EU) 2016/680"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The use {use} of the result is not one of the vocabulary.
#   remedy: >-
#     Name the use that is made of the result.
#   effective_from: "2018-05-06"
#   effective_to: null
denials["result_use_unknown"] := {"use": object.get(input, ["result_use", "for"], null)} if {
	input.operation == "use_result"
	_directive_applies
	not _use_named
}

# METADATA
# title: "Verified by two people"
# description: >-
#   Two competent people verified the identification separately.
# custom:
#   code: VERIFIED_BY_TWO
#   citation: "AI Act Art 14(5)"
#   source: "Regulation (EU) 2024/1689, consolidated with Regulation (EU) 2026/1744"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     Two people verified the identification separately.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2027-12-02"
#   effective_to: null
grants["verified_by_two"] := {} if {
	input.operation == "release_result"
	_remote
	_verified_by_two
}

# METADATA
# title: "Release without two verifiers"
# description: >-
#   Nobody was found, or national law set the verification by two people aside.
# custom:
#   code: RELEASE_PERMITTED
#   citation: "AI Act Art 14(5)"
#   source: "Regulation (EU) 2024/1689, consolidated with Regulation (EU) 2026/1744"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     Verification by two people is not required for this result.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2027-12-02"
#   effective_to: null
grants["release_where_not_required"] := {} if {
	input.operation == "release_result"
	_remote
	_two_not_needed
}

# METADATA
# title: "Release before Article 14(5) applies"
# description: >-
#   Until 2 December 2027 a result goes to the people who review it; what may be done with it is judged when it is
#   used.
# custom:
#   code: RELEASE_PERMITTED
#   citation: "LED Art 11, 25"
#   source: "Directive (EU) 2016/680"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The result may be released for human review.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2018-05-06"
#   effective_to: "2027-12-02"
grants["release"] := {} if {
	input.operation == "release_result"
	_remote
}

# METADATA
# title: "Release of a comparison or an enrolment"
# description: >-
#   Comparing two faces or enrolling one is not a remote identification, and Article 14(5) does not speak of it.
# custom:
#   code: RELEASE_PERMITTED
#   citation: "AI Act Art 14(5), Annex III 1(a)"
#   source: "Regulation (EU) 2024/1689, consolidated with Regulation (EU) 2026/1744"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The result of a comparison or an enrolment may be released.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2018-05-06"
#   effective_to: null
grants["release_of_comparison"] := {} if {
	input.operation == "release_result"
	_directive_applies
	_identifies_nobody
}

# METADATA
# title: "Together with other evidence"
# description: >-
#   The result is used together with other evidence.
# custom:
#   code: CORROBORATED
#   citation: "AI Act Art 5(3), 26(10); LED Art 11"
#   source: "Regulation (EU) 2024/1689, consolidated with Regulation (EU) 2026/1744"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     Other evidence stands beside the result.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2018-05-06"
#   effective_to: null
grants["corroborated"] := {"use": input.result_use.for} if {
	_adverse_use
	input.result_use.other_evidence == true
}

# METADATA
# title: "As a lead, for a line-up or for the defence"
# description: >-
#   A use that decides nothing against anybody.
# custom:
#   code: PURPOSE_PERMITTED
#   citation: "AI Act Art 5(3), 26(10); LED Art 11"
#   source: "Regulation (EU) 2024/1689, consolidated with Regulation (EU) 2026/1744"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The result may be used for {use}.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2018-05-06"
#   effective_to: null
grants["use_as_lead"] := {"use": input.result_use.for} if {
	input.operation == "use_result"
	_directive_applies
	input.result_use.for in ["lead", "photo_lineup", "exculpatory_evidence"]
}

# METADATA
# title: "A person reviews"
# description: >-
#   A person who may decide otherwise reviews the result before anything is done.
# custom:
#   code: HUMAN_REVIEW
#   citation: "LED Art 11; AI Act Art 14"
#   source: "Directive (EU) 2016/680"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     A trained person who may decide otherwise reviews the result.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2018-05-06"
#   effective_to: null
obligations["human_review"] := {"parameters": {}, "due": null} if {
	_directive_applies
	_reviewable
}

# METADATA
# title: "A second person verifies separately"
# description: >-
#   The identification waits until two competent people have verified it separately, unless national law set that
#   aside.
# custom:
#   code: SECOND_EXAMINER
#   citation: "AI Act Art 14(5)"
#   source: "Regulation (EU) 2024/1689, consolidated with Regulation (EU) 2026/1744"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     A second competent person verifies the identification separately.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2027-12-02"
#   effective_to: null
obligations["second_examiner"] := {"parameters": {"verifiers": 2}, "due": null} if {
	_remote
	facts.searching
	not input.national_derogation_14_5 == true
}

# METADATA
# title: "The log names those who verified"
# description: >-
#   The log of each use names the people who verified the result.
# custom:
#   code: LOG_VERIFIER_IDENTITIES
#   citation: "AI Act Art 12(3)(d)"
#   source: "Regulation (EU) 2024/1689, consolidated with Regulation (EU) 2026/1744"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The log names those who verified the result.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2027-12-02"
#   effective_to: null
obligations["log_verifiers"] := {"parameters": {}, "due": null} if {
	_remote
	input.operation in _of_results
}

# METADATA
# title: "What the log of each use holds"
# description: >-
#   Beginning and end of each use, the reference database, the input that led to a match, and those who verified
#   it; kept for at least six months.
# custom:
#   code: KEEP_AUDITABLE_USE_RECORDS
#   citation: "AI Act Art 12(3), 19, 26(6)"
#   source: "Regulation (EU) 2024/1689, consolidated with Regulation (EU) 2026/1744"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The log of this use holds {fields} and is kept for at least {months} months.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2027-12-02"
#   effective_to: null
obligations["log_use"] := {
	"parameters": {
		"fields": ["start", "end", "reference_database", "matched_input", "verifiers"],
		"months": 6,
	},
	"due": null,
} if {
	_remote
}

_verifiers := object.get(input, ["verification", "independent_verifiers"], null)

_acted_on if {
	input.operation == "release_result"
	_remote
	not _nobody_found
}

_acted_on if {
	input.operation == "use_result"
	_remote
	not _for_the_defence
}

_for_the_defence if input.result_use.for == "exculpatory_evidence"

_nobody_found if input.search.candidates == 0

_verified_by_two if {
	is_number(_verifiers)
	_verifiers >= 2
}

_two_not_needed if _nobody_found

_two_not_needed if input.national_derogation_14_5 == true

_adverse_use if {
	input.operation == "use_result"
	_directive_applies
	input.result_use.for in _adverse
}

_adverse := [
	"probable_cause", "affidavit_probable_cause", "warrant_application", "arrest", "preliminary_hearing",
	"trial_evidence",
]

_use_named if input.result_use.for in _adverse

_use_named if input.result_use.for in ["lead", "photo_lineup", "exculpatory_evidence"]

_reviewable if facts.searching

_reviewable if input.operation in _of_results
