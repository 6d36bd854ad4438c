package writgate.packs.model_georgetown

import data.writgate.lib.facts
import data.writgate.lib.papers

# METADATA
# title: "Licence photographs only by order of a judge"
# description: >-
#   Photographs of licences and identity cards are searched only under a judge's order on probable cause, in force
#   and naming this purpose and mode, or in an emergency that is followed by an application.
# custom:
#   code: COURT_ORDER_REQUIRED
#   citation: "Recommendation 4"
#   source: "perpetuallineup.org, recommendations and appendix"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     A search of licence photographs needs an order of a judge on probable cause.
#   remedy: >-
#     Apply for the order, or search the arrest photographs.
#   effective_from: "2016-10-18"
#   effective_to: null
denials["licences_without_order"] := {"gallery": object.get(input, "database", null)} if {
	_licence_search
	not _ordered
	not _in_emergency
}

# METADATA
# title: "The application follows within twelve hours"
# description: >-
#   An emergency lets a search of licence photographs go ahead, and the application follows. Twelve hours is the
#   model bill's time as remembered, not as read. An emergency without a registered beginning counts as late.
# custom:
#   code: POST_HOC_DEADLINE_MISSED
#   citation: "Model face recognition act, emergencies"
#   source: "perpetuallineup.org, recommendations and appendix"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The emergency began more than twelve hours ago and no application was made in that time.
#   remedy: >-
#     Apply to the judge.
#   effective_from: "2016-10-18"
#   effective_to: null
denials["follow_up_late"] := {"started_at": object.get(input, ["exigency", "started_at"], null)} if {
	_licence_search
	_emergency
	not _ordered
	not _followed_up
}

# METADATA
# title: "What a judge refused ends"
# description: >-
#   Where the judge refuses the application that follows an emergency, nothing more is done with the search or its
#   result.
# custom:
#   code: AUTHORISATION_REJECTED
#   citation: "Model face recognition act, emergencies"
#   source: "perpetuallineup.org, recommendations and appendix"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The judge refused the application.
#   remedy: >-
#     Stop, and delete what the search gave.
#   effective_from: "2016-10-18"
#   effective_to: null
denials["application_rejected"] := {"result": input.clock.authorisation_result} if _rejected

# METADATA
# title: "Continuous scanning needs an order with limits"
# description: >-
#   Scanning faces in real time, following a person, or running stored footage against a list needs an order on
#   probable cause that says where it is done and for how long.
# custom:
#   code: WARRANT_REQUIRED_REALTIME
#   citation: "Recommendation on real-time face recognition"
#   source: "perpetuallineup.org, recommendations and appendix"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     Continuous scanning needs an order on probable cause that limits time and place.
#   remedy: >-
#     Apply for an order that names time and place.
#   effective_from: "2016-10-18"
#   effective_to: null
denials["continuous_without_order"] := {"operation": object.get(input, "operation", null)} if {
	_continuous
	not _ordered_with_limits
}

# METADATA
# title: "Continuous scanning is the last resort"
# description: >-
#   It is for emergencies that threaten life, certified as such, and for nothing else, order or not.
# custom:
#   code: REALTIME_IDENTIFICATION_PROHIBITED
#   citation: "Recommendation on real-time face recognition"
#   source: "perpetuallineup.org, recommendations and appendix"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     Continuous scanning is only for a certified emergency that threatens life.
#   remedy: >-
#     Search one picture once.
#   effective_from: "2016-10-18"
#   effective_to: null
denials["continuous_without_danger"] := {"operation": object.get(input, "operation", null)} if {
	_continuous
	not _life_in_danger
}

# METADATA
# title: "A judge ordered the search of licence photographs"
# description: >-
#   An order on probable cause in force names this purpose and mode.
# custom:
#   code: COURT_ORDER_SATISFIED
#   citation: "Recommendation 4"
#   source: "perpetuallineup.org, recommendations and appendix"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     A judge ordered this search on probable cause.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2016-10-18"
#   effective_to: null
grants["ordered"] := {"instrument": object.get(input, ["legal_instrument", "id"], null)} if {
	_licence_search
	_ordered
	_suspected
	_permitted_purpose
}

# METADATA
# title: "An emergency, with an application to follow"
# description: >-
#   A certified emergency less than twelve hours old, or one in which the application was made in that time and
#   not refused.
# custom:
#   code: EXIGENT_CIRCUMSTANCES
#   citation: "Recommendation 4; model face recognition act, emergencies"
#   source: "perpetuallineup.org, recommendations and appendix"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     A certified emergency lets the search go ahead.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2016-10-18"
#   effective_to: null
grants["emergency"] := {} if {
	_licence_search
	_in_emergency
	_suspected
	_permitted_purpose
}

# METADATA
# title: "Ordered within limits, life in danger"
# description: >-
#   An order on probable cause that limits time and place, in a certified emergency that threatens life.
# custom:
#   code: WARRANT_SATISFIED
#   citation: "Recommendation on real-time face recognition"
#   source: "perpetuallineup.org, recommendations and appendix"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     An order with limits and a certified danger to life stand behind this use.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2016-10-18"
#   effective_to: null
grants["continuous"] := {"instrument": object.get(input, ["legal_instrument", "id"], null)} if {
	_continuous
	_ordered_with_limits
	_life_in_danger
	_suspected
	_permitted_purpose
}

# METADATA
# title: "The application follows, or everything ends"
# description: >-
#   The application is due twelve hours after the emergency began. Where it is refused the search ends and what it
#   gave is deleted.
# custom:
#   code: STOP_AND_DELETE_IF_REJECTED
#   citation: "Model face recognition act, emergencies"
#   source: "perpetuallineup.org, recommendations and appendix"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     An application is due within twelve hours; if it is refused, what was found is deleted.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2016-10-18"
#   effective_to: null
obligations["follow_up"] := {
	"parameters": {"hours": 12},
	"due": _follow_up_due,
} if {
	_licence_search
	_emergency
	not _ordered
}

# METADATA
# title: "What was found is deleted"
# description: >-
#   After a refusal what the search gave is deleted.
# custom:
#   code: DELETE_ALL_DATA_RESULTS_OUTPUTS
#   citation: "Model face recognition act, emergencies"
#   source: "perpetuallineup.org, recommendations and appendix"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     What the search gave is deleted.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2016-10-18"
#   effective_to: null
obligations["delete_rejected"] := {"parameters": {}, "due": object.get(input, "now", null)} if _rejected

# METADATA
# title: "Within the limits of the order"
# description: >-
#   Continuous scanning keeps to the time and the place of the order.
# custom:
#   code: LIMIT_TIME_PLACE_PERSON
#   citation: "Recommendation on real-time face recognition"
#   source: "perpetuallineup.org, recommendations and appendix"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     Use is limited to the time and place of the order.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2016-10-18"
#   effective_to: null
obligations["keep_within_limits"] := {"parameters": {}, "due": null} if {
	_continuous
	_ordered_with_limits
}

_licence_search if {
	_licence_photos
	_searches_once
}

_ordered if {
	paper := input.legal_instrument
	paper.type in ["search_warrant", "court_order", "ex_parte_order"]
	papers.in_force(paper, input.now)
	papers.names(paper, "purposes", input.purpose)
	papers.names(paper, "modes", input.mode)
	_on_probable_cause(paper)
}

_on_probable_cause(paper) if paper.type == "search_warrant"

_on_probable_cause(paper) if paper.finding in ["probable_cause", "probable cause"]

_emergency if {
	papers.emergency(input.exigency, input.now)
	not input.clock.authorisation_result == "rejected"
}

_in_emergency if {
	_emergency
	_followed_up
}

_followed_up if {
	is_number(input.now)
	input.now <= _follow_up_due
}

_followed_up if {
	is_number(input.clock.authorisation_requested)
	input.clock.authorisation_requested <= _follow_up_due
}

_follow_up_due := input.exigency.started_at + 43200000000000 if is_number(input.exigency.started_at)

_continuous if input.operation in ["watchlist_live", "watchlist_scan", "track_person"]

_continuous if {
	input.operation == "identify_1_to_n"
	not facts.mode in ["still_image", "recorded_video", "mobile"]
}

_ordered_with_limits if {
	_ordered
	papers.names(input.legal_instrument, "limits", "time")
	papers.names(input.legal_instrument, "limits", "place")
}

_life_in_danger if {
	_emergency
	input.exigency.risk == "imminent_threat_to_individual"
}

_life_in_danger if {
	_emergency
	input.purpose == "imminent_threat_to_life"
}

_rejected if {
	input.clock.authorisation_result == "rejected"
	not facts.operation in ["consult_record", "incident_report"]
}
