package writgate.packs.us_md

import data.writgate.lib.facts

# METADATA
# title: "Not in court"
# description: >-
#   A result is not introduced in a criminal or delinquency proceeding, except towards probable cause or
#   positive identification for a warrant or at a preliminary hearing. The subtitle makes no exception for what
#   exonerates; that reaches the defence by discovery, which this rule does not touch.
# custom:
#   code: RESULT_INADMISSIBLE
#   citation: "Md. Crim. Proc. 2-502(a), (b)(1)"
#   source: "mgaleg.maryland.gov, Crim. Proc. 2-501 to 2-510; lexace.ai CP-2-503; codes.findlaw.com 2-502"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The subtitle does not admit the result for {use}.
#   remedy: >-
#     Prove identity by other evidence; disclose the result in discovery.
#   effective_from: "2024-10-01"
#   effective_to: null
denials["inadmissible"] := {"use": object.get(input, ["result_use", "for"], null)} if {
	_public_agency
	input.operation == "use_result"
	input.result_use.for in ["trial_evidence", "exculpatory_evidence"]
}

# METADATA
# title: "Never the sole basis"
# description: >-
#   A result is not the sole basis of probable cause or of a positive identification, whether for a warrant, at
#   a preliminary hearing or for an arrest.
# custom:
#   code: SOLE_BASIS_PROHIBITED
#   citation: "Md. Crim. Proc. 2-502(b)(2)(i)"
#   source: "mgaleg.maryland.gov, Crim. Proc. 2-501 to 2-510; lexace.ai CP-2-503; codes.findlaw.com 2-502"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The subtitle forbids using the result as the sole basis for {use}.
#   remedy: >-
#     Add evidence that was obtained independently.
#   effective_from: "2024-10-01"
#   effective_to: null
denials["sole_basis"] := {"use": object.get(input, ["result_use", "for"], null)} if {
	_public_agency
	_towards_probable_cause
	not input.result_use.other_evidence == true
}

# METADATA
# title: "Evidence obtained independently"
# description: >-
#   What stands beside the result must have been obtained independently of it, and must itself go to probable
#   cause or identity. A line-up that came of the result is not independent of it.
# custom:
#   code: INDEPENDENT_EVIDENCE_REQUIRED
#   citation: "Md. Crim. Proc. 2-502(b)(2)(ii)"
#   source: "mgaleg.maryland.gov, Crim. Proc. 2-501 to 2-510; lexace.ai CP-2-503; codes.findlaw.com 2-502"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     No evidence obtained independently stands beside the result for {use}.
#   remedy: >-
#     Add evidence that did not come of the result.
#   effective_from: "2024-10-01"
#   effective_to: null
denials["not_independent"] := {"use": object.get(input, ["result_use", "for"], null)} if {
	_public_agency
	_towards_probable_cause
	not _independent
}

# METADATA
# title: "The use of a result is named"
# description: >-
#   A use that is missing, or is not one of the closed list, authorises nothing.
# custom:
#   code: PURPOSE_NOT_AUTHORISED
#   citation: "Md. Crim. Proc. 2-502, -503"
#   source: "mgaleg.maryland.gov, Crim. Proc. 2-501 to 2-510; lexace.ai CP-2-503; codes.findlaw.com 2-502"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The use {use} of the result is not one of the vocabulary.
#   remedy: >-
#     Name the use that is made of the result.
#   effective_from: "2024-10-01"
#   effective_to: null
denials["result_use_unknown"] := {"use": object.get(input, ["result_use", "for"], null)} if {
	_public_agency
	input.operation == "use_result"
	not _use_named
}

# METADATA
# title: "With independent evidence"
# description: >-
#   The result goes towards probable cause together with evidence that was obtained independently.
# custom:
#   code: CORROBORATED
#   citation: "Md. Crim. Proc. 2-502(b)"
#   source: "mgaleg.maryland.gov, Crim. Proc. 2-501 to 2-510; lexace.ai CP-2-503; codes.findlaw.com 2-502"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     Evidence obtained independently stands beside the result.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2024-10-01"
#   effective_to: null
grants["corroborated"] := {"use": input.result_use.for} if {
	_police
	_towards_probable_cause
	_independent
	_matter_covered
}

# METADATA
# title: "A lead"
# description: >-
#   A result for a listed offence may be followed as a lead, also to a line-up. No witness is told beforehand
#   that the technology picked somebody.
# custom:
#   code: PURPOSE_PERMITTED
#   citation: "Md. Crim. Proc. 2-502(b), -503"
#   source: "mgaleg.maryland.gov, Crim. Proc. 2-501 to 2-510; lexace.ai CP-2-503; codes.findlaw.com 2-502"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The result may be used for {use} in investigating a listed offence.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2024-10-01"
#   effective_to: null
grants["lead"] := {"use": input.result_use.for} if {
	_criminal
	_for_investigation
	_listed
	input.operation == "use_result"
	input.result_use.for in ["lead", "photo_lineup"]
}

# METADATA
# title: "Discovery"
# description: >-
#   The state discloses that the technology was used, the name of each system, the galleries with a description,
#   and all results that led to further action, for each system and gallery.
# custom:
#   code: DISCLOSE_IN_DISCOVERY
#   citation: "Md. Crim. Proc. 2-504"
#   source: "mgaleg.maryland.gov, Crim. Proc. 2-501 to 2-510; lexace.ai CP-2-503; codes.findlaw.com 2-502"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     Each system, each gallery and all results that led to further action are disclosed in discovery.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2024-10-01"
#   effective_to: null
obligations["disclose"] := {"parameters": {}, "due": null} if {
	_police
	_used_in_case
}

# METADATA
# title: "The yearly audit"
# description: >-
#   By 1 October each year the agency audits its use. The audit and what it looked at are kept three years and
#   shown on request to the Attorney General, the public defender, a State's Attorney or a United States
#   Attorney.
# custom:
#   code: INCLUDE_IN_ANNUAL_AUDIT
#   citation: "Md. Crim. Proc. 2-505(b)"
#   source: "mgaleg.maryland.gov, Crim. Proc. 2-501 to 2-510; lexace.ai CP-2-503; codes.findlaw.com 2-502"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     This use is part of the audit that is due by 1 October and kept three years.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2024-10-01"
#   effective_to: null
obligations["audit"] := {"parameters": {"by": "10-01", "keep_years": 3}, "due": null} if {
	_criminal
	_used_in_case
}

# METADATA
# title: "The yearly report"
# description: >-
#   By 1 February each year the agency publishes its searches of the year before: systems and galleries, types
#   of crime, possible matches that were followed, breaches. By 1 May it sends them to the state, which reports
#   by 1 October.
# custom:
#   code: INCLUDE_IN_ANNUAL_REPORT
#   citation: "Md. Crim. Proc. 2-510"
#   source: "mgaleg.maryland.gov, Crim. Proc. 2-501 to 2-510; lexace.ai CP-2-503; codes.findlaw.com 2-502"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     This use is part of the report that is published by 1 February.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2024-10-01"
#   effective_to: null
obligations["annual_report"] := {"parameters": {"by": "02-01", "state_by": "05-01"}, "due": null} if {
	_criminal
	_used_in_case
}

# METADATA
# title: "Verified by a second person"
# description: >-
#   A result is verified by a second person who is trained as well, before anything is done with it.
# custom:
#   code: SECOND_EXAMINER
#   citation: "Md. Crim. Proc. 2-503"
#   source: "mgaleg.maryland.gov, Crim. Proc. 2-501 to 2-510; lexace.ai CP-2-503; codes.findlaw.com 2-502"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     A second trained person, independent of the first, must verify the result.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2024-10-01"
#   effective_to: null
obligations["second_examiner"] := {"parameters": {}, "due": null} if {
	_criminal
	_to_be_verified
}

# METADATA
# title: "A trained person looks at every candidate"
# description: >-
#   A trained person compares the pictures before a candidate is followed.
# custom:
#   code: HUMAN_REVIEW
#   citation: "Md. Crim. Proc. 2-503, -505(c)"
#   source: "mgaleg.maryland.gov, Crim. Proc. 2-501 to 2-510; lexace.ai CP-2-503; codes.findlaw.com 2-502"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     A trained person compares the pictures before a candidate is followed.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2024-10-01"
#   effective_to: null
obligations["human_review"] := {"parameters": {}, "due": null} if {
	_criminal
	_result_in_hand
}

# METADATA
# title: "A lead"
# description: >-
#   The result is not an identification: it needs evidence that was obtained independently.
# custom:
#   code: LEAD_ONLY
#   citation: "Md. Crim. Proc. 2-502(b)(2)"
#   source: "mgaleg.maryland.gov, Crim. Proc. 2-501 to 2-510; lexace.ai CP-2-503; codes.findlaw.com 2-502"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The result is a lead, not an identification.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2024-10-01"
#   effective_to: null
obligations["lead_only"] := {"parameters": {}, "due": null} if {
	_criminal
	_result_in_hand
}

# METADATA
# title: "A witness is not told"
# description: >-
#   Before a line-up no witness is told that the technology picked the suspect; an identification after that
#   would rest on the output.
# custom:
#   code: NO_ADVERSE_DECISION_SOLELY_ON_OUTPUT
#   citation: "Md. Crim. Proc. 2-503(a)(1)"
#   source: "mgaleg.maryland.gov, Crim. Proc. 2-501 to 2-510; lexace.ai CP-2-503; codes.findlaw.com 2-502"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     No witness is told before a line-up that the technology picked the suspect, and no decision rests on the
#     output alone.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2024-10-01"
#   effective_to: null
obligations["lineup_witness_not_told"] := {"parameters": {}, "due": null} if {
	_criminal
	_result_in_hand
}

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

_independent if {
	input.result_use.other_evidence == true
	input.result_use.other_evidence_independent == true
	not input.result_use.other_evidence_kind == "lineup_derived_from_lead"
}

_use_named if input.result_use.for in data.vocabulary.result_uses

# A result of a search that the subtitle does not reach may still go towards probable cause, under -502.
_matter_covered if _outside

_matter_covered if {
	_for_investigation
	_listed
}

_used_in_case if {
	_criminal
	_uses_technology
}

_used_in_case if {
	input.operation == "use_result"
	not _own_device
}

_to_be_verified if facts.searching

_to_be_verified if input.operation == "receive_result"

_to_be_verified if {
	input.operation == "release_result"
	not _verified_by_two
}

_verified_by_two if {
	is_number(input.verification.independent_verifiers)
	input.verification.independent_verifiers > 1
}

_result_in_hand if facts.searching

_result_in_hand if input.operation in ["receive_result", "release_result", "use_result"]
