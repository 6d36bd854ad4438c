# METADATA
# title: Massachusetts
# description: >-
#   M.G.L. c.6 §220 (in effect since 1 July 2021): police search faces only by written request to the Registry of Motor
#   Vehicles, the State Police or the FBI. Having the technology is not forbidden; a ban is only proposed, and so are a
#   filing within 48 hours, notice to the person, exclusion of evidence and disclosure to the defence.
package writgate.packs.us_ma

import data.writgate.lib.facts

# METADATA
# title: "The section speaks to public bodies"
# description: >-
#   The section governs law enforcement agencies. Private use is under other law that this pack does not cover,
#   so it is refused, and so is a requester of unknown kind. The documentation of single searches is not public
#   either.
# custom:
#   code: OPERATOR_NOT_AUTHORISED
#   citation: "M.G.L. c.6 §220(a), (b)"
#   source: "fastdemocracy.com, summary MAB00081266"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The requester ({agency_type}) is not a public body, and this pack covers no other.
#   remedy: >-
#     A pack for private use in Massachusetts would have to be published first.
#   effective_from: "2021-07-01"
#   effective_to: null
denials["not_a_public_body"] := {"agency_type": object.get(input, ["actor", "agency_type"], null)} if {
	not input.operation == "incident_report"
	not _public_body
}

# METADATA
# title: "Requests are for the police"
# description: >-
#   Law enforcement agencies may ask for a search. For other public bodies the sources name no permission, so
#   the pack refuses them everything but the reading of records.
# custom:
#   code: REQUESTER_NOT_LAW_ENFORCEMENT
#   citation: "M.G.L. c.6 §220(b)"
#   source: "fastdemocracy.com, summary MAB00081266"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The requester ({agency_type}) is not a law enforcement agency.
#   remedy: >-
#     Let the law enforcement agency that handles the case ask.
#   effective_from: "2021-07-01"
#   effective_to: null
denials["not_law_enforcement"] := {"agency_type": object.get(input, ["actor", "agency_type"], null)} if {
	_touches_faces
	not _police
}

# METADATA
# title: "Only the Registry, the State Police or the FBI searches"
# description: >-
#   An agency does not search by itself and does not use what was searched elsewhere. An operator that is not
#   shown to be the Registry of Motor Vehicles, the State Police or the FBI is refused. Whoever asks on the
#   system of the Registry and State Police and operates it is one of these two.
# custom:
#   code: OPERATOR_NOT_AUTHORISED
#   citation: "M.G.L. c.6 §220(b)"
#   source: "fastdemocracy.com, summary MAB00081266"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The search is operated by {operated_by}; only the Registry, the State Police or the FBI may make it.
#   remedy: >-
#     Send a written request to the Registry of Motor Vehicles, the State Police or the FBI.
#   effective_from: "2021-07-01"
#   effective_to: null
denials["not_by_request"] := {"operated_by": object.get(input, ["engine", "operated_by"], null)} if {
	_uses_search
	not _lawful_route
}

# METADATA
# title: "No back channel"
# description: >-
#   An agency of another place or a partner is not one of the three that may be asked, and an informal channel
#   is no written request. A channel that is not known to be direct counts as a back channel.
# custom:
#   code: BACKCHANNEL_REQUEST
#   citation: "M.G.L. c.6 §220(b)"
#   source: "fastdemocracy.com, summary MAB00081266"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The request goes past the three that may be asked (operator {operated_by}, channel {channel}).
#   remedy: >-
#     Send a written request to the Registry of Motor Vehicles, the State Police or the FBI.
#   effective_from: "2021-07-01"
#   effective_to: null
denials["backchannel"] := {
	"operated_by": object.get(input, ["engine", "operated_by"], null),
	"channel": object.get(input, "request_channel", null),
} if {
	_uses_search
	_goes_past
}

# METADATA
# title: "No commercial gallery"
# description: >-
#   None of the three that may be asked searches a gallery that a company gathered.
# custom:
#   code: DATABASE_NOT_AUTHORISED
#   citation: "M.G.L. c.6 §220(b)"
#   source: "fastdemocracy.com, summary MAB00081266"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The gallery {database} of the vendor {vendor} is commercial.
#   remedy: >-
#     Ask the Registry, the State Police or the FBI to search their own gallery.
#   effective_from: "2021-07-01"
#   effective_to: null
denials["commercial_gallery"] := {
	"database": object.get(input, "database", null),
	"vendor": object.get(input, ["engine", "vendor"], null),
} if {
	_uses_search
	_commercial
}

# METADATA
# title: "In writing"
# description: >-
#   The request is written, with an order in hand or in an emergency too. Only the State Police's own work on
#   identity documents needs none.
# custom:
#   code: WRITTEN_REQUEST_REQUIRED
#   citation: "M.G.L. c.6 §220(b)"
#   source: "fastdemocracy.com, summary MAB00081266"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The search was not requested in writing.
#   remedy: >-
#     Send the request in writing.
#   effective_from: "2021-07-01"
#   effective_to: null
denials["not_in_writing"] := {} if {
	facts.searching
	not input.written_request == true
	not _identity_documents
}

# METADATA
# title: "A search, not surveillance"
# description: >-
#   What may be requested is a search that tries to identify one person. Watchlists and tracking are not such a
#   search; the section does not provide for them, so the pack refuses them, with an order too.
# custom:
#   code: SURVEILLANCE_PROHIBITED
#   citation: "M.G.L. c.6 §220(a), (b)"
#   source: "fastdemocracy.com, summary MAB00081266"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The section provides for a search for one person, not for {operation}.
#   remedy: >-
#     Request the search of one image.
#   effective_from: "2021-07-01"
#   effective_to: null
denials["surveillance"] := {"operation": object.get(input, "operation", null)} if {
	input.operation in ["watchlist_live", "watchlist_scan", "track_person"]
}

# METADATA
# title: "An image, not a live camera"
# description: >-
#   A written request is about an image. A live feed, or a mode that is not named, is not one.
# custom:
#   code: MODE_NOT_PERMITTED
#   citation: "M.G.L. c.6 §220(a), (b)"
#   source: "fastdemocracy.com, summary MAB00081266"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     A search cannot be requested in the mode {mode}.
#   remedy: >-
#     Take one image and ask with that.
#   effective_from: "2021-07-01"
#   effective_to: null
denials["not_an_image"] := {"mode": object.get(input, "mode", null)} if {
	facts.handles_faces
	not _image
}

# METADATA
# title: "Identity documents"
# description: >-
#   The State Police need neither order nor written request for their own investigations of identity documents.
#   The exemption is theirs: another agency that asks them about documents needs both.
# custom:
#   code: PURPOSE_PERMITTED
#   citation: "M.G.L. c.6 §220"
#   source: "fastdemocracy.com, summary MAB00081266"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The State Police may search for their own work on identity documents.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2021-07-01"
#   effective_to: null
grants["identity_documents"] := {} if {
	_identity_documents
	input.operation in ["identify_1_to_n", "verify_1_to_1"]
	_image
}

# METADATA
# title: "Galleries"
# description: >-
#   The section does not forbid having the technology or a gallery; a ban is only proposed. Searching that
#   gallery is another matter.
# custom:
#   code: PURPOSE_PERMITTED
#   citation: "M.G.L. c.6 §220"
#   source: "malegislature.gov, H4359 of 2023 (failed), which would forbid it"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The section does not forbid enrolling faces.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2021-07-01"
#   effective_to: null
grants["gallery"] := {} if {
	input.operation == "enrol_gallery"
	_police
	_image
	_purpose_known
}

# METADATA
# title: "Reading the record"
# description: >-
#   Public bodies may read the record of searches. The documentation of single searches is not public; the
#   yearly totals are published by the executive office.
# custom:
#   code: PURPOSE_PERMITTED
#   citation: "M.G.L. c.6 §220"
#   source: "fastdemocracy.com, summary MAB00081266"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     A public body may read the record.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2021-07-01"
#   effective_to: null
grants["record"] := {} if {
	input.operation == "consult_record"
	_public_body
}

# METADATA
# title: "Reporting a violation"
# description: >-
#   Nothing in the section stands against reporting that it was broken.
# custom:
#   code: PURPOSE_PERMITTED
#   citation: "M.G.L. c.6 §220"
#   source: "fastdemocracy.com, summary MAB00081266"
#   confidence: B
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

_image if input.mode in ["still_image", "recorded_video", "mobile"]

_touches_faces if {
	not facts.operation in ["consult_record", "incident_report"]
}

# A search or its result; a gallery may be kept without.
_uses_search if {
	_touches_faces
	not input.operation == "enrol_gallery"
}

_operator := object.get(input, ["engine", "operated_by"], null)

_lawful_route if _operator in ["state_police", "registry_of_motor_vehicles", "fbi"]

_lawful_route if {
	_operator == "requesting_agency"
	input.engine.vendor == "rmv_or_msp"
}

_identity_documents if {
	input.purpose == "credential_fraud"
	_operator == "requesting_agency"
	input.engine.vendor == "rmv_or_msp"
	_police
}

_goes_past if {
	not _channel in [null, "direct"]
}

_goes_past if {
	is_string(_operator)
	not _operator in [
		"requesting_agency",
		"state_police",
		"registry_of_motor_vehicles",
		"fbi",
	]
}

_goes_past if {
	split(input.agency.on_behalf_of, " ")[0] == "US-MA"
	not _asked_at_home
}

_channel := object.get(input, "request_channel", null)

_asked_at_home if "US-MA" in input.jurisdiction

_commercial if input.engine.vendor in ["clearview", "commercial_scraped_gallery"]

_commercial if input.database == "scraped_web_gallery"
