package writgate.packs.us_ut

import data.writgate.lib.facts

# METADATA
# title: "The request is in writing"
# description: >-
#   A request goes in writing to the entity that keeps the pictures.
# custom:
#   code: WRITTEN_REQUEST_REQUIRED
#   citation: "Utah Code 77-23e-103(2)(a)(ii)"
#   source: "le.utah.gov, Utah Code 77-23e; codes.findlaw.com 77-23e-104, -106"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     There is no written request.
#   remedy: >-
#     Put the request in writing.
#   effective_from: "2021-05-05"
#   effective_to: null
denials["not_in_writing"] := {} if {
	_police
	_searching_database
	not input.written_request == true
}

# METADATA
# title: "To the department through its own system"
# description: >-
#   A request to search pictures that the Department of Public Safety keeps or shares goes through the Utah
#   Criminal Justice Information System. Another way, or none that is named, is no request to the department.
# custom:
#   code: WRITTEN_REQUEST_REQUIRED
#   citation: "Utah Code 77-23e-104(3)"
#   source: "le.utah.gov, Utah Code 77-23e; codes.findlaw.com 77-23e-104, -106"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The request came by {channel}; to the department it must come through UCJIS.
#   remedy: >-
#     Send the request through UCJIS.
#   effective_from: "2021-05-05"
#   effective_to: null
denials["not_through_ucjis"] := {"channel": object.get(input, "request_channel", null)} if {
	_police
	_searching_database
	_with_department
	not input.request_channel == "UCJIS"
}

# METADATA
# title: "No informal way"
# description: >-
#   A favour among colleagues or a request passed through a partner is not a request under the chapter.
# custom:
#   code: BACKCHANNEL_REQUEST
#   citation: "Utah Code 77-23e-103(2)(a), -104(3)"
#   source: "le.utah.gov, Utah Code 77-23e; codes.findlaw.com 77-23e-104, -106"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The request came by {channel}, which the chapter does not know.
#   remedy: >-
#     Let the agency that has the case send its own written request.
#   effective_from: "2021-05-05"
#   effective_to: null
denials["backchannel"] := {"channel": object.get(input, "request_channel", null)} if {
	_police
	_searching_database
	input.request_channel in ["informal", "partner_agency"]
}

# METADATA
# title: "Only the department searches its pictures"
# description: >-
#   Only the Department of Public Safety compares faces with pictures that it keeps or that are shared with it,
#   such as those of licences and identity cards. Any other entity may do so only with pictures of its own.
# custom:
#   code: OPERATOR_NOT_AUTHORISED
#   citation: "Utah Code 77-23e-104(1)"
#   source: "le.utah.gov, Utah Code 77-23e; codes.findlaw.com 77-23e-104, -106"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The database {database} is searched by {operator}, and only the Department of Public Safety may search it.
#   remedy: >-
#     Ask the department, through UCJIS.
#   effective_from: "2021-05-05"
#   effective_to: null
denials["operator_not_department"] := {
	"database": object.get(input, "database", null),
	"operator": object.get(input, ["engine", "operated_by"], null),
} if {
	_police
	_uses_database
	not _operator_allowed
}

# METADATA
# title: "Pictures that government took"
# description: >-
#   The databases that the chapter opens are those of pictures that a government entity took of people who dealt
#   with it. The chapter does not speak of a commercial or scraped gallery; the pack refuses it.
# custom:
#   code: DATABASE_NOT_AUTHORISED
#   citation: "Utah Code 77-23e-102, -103(1)"
#   source: "le.utah.gov, Utah Code 77-23e; codes.findlaw.com 77-23e-104, -106"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The database {database} is not one of pictures that government took.
#   remedy: >-
#     Use a government's own database.
#   effective_from: "2021-05-05"
#   effective_to: null
denials["database_not_government"] := {"database": object.get(input, "database", null)} if {
	_police
	_uses_database
	_commercial
}

# METADATA
# title: "Notice before an entity begins"
# description: >-
#   Before an entity other than the department compares faces with its own pictures it publishes notice of it
#   and a description of the database, 30 days ahead, takes comments for 15 days, weighs them and posts its
#   decision. The register must show both; that also shows that the database is the entity's own.
# custom:
#   code: GOVERNANCE_PREREQUISITE_MISSING
#   citation: "Utah Code 77-23e-105(2)"
#   source: "le.utah.gov, Utah Code 77-23e; codes.findlaw.com 77-23e-104, -106"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The register does not show what must come before an entity uses its own pictures ({missing}).
#   remedy: >-
#     Publish the notice, weigh the comments, post the decision, and have it registered; or ask the department.
#   effective_from: "2021-05-05"
#   effective_to: null
denials["notice_missing"] := {"missing": _notice_missing} if {
	_police
	_uses_database
	not _with_department
	count(_notice_missing) > 0
}

# METADATA
# title: "One picture against a database, not surveillance"
# description: >-
#   The chapter allows the comparison of a picture with a database. It does not allow live identification,
#   watchlists or tracking, and leaves information from the monitoring of an area, past or present, to
#   77-23d-106, which this pack does not grant. So a whole recording is refused as well; a frame taken from it
#   may be compared as a still image. A picture taken with a phone is a picture.
# custom:
#   code: MODE_NOT_PERMITTED
#   citation: "Utah Code 77-23e-102(3), -103(1)"
#   source: "le.utah.gov, Utah Code 77-23e; codes.findlaw.com 77-23e-104, -106"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The chapter does not allow {operation} in the mode {mode}.
#   remedy: >-
#     Compare one picture of the person.
#   effective_from: "2021-05-05"
#   effective_to: null
denials["mode_not_permitted"] := {"operation": _asked, "mode": object.get(input, "mode", null)} if {
	_police
	_surveillance
}

# Two pictures are compared without a database.
_searching_database if input.operation == "identify_1_to_n"

_searching_database if {
	input.operation == "verify_1_to_1"
	object.get(input, "database", null) != null
}

_uses_database if _searching_database

_uses_database if input.operation == "enrol_gallery"

_with_department if _department_operates

_with_department if _department_database

_operator_allowed if _department_operates

_operator_allowed if {
	not _department_database
	input.engine.operated_by in ["requesting_agency", "other_agency", "other_state_agency"]
}

_commercial if input.database == "scraped_web_gallery"

_commercial if input.engine.vendor in ["clearview", "commercial_scraped_gallery"]

_notice_missing contains control if {
	some control in ["image_database_notice_published", "public_comments_considered"]
	object.get(input, ["agency", "controls", control], false) != true
}

_surveillance if _asked in ["watchlist_live", "watchlist_scan", "track_person"]

_surveillance if {
	_asked in ["identify_1_to_n", "verify_1_to_1", "enrol_gallery"]
	not facts.mode in ["still_image", "mobile"]
}
