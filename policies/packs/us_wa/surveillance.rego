package writgate.packs.us_wa

import data.writgate.lib.facts
import data.writgate.lib.papers

# METADATA
# title: "Real-time identification needs a warrant"
# description: >-
#   Real-time or near real-time identification needs a warrant that authorises that use, exigent circumstances,
#   or, for a missing or dead person only, a court order. A picture taken with a mobile device and searched on
#   the spot is read as near real-time, because the chapter does not say otherwise.
# custom:
#   code: WARRANT_REQUIRED_REALTIME
#   citation: "RCW 43.386.080(1)"
#   source: "app.leg.wa.gov, chapter 43.386 RCW"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     Identification in the mode {mode} needs a warrant for that use, certified exigent circumstances or, for a
#     missing or dead person only, a court order.
#   remedy: >-
#     Obtain a warrant that names this use, or have an officer certify the emergency.
#   effective_from: "2021-07-01"
#   effective_to: null
denials["realtime_without_warrant"] := {"mode": object.get(input, "mode", null)} if {
	_chapter_applies
	_realtime
	not _surveillance_authorised
}

# METADATA
# title: "Tracking needs a warrant"
# description: >-
#   Following one person through public places over time needs the same, whether live or through stored
#   footage. Scanning stored footage against a list is read as tracking, because each person on the list is
#   looked for again and again; so is enrolling from a live feed.
# custom:
#   code: WARRANT_REQUIRED_TRACKING
#   citation: "RCW 43.386.080(1), .010"
#   source: "app.leg.wa.gov, chapter 43.386 RCW"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     Tracking needs a warrant for that use, certified exigent circumstances or, for a missing or dead person
#     only, a court order. A single recognition without tracking does not.
#   remedy: >-
#     Obtain a warrant that names this use, or search one image once.
#   effective_from: "2021-07-01"
#   effective_to: null
denials["tracking_without_warrant"] := {"operation": object.get(input, "operation", null)} if {
	_chapter_applies
	_tracking
	not _surveillance_authorised
}

# METADATA
# title: "For a missing or dead person a court order is enough"
# description: >-
#   To locate or identify a missing person, or to identify a dead one, a court order takes the place of the
#   warrant, also without hearing the other side where an officer certifies that the information is relevant.
#   It must be for that sole purpose.
# custom:
#   code: COURT_ORDER_REQUIRED
#   citation: "RCW 43.386.080(1)(c)"
#   source: "app.leg.wa.gov, chapter 43.386 RCW"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     This use for a missing or dead person needs at least a court order for that sole purpose.
#   remedy: >-
#     Ask the court for an order, which it may give on an officer's certification alone.
#   effective_from: "2021-07-01"
#   effective_to: null
denials["court_order_missing"] := {"purpose": object.get(input, "purpose", null)} if {
	_chapter_applies
	_surveillance
	input.purpose in _missing_or_dead
	not _surveillance_authorised
}

# METADATA
# title: "A warrant for this use"
# description: >-
#   A search warrant, verified and in force, that names this mode and purpose. An arrest warrant does not
#   authorise the service.
# custom:
#   code: WARRANT_SATISFIED
#   citation: "RCW 43.386.080(1)(a)"
#   source: "app.leg.wa.gov, chapter 43.386 RCW"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     A warrant in force authorises the service in this mode and for this purpose.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2021-07-01"
#   effective_to: null
grants["warrant"] := {"instrument": object.get(input, ["legal_instrument", "id"], null)} if {
	_chapter_applies
	_surveillance
	_warranted
}

# METADATA
# title: "Exigent circumstances"
# description: >-
#   An emergency that an officer certified with its facts stands in for the warrant. The chapter sets no time
#   for asking afterwards; where the certificate has a deadline it ends there.
# custom:
#   code: EXIGENT_CIRCUMSTANCES
#   citation: "RCW 43.386.080(1)(b)"
#   source: "app.leg.wa.gov, chapter 43.386 RCW"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     Certified exigent circumstances stand in for the warrant.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2021-07-01"
#   effective_to: null
grants["exigency"] := {} if {
	_chapter_applies
	_surveillance
	papers.emergency(input.exigency, input.now)
}

# METADATA
# title: "A court order for a missing or dead person"
# description: >-
#   A court order for the sole purpose of a missing or dead person, in force and naming this mode and purpose.
#   One given without hearing the other side needs the officer's certification.
# custom:
#   code: COURT_ORDER_SATISFIED
#   citation: "RCW 43.386.080(1)(c)"
#   source: "app.leg.wa.gov, chapter 43.386 RCW"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     A court order in force authorises the service for a missing or dead person.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2021-07-01"
#   effective_to: null
grants["court_order"] := {"instrument": object.get(input, ["legal_instrument", "id"], null)} if {
	_chapter_applies
	_surveillance
	_ordered
}

# METADATA
# title: "A single recognition"
# description: >-
#   One recognition of one person, with no attempt to follow that person afterwards, is not ongoing
#   surveillance, in stored footage either.
# custom:
#   code: NO_WARRANT_NEEDED_SINGLE_RECOGNITION
#   citation: "RCW 43.386.010"
#   source: "app.leg.wa.gov, chapter 43.386 RCW"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     A single recognition without later tracking needs no warrant.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2021-07-01"
#   effective_to: null
grants["single_recognition"] := {} if {
	_chapter_applies
	_single_recognition
}

# METADATA
# title: "The emergency is written down"
# description: >-
#   The facts on which the emergency rests are kept with the search.
# custom:
#   code: DOCUMENT_FACTUAL_BASIS
#   citation: "RCW 43.386.080(1)(b), .070(2)"
#   source: "app.leg.wa.gov, chapter 43.386 RCW"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The facts of the emergency are kept on record.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2021-07-01"
#   effective_to: null
obligations["document_emergency"] := {"parameters": {}, "due": null} if {
	_chapter_applies
	_surveillance
	papers.emergency(input.exigency, input.now)
}

# METADATA
# title: "Warrants are reported each January"
# description: >-
#   Each January judges report the warrants asked for, granted, changed and denied, with period, officer and
#   place.
# custom:
#   code: REPORT_WARRANT_STATS_JANUARY
#   citation: "RCW 43.386.070(3)"
#   source: "app.leg.wa.gov, chapter 43.386 RCW"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     This warrant is part of January's report.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2021-07-01"
#   effective_to: null
obligations["report_warrants"] := {"parameters": {"month": 1}, "due": null} if {
	_chapter_applies
	_surveillance
	_warranted
}

# METADATA
# title: "Whom the warrants named is reported each January"
# description: >-
#   Each January an agency that applied for a warrant gives its legislative authority a summary, without names,
#   of those it named.
# custom:
#   code: REPORT_DEMOGRAPHIC_SUMMARY_JANUARY
#   citation: "RCW 43.386.070(4)"
#   source: "app.leg.wa.gov, chapter 43.386 RCW"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The subject of this warrant is part of January's summary.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2021-07-01"
#   effective_to: null
obligations["report_demographics"] := {"parameters": {"month": 1}, "due": null} if {
	_chapter_applies
	_surveillance
	_warranted
}

default _surveillance := false

_surveillance if _realtime

_surveillance if _tracking

_realtime if input.operation == "watchlist_live"

_realtime if {
	input.operation in ["identify_1_to_n", "watchlist_scan", "track_person"]
	not _recorded(facts.mode)
}

_tracking if input.operation == "track_person"

_tracking if input.operation == "watchlist_scan"

_tracking if {
	input.operation == "enrol_gallery"
	not facts.mode in ["still_image", "recorded_video", "mobile"]
}

_single_recognition if {
	input.operation == "identify_1_to_n"
	_recorded(input.mode)
}

_single_recognition if {
	input.operation == "verify_1_to_1"
	input.mode in ["still_image", "recorded_video", "mobile", "live"]
}

_recorded("still_image")

_recorded("recorded_video")

_surveillance_authorised if _warranted

_surveillance_authorised if _ordered

_surveillance_authorised if papers.emergency(input.exigency, input.now)

_warranted if {
	input.legal_instrument.type == "search_warrant"
	papers.in_force(input.legal_instrument, input.now)
	_named_in_paper
}

_ordered if {
	input.purpose in _missing_or_dead
	_order_of_court
	papers.in_force(input.legal_instrument, input.now)
	_named_in_paper
	every purpose in input.legal_instrument.scope.purposes { purpose in _missing_or_dead }
}

_order_of_court if input.legal_instrument.type == "court_order"

_order_of_court if {
	input.legal_instrument.type == "ex_parte_order"
	input.legal_instrument.officer_certification == true
}

_named_in_paper if {
	papers.names(input.legal_instrument, "modes", input.mode)
	papers.names(input.legal_instrument, "purposes", input.purpose)
	papers.allows(input.legal_instrument, "operations", input.operation)
}

_missing_or_dead := ["locate_missing_person", "identify_deceased"]
