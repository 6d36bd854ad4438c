package writgate.packs.us_mi_detroit

import data.writgate.lib.facts

# METADATA
# title: "Still images only"
# description: >-
#   Only still images are searched. Live streams, recorded video and mobile face recognition are each barred,
#   whoever made the recording. A single picture taken out of a video is a still image; searching the video is
#   not. The result of a search that the directive bars is barred too, except to clear somebody.
# custom:
#   code: MODE_NOT_PERMITTED
#   citation: "DPD 307.5-3.2, -3.3, -5.1"
#   source: "DPD Manual Directive 307.5, texts of September 2019 (scribd.com) and 2022 (knowt.com)"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The directive allows still images only, not {mode}.
#   remedy: >-
#     Search with one still image at the crime intelligence unit.
#   effective_from: "2019-09-19"
#   effective_to: null
denials["not_a_still_image"] := {"mode": object.get(input, "mode", null)} if {
	_bound
	not input.mode == "still_image"
}

# METADATA
# title: "No live streams"
# description: >-
#   Face recognition is not used on a live stream, whoever sends it.
# custom:
#   code: REALTIME_IDENTIFICATION_PROHIBITED
#   citation: "DPD 307.5-3.2"
#   source: "DPD Manual Directive 307.5, texts of September 2019 (scribd.com) and 2022 (knowt.com)"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The directive forbids face recognition on live streams.
#   remedy: >-
#     Search with one still image at the crime intelligence unit.
#   effective_from: "2019-09-19"
#   effective_to: null
denials["live_stream"] := {"operation": object.get(input, "operation", null)} if {
	_about_a_search
	_live
}

# METADATA
# title: "No surveillance of the public"
# description: >-
#   Nobody is watched or followed with face recognition through any camera. Scanning stored pictures against a
#   list is read as the same, because the directive knows only the search for one person in one investigation.
# custom:
#   code: CONTINUOUS_SURVEILLANCE_PROHIBITED
#   citation: "DPD 307.5-3.1"
#   source: "DPD Manual Directive 307.5, texts of September 2019 (scribd.com) and 2022 (knowt.com)"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The directive forbids watching or following people with face recognition ({operation}).
#   remedy: >-
#     Search one still image once.
#   effective_from: "2019-09-19"
#   effective_to: null
denials["watching_the_public"] := {"operation": object.get(input, "operation", null)} if {
	_department
	input.operation in ["watchlist_live", "watchlist_scan", "track_person"]
}

# METADATA
# title: "A still image of a person"
# description: >-
#   The picture searched with is a still image of a person. The directive does not speak of sketches and
#   composites, so the pack refuses them.
# custom:
#   code: PROBE_SKETCH_PROHIBITED
#   citation: "DPD 307.5-5.1"
#   source: "DPD Manual Directive 307.5, texts of September 2019 (scribd.com) and 2022 (knowt.com)"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     A picture of the kind {kind} is not a still image of a person.
#   remedy: >-
#     Use a photograph, or a still taken from a video.
#   effective_from: "2019-09-19"
#   effective_to: null
denials["picture_not_of_a_person"] := {"kind": object.get(input, ["probe", "kind"], null)} if {
	_department
	facts.searching
	not facts.picture in ["photograph", "video_frame"]
}

# METADATA
# title: "Nobody is searched for views, membership or attendance"
# description: >-
#   Nobody is searched for, and no search is asked for, because of religious, political or social views or
#   activities, membership of a group that is not criminal, or presence at a lawful event. The directive says
#   "solely"; a ground that is given as the reason for picking the person is read as that, and suspicion of an
#   offence does not lift it. Whoever is suspected of a covered offence is searched for that, without such a
#   ground.
# custom:
#   code: PROTECTED_ACTIVITY
#   citation: "DPD 307.5-3.5"
#   source: "DPD Manual Directive 307.5, texts of September 2019 (scribd.com) and 2022 (knowt.com)"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The directive forbids searching for a person because of {ground}.
#   remedy: >-
#     Drop the search, or show what ties the person to a covered offence.
#   effective_from: "2019-09-19"
#   effective_to: null
denials["picked_for_activity"] := {"ground": object.get(input, ["subject", "selected_because_of"], null)} if {
	_department
	_touches_subject
	data.grounds[input.subject.selected_because_of].activity == true
}

# METADATA
# title: "Nobody is searched for a protected characteristic"
# description: >-
#   Race, ethnicity, citizenship, origin, age, disability, gender, gender identity, sexual orientation and other
#   classes that the law protects are no ground for a search. A ground that the vocabulary does not know counts as
#   protected.
# custom:
#   code: PROTECTED_CHARACTERISTIC
#   citation: "DPD 307.5-3.5"
#   source: "DPD Manual Directive 307.5, texts of September 2019 (scribd.com) and 2022 (knowt.com)"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The directive forbids searching for a person because of {ground}.
#   remedy: >-
#     Drop the search, or show what ties the person to a covered offence.
#   effective_from: "2019-09-19"
#   effective_to: null
denials["picked_for_characteristic"] := {"ground": object.get(input, ["subject", "selected_because_of"], null)} if {
	_department
	_touches_subject
	object.get(input, ["subject", "selected_because_of"], null) != null
	not data.grounds[facts.ground].characteristic == false
}

# METADATA
# title: "No search to learn who took part or spoke"
# description: >-
#   A search whose purpose is to learn who attended or what somebody said is based on the use of that liberty
#   alone.
# custom:
#   code: PROTECTED_ACTIVITY
#   citation: "DPD 307.5-3.5"
#   source: "DPD Manual Directive 307.5, texts of September 2019 (scribd.com) and 2022 (knowt.com)"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The directive forbids searches for {purpose}.
#   remedy: >-
#     Drop the search.
#   effective_from: "2019-09-19"
#   effective_to: null
denials["aimed_at_liberty"] := {"purpose": object.get(input, "purpose", null)} if {
	_department
	_touches_subject
	input.purpose in ["identify_event_participants", "document_speech"]
}

# METADATA
# title: "Not to assess immigration status"
# description: >-
#   Members may not use face recognition to assess immigration status, neither as the purpose nor as the ground
#   for picking somebody.
# custom:
#   code: IMMIGRATION_ENFORCEMENT_PROHIBITED
#   citation: "DPD 307.5-3.6"
#   source: "DPD Manual Directive 307.5, texts of September 2019 (scribd.com) and 2022 (knowt.com)"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The directive forbids using face recognition to assess immigration status.
#   remedy: >-
#     There is no lawful way to do this.
#   effective_from: "2019-09-19"
#   effective_to: null
denials["immigration_status"] := {} if {
	_department
	_touches_subject
	_about_immigration
}

# METADATA
# title: "No predictive analysis"
# description: >-
#   Face recognition is not used for predictive analysis.
# custom:
#   code: PREDICTIVE_PROFILING_PROHIBITED
#   citation: "DPD 307.5-3.4"
#   source: "DPD Manual Directive 307.5, texts of September 2019 (scribd.com) and 2022 (knowt.com)"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The directive forbids predictive analysis with face recognition.
#   remedy: >-
#     Ask about an offence that was committed.
#   effective_from: "2019-09-19"
#   effective_to: null
denials["predictive_use"] := {} if {
	_department
	_predicts
}

# METADATA
# title: "A violation may be reported"
# description: >-
#   Nothing stands against reporting that the directive was broken, by whomever.
# custom:
#   code: PURPOSE_PERMITTED
#   citation: "DPD 307.5-4"
#   source: "DPD Manual Directive 307.5, texts of September 2019 (scribd.com) and 2022 (knowt.com)"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     Reporting an incident is permitted.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2019-09-19"
#   effective_to: null
grants["incident_report"] := {} if {
	input.operation == "incident_report"
}

# METADATA
# title: "A search for a protected activity was found"
# description: >-
#   The report says that somebody was searched for an activity that the directive protects. It is taken, and what
#   the directive says of such a violation follows.
# custom:
#   code: PROTECTED_ACTIVITY
#   citation: "DPD 307.5-3.5, -4"
#   source: "DPD Manual Directive 307.5, texts of September 2019 (scribd.com) and 2022 (knowt.com)"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The report is of a search made because of {ground}.
#   remedy: >-
#     Tell the Board, the Mayor and the two presidents of the Council within 24 hours.
#   effective_from: "2019-09-19"
#   effective_to: null
grants["violation_found"] := {"ground": input.subject.selected_because_of} if {
	input.operation == "incident_report"
	_against_liberties
}

# METADATA
# title: "City leaders are told within 24 hours"
# description: >-
#   Where face recognition was used against 307.5-3.5, the department tells the Board of Police Commissioners, the
#   Mayor, the Council President and the President Pro Tem within 24 hours of the violation. The clock runs from
#   when the violation was found or, where that is not said, from now. The section forbids asking for such a
#   search as well as making it, and does not say whether a refused one is to be told; the pack has it told.
# custom:
#   code: NOTIFY_BOARD_MAYOR_COUNCIL_PRESIDENT_AND_PRO_TEM_WITHIN_24H
#   citation: "DPD 307.5-4"
#   source: "DPD Manual Directive 307.5, texts of September 2019 (scribd.com) and 2022 (knowt.com)"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The Board, the Mayor, the Council President and the President Pro Tem are told within 24 hours.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2019-09-19"
#   effective_to: null
obligations["notify_within_24_hours"] := {"parameters": {}, "due": _within_a_day} if {
	_of_the_department
	_against_liberties
}

# METADATA
# title: "A violation is major misconduct"
# description: >-
#   Every violation is major misconduct, is investigated, and may end in dismissal. What is asked or reported
#   against the protections of the directive opens an incident.
# custom:
#   code: OPEN_MISUSE_INCIDENT
#   citation: "DPD 307.5-4"
#   source: "DPD Manual Directive 307.5, texts of September 2019 (scribd.com) and 2022 (knowt.com)"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     An incident of major misconduct is opened.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2019-09-19"
#   effective_to: null
obligations["major_misconduct"] := {"parameters": {}, "due": null} if {
	_of_the_department
	_misconduct
}

# What the department asks, and what anybody reports of it.
_of_the_department if _department

_of_the_department if input.operation == "incident_report"

_live if input.mode == "live"

_live if input.operation == "watchlist_live"

_touches_subject if {
	not facts.operation in ["incident_report", "consult_record"]
}

_about_immigration if input.purpose == "immigration_enforcement"

_about_immigration if input.subject.selected_because_of in ["immigration_status", "citizenship"]

_predicts if {
	input.purpose == "predictive_policing"
	_touches_subject
}

_predicts if input.operation == "risk_score_person"

_against_liberties if {
	facts.ground != null
	not input.operation == "consult_record"
}

_against_liberties if {
	input.purpose in ["identify_event_participants", "document_speech"]
	not input.operation == "consult_record"
}

_misconduct if input.operation == "incident_report"

_misconduct if _against_liberties

_misconduct if _predicts

_misconduct if {
	_touches_subject
	_about_immigration
}

_within_a_day := input.clock.violation_detected_at + 86400000000000 if is_number(input.clock.violation_detected_at)

_within_a_day := input.now + 86400000000000 if {
	not _violation_dated
	is_number(input.now)
}

_within_a_day := null if {
	not _violation_dated
	not _now_known
}

_violation_dated if is_number(input.clock.violation_detected_at)

_now_known if is_number(input.now)
