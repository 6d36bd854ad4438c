package writgate.packs.us_il

import data.writgate.lib.facts

# METADATA
# title: "Three years after the last interaction"
# description: >-
#   A template is destroyed when the purpose of its collection is met or three years after the person's last
#   interaction with the entity, whichever comes first. What should have been destroyed is not used. A warrant or
#   subpoena lets it be handed to the court.
# custom:
#   code: RETENTION_EXPIRED
#   citation: "740 ILCS 14/15(a)"
#   source: "ilga.gov, 740 ILCS 14/10, 14/15, 14/25"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The last interaction was more than three years ago, and the template should have been destroyed.
#   remedy: >-
#     Destroy the template. A new enrolment needs a new notice and release.
#   effective_from: "2008-10-03"
#   effective_to: null
denials["retention_expired"] := {"last_interaction": object.get(input, ["clock", "last_interaction"], null)} if {
	_too_old
	_bound
}

# METADATA
# title: "The template is destroyed now"
# description: >-
#   What is older than three years since the last interaction is destroyed without waiting.
# custom:
#   code: DELETE_NOW
#   citation: "740 ILCS 14/15(a)"
#   source: "ilga.gov, 740 ILCS 14/10, 14/15, 14/25"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The template is destroyed now.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2008-10-03"
#   effective_to: null
obligations["delete_now"] := {"parameters": {}, "due": object.get(input, "now", null)} if {
	_too_old
	_bound
}

# METADATA
# title: "Destroyed in time"
# description: >-
#   The template is destroyed when its purpose is met, and at the latest three years after the last interaction,
#   which is when this duty is due.
# custom:
#   code: DELETE_WHEN_PURPOSE_MET_OR_3_YEARS_AFTER_LAST_INTERACTION
#   citation: "740 ILCS 14/15(a)"
#   source: "ilga.gov, 740 ILCS 14/10, 14/15, 14/25"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The template is destroyed when its purpose is met, or three years after the last interaction.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2008-10-03"
#   effective_to: null
obligations["delete_in_time"] := {"parameters": {}, "due": _three_years_after(_last_interaction)} if {
	_keeps_template
	_bound
	_told_and_released
}

_keeps_template if facts.handles_faces

_keeps_template if input.operation in ["use_result", "release_result"]

# A new enrolment is an interaction of its own; a court's paper keeps what it asks for.
_too_old if {
	input.operation in _needing_a_template
	object.get(input, ["clock", "last_interaction"], null) != null
	not _within_three_years
	not _kept_for_court
}

_needing_a_template := [
	"verify_1_to_1",
	"identify_1_to_n",
	"watchlist_live",
	"watchlist_scan",
	"track_person",
	"use_result",
	"release_result",
]

_kept_for_court if {
	input.operation == "release_result"
	_compelled
}

_within_three_years if {
	is_number(input.now)
	is_number(input.clock.last_interaction)
	input.now <= _three_years_after(input.clock.last_interaction)
}

# Enrolment and comparison are interactions themselves.
_interacts if input.operation in ["enrol_gallery", "verify_1_to_1"]

_last_interaction := input.now if {
	_interacts
	is_number(input.now)
}

_last_interaction := input.clock.last_interaction if {
	not _interacts
	is_number(input.clock.last_interaction)
}

_last_interaction := input.now if {
	not _interacts
	is_number(input.now)
	not is_number(object.get(input, ["clock", "last_interaction"], null))
}

# The same day three years on, the first of 29 February's neighbours where there is none: 1,095 days, and one more
# where a leap day lies between. True from 1901 to 2099.
_three_years_after(moment) := moment + (_day_ns * (1095 + leap)) if {
	day := floor(moment / _day_ns)
	leap := _leap_days(day + 1095) - _leap_days(day)
}

# How many leap days there were up to this day, counted from 29 February 1972 (day 789 of the epoch).
_leap_days(day) := floor((day - 789) / 1461)

_day_ns := 86400000000000
