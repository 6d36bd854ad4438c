package writgate.packs.gb_eaw

# METADATA
# title: "A machine's answer is never the sole basis"
# description: >-
#   A decision with an adverse legal effect is not made by automated processing alone. Since 5 February 2026
#   sections 50A to 50D say so for sensitive data; what they changed otherwise is not settled here. Arrest,
#   charge, warrants and trial are such decisions or prepare them.
# custom:
#   code: SOLE_BASIS_PROHIBITED
#   citation: "DPA 2018 s.49, 50A to 50D"
#   source: "Data Protection Act 2018, Part 3 (crimeline.co.uk)"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The result may not be the sole basis for {use}.
#   remedy: >-
#     Add other evidence.
#   effective_from: "2018-05-25"
#   effective_to: null
denials["sole_basis"] := {"use": object.get(input, ["result_use", "for"], null)} if {
	_adverse_use
	not input.result_use.other_evidence == true
}

# METADATA
# title: "The use of a result is named"
# description: >-
#   A use that is missing, or is not one of the closed list, authorises nothing.
# custom:
#   code: PURPOSE_NOT_AUTHORISED
#   citation: "DPA 2018 s.36, 62"
#   source: "Data Protection Act 2018, Part 3 (crimeline.co.uk)"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The use {use} of the result is not one of the vocabulary.
#   remedy: >-
#     Name the use that is made of the result.
#   effective_from: "2018-05-25"
#   effective_to: null
denials["result_use_unknown"] := {"use": object.get(input, ["result_use", "for"], null)} if {
	input.operation == "use_result"
	_part_three
	not _use_named
}

# METADATA
# title: "The result may be handed over"
# description: >-
#   A result goes to the people who review it; what may be done with it is judged when it is used.
# custom:
#   code: RELEASE_PERMITTED
#   citation: "DPA 2018 s.62"
#   source: "Data Protection Act 2018, Part 3 (crimeline.co.uk)"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The result may be released for review by an officer.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2018-05-25"
#   effective_to: null
grants["release"] := {} if {
	input.operation == "release_result"
	_part_three
}

# METADATA
# title: "Together with other evidence"
# description: >-
#   The result is used together with other evidence.
# custom:
#   code: CORROBORATED
#   citation: "DPA 2018 s.49, 50A to 50D"
#   source: "Data Protection Act 2018, Part 3 (crimeline.co.uk)"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     Other evidence stands beside the result.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2018-05-25"
#   effective_to: null
grants["corroborated"] := {"use": input.result_use.for} if {
	_adverse_use
	input.result_use.other_evidence == true
}

# METADATA
# title: "As a lead, for an identification procedure or for the defence"
# description: >-
#   A use that decides nothing against anybody.
# custom:
#   code: PURPOSE_PERMITTED
#   citation: "DPA 2018 s.36"
#   source: "Data Protection Act 2018, Part 3 (crimeline.co.uk)"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The result may be used for {use}.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2018-05-25"
#   effective_to: null
grants["use_as_lead"] := {"use": input.result_use.for} if {
	input.operation == "use_result"
	_part_three
	input.result_use.for in ["lead", "photo_lineup", "exculpatory_evidence"]
}

_adverse_use if {
	input.operation == "use_result"
	_part_three
	input.result_use.for in _adverse
}

_adverse := [
	"probable_cause", "affidavit_probable_cause", "warrant_application", "arrest", "preliminary_hearing",
	"trial_evidence",
]

_use_named if input.result_use.for in _adverse

_use_named if input.result_use.for in ["lead", "photo_lineup", "exculpatory_evidence"]
