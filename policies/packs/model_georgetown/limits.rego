package writgate.packs.model_georgetown

import data.writgate.lib.facts

# METADATA
# title: "Nobody is tracked for belief or politics"
# description: >-
#   Face recognition is not used to track people because of their political or religious beliefs or activities.
#   Suspicion of an offence does not lift this.
# custom:
#   code: PROTECTED_ACTIVITY
#   citation: "Recommendations on free speech"
#   source: "perpetuallineup.org, recommendations and appendix"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The model forbids selecting a person because of {ground}.
#   remedy: >-
#     Drop the search.
#   effective_from: "2016-10-18"
#   effective_to: null
denials["picked_for_activity"] := {"ground": object.get(input, ["subject", "selected_because_of"], null)} if {
	_applied_to_person
	data.grounds[input.subject.selected_because_of].activity == true
}

# METADATA
# title: "Nor for race or ethnicity"
# description: >-
#   Face recognition is not used to track people because of race, ethnicity or another protected characteristic. A
#   ground that the vocabulary does not know counts as protected.
# custom:
#   code: PROTECTED_CHARACTERISTIC
#   citation: "Recommendations on free speech"
#   source: "perpetuallineup.org, recommendations and appendix"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The model forbids selecting a person because of {ground}.
#   remedy: >-
#     Drop the search.
#   effective_from: "2016-10-18"
#   effective_to: null
denials["picked_for_characteristic"] := {"ground": object.get(input, ["subject", "selected_because_of"], null)} if {
	_applied_to_person
	facts.ground != null
	not data.grounds[facts.ground].characteristic == false
}

# METADATA
# title: "A result is a lead"
# description: >-
#   A candidate is a lead for an investigation, not an identification, and does not by itself make probable cause.
# custom:
#   code: SOLE_BASIS_PROHIBITED
#   citation: "Model police use policy"
#   source: "perpetuallineup.org, recommendations and appendix"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The model forbids using the result as the sole basis for {use}.
#   remedy: >-
#     Add other evidence, lawfully obtained.
#   effective_from: "2016-10-18"
#   effective_to: null
denials["sole_basis"] := {"use": object.get(input, ["result_use", "for"], null)} if {
	_towards_probable_cause
	not input.result_use.other_evidence == true
}

# METADATA
# title: "The use of a result is named"
# description: >-
#   A use that is missing, or is not one of the closed list, authorises nothing.
# custom:
#   code: PURPOSE_NOT_AUTHORISED
#   citation: "Model police use policy"
#   source: "perpetuallineup.org, recommendations and appendix"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The use {use} of the result is not one of the vocabulary.
#   remedy: >-
#     Name the use that is made of the result.
#   effective_from: "2016-10-18"
#   effective_to: null
denials["result_use_unknown"] := {"use": object.get(input, ["result_use", "for"], null)} if {
	input.operation == "use_result"
	not _use_named
}

# METADATA
# title: "Together with other evidence"
# description: >-
#   The result is used towards probable cause together with other evidence.
# custom:
#   code: CORROBORATED
#   citation: "Model police use policy"
#   source: "perpetuallineup.org, recommendations and appendix"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     Other evidence stands beside the result.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2016-10-18"
#   effective_to: null
grants["corroborated"] := {"use": input.result_use.for} if {
	_towards_probable_cause
	input.result_use.other_evidence == true
}

# METADATA
# title: "Another use of a result"
# description: >-
#   A lead, a line-up, evidence at trial or for the defence.
# custom:
#   code: PURPOSE_PERMITTED
#   citation: "Model police use policy"
#   source: "perpetuallineup.org, recommendations and appendix"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The model allows this use of the result.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2016-10-18"
#   effective_to: null
grants["use_permitted"] := {"use": input.result_use.for} if {
	input.operation == "use_result"
	input.result_use.for in _other_uses
}

# METADATA
# title: "The result may be handed over"
# description: >-
#   A result goes to people who review it.
# custom:
#   code: RELEASE_PERMITTED
#   citation: "Model police use policy"
#   source: "perpetuallineup.org, recommendations and appendix"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The result may be released for human review.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2016-10-18"
#   effective_to: null
grants["release"] := {} if input.operation == "release_result"

# METADATA
# title: "Records, received results and reports of incidents"
# description: >-
#   The model wants use logged and audited, so records are made and read, and violations reported. A result
#   received from a partner is judged when it is used.
# custom:
#   code: PURPOSE_PERMITTED
#   citation: "Recommendations on audits"
#   source: "perpetuallineup.org, recommendations and appendix"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The model allows {operation}.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2016-10-18"
#   effective_to: null
grants["about_the_record"] := {"operation": input.operation} if input.operation in _about_the_record

# METADATA
# title: "A lead only"
# description: >-
#   A candidate is a lead, not an identification.
# custom:
#   code: LEAD_ONLY
#   citation: "Model police use policy"
#   source: "perpetuallineup.org, recommendations and appendix"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The result is a lead and no identification.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2016-10-18"
#   effective_to: null
obligations["lead_only"] := {"parameters": {}, "due": null} if input.operation in _giving_candidates

_applied_to_person if {
	not facts.operation in ["consult_record", "incident_report"]
}

_towards_probable_cause if {
	input.operation == "use_result"
	input.result_use.for in _showing_probable_cause
}

_showing_probable_cause := [
	"probable_cause",
	"affidavit_probable_cause",
	"warrant_application",
	"arrest",
	"preliminary_hearing",
]

_about_the_record := ["consult_record", "create_record", "receive_result", "incident_report"]

_giving_candidates := [
	"identify_1_to_n",
	"watchlist_live",
	"watchlist_scan",
	"track_person",
	"release_result",
	"receive_result",
	"use_result",
]

_other_uses := ["lead", "photo_lineup", "trial_evidence", "exculpatory_evidence"]

_use_named if input.result_use.for in _showing_probable_cause

_use_named if input.result_use.for in _other_uses
