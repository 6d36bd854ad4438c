# METADATA
# title: England and Wales
# description: >-
#   Face recognition by the police of England and Wales: what the Court of Appeal asked of live use in Bridges, and Part
#   3 of the Data Protection Act 2018. A statute on police use has been consulted on and its outcome is not known; until
#   there is one the pack holds every use in real time to what was asked of the one that the court judged.
package writgate.packs.gb_eaw

import data.writgate.lib.facts
import data.writgate.lib.papers

# METADATA
# title: "Rules say who is on the list and where it is used"
# description: >-
#   A live deployment is in accordance with the law only where published rules, not the officers on duty, decide
#   who may be put on the watchlist and where it may be used. The register must show both sets of criteria.
#   Scanning people with a mobile device has not come before the courts and is held to the same.
# custom:
#   code: LEGAL_FRAMEWORK_INSUFFICIENT
#   citation: "R (Bridges) v CC South Wales Police [2020] EWCA Civ 1058 (who and where)"
#   source: "R (Bridges) v Chief Constable of South Wales Police [2020] EWCA Civ 1058 (zoomlaw.co.uk)"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The register does not show documented criteria for {missing}, which leaves them to the officers'
#     discretion.
#   remedy: >-
#     Write down who may be listed and where the list may be used, and have both registered.
#   effective_from: "2020-08-11"
#   effective_to: null
denials["officers_choose"] := {"missing": _undocumented} if {
	_live
	count(_undocumented) > 0
}

# METADATA
# title: "Data protection and equality are assessed first"
# description: >-
#   Before a live deployment the force assesses its impact on data protection, and takes reasonable steps to learn
#   whether the software is biased by race or sex.
# custom:
#   code: GOVERNANCE_PREREQUISITE_MISSING
#   citation: "R (Bridges) v CC South Wales Police [2020] EWCA Civ 1058; DPA 2018 s.64; Equality Act 2010 s.149"
#   source: "R (Bridges) v Chief Constable of South Wales Police [2020] EWCA Civ 1058 (zoomlaw.co.uk)"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The register does not show what must come before a live deployment ({missing}).
#   remedy: >-
#     Complete the assessments and have them registered.
#   effective_from: "2020-08-11"
#   effective_to: null
denials["assessments_missing"] := {"missing": _unassessed} if {
	_live
	count(_unassessed) > 0
}

# METADATA
# title: "Faces that match nobody are deleted at once"
# description: >-
#   What is taken of people who match nobody is deleted automatically and at once, as a rule and not as a
#   description of what the equipment happens to do.
# custom:
#   code: LEGAL_FRAMEWORK_INSUFFICIENT
#   citation: "R (Bridges) v CC South Wales Police [2020] EWCA Civ 1058 (retention)"
#   source: "R (Bridges) v Chief Constable of South Wales Police [2020] EWCA Civ 1058 (zoomlaw.co.uk)"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The request does not say that faces that match nobody are deleted at once (it says {retention}).
#   remedy: >-
#     Set the deployment to delete at once whatever matches nobody.
#   effective_from: "2020-08-11"
#   effective_to: null
denials["non_matches_kept"] := {"retention": object.get(input, "non_match_retention", null)} if {
	_live
	not input.non_match_retention == "immediate_deletion"
}

# METADATA
# title: "A list made for the deployment"
# description: >-
#   The watchlist is made for each deployment and reviewed before it. Where the register records that it was not,
#   the deployment is refused.
# custom:
#   code: LEGAL_FRAMEWORK_INSUFFICIENT
#   citation: "College of Policing APP, live facial recognition"
#   source: "College of Policing, authorised professional practice on live facial recognition"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The register records that the watchlist was not reviewed for this deployment.
#   remedy: >-
#     Review the list for this deployment and have that registered.
#   effective_from: "2022-03-22"
#   effective_to: null
denials["watchlist_not_tailored"] := {} if {
	_live
	input.agency.controls.watchlist_reviewed_for_deployment == false
}

# METADATA
# title: "A list is a list on stored footage too"
# description: >-
#   Scanning stored footage against a list has not come before the courts. Who is on the list matters as much, so
#   the pack asks for the same criteria; where the footage was taken is no longer a choice.
# custom:
#   code: LEGAL_FRAMEWORK_INSUFFICIENT
#   citation: "R (Bridges) v CC South Wales Police [2020] EWCA Civ 1058 (who), by analogy"
#   source: "R (Bridges) v Chief Constable of South Wales Police [2020] EWCA Civ 1058 (zoomlaw.co.uk)"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The register does not show documented criteria for who may be put on the list.
#   remedy: >-
#     Write down who may be listed, and have that registered.
#   effective_from: "2020-08-11"
#   effective_to: null
denials["stored_scan_without_criteria"] := {} if {
	input.operation == "watchlist_scan"
	_part_three
	not input.agency.controls.watchlist_criteria_documented == true
}

# METADATA
# title: "Following a person is authorised"
# description: >-
#   No court has said whether following one person with face recognition, live or through stored footage, needs an
#   authorisation for directed surveillance. The pack asks for one that is verified, in force and names the mode
#   and the purpose.
# custom:
#   code: AUTHORISATION_REQUIRED
#   citation: "Regulation of Investigatory Powers Act 2000 s.28, by analogy"
#   source: "Data Protection Act 2018, Part 3 (crimeline.co.uk)"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     Following a person needs an authorisation in force that names the mode {mode}.
#   remedy: >-
#     Obtain an authorisation, or search one picture once.
#   effective_from: "2018-05-25"
#   effective_to: null
denials["tracking_unauthorised"] := {"mode": object.get(input, "mode", null)} if {
	input.operation == "track_person"
	_part_three
	not _tracking_authorised
}

# METADATA
# title: "No enrolment from a live feed"
# description: >-
#   Enrolling whoever passes a camera keeps those who match nobody, and puts people on a list without any
#   criterion.
# custom:
#   code: LIVE_FEED_DATABASE_PROHIBITED
#   citation: "R (Bridges) v CC South Wales Police [2020] EWCA Civ 1058 (retention, who)"
#   source: "R (Bridges) v Chief Constable of South Wales Police [2020] EWCA Civ 1058 (zoomlaw.co.uk)"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     Faces are not enrolled in the mode {mode}.
#   remedy: >-
#     Enrol the one picture that the case has.
#   effective_from: "2020-08-11"
#   effective_to: null
denials["live_feed_database"] := {"mode": object.get(input, "mode", null)} if {
	input.operation == "enrol_gallery"
	_part_three
	not facts.mode in ["still_image", "recorded_video", "mobile"]
}

# METADATA
# title: "A live deployment within the rules"
# description: >-
#   Criteria for who and where, both assessments and the deletion of non-matches are shown.
# custom:
#   code: PURPOSE_PERMITTED
#   citation: "R (Bridges) v CC South Wales Police [2020] EWCA Civ 1058"
#   source: "R (Bridges) v Chief Constable of South Wales Police [2020] EWCA Civ 1058 (zoomlaw.co.uk)"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The deployment meets what the Court of Appeal asked for.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2020-08-11"
#   effective_to: null
grants["live_deployment"] := {} if {
	_live
	not input.operation == "track_person"
	input.purpose in _purposes
	count(_undocumented) == 0
	count(_unassessed) == 0
	input.non_match_retention == "immediate_deletion"
}

# METADATA
# title: "Following a person, authorised"
# description: >-
#   An authorisation in force names this mode and this purpose.
# custom:
#   code: AUTHORISATION_SATISFIED
#   citation: "Regulation of Investigatory Powers Act 2000 s.28, by analogy"
#   source: "Data Protection Act 2018, Part 3 (crimeline.co.uk)"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     An authorisation in force covers following this person.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2018-05-25"
#   effective_to: null
grants["tracking"] := {"instrument": object.get(input, ["legal_instrument", "id"], null)} if {
	input.operation == "track_person"
	_part_three
	_tracking_authorised
}

# METADATA
# title: "Non-matches are deleted"
# description: >-
#   What is taken of people who match nobody is deleted at once.
# custom:
#   code: DELETE_NOW
#   citation: "R (Bridges) v CC South Wales Police [2020] EWCA Civ 1058 (retention)"
#   source: "R (Bridges) v Chief Constable of South Wales Police [2020] EWCA Civ 1058 (zoomlaw.co.uk)"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The biometric data of {what} are deleted at once.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2020-08-11"
#   effective_to: null
obligations["delete_non_matches"] := {
	"parameters": {"what": "people who match nobody"},
	"due": object.get(input, "now", null),
} if {
	_live
}

# METADATA
# title: "An officer looks first"
# description: >-
#   An officer compares the faces before anybody is stopped.
# custom:
#   code: HUMAN_REVIEW
#   citation: "R (Bridges) v CC South Wales Police [2020] EWCA Civ 1058; DPA 2018 s.49"
#   source: "R (Bridges) v Chief Constable of South Wales Police [2020] EWCA Civ 1058 (zoomlaw.co.uk)"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     An officer compares the faces before anything is done.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2018-05-25"
#   effective_to: null
obligations["officer_decides"] := {"parameters": {}, "due": null} if {
	_part_three
	_finds_faces
}

# In real time: a watchlist on a live feed, and whatever is not shown to be a picture or footage taken before.
_live if {
	input.operation == "watchlist_live"
	_part_three
}

_live if {
	input.operation in ["identify_1_to_n", "watchlist_scan", "track_person"]
	_part_three
	not facts.mode in ["still_image", "recorded_video"]
}

_undocumented contains criteria if {
	some criteria in ["watchlist_criteria_documented", "location_criteria_documented"]
	object.get(input, ["agency", "controls", criteria], false) != true
}

_unassessed contains assessment if {
	some assessment in ["dpia", "equality_assessment"]
	object.get(input, ["agency", "controls", assessment], false) != true
}

_tracking_authorised if {
	input.legal_instrument.type in ["judicial_authorisation", "administrative_authorisation"]
	papers.in_force(input.legal_instrument, input.now)
	papers.names(input.legal_instrument, "modes", input.mode)
	papers.names(input.legal_instrument, "purposes", input.purpose)
}

_finds_faces if facts.searching

_finds_faces if input.operation in _of_results
