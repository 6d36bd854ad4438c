package writgate.packs.base

import data.writgate.lib.facts

# METADATA
# title: "A search belongs to a case"
# description: >-
#   Whoever looks for, compares or watches a face names the case that it is for, unless the purpose has none
#   (access to premises or one's own device, training).
# custom:
#   code: CASE_ID_MISSING
#   citation: "Product policy"
#   source: "product"
#   confidence: P
#   counsel_review: none
#   sentence: >-
#     No case number was given.
#   remedy: >-
#     Give the number of the case.
#   effective_from: "1970-01-01"
#   effective_to: null
denials["case_missing"] := {} if {
	_needs_case
	not facts.text(object.get(input, "case_number", null))
}

# METADATA
# title: "A search is justified in writing"
# description: >-
#   The facts that make the search necessary are written down before it is made.
# custom:
#   code: JUSTIFICATION_MISSING
#   citation: "Product policy"
#   source: "product"
#   confidence: P
#   counsel_review: none
#   sentence: >-
#     No justification was given.
#   remedy: >-
#     Write the facts that tie the pictured person to the case.
#   effective_from: "1970-01-01"
#   effective_to: null
denials["justification_missing"] := {} if {
	_needs_case
	not facts.text(object.get(input, "justification", null))
}

# METADATA
# title: "A justification says something"
# description: >-
#   A stock phrase is no justification. Of the first forty words at least two must be specific, that is of
#   three letters or more and none of the words that fit every search, and there must be four words in all.
# custom:
#   code: JUSTIFICATION_TOO_VAGUE
#   citation: "Product policy"
#   source: "product"
#   confidence: P
#   counsel_review: none
#   sentence: >-
#     The justification says nothing specific.
#   remedy: >-
#     Write the facts that tie the pictured person to the case; what was seen, where, by whom.
#   effective_from: "1970-01-01"
#   effective_to: null
denials["justification_vague"] := {"specific_words": count({word | some word in _specific_words(_words)})} if {
	_needs_case
	facts.text(input.justification)
	not _specific
}

# METADATA
# title: "An investigation names its offence"
# description: >-
#   A search to investigate a named offence names it, by statute where the register is asked, and the register
#   knows it.
# custom:
#   code: OFFENCE_NOT_COVERED
#   citation: "Product policy"
#   source: "product"
#   confidence: P
#   counsel_review: none
#   sentence: >-
#     The purpose is to investigate a named offence, and none that is known was named.
#   remedy: >-
#     Name the offence by its statute.
#   effective_from: "1970-01-01"
#   effective_to: null
denials["offence_not_named"] := {"statute": object.get(input, ["offence", "statute"], null)} if {
	facts.searching
	input.purpose == "investigate_named_offence"
	not facts.offence_named
}

# METADATA
# title: "One case, few faces"
# description: >-
#   Many different people searched under one case number, above all from social media, or any under a closed
#   case, is how a real case number was used as a cover before. Five where the probe comes from social media
#   hold the request; five hundred of any source are a dragnet. Before the search different pictures are counted, and
#   before the release different faces.
# custom:
#   code: CASE_REUSE_ANOMALY
#   citation: "Product policy"
#   source: "product"
#   confidence: P
#   counsel_review: none
#   sentence: >-
#     {distinct_probe_subjects} different people were searched under this case number.
#   remedy: >-
#     A supervisor must look at the case before it goes on.
#   effective_from: "1970-01-01"
#   effective_to: null
denials["case_reuse"] := {"distinct_probe_subjects": _subjects} if {
	_judged_for_reuse
	_case_reused
	not _approved
}

# METADATA
# title: "The same face under another story"
# description: >-
#   The same probe or case was refused before under another purpose, case or offence.
# custom:
#   code: PRIOR_DENIAL_OTHER_STORY
#   citation: "Product policy"
#   source: "product"
#   confidence: P
#   counsel_review: none
#   sentence: >-
#     Refusals of the same face or case before, under another story: {prior_denials}.
#   remedy: >-
#     A supervisor must look at what was refused and why.
#   effective_from: "1970-01-01"
#   effective_to: null
denials["prior_denial"] := {"prior_denials": object.get(input, "prior_denials", null)} if {
	_judged_for_reuse
	_another_story
	not _approved
}

# METADATA
# title: "One face, many cases"
# description: >-
#   A face that comes under case after case is somebody's private interest until a supervisor has seen why. Counted
#   are the agency's other cases in which the face was searched, by the distance of templates.
# custom:
#   code: CASE_REUSE_ANOMALY
#   citation: "Product policy"
#   source: "product"
#   confidence: P
#   counsel_review: none
#   sentence: >-
#     This face was searched under {other_cases} other cases of the agency.
#   remedy: >-
#     A supervisor must look at the cases before the result is released.
#   effective_from: "1970-01-01"
#   effective_to: null
denials["face_in_many_cases"] := {"other_cases": input.case_usage.other_cases_of_face} if {
	_in_many_cases
	not _approved_at_release
}

# METADATA
# title: "A colleague's face"
# description: >-
#   The face is that of one of the agency's own people, as far as the agency's gallery of its staff can tell.
# custom:
#   code: COLLEAGUE_SEARCHED
#   citation: "Product policy"
#   source: "product"
#   confidence: P
#   counsel_review: none
#   sentence: >-
#     The face searched is that of one of the agency's own people.
#   remedy: >-
#     A supervisor must look at the case before the result is released.
#   effective_from: "1970-01-01"
#   effective_to: null
denials["colleague"] := {} if {
	_colleague
	not _approved_at_release
}

# METADATA
# title: "Nobody approves their own request"
# description: >-
#   Who asks, who approves and who examines are different people.
# custom:
#   code: SELF_APPROVAL
#   citation: "Product policy"
#   source: "product"
#   confidence: P
#   counsel_review: none
#   sentence: >-
#     The request was approved by the person who made it.
#   remedy: >-
#     Let another person with the right role approve.
#   effective_from: "1970-01-01"
#   effective_to: null
denials["self_approval"] := {} if _self_approved

# METADATA
# title: "A supervisor decides"
# description: >-
#   Reuse of a case number, the same face under another story or under many cases, and the face of a colleague wait
#   for a supervisor; for as many as the contract asks where it asks for more than one.
# custom:
#   code: HOLD_FOR_SUPERVISOR
#   citation: "Product policy"
#   source: "product"
#   confidence: P
#   counsel_review: none
#   sentence: >-
#     The request is held for a supervisor.
#   remedy: >-
#     Nothing to do.
#   effective_from: "1970-01-01"
#   effective_to: null
obligations["hold_for_supervisor"] := {
	"parameters": {"approvers": _approvers, "hours": data.binding.approval_hours},
	"due": null,
} if {
	_suspicious
}

# METADATA
# title: "A case number used as a cover is looked into"
# description: >-
#   Reuse of a case number opens an incident.
# custom:
#   code: OPEN_MISUSE_INCIDENT
#   citation: "Product policy"
#   source: "product"
#   confidence: P
#   counsel_review: none
#   sentence: >-
#     An incident of suspected misuse is opened.
#   remedy: >-
#     Nothing to do.
#   effective_from: "1970-01-01"
#   effective_to: null
obligations["misuse_of_case"] := {"parameters": {}, "due": null} if {
	_judged_for_reuse
	_case_reused
}

_subjects := object.get(input, ["case_usage", "distinct_probe_subjects"], null)

_needs_case if {
	facts.searching
	not data.purposes[facts.purpose].case == false
}

default _judged_for_reuse := false

_judged_for_reuse if facts.handles_faces

_judged_for_reuse if input.operation == "release_result"

default _case_reused := false

_case_reused if {
	input.case_usage.distinct_probe_subjects >= data.binding.subjects_of_social_media
	_too_many(input.case_usage.distinct_probe_subjects)
}

_case_reused if input.case_usage.case_closed == true

# However the last picture came, so many faces from social media are no coincidence.
_case_reused if input.case_usage.social_media_subjects >= data.binding.subjects_of_social_media

_too_many(subjects) if subjects >= data.binding.subjects

_too_many(_) if input.probe.source == "social_media"

default _in_many_cases := false

_in_many_cases if {
	input.operation == "release_result"
	is_number(input.case_usage.other_cases_of_face)
	input.case_usage.other_cases_of_face >= data.binding.other_cases_of_one_face
}

default _colleague := false

_colleague if {
	input.operation == "release_result"
	input.case_usage.of_staff == true
}

_another_story if {
	input.prior_denials != 0
	input.prior_denials != null
}

_suspicious if {
	_judged_for_reuse
	_reused_or_retold
	not _approved
}

_suspicious if {
	_in_many_cases
	not _approved_at_release
}

_suspicious if {
	_colleague
	not _approved_at_release
}

_reused_or_retold if _case_reused

_reused_or_retold if _another_story

# Who approved what: supervisors, none of them the one who asks, as many as are needed. What only the search could tell
# nobody approved before it.
_approved if {
	count(input.approvals) > 0
	count(_approvers_of(["search", "release"])) >= _approvers
}

_approved_at_release if {
	count(input.approvals) > 0
	count(_approvers_of(["release"])) >= _approvers
}

_approvers_of(stages) := {approval.approved_by |
	some approval in input.approvals
	approval.role == "supervisor_approver"
	approval.of in stages
	facts.text(approval.approved_by)
	approval.approved_by != input.actor.id
}

default _approvers := 1

_approvers := input.contract.approvers if input.contract.approvers > 1

_self_approved if input.approval.approved_by == input.actor.id

_self_approved if {
	some approval in input.approvals
	approval.approved_by == input.actor.id
}

_words := array.slice(split(lower(trim_space(input.justification)), " "), 0, 40)

_specific_words(words) := [word |
	some raw in words
	word := trim(raw, " .,;:!?()'\"-")
	count(word) > 2
	not data.justification.fillers[word]
]

# Two words that say something, mostly found at the beginning.
_specific if {
	count(_words) > 3
	_say_something(array.slice(_words, 0, 5))
} else if {
	count(_words) > 5
	_say_something(_words)
}

_say_something(words) if {
	found := _specific_words(words)
	some word in found
	word != found[0]
}
