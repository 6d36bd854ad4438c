# METADATA
# title: Virginia
# description: >-
#   Va. Code §15.2-1723.2 (local police), §23.1-815.1 (campus police) and §52-4.5 (State Police) in the text of 2022,
#   which permitted fourteen uses from 1 July 2022 and was written to end on 1 July 2026. What holds since is disputed;
#   the pack refuses from that day, and says so in the rules of the file `after`.
package writgate.packs.us_va

import data.writgate.lib.facts

# METADATA
# title: "The sections speak to the police"
# description: >-
#   The three sections permit local police, campus police and the State Police. For other public bodies nothing
#   is permitted by them, so the pack refuses them everything but the reading of records.
# custom:
#   code: REQUESTER_NOT_LAW_ENFORCEMENT
#   citation: "Va. Code §15.2-1723.2(A), §23.1-815.1, §52-4.5"
#   source: "legiscan.com, SB741 of 2022; richmondsunlight.com, HB1339 of 2022"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The requester ({agency_type}) is not a law enforcement agency.
#   remedy: >-
#     Let the law enforcement agency that handles the case ask.
#   effective_from: "2022-07-01"
#   effective_to: "2026-07-01"
denials["not_law_enforcement"] := {"agency_type": object.get(input, ["actor", "agency_type"], null)} if {
	_touches_faces
	not _police
}

# METADATA
# title: "The sections speak to public bodies"
# description: >-
#   Private use is under other law that this pack does not cover, so it is refused, and so is a requester of
#   unknown kind.
# custom:
#   code: OPERATOR_NOT_AUTHORISED
#   citation: "Va. Code §15.2-1723.2(A), §23.1-815.1, §52-4.5"
#   source: "legiscan.com, SB741 of 2022; richmondsunlight.com, HB1339 of 2022"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The requester ({agency_type}) is not a public body, and this pack covers no other.
#   remedy: >-
#     A pack for private use in Virginia would have to be published first.
#   effective_from: "2021-07-01"
#   effective_to: null
denials["not_a_public_body"] := {"agency_type": object.get(input, ["actor", "agency_type"], null)} if {
	not input.operation == "incident_report"
	not _public_body
}

# METADATA
# title: "Fourteen uses, and no other"
# description: >-
#   The list is closed: suspects on reasonable suspicion, victims, missing persons and witnesses, trafficking,
#   online recruiters, people who cannot communicate, the dead, the incapacitated, people who are a danger,
#   lawfully detained people, imminent threats, vetting of undercover officers, fraud with identity documents,
#   and concealed identity. A search for another reason is a crime of the operator, the second time a graver
#   one.
# custom:
#   code: PURPOSE_NOT_AUTHORISED
#   citation: "Va. Code §15.2-1723.2(A)"
#   source: "richmondsunlight.com, HB1339 of 2022; legiscan.com, SB741 of 2022"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The use {purpose} is not one of the fourteen of the statute. Searching for another reason is an offence.
#   remedy: >-
#     Name one of the authorised uses, if it is what the search is for.
#   effective_from: "2022-07-01"
#   effective_to: "2026-07-01"
denials["use_not_listed"] := {"purpose": object.get(input, "purpose", null)} if {
	_touches_faces
	not _use_listed
}

# METADATA
# title: "Reasonable suspicion"
# description: >-
#   Whoever is sought as an offender is sought on at least reasonable suspicion of a crime. The other uses need
#   none.
# custom:
#   code: SUSPICION_STANDARD_NOT_MET
#   citation: "Va. Code §15.2-1723.2(A)(i), (xiv)"
#   source: "richmondsunlight.com, HB1339 of 2022; legiscan.com, SB741 of 2022"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The suspicion shown is {suspicion}; the statute asks for reasonable suspicion that the person committed a crime.
#   remedy: >-
#     Ask again when the facts amount to reasonable suspicion.
#   effective_from: "2022-07-01"
#   effective_to: "2026-07-01"
denials["no_reasonable_suspicion"] := {"suspicion": object.get(input, "suspicion", null)} if {
	input.purpose in ["investigate_named_offence", "locate_wanted_person"]
	_touches_faces
	not facts.reasonable_suspicion
}

# METADATA
# title: "No tracking in real time"
# description: >-
#   Nobody who is identified is followed through public space in real time. A live watchlist finds people who
#   are identified, where they are and at that moment, so the pack reads it as such tracking; so it does with
#   the scan of anything that is not shown to be stored.
# custom:
#   code: REALTIME_TRACKING_PROHIBITED
#   citation: "Va. Code §15.2-1723.2(C)(i)"
#   source: "stateofsurveillance.org, quoting the statute; wmal.com, 1 July 2022"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The statute forbids {operation} in the mode {mode}, which tracks an identified person in real time.
#   remedy: >-
#     Search one image once, or look through stored footage.
#   effective_from: "2022-07-01"
#   effective_to: "2026-07-01"
denials["realtime_tracking"] := {
	"operation": object.get(input, "operation", null),
	"mode": object.get(input, "mode", null),
} if {
	_follows
}

# METADATA
# title: "No gallery from a live feed"
# description: >-
#   No database of faces is made from a live video feed. A mode that is not shown to be something else counts
#   as live.
# custom:
#   code: LIVE_FEED_DATABASE_PROHIBITED
#   citation: "Va. Code §15.2-1723.2(C)(ii)"
#   source: "stateofsurveillance.org, quoting the statute; wmal.com, 1 July 2022"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The statute forbids making a gallery from a live video feed.
#   remedy: >-
#     Enrol from photographs.
#   effective_from: "2022-07-01"
#   effective_to: "2026-07-01"
denials["gallery_from_live_feed"] := {} if {
	input.operation == "enrol_gallery"
	not facts.mode in ["still_image", "recorded_video", "mobile"]
}

# METADATA
# title: "Nothing stays in a commercial gallery"
# description: >-
#   A picture is put into a commercial gallery only for the authorised use, and the provider keeps none
#   afterwards except to audit that use. An enrolment outlasts the search, so the pack asks the register to show
#   that the provider keeps nothing (vendor_keeps_no_probe).
# custom:
#   code: DATABASE_NOT_AUTHORISED
#   citation: "Va. Code §15.2-1723.2(C)(iii)"
#   source: "stateofsurveillance.org, quoting the statute; wmal.com, 1 July 2022"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The register does not show that the commercial provider keeps nothing of what is enrolled.
#   remedy: >-
#     Enrol into the agency's own gallery, or have the provider's undertaking registered.
#   effective_from: "2022-07-01"
#   effective_to: "2026-07-01"
denials["commercial_gallery"] := {} if {
	input.operation == "enrol_gallery"
	_commercial
	not input.agency.controls.vendor_keeps_no_probe == true
}

# METADATA
# title: "An authorised use"
# description: >-
#   One of the fourteen uses, by the police, of a face or of a result that was received.
# custom:
#   code: PURPOSE_PERMITTED
#   citation: "Va. Code §15.2-1723.2(A)"
#   source: "richmondsunlight.com, HB1339 of 2022; legiscan.com, SB741 of 2022"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The statute authorises {operation} for {purpose}.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2022-07-01"
#   effective_to: "2026-07-01"
grants["authorised_use"] := {"operation": input.operation, "purpose": input.purpose} if {
	_permitted_operation
	_authorised
}

# METADATA
# title: "Reading the record"
# description: >-
#   While the permission stood, public bodies might read the records of use, which serve audit, reports and
#   discovery.
# custom:
#   code: PURPOSE_PERMITTED
#   citation: "Va. Code §15.2-1723.2(E), (F)"
#   source: "richmondsunlight.com, HB1339 of 2022"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     A public body may read the record.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2022-07-01"
#   effective_to: "2026-07-01"
grants["record"] := {} if {
	input.operation == "consult_record"
	_public_body
}

# METADATA
# title: "Reporting a violation"
# description: >-
#   Nothing in the sections stands against reporting that they were broken, before, during or after the
#   permission.
# custom:
#   code: PURPOSE_PERMITTED
#   citation: "Va. Code §15.2-1723.2"
#   source: "richmondsunlight.com, HB1339 of 2022"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     Reporting an incident is permitted.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2021-07-01"
#   effective_to: null
grants["incident_report"] := {} if input.operation == "incident_report"

_police if input.actor.agency_type == "law_enforcement"

_public_body if input.actor.agency_type in ["law_enforcement", "government_non_law_enforcement"]

_touches_faces if {
	not facts.operation in ["consult_record", "incident_report"]
}

# Uses for which the statute asks no suspicion; the purpose says what they are.
_use_without_suspicion if input.purpose in [
	"identify_victim",
	"child_exploitation_material",
	"locate_missing_person",
	"identify_witness",
	"locate_abducted_or_trafficked_victim",
	"identify_deceased",
	"identify_incapacitated_person",
	"identify_detained_person",
	"imminent_threat_to_life",
	"undercover_vetting",
	"credential_fraud",
]

_use_listed if _use_without_suspicion

_use_listed if input.purpose in ["investigate_named_offence", "locate_wanted_person"]

_authorised if {
	_use_without_suspicion
	_police
}

_authorised if {
	input.purpose in ["investigate_named_offence", "locate_wanted_person"]
	_police
	facts.reasonable_suspicion
}

_follows if input.operation == "watchlist_live"

_follows if {
	input.operation in ["track_person", "watchlist_scan"]
	not facts.mode in ["still_image", "recorded_video"]
}

_permitted_operation if {
	input.operation in ["identify_1_to_n", "verify_1_to_1"]
	input.mode in ["still_image", "recorded_video", "mobile", "live"]
}

_permitted_operation if {
	input.operation in ["track_person", "watchlist_scan"]
	input.mode in ["still_image", "recorded_video"]
}

_permitted_operation if {
	input.operation == "enrol_gallery"
	input.mode in ["still_image", "recorded_video", "mobile"]
}

_permitted_operation if input.operation == "receive_result"

_commercial if input.engine.vendor in ["clearview", "commercial_scraped_gallery"]

_commercial if input.database == "scraped_web_gallery"
