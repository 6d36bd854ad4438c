package writgate.packs.us_mi_detroit

# METADATA
# title: "A lead alone proves nothing"
# description: >-
#   The directive makes a match a lead, and the settlement forbids arrest on it. No arrest, warrant, hearing or
#   trial rests on it alone. Trial and hearing are not named in either; the pack holds them to the same. Line-ups
#   have a rule of their own.
# custom:
#   code: SOLE_BASIS_PROHIBITED
#   citation: "DPD 307.5-1; Williams v. Detroit, settlement of 28 June 2024"
#   source: "DPD Manual Directive 307.5, texts of September 2019 (scribd.com) and 2022 (knowt.com)"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The result is a lead, and {use} may not rest on it alone.
#   remedy: >-
#     Find other evidence first.
#   effective_from: "2019-09-19"
#   effective_to: null
denials["match_alone"] := {"use": object.get(input, ["result_use", "for"], null)} if {
	_towards_proof
	not input.result_use.for == "photo_lineup"
	not input.result_use.other_evidence == true
}

# METADATA
# title: "The other evidence is independent"
# description: >-
#   No arrest on the result, nor on a line-up that came straight from it. The other evidence must be shown to be
#   independent of the result; a line-up of the person whom the result named is not. The court enforces the
#   agreement until mid-2028; nothing says that the changes which it made to the directive end then, so the rule
#   has no end.
# custom:
#   code: INDEPENDENT_EVIDENCE_REQUIRED
#   citation: "Williams v. Detroit, settlement of 28 June 2024"
#   source: "michigan.law.umich.edu and aclu.org, on the settlement of Williams v. City of Detroit"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     Evidence that does not come from the result must support {use}.
#   remedy: >-
#     Find evidence that owes nothing to the result or to a line-up made from it.
#   effective_from: "2024-06-28"
#   effective_to: null
denials["evidence_not_independent"] := {"use": object.get(input, ["result_use", "for"], null)} if {
	_towards_proof
	not _independent_evidence
}

# METADATA
# title: "No line-up from a lead alone"
# description: >-
#   A person whom the result named is put into a line-up only when independent and reliable evidence links that
#   person to the crime.
# custom:
#   code: LINEUP_REQUIRES_INDEPENDENT_EVIDENCE
#   citation: "Williams v. Detroit, settlement of 28 June 2024"
#   source: "michigan.law.umich.edu and aclu.org, on the settlement of Williams v. City of Detroit"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     A line-up needs independent, reliable evidence that links the person to the crime.
#   remedy: >-
#     Find such evidence before the line-up.
#   effective_from: "2024-06-28"
#   effective_to: null
denials["lineup_from_lead"] := {} if {
	_towards_proof
	input.result_use.for == "photo_lineup"
	not _independent_evidence
}

# METADATA
# title: "The use of a result is named"
# description: >-
#   A use that is missing, or is not one of the closed list, authorises nothing.
# custom:
#   code: PURPOSE_NOT_AUTHORISED
#   citation: "DPD 307.5-1"
#   source: "DPD Manual Directive 307.5, texts of September 2019 (scribd.com) and 2022 (knowt.com)"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The use {use} of the result is not one of the vocabulary.
#   remedy: >-
#     Name the use that is made of the result.
#   effective_from: "2019-09-19"
#   effective_to: null
denials["result_use_unknown"] := {"use": object.get(input, ["result_use", "for"], null)} if {
	_department
	input.operation == "use_result"
	not _use_named
}

# METADATA
# title: "Used as a lead"
# description: >-
#   In the investigation of a covered offence the result is used as a lead.
# custom:
#   code: PURPOSE_PERMITTED
#   citation: "DPD 307.5-1"
#   source: "DPD Manual Directive 307.5, texts of September 2019 (scribd.com) and 2022 (knowt.com)"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The result may be used as a lead.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2019-09-19"
#   effective_to: null
grants["lead"] := {} if {
	_using_result
	input.result_use.for == "lead"
	_offence_covered
}

# METADATA
# title: "Used to clear somebody"
# description: >-
#   Nothing forbids using a result, or the lack of one, in favour of a person; negative and other results must be
#   disclosed.
# custom:
#   code: EXCULPATORY_USE_PERMITTED
#   citation: "DPD 307.5-1"
#   source: "DPD Manual Directive 307.5, texts of September 2019 (scribd.com) and 2022 (knowt.com)"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The result may be used in favour of a person.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2019-09-19"
#   effective_to: null
grants["clears_somebody"] := {} if {
	_using_result
	_clears_somebody
}

# METADATA
# title: "With independent evidence"
# description: >-
#   Independent, reliable evidence beside the lead supports the line-up, the warrant or the arrest.
# custom:
#   code: CORROBORATED
#   citation: "Williams v. Detroit, settlement of 28 June 2024"
#   source: "michigan.law.umich.edu and aclu.org, on the settlement of Williams v. City of Detroit"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     Independent evidence stands beside the lead.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2024-06-28"
#   effective_to: null
grants["corroborated"] := {"use": input.result_use.for} if {
	_towards_proof
	_independent_evidence
	_offence_covered
}

# METADATA
# title: "With other evidence, before the settlement"
# description: >-
#   Until the settlement the directive asked only that the investigation went on beyond the lead.
# custom:
#   code: CORROBORATED
#   citation: "DPD 307.5-1"
#   source: "DPD Manual Directive 307.5, texts of September 2019 (scribd.com) and 2022 (knowt.com)"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     Other evidence stands beside the lead.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2019-09-19"
#   effective_to: "2024-06-28"
grants["corroborated_before_settlement"] := {"use": input.result_use.for} if {
	_towards_proof
	input.result_use.other_evidence == true
	_offence_covered
}

# METADATA
# title: "A line-up, before the settlement"
# description: >-
#   Until the settlement a line-up was one of the steps that a lead might begin.
# custom:
#   code: PURPOSE_PERMITTED
#   citation: "DPD 307.5-1"
#   source: "DPD Manual Directive 307.5, texts of September 2019 (scribd.com) and 2022 (knowt.com)"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The lead may be tested by a line-up.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2019-09-19"
#   effective_to: "2024-06-28"
grants["lineup_before_settlement"] := {} if {
	_using_result
	input.result_use.for == "photo_lineup"
	_offence_covered
}

# METADATA
# title: "The judge is told"
# description: >-
#   A request for a warrant says that face recognition was used, that the picture was poor where it was, and that
#   other searches found nobody or somebody else.
# custom:
#   code: DISCLOSE_USE_IN_WARRANT_REQUEST
#   citation: "Williams v. Detroit, settlement of 28 June 2024"
#   source: "michigan.law.umich.edu and aclu.org, on the settlement of Williams v. City of Detroit"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The request for a warrant discloses the use, the quality of the picture and the other results.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2024-06-28"
#   effective_to: null
obligations["disclose_in_warrant_request"] := {"parameters": {}, "due": null} if {
	_using_result
	input.result_use.for in ["warrant_application", "affidavit_probable_cause", "probable_cause"]
}

# METADATA
# title: "Kept for the audit"
# description: >-
#   Cases since 2017 in which face recognition led to a warrant are audited, so the record of every use is kept.
# custom:
#   code: KEEP_AUDITABLE_USE_RECORDS
#   citation: "Williams v. Detroit, settlement of 28 June 2024"
#   source: "michigan.law.umich.edu and aclu.org, on the settlement of Williams v. City of Detroit"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The record of this use is kept so that it can be audited.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2024-06-28"
#   effective_to: null
obligations["keep_for_audit"] := {"parameters": {}, "due": null} if {
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

_independent_evidence if {
	input.result_use.other_evidence == true
	input.result_use.other_evidence_independent == true
	not input.result_use.other_evidence_kind == "lineup_derived_from_lead"
}
