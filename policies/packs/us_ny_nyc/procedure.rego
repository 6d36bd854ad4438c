# METADATA
# title: New York City
# description: >-
#   Procedure 212-129 of the Patrol Guide of the New York City police (in effect since 13 March 2020): a list of
#   purposes, the department's own arrest photographs, and a lead that proves nothing by itself. The text was
#   known from reports of it; where they are silent the pack refuses and says so in the rule's description.
package writgate.packs.us_ny_nyc

import data.writgate.lib.facts

# METADATA
# title: "The procedure is the police department's"
# description: >-
#   The procedure binds members of the department. A sister agency, such as the fire marshals who searched for
#   detectives in People v. Zuhdi A. (2025), has no authority under it, and the pack covers no private use.
# custom:
#   code: OPERATOR_NOT_AUTHORISED
#   citation: "NYPD Patrol Guide 212-129"
#   source: "nyc.gov, NYPD press release of 13 March 2020; medianama.com and nydailynews.com, March 2020"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The requester ({agency_type}) is not a police agency, and this pack covers no other.
#   remedy: >-
#     Let the department's own unit search, or publish a pack for other users in the city.
#   effective_from: "2020-03-13"
#   effective_to: null
denials["not_the_department"] := {"agency_type": object.get(input, ["actor", "agency_type"], null)} if {
	not _department
	not facts.operation in ["consult_record", "incident_report"]
}

# METADATA
# title: "One of the listed purposes"
# description: >-
#   The procedure lists what a search is for: whoever is believed to have committed a crime or to be about to,
#   missing persons, victims and witnesses, the dead, persons who cannot say who they are, arrested persons
#   without identification or with a false one, and imminent threats. Nothing else is a purpose.
# custom:
#   code: PURPOSE_NOT_AUTHORISED
#   citation: "NYPD Patrol Guide 212-129"
#   source: "nyc.gov, NYPD press release of 13 March 2020; medianama.com and nydailynews.com, March 2020"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The procedure does not list {purpose} as a purpose.
#   remedy: >-
#     Ask for one of the listed purposes.
#   effective_from: "2020-03-13"
#   effective_to: null
denials["purpose_not_listed"] := {"purpose": object.get(input, "purpose", null)} if {
	_about_a_search
	not facts.purpose in _listed
}

# METADATA
# title: "A suspect is somebody suspected"
# description: >-
#   To identify a suspect there must be a basis to believe that this person committed, commits or is about to
#   commit a crime. The pack reads that as reasonable suspicion, because less would be no basis.
# custom:
#   code: SUSPICION_STANDARD_NOT_MET
#   citation: "NYPD Patrol Guide 212-129"
#   source: "nyc.gov, NYPD press release of 13 March 2020; medianama.com and nydailynews.com, March 2020"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The search is for a suspect, and the suspicion shown is {suspicion}.
#   remedy: >-
#     Write down the facts that point to the person.
#   effective_from: "2020-03-13"
#   effective_to: null
denials["no_basis_for_suspicion"] := {"suspicion": object.get(input, "suspicion", null)} if {
	_about_a_search
	input.purpose in _of_suspects
	not facts.reasonable_suspicion
}

# METADATA
# title: "Pictures from an investigation"
# description: >-
#   The department compares pictures that were obtained in an investigation. Live feeds and searches from a phone
#   in the street are not that; the reports do not speak of the latter, and the pack refuses it.
# custom:
#   code: MODE_NOT_PERMITTED
#   citation: "NYPD Patrol Guide 212-129"
#   source: "nyc.gov, NYPD press release of 13 March 2020; medianama.com and nydailynews.com, March 2020"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The procedure does not allow searches in the mode {mode}.
#   remedy: >-
#     Send the picture to the department's facial identification unit.
#   effective_from: "2020-03-13"
#   effective_to: null
denials["not_from_an_investigation"] := {"mode": object.get(input, "mode", null)} if {
	_about_a_search
	not facts.mode in ["still_image", "recorded_video"]
}

# METADATA
# title: "Nobody is watched or followed"
# description: >-
#   The procedure is about comparing one picture with a gallery. Watchlists and following a person, live or
#   through recordings, are outside it.
# custom:
#   code: CONTINUOUS_SURVEILLANCE_PROHIBITED
#   citation: "NYPD Patrol Guide 212-129"
#   source: "nyc.gov, NYPD press release of 13 March 2020; medianama.com and nydailynews.com, March 2020"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The procedure does not allow {operation}.
#   remedy: >-
#     Search with one picture.
#   effective_from: "2020-03-13"
#   effective_to: null
denials["watching"] := {"operation": object.get(input, "operation", null)} if {
	_department
	input.operation in ["watchlist_live", "watchlist_scan", "track_person"]
}

# METADATA
# title: "A picture of a person"
# description: >-
#   What is compared is a picture of a person. The reports do not speak of sketches and composites, and the pack
#   refuses them.
# custom:
#   code: PROBE_SKETCH_PROHIBITED
#   citation: "NYPD Patrol Guide 212-129"
#   source: "nyc.gov, NYPD press release of 13 March 2020; medianama.com and nydailynews.com, March 2020"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     A picture of the kind {kind} does not show a person.
#   remedy: >-
#     Use a photograph or a frame of a video.
#   effective_from: "2020-03-13"
#   effective_to: null
denials["not_a_picture_of_a_person"] := {"kind": object.get(input, ["probe", "kind"], null)} if {
	_department
	facts.searching
	not facts.picture in ["photograph", "video_frame"]
}

# METADATA
# title: "A listed purpose"
# description: >-
#   A search for a listed purpose in the arrest photographs, or in another gallery with senior approval; the same
#   holds for taking over its result.
# custom:
#   code: PURPOSE_PERMITTED
#   citation: "NYPD Patrol Guide 212-129"
#   source: "nyc.gov, NYPD press release of 13 March 2020; medianama.com and nydailynews.com, March 2020"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The procedure lists {purpose}, and the gallery may be searched for it.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2020-03-13"
#   effective_to: null
grants["purpose_permitted"] := {"purpose": input.purpose} if {
	_department
	input.operation in ["identify_1_to_n", "verify_1_to_1", "receive_result"]
	_allowed_search
}

# METADATA
# title: "The result of an allowed search is handed over"
# description: >-
#   The unit hands the result of an allowed search to the investigator, as a lead.
# custom:
#   code: RELEASE_PERMITTED
#   citation: "NYPD Patrol Guide 212-129"
#   source: "nyc.gov, NYPD press release of 13 March 2020; medianama.com and nydailynews.com, March 2020"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The result may be released as a lead.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2020-03-13"
#   effective_to: null
grants["release"] := {} if {
	_department
	input.operation == "release_result"
	_allowed_search
}

# METADATA
# title: "Keeping and reading the record"
# description: >-
#   The procedure does not stand against keeping and reading the record for a lawful purpose.
# custom:
#   code: PURPOSE_PERMITTED
#   citation: "NYPD Patrol Guide 212-129"
#   source: "nyc.gov, NYPD press release of 13 March 2020; medianama.com and nydailynews.com, March 2020"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The record may be kept and read.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2020-03-13"
#   effective_to: null
grants["records"] := {} if {
	_keeps_or_reads
	data.purposes[input.purpose].refused == false
}

# METADATA
# title: "A violation may be reported"
# description: >-
#   Nothing stands against reporting that the procedure was broken, by whomever.
# custom:
#   code: PURPOSE_PERMITTED
#   citation: "NYPD Patrol Guide 212-129"
#   source: "nyc.gov, NYPD press release of 13 March 2020; medianama.com and nydailynews.com, March 2020"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     Reporting an incident is permitted.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2020-03-13"
#   effective_to: null
grants["incident_report"] := {} if {
	input.operation == "incident_report"
}

# METADATA
# title: "Merely a lead"
# description: >-
#   A match is a lead and not probable cause.
# custom:
#   code: LEAD_ONLY
#   citation: "NYPD Patrol Guide 212-129"
#   source: "nyc.gov, NYPD press release of 13 March 2020; medianama.com and nydailynews.com, March 2020"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     A candidate is merely a lead.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2020-03-13"
#   effective_to: null
obligations["lead_only"] := {"parameters": {}, "due": null} if {
	_department
	_gives_candidates
}

# METADATA
# title: "Not probable cause"
# description: >-
#   A match does not suffice for an arrest, nor for a warrant.
# custom:
#   code: NOT_FOR_PROBABLE_CAUSE
#   citation: "NYPD Patrol Guide 212-129"
#   source: "nyc.gov, NYPD press release of 13 March 2020; medianama.com and nydailynews.com, March 2020"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     A match is not probable cause.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2020-03-13"
#   effective_to: null
obligations["not_probable_cause"] := {"parameters": {}, "due": null} if {
	_department
	_gives_candidates
}

# METADATA
# title: "Together with human analysis"
# description: >-
#   The technology is used together with the analysis of a trained person and further steps.
# custom:
#   code: HUMAN_REVIEW
#   citation: "NYPD Patrol Guide 212-129"
#   source: "nyc.gov, NYPD press release of 13 March 2020; medianama.com and nydailynews.com, March 2020"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     A trained person analyses the candidate.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2020-03-13"
#   effective_to: null
obligations["human_review"] := {"parameters": {}, "due": null} if {
	_department
	_gives_candidates
}

_department if input.actor.agency_type == "law_enforcement"

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

_of_suspects := [
	"investigate_named_offence",
	"locate_wanted_person",
	"credential_fraud",
	"child_exploitation_material",
]

_listed := [
	"investigate_named_offence",
	"locate_wanted_person",
	"credential_fraud",
	"child_exploitation_material",
	"locate_missing_person",
	"locate_abducted_or_trafficked_victim",
	"identify_victim",
	"identify_witness",
	"identify_deceased",
	"identify_incapacitated_person",
	"identify_detained_person",
	"imminent_threat_to_life",
]

_allowed_search if {
	input.mode in ["still_image", "recorded_video"]
	input.purpose in _listed
	_gallery_named
}

_gallery_named if _gallery_allowed

_gallery_named if {
	input.operation == "verify_1_to_1"
	object.get(input, "database", null) == null
}

_gallery_named if _compared_two

_gives_candidates if {
	input.operation in [
		"identify_1_to_n", "verify_1_to_1", "watchlist_live", "watchlist_scan", "track_person", "release_result",
		"receive_result",
	]
}
