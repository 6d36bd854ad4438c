# METADATA
# title: New Orleans
# description: >-
#   Section 147-2 of the city code, as amended in July and August 2022: the police may ask for face recognition in
#   the investigation of listed crimes of violence; everything else that the ban of 2020 covered stays banned.
#   Reports differ on two points. A judge's approval was struck before the August ordinance passed, so none is
#   asked for. How long the list is (39 crimes, or more of Title 14) is in doubt, so only crimes of violence
#   count. A proposal of 2025 to allow live use is not known to have passed, so live use is refused.
package writgate.packs.us_la_new_orleans

import data.writgate.lib.facts

# METADATA
# title: "The ordinance speaks to the city"
# description: >-
#   The ordinance governs the city and its police. It says nothing of private use, so the pack refuses it.
# custom:
#   code: OPERATOR_NOT_AUTHORISED
#   citation: "New Orleans Code 147-2 (ordinance of July 2022)"
#   source: "thelensnola.org, 3 and 4 August 2022; apnews.com, 22 July 2022; brylskicompany.com, July draft"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The requester ({agency_type}) is not a body of the city, and this pack covers no other.
#   remedy: >-
#     A pack for private use in New Orleans would have to be published first.
#   effective_from: "2020-12-18"
#   effective_to: null
denials["not_the_city"] := {"agency_type": object.get(input, ["actor", "agency_type"], null)} if {
	not _city
	not facts.operation in _about_the_record
}

# METADATA
# title: "A listed crime of violence"
# description: >-
#   The ordinance lists crimes of violence as the state's law defines them; murder, rape, stalking and battery of
#   a police officer are among those that were reported. The register's mark of violence decides. Crimes that one
#   report adds, such as cyberbullying, are not taken as listed.
# custom:
#   code: OFFENCE_NOT_COVERED
#   citation: "New Orleans Code 147-2 (ordinance of July 2022)"
#   source: "thelensnola.org, 3 and 4 August 2022; apnews.com, 22 July 2022; brylskicompany.com, July draft"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The offence {offence} is not one of the listed crimes of violence.
#   remedy: >-
#     Investigate by other means.
#   effective_from: "2022-07-21"
#   effective_to: null
denials["offence_not_listed"] := {"offence": object.get(input, ["offence", "label"], null)} if {
	_bound
	not _offence_listed
}

# METADATA
# title: "In the investigation of a crime"
# description: >-
#   The police may ask in the investigation of a listed crime: for its suspect, victim or witness. Missing persons
#   without a crime, access and training are not named.
# custom:
#   code: PURPOSE_NOT_AUTHORISED
#   citation: "New Orleans Code 147-2 (ordinance of July 2022)"
#   source: "thelensnola.org, 3 and 4 August 2022; apnews.com, 22 July 2022; brylskicompany.com, July draft"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The ordinance does not name {purpose}.
#   remedy: >-
#     Ask in the investigation of a listed crime.
#   effective_from: "2022-07-21"
#   effective_to: null
denials["purpose_not_investigation"] := {"purpose": object.get(input, "purpose", null)} if {
	_about_a_search
	not facts.purpose in _investigation
}

# METADATA
# title: "A listed crime"
# description: >-
#   A search with a picture in the investigation of a listed crime of violence; the same holds for taking over the
#   result and for enrolling the picture.
# custom:
#   code: OFFENCE_LISTED
#   citation: "New Orleans Code 147-2 (ordinance of July 2022)"
#   source: "thelensnola.org, 3 and 4 August 2022; apnews.com, 22 July 2022; brylskicompany.com, July draft"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The offence is a listed crime of violence.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2022-07-21"
#   effective_to: null
grants["offence_listed"] := {} if {
	_police
	input.operation in ["identify_1_to_n", "verify_1_to_1", "receive_result", "enrol_gallery"]
	_allowed_search
}

# METADATA
# title: "The result of an allowed search is handed over"
# description: >-
#   The result of an allowed search goes to the investigator.
# custom:
#   code: RELEASE_PERMITTED
#   citation: "New Orleans Code 147-2 (ordinance of July 2022)"
#   source: "thelensnola.org, 3 and 4 August 2022; apnews.com, 22 July 2022; brylskicompany.com, July draft"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The result may be released.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2022-07-21"
#   effective_to: null
grants["release"] := {} if {
	_police
	input.operation == "release_result"
	_allowed_search
}

# METADATA
# title: "Keeping and reading the record"
# description: >-
#   The ordinance asks for data on each use, so records are kept and read.
# custom:
#   code: PURPOSE_PERMITTED
#   citation: "New Orleans Code 147-2 (ordinance of July 2022)"
#   source: "thelensnola.org, 3 and 4 August 2022; apnews.com, 22 July 2022; brylskicompany.com, July draft"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The record may be kept and read.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2020-12-18"
#   effective_to: null
grants["records"] := {} if {
	_keeps_or_reads
	data.purposes[input.purpose].refused == false
}

# METADATA
# title: "A violation may be reported"
# description: >-
#   Nothing stands against reporting that the ordinance was broken, by whomever.
# custom:
#   code: PURPOSE_PERMITTED
#   citation: "New Orleans Code 147-2 (ordinance of July 2022)"
#   source: "thelensnola.org, 3 and 4 August 2022; apnews.com, 22 July 2022; brylskicompany.com, July draft"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     Reporting an incident is permitted.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2020-12-18"
#   effective_to: null
grants["incident_report"] := {} if {
	input.operation == "incident_report"
}

# METADATA
# title: "The Council hears of it monthly"
# description: >-
#   Each month the police give the Council data on the uses, and whether arrests followed. The report that holds
#   this use is due a month (31 days) after it.
# custom:
#   code: REPORT_MONTHLY_TO_CITY_COUNCIL
#   citation: "New Orleans Code 147-2 (ordinance of August 2022)"
#   source: "thelensnola.org, 3 and 4 August 2022; apnews.com, 22 July 2022; brylskicompany.com, July draft"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     This use is part of the month's data for the City Council.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2022-08-04"
#   effective_to: null
obligations["monthly_report"] := {"parameters": {}, "due": _in_a_month} if {
	_police
	input.operation in ["identify_1_to_n", "verify_1_to_1", "receive_result"]
}

# METADATA
# title: "Records for the Council's data"
# description: >-
#   The data for the Council come from the record of each use, which is kept.
# custom:
#   code: KEEP_AUDITABLE_USE_RECORDS
#   citation: "New Orleans Code 147-2 (ordinance of August 2022)"
#   source: "thelensnola.org, 3 and 4 August 2022; apnews.com, 22 July 2022; brylskicompany.com, July draft"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The record of this use is kept.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2022-08-04"
#   effective_to: null
obligations["keep_records"] := {"parameters": {}, "due": null} if {
	_police
	input.operation in ["identify_1_to_n", "verify_1_to_1", "receive_result", "use_result"]
}

_about_the_record := ["consult_record", "incident_report"]

_police if input.actor.agency_type == "law_enforcement"

_city if input.actor.agency_type in ["law_enforcement", "government_non_law_enforcement"]

_about_a_search if {
	_police
	input.operation in [
		"identify_1_to_n", "verify_1_to_1", "watchlist_live", "watchlist_scan", "track_person", "enrol_gallery",
		"release_result", "receive_result",
	]
}

_keeps_or_reads if input.operation == "consult_record"

_keeps_or_reads if {
	_police
	input.operation == "create_record"
}

_bound if _about_a_search

_bound if {
	_police
	input.operation == "use_result"
	not _clears_somebody
}

_clears_somebody if input.result_use.for == "exculpatory_evidence"

_investigation := [
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
	input.mode in ["still_image", "recorded_video"]
	input.purpose in _investigation
	_offence_listed
}

_offence_listed if {
	facts.offence_named
	input.offence.violent == true
}

# Reported as listed, whatever the register says of violence.
_offence_listed if {
	facts.offence_named
	label := lower(input.offence.label)
	not contains(label, "cyber")
	some named in ["stalking", "battery of a police officer"]
	contains(label, named)
}

default _in_a_month := null

_in_a_month := input.now + 2678400000000000 if is_number(input.now)
