package writgate.packs.us_la_new_orleans

import data.writgate.lib.facts

# METADATA
# title: "Banned until July 2022"
# description: >-
#   From December 2020 until the ordinance of July 2022 the city and its police could not use face recognition at
#   all.
# custom:
#   code: MUNICIPAL_BAN
#   citation: "New Orleans Code 147-2 (ordinance of December 2020)"
#   source: "thelensnola.org, 3 and 4 August 2022; apnews.com, 22 July 2022; brylskicompany.com, July draft"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The city banned face recognition at the time.
#   remedy: >-
#     There was no lawful way.
#   effective_from: "2020-12-18"
#   effective_to: "2022-07-21"
denials["banned_until_2022"] := {} if {
	_city
	not facts.operation in _about_the_record
}

# METADATA
# title: "Other city bodies stay banned"
# description: >-
#   Only the police department was exempted from the ban. Other officials of the city may not obtain or use face
#   recognition.
# custom:
#   code: MUNICIPAL_BAN
#   citation: "New Orleans Code 147-2 (ordinance of July 2022)"
#   source: "thelensnola.org, 3 and 4 August 2022; apnews.com, 22 July 2022; brylskicompany.com, July draft"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The ban on face recognition still holds for city bodies other than the police.
#   remedy: >-
#     There is no lawful way for a body that is not the police.
#   effective_from: "2022-07-21"
#   effective_to: null
denials["banned_for_other_bodies"] := {} if {
	input.actor.agency_type == "government_non_law_enforcement"
	not facts.operation in _about_the_record
}

# METADATA
# title: "Not to investigate abortion"
# description: >-
#   Nobody who seeks, gives or helps with an abortion is investigated with face recognition, whatever the state's
#   law makes of it and whatever the purpose is called.
# custom:
#   code: REPRODUCTIVE_HEALTH_PROHIBITED
#   citation: "New Orleans Code 147-2 (ordinance of August 2022)"
#   source: "thelensnola.org, 3 and 4 August 2022; apnews.com, 22 July 2022; brylskicompany.com, July draft"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The ordinance forbids face recognition to investigate abortion.
#   remedy: >-
#     There is no lawful way to do this.
#   effective_from: "2022-08-04"
#   effective_to: null
denials["abortion"] := {} if {
	_police
	_touches_subject
	_about_abortion
}

# METADATA
# title: "Not to investigate consensual conduct"
# description: >-
#   Consensual sexual conduct of adults is not investigated with face recognition, laws that make same-sex conduct
#   a crime included.
# custom:
#   code: CONSENSUAL_CONDUCT_PROHIBITED
#   citation: "New Orleans Code 147-2 (ordinance of August 2022)"
#   source: "thelensnola.org, 3 and 4 August 2022; apnews.com, 22 July 2022; brylskicompany.com, July draft"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The ordinance forbids face recognition to investigate consensual conduct of adults.
#   remedy: >-
#     There is no lawful way to do this.
#   effective_from: "2022-08-04"
#   effective_to: null
denials["consensual_conduct"] := {} if {
	_police
	_touches_subject
	_about_consensual_conduct
}

# METADATA
# title: "No live identification"
# description: >-
#   The exemption is for a picture in an investigation. Live identification stays banned, also where a private
#   network sends its alerts to the police.
# custom:
#   code: REALTIME_IDENTIFICATION_PROHIBITED
#   citation: "New Orleans Code 147-2 (ordinance of July 2022)"
#   source: "thelensnola.org, 3 and 4 August 2022; apnews.com, 22 July 2022; brylskicompany.com, July draft"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The ordinance does not exempt live identification.
#   remedy: >-
#     Search with a picture of the investigation.
#   effective_from: "2022-07-21"
#   effective_to: null
denials["live"] := {} if {
	_about_a_search
	_live
}

# METADATA
# title: "A picture of the investigation"
# description: >-
#   A picture or a recording of the investigation is searched. Live feeds are not, and neither is a search from a
#   phone in the street, of which the ordinance does not speak.
# custom:
#   code: MODE_NOT_PERMITTED
#   citation: "New Orleans Code 147-2 (ordinance of July 2022)"
#   source: "thelensnola.org, 3 and 4 August 2022; apnews.com, 22 July 2022; brylskicompany.com, July draft"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The ordinance does not allow searches in the mode {mode}.
#   remedy: >-
#     Search with a picture of the investigation.
#   effective_from: "2022-07-21"
#   effective_to: null
denials["mode_not_permitted"] := {"mode": object.get(input, "mode", null)} if {
	_about_a_search
	not facts.mode in ["still_image", "recorded_video"]
}

# METADATA
# title: "Surveillance of faces stays banned"
# description: >-
#   Watchlists and following people, live or through recordings, are face surveillance or the tracking of
#   characteristics, which stay banned.
# custom:
#   code: CONTINUOUS_SURVEILLANCE_PROHIBITED
#   citation: "New Orleans Code 147-2 (ordinance of July 2022)"
#   source: "thelensnola.org, 3 and 4 August 2022; apnews.com, 22 July 2022; brylskicompany.com, July draft"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The ban still covers {operation}.
#   remedy: >-
#     Search with one picture of the investigation.
#   effective_from: "2022-07-21"
#   effective_to: null
denials["watching"] := {"operation": object.get(input, "operation", null)} if {
	_police
	input.operation in ["watchlist_live", "watchlist_scan", "track_person"]
}

# METADATA
# title: "Prediction stays banned"
# description: >-
#   Technology that predicts who will commit a crime, or where, stays banned.
# custom:
#   code: PREDICTIVE_PROFILING_PROHIBITED
#   citation: "New Orleans Code 147-2 (ordinance of July 2022)"
#   source: "thelensnola.org, 3 and 4 August 2022; apnews.com, 22 July 2022; brylskicompany.com, July draft"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The ban still covers predictive policing.
#   remedy: >-
#     Ask about a crime that was committed.
#   effective_from: "2020-12-18"
#   effective_to: null
denials["prediction"] := {} if {
	_city
	_predicts
}

# METADATA
# title: "No results by an informal way"
# description: >-
#   A result that comes to the police by an informal way, such as a private camera network's alerts, stays outside
#   the ordinance's reports. It is not taken over.
# custom:
#   code: BACKCHANNEL_REQUEST
#   citation: "New Orleans Code 147-2 (ordinance of July 2022)"
#   source: "thelensnola.org, 3 and 4 August 2022; apnews.com, 22 July 2022; brylskicompany.com, July draft"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The result reached the police outside the ordinance.
#   remedy: >-
#     Ask for the search under the ordinance, so that it is reported.
#   effective_from: "2022-07-21"
#   effective_to: null
denials["private_tips"] := {} if {
	_police
	input.operation == "receive_result"
	input.request_channel in ["informal", "partner_agency"]
}

_touches_subject if {
	not facts.operation in ["incident_report", "consult_record"]
}

_about_abortion if input.purpose == "reproductive_health_enforcement"

_about_abortion if contains(lower(input.offence.label), "abortion")

_about_consensual_conduct if input.purpose == "consensual_conduct_enforcement"

_about_consensual_conduct if {
	not input.offence.violent == true
	label := lower(input.offence.label)
	some named in ["crime against nature", "sodomy", "same-sex", "adultery", "fornication"]
	contains(label, named)
}

_live if input.operation == "watchlist_live"

_live if input.mode == "live"

_predicts if {
	input.purpose == "predictive_policing"
	_touches_subject
}

_predicts if input.operation == "risk_score_person"
