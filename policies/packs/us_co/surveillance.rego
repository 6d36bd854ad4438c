package writgate.packs.us_co

import data.writgate.lib.facts
import data.writgate.lib.papers

# METADATA
# title: "Real-time identification needs one of four grounds"
# description: >-
#   Real-time or near real-time identification needs a warrant that authorises it, or to be necessary to develop
#   leads in an investigation, or established probable cause, or, for a missing or dead person only, a court
#   order. A certified emergency is not among them. The part says it of law enforcement; the pack holds every
#   agency to it. A picture taken with a mobile device and searched on the spot is read as near real-time, because
#   the part does not say otherwise.
# custom:
#   code: WARRANT_REQUIRED_REALTIME
#   citation: "C.R.S. 24-18-307(1)"
#   source: "colorado.public.law, C.R.S. 24-18-301 to -309"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     Identification in the mode {mode} needs a warrant, necessity to develop leads, probable cause or, for a
#     missing or dead person only, a court order.
#   remedy: >-
#     Obtain a warrant that names this use, or show the case, the offence and why the use is needed for leads.
#   effective_from: "2022-08-10"
#   effective_to: null
denials["realtime_without_ground"] := {"mode": object.get(input, "mode", null)} if {
	_part_applies
	_realtime
	not _surveillance_authorised
}

# METADATA
# title: "Tracking needs one of four grounds"
# description: >-
#   Following one person through public places over time needs the same, whether live or through stored footage.
#   Scanning stored footage against a list is read as tracking, because each person on the list is looked for
#   again and again; so is enrolling from a live feed.
# custom:
#   code: WARRANT_REQUIRED_TRACKING
#   citation: "C.R.S. 24-18-307(1), -301"
#   source: "colorado.public.law, C.R.S. 24-18-301 to -309"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     Tracking needs a warrant, necessity to develop leads, probable cause or, for a missing or dead person only,
#     a court order. A single recognition without tracking does not.
#   remedy: >-
#     Obtain a warrant that names this use, or search one image once.
#   effective_from: "2022-08-10"
#   effective_to: null
denials["tracking_without_ground"] := {"operation": object.get(input, "operation", null)} if {
	_part_applies
	_tracking
	not _surveillance_authorised
}

# METADATA
# title: "For a missing or dead person a court order is enough"
# description: >-
#   To locate or identify a missing person, or to identify a dead one, a court order takes the place of the
#   warrant, also without hearing the other side where an officer certifies that the information is relevant. It
#   must be for that sole purpose.
# custom:
#   code: COURT_ORDER_REQUIRED
#   citation: "C.R.S. 24-18-307(1)(d)"
#   source: "colorado.public.law, C.R.S. 24-18-301 to -309"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     This use for a missing or dead person needs at least a court order for that sole purpose.
#   remedy: >-
#     Ask the court for an order, which it may give on an officer's certification alone.
#   effective_from: "2022-08-10"
#   effective_to: null
denials["court_order_missing"] := {"purpose": object.get(input, "purpose", null)} if {
	_part_applies
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
#   citation: "C.R.S. 24-18-307(1)(a)"
#   source: "colorado.public.law, C.R.S. 24-18-301 to -309"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     A warrant in force authorises the service in this mode and for this purpose.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2022-08-10"
#   effective_to: null
grants["warrant"] := {"instrument": object.get(input, ["legal_instrument", "id"], null)} if {
	_part_applies
	_surveillance
	_warranted
}

# METADATA
# title: "Necessary to develop leads"
# description: >-
#   Live use and tracking are allowed where they are necessary to develop leads in an investigation. The necessity
#   is stated, the purpose is one of an investigation, and the case is named.
# custom:
#   code: LEADS_EXCEPTION
#   citation: "C.R.S. 24-18-307(1)(b)"
#   source: "colorado.public.law, C.R.S. 24-18-301 to -309"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The use is necessary to develop leads in the investigation of case {case_number}.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2022-08-10"
#   effective_to: null
grants["leads"] := {"case_number": input.case_number} if {
	_part_applies
	_surveillance
	_develops_leads
}

# METADATA
# title: "Established probable cause"
# description: >-
#   Live use and tracking are allowed where the agency has established probable cause. The offence and the case
#   are named, and the purpose is a criminal investigation. The part asks for no judge here.
# custom:
#   code: PURPOSE_PERMITTED
#   citation: "C.R.S. 24-18-307(1)(c)"
#   source: "colorado.public.law, C.R.S. 24-18-301 to -309"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The agency has established probable cause for this use.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2022-08-10"
#   effective_to: null
grants["probable_cause"] := {} if {
	_part_applies
	_surveillance
	_probable_cause
}

# METADATA
# title: "A court order for a missing or dead person"
# description: >-
#   A court order for the sole purpose of a missing or dead person, in force and naming this mode and purpose. One
#   given without hearing the other side needs the officer's certification.
# custom:
#   code: COURT_ORDER_SATISFIED
#   citation: "C.R.S. 24-18-307(1)(d)"
#   source: "colorado.public.law, C.R.S. 24-18-301 to -309"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     A court order in force authorises the service for a missing or dead person.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2022-08-10"
#   effective_to: null
grants["court_order"] := {"instrument": object.get(input, ["legal_instrument", "id"], null)} if {
	_part_applies
	_surveillance
	_ordered
}

# METADATA
# title: "A single recognition"
# description: >-
#   One recognition of one person, with no attempt to follow that person afterwards, is not ongoing surveillance,
#   in stored footage either.
# custom:
#   code: NO_WARRANT_NEEDED_SINGLE_RECOGNITION
#   citation: "C.R.S. 24-18-301"
#   source: "colorado.public.law, C.R.S. 24-18-301 to -309"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     A single recognition without later tracking needs no warrant.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2022-08-10"
#   effective_to: null
grants["single_recognition"] := {} if {
	_part_applies
	_single_recognition
}

# METADATA
# title: "What stands in for a judge is written down"
# description: >-
#   Where the agency itself found that leads made the use necessary, or that there was probable cause, the facts
#   on which that rests are kept, so that the January reports and the defence can be told of them. The part does
#   not say so; the pack asks for it because nobody else looked.
# custom:
#   code: DOCUMENT_FACTUAL_BASIS
#   citation: "C.R.S. 24-18-307(1)(b), (c), -308"
#   source: "colorado.public.law, C.R.S. 24-18-301 to -309"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The facts that made the use lawful are kept on record.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2022-08-10"
#   effective_to: null
obligations["document_ground"] := {"parameters": {}, "due": null} if {
	_part_applies
	_surveillance
	_without_a_judge
}

# METADATA
# title: "Warrants are reported each January"
# description: >-
#   Each January judges report the warrants asked for, granted, changed and denied, with period, officer and
#   place.
# custom:
#   code: REPORT_WARRANT_STATS_JANUARY
#   citation: "C.R.S. 24-18-308(2)"
#   source: "colorado.public.law, C.R.S. 24-18-301 to -309"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     This warrant is part of January's report.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2022-08-10"
#   effective_to: null
obligations["report_warrants"] := {"parameters": {"month": 1}, "due": null} if {
	_part_applies
	_surveillance
	_warranted
}

# METADATA
# title: "Whom the warrants named is reported each January"
# description: >-
#   Each January an agency that applied for a warrant gives its reporting authority a summary, without names, of
#   those it named.
# custom:
#   code: REPORT_DEMOGRAPHIC_SUMMARY_JANUARY
#   citation: "C.R.S. 24-18-308(3)"
#   source: "colorado.public.law, C.R.S. 24-18-301 to -309"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The subject of this warrant is part of January's summary.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2022-08-10"
#   effective_to: null
obligations["report_demographics"] := {"parameters": {"month": 1}, "due": null} if {
	_part_applies
	_surveillance
	_warranted
}

_surveillance if _realtime

_surveillance if _tracking

_realtime if input.operation == "watchlist_live"

_realtime if {
	input.operation in ["identify_1_to_n", "watchlist_scan", "track_person"]
	not facts.mode in ["still_image", "recorded_video"]
}

_tracking if input.operation in ["track_person", "watchlist_scan"]

_tracking if {
	input.operation == "enrol_gallery"
	not facts.mode in ["still_image", "recorded_video", "mobile"]
}

_single_recognition if {
	input.operation == "identify_1_to_n"
	input.mode in ["still_image", "recorded_video"]
}

_single_recognition if {
	input.operation == "verify_1_to_1"
	input.mode in ["still_image", "recorded_video", "mobile", "live"]
}

_surveillance_authorised if _warranted

_surveillance_authorised if _develops_leads

_surveillance_authorised if _probable_cause

_surveillance_authorised if _ordered

_warranted if {
	input.legal_instrument.type == "search_warrant"
	papers.in_force(input.legal_instrument, input.now)
	_named_in_paper
}

_develops_leads if {
	input.necessity.develop_leads == true
	input.purpose in _investigations
	facts.text(input.case_number)
}

_probable_cause if {
	input.suspicion == "probable_cause"
	facts.criminal_purpose
	facts.offence_named
	facts.text(input.case_number)
}

_without_a_judge if _develops_leads

_without_a_judge if _probable_cause

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

_investigations := [
	"investigate_named_offence",
	"locate_wanted_person",
	"identify_detained_person",
	"imminent_threat_to_life",
	"credential_fraud",
	"child_exploitation_material",
	"undercover_vetting",
	"locate_missing_person",
	"locate_abducted_or_trafficked_victim",
	"identify_victim",
	"identify_witness",
	"identify_deceased",
	"identify_incapacitated_person",
]
