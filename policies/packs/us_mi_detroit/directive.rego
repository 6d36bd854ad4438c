# METADATA
# title: Detroit
# description: >-
#   Directive 307.5 of the Detroit Police Department (in effect since 19 September 2019) and the settlement of
#   Williams v. Detroit (28 June 2024): still images, violent crime, two examiners and a supervisor, a lead and no
#   more. Where the directive or the settlement is silent or unclear the pack refuses and says so in the rule's
#   description.
package writgate.packs.us_mi_detroit

import data.writgate.lib.facts

# METADATA
# title: "The directive is the police department's"
# description: >-
#   The directive and the settlement bind the police of Detroit. They say nothing of other city bodies or private
#   use, so the pack refuses both.
# custom:
#   code: OPERATOR_NOT_AUTHORISED
#   citation: "DPD 307.5-1"
#   source: "DPD Manual Directive 307.5, texts of September 2019 (scribd.com) and 2022 (knowt.com)"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The requester ({agency_type}) is not a police agency, and this pack covers no other.
#   remedy: >-
#     A pack for other users in Detroit would have to be published first.
#   effective_from: "2019-09-19"
#   effective_to: null
denials["not_the_department"] := {"agency_type": object.get(input, ["actor", "agency_type"], null)} if {
	not _department
	not facts.operation in ["consult_record", "incident_report"]
}

# METADATA
# title: "Part 1 violent crime or first-degree home invasion"
# description: >-
#   Face recognition serves the investigation of a Part 1 violent crime (murder, rape, robbery, aggravated
#   assault) or of a home invasion in the first degree, and of nothing else. The register's entry for the offence
#   decides; an offence that it does not know, or knows as violent but not as one of these, is not covered. The
#   result is bound as the search is, except that what clears somebody may always be used.
# custom:
#   code: OFFENCE_NOT_COVERED
#   citation: "DPD 307.5-1"
#   source: "DPD Manual Directive 307.5, texts of September 2019 (scribd.com) and 2022 (knowt.com)"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The offence {offence} is neither a Part 1 violent crime nor a home invasion in the first degree.
#   remedy: >-
#     Investigate by other means; there is no exception for other offences.
#   effective_from: "2019-09-19"
#   effective_to: null
denials["offence_not_covered"] := {"offence": object.get(input, ["offence", "label"], null)} if {
	_bound
	not _offence_covered
}

# METADATA
# title: "Reasonable suspicion"
# description: >-
#   There must be reasonable suspicion that the search will give information relevant to an open investigation.
# custom:
#   code: SUSPICION_STANDARD_NOT_MET
#   citation: "DPD 307.5-1"
#   source: "DPD Manual Directive 307.5, texts of September 2019 (scribd.com) and 2022 (knowt.com)"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The directive asks for reasonable suspicion; shown was {suspicion}.
#   remedy: >-
#     Write down the facts that give reasonable suspicion.
#   effective_from: "2019-09-19"
#   effective_to: null
denials["suspicion_missing"] := {"suspicion": object.get(input, "suspicion", null)} if {
	_about_a_search
	not facts.reasonable_suspicion
}

# METADATA
# title: "For an investigation"
# description: >-
#   The directive allows face recognition in an open investigation. Access, training, fraud checks, vetting and
#   the building of galleries are none, and where it does not speak of a purpose the pack refuses it.
# custom:
#   code: PURPOSE_NOT_AUTHORISED
#   citation: "DPD 307.5-1"
#   source: "DPD Manual Directive 307.5, texts of September 2019 (scribd.com) and 2022 (knowt.com)"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The directive does not allow face recognition for {purpose}.
#   remedy: >-
#     Ask in the investigation of a covered offence.
#   effective_from: "2019-09-19"
#   effective_to: null
denials["purpose_not_investigative"] := {"purpose": object.get(input, "purpose", null)} if {
	_about_a_search
	not facts.purpose in _investigative
}

# METADATA
# title: "A covered offence, a still image, reasonable suspicion"
# description: >-
#   A search in the investigation of a covered offence, with a still image and on at least reasonable suspicion;
#   the same holds for taking over the result of such a search and for enrolling the picture.
# custom:
#   code: OFFENCE_LISTED
#   citation: "DPD 307.5-1, -5"
#   source: "DPD Manual Directive 307.5, texts of September 2019 (scribd.com) and 2022 (knowt.com)"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The offence is covered, the picture is a still image, and there is reasonable suspicion.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2019-09-19"
#   effective_to: null
grants["offence_listed"] := {} if {
	_department
	input.operation in ["identify_1_to_n", "verify_1_to_1", "receive_result", "enrol_gallery"]
	_allowed_search
}

# METADATA
# title: "The result of an allowed search is handed over"
# description: >-
#   The result of an allowed search goes to the examiners and the investigator who asked.
# custom:
#   code: RELEASE_PERMITTED
#   citation: "DPD 307.5-1, -5"
#   source: "DPD Manual Directive 307.5, texts of September 2019 (scribd.com) and 2022 (knowt.com)"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The result may be released for review.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2019-09-19"
#   effective_to: null
grants["release"] := {} if {
	_department
	input.operation == "release_result"
	_allowed_search
}

# METADATA
# title: "Keeping and reading the record"
# description: >-
#   The directive asks for records and reports; keeping them is the department's task, and whoever may read them,
#   the Board above all, reads them for a lawful purpose.
# custom:
#   code: PURPOSE_PERMITTED
#   citation: "DPD 307.5-5"
#   source: "DPD Manual Directive 307.5, texts of September 2019 (scribd.com) and 2022 (knowt.com)"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The record may be kept and read.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2019-09-19"
#   effective_to: null
grants["records"] := {} if {
	_keeps_or_reads
	data.purposes[input.purpose].refused == false
}

# METADATA
# title: "An investigative lead"
# description: >-
#   A match is an investigative lead; the investigation goes on.
# custom:
#   code: LEAD_ONLY
#   citation: "DPD 307.5-1"
#   source: "DPD Manual Directive 307.5, texts of September 2019 (scribd.com) and 2022 (knowt.com)"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     A candidate is a lead, not an identification.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2019-09-19"
#   effective_to: null
obligations["lead_only"] := {"parameters": {}, "due": null} if {
	_department
	_gives_candidates
}

# METADATA
# title: "A second examiner"
# description: >-
#   A second examiner reviews the candidate without relying on the first. From memory of the directive.
# custom:
#   code: SECOND_EXAMINER
#   citation: "DPD 307.5-5"
#   source: "DPD Manual Directive 307.5, texts of September 2019 (scribd.com) and 2022 (knowt.com)"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     A second examiner reviews the candidate.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2019-09-19"
#   effective_to: null
obligations["second_examiner"] := {"parameters": {}, "due": null} if {
	_department
	_gives_candidates
}

# METADATA
# title: "A supervisor"
# description: >-
#   A supervisor reviews the candidate before the investigator gets it. From memory of the directive.
# custom:
#   code: SUPERVISOR_REVIEW
#   citation: "DPD 307.5-5"
#   source: "DPD Manual Directive 307.5, texts of September 2019 (scribd.com) and 2022 (knowt.com)"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     A supervisor reviews the candidate.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2019-09-19"
#   effective_to: null
obligations["supervisor_review"] := {"parameters": {}, "due": null} if {
	_department
	_gives_candidates
}

# METADATA
# title: "The Board hears of it weekly"
# description: >-
#   Each week the Board of Police Commissioners is told of the requests fulfilled, the crimes and the leads. The
#   report that holds this search is due a week after it. From memory of the directive.
# custom:
#   code: REPORT_WEEKLY_TO_OVERSIGHT_BOARD
#   citation: "DPD 307.5-5"
#   source: "DPD Manual Directive 307.5, texts of September 2019 (scribd.com) and 2022 (knowt.com)"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     This search is part of the week's report to the Board of Police Commissioners.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2019-09-19"
#   effective_to: null
obligations["weekly_report"] := {"parameters": {}, "due": _in_a_week} if {
	_department
	input.operation in ["identify_1_to_n", "verify_1_to_1", "receive_result"]
}

_department if input.actor.agency_type == "law_enforcement"

# What the directive's limits on searches bind: searches, enrolment, and their results on the way to the investigator.
_about_a_search if {
	_department
	input.operation in [
		"identify_1_to_n", "verify_1_to_1", "watchlist_live", "watchlist_scan", "track_person", "enrol_gallery",
		"release_result", "receive_result",
	]
}

_keeps_or_reads if input.operation == "consult_record"

_keeps_or_reads if {
	_department
	input.operation == "create_record"
}

_bound if _about_a_search

_bound if {
	_department
	input.operation == "use_result"
	not _clears_somebody
}

_clears_somebody if input.result_use.for == "exculpatory_evidence"

_investigative := [
	"investigate_named_offence",
	"locate_wanted_person",
	"identify_victim",
	"identify_witness",
	"identify_deceased",
	"identify_incapacitated_person",
	"identify_detained_person",
	"locate_missing_person",
	"locate_abducted_or_trafficked_victim",
	"imminent_threat_to_life",
	"child_exploitation_material",
]

_allowed_search if {
	input.mode == "still_image"
	facts.reasonable_suspicion
	input.purpose in _investigative
	_offence_covered
}

_offence_covered if {
	facts.offence_named
	input.offence.listed_item in ["part_1_violent_crime", "home_invasion_first_degree"]
}

_offence_covered if {
	facts.offence_named
	input.offence.violent == true
	input.offence.felony == true
	label := lower(input.offence.label)
	some word in [
		"murder", "homicide", "manslaughter", "robbery", "carjacking", "assault", "rape", "criminal sexual conduct",
		"shooting", "stabbing",
	]
	contains(label, word)
}

_offence_covered if {
	facts.offence_named
	label := lower(input.offence.label)
	contains(label, "home invasion")
	some degree in ["first", "1st"]
	contains(label, degree)
}

_gives_candidates if {
	input.operation in ["identify_1_to_n", "verify_1_to_1", "watchlist_live", "watchlist_scan", "track_person"]
}

_gives_candidates if input.operation in ["release_result", "receive_result"]

default _in_a_week := null

_in_a_week := input.now + 604800000000000 if is_number(input.now)
