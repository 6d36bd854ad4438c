# METADATA
# title: Maine
# description: >-
#   25 M.R.S. §6001 (LD 1585, in effect since 1 October 2021): no department, public employee or official has, uses or
#   asks for face recognition, except by request to the Bureau of Motor Vehicles or the FBI for a few ends. Where the
#   sources leave the route of a request open the pack refuses and says so in the rule's description.
package writgate.packs.us_me

import data.writgate.lib.facts

# METADATA
# title: "The section speaks to government"
# description: >-
#   The section binds state, county and municipal bodies and their people. Private use is under other law that
#   this pack does not cover, so it is refused; only the bureau's log, a public record, is open to everybody.
# custom:
#   code: OPERATOR_NOT_AUTHORISED
#   citation: "25 M.R.S. §6001(1), (2)"
#   source: "dig.watch, summary of LD 1585; lawserver.com, Maine Revised Statutes title 25"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The requester ({agency_type}) is not a public body, and this pack covers no other.
#   remedy: >-
#     A pack for private use in Maine would have to be published first.
#   effective_from: "2021-10-01"
#   effective_to: null
denials["not_a_department"] := {"agency_type": object.get(input, ["actor", "agency_type"], null)} if {
	_touches_faces
	not _department
}

# METADATA
# title: "Only the bureau or the FBI searches"
# description: >-
#   A public body may not run a system of its own or have one run for it. A search is made by the Bureau of
#   Motor Vehicles or the FBI, asked directly or through the State Police, and a result that came otherwise is
#   not used. The sources do not agree on the exact route; an operator that is not shown to be one of these is
#   refused. The bureau itself may search its own system against fraud.
# custom:
#   code: OPERATOR_NOT_AUTHORISED
#   citation: "25 M.R.S. §6001(2)"
#   source: "idtechwire.com, Maine law curtails police use; dig.watch, summary of LD 1585"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The search is operated by {operated_by}; only the Bureau of Motor Vehicles or the FBI may make it.
#   remedy: >-
#     Ask the Bureau of Motor Vehicles or the FBI, directly or through the State Police.
#   effective_from: "2021-10-01"
#   effective_to: null
denials["not_by_request"] := {"operated_by": object.get(input, ["engine", "operated_by"], null)} if {
	_touches_faces
	not _lawful_route
}

# METADATA
# title: "No back channel"
# description: >-
#   Nobody asks another agency or a third party to search instead, neither informally nor through a partner,
#   and no agency elsewhere searches for a body of Maine. A channel that is not known to be direct or through
#   the State Police counts as a back channel.
# custom:
#   code: BACKCHANNEL_REQUEST
#   citation: "25 M.R.S. §6001(2)"
#   source: "techdirt.com, 12 July 2021; dig.watch, summary of LD 1585"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The request goes past the Bureau of Motor Vehicles and the FBI (operator {operated_by}, channel {channel}).
#   remedy: >-
#     Ask the Bureau of Motor Vehicles or the FBI, directly or through the State Police.
#   effective_from: "2021-10-01"
#   effective_to: null
denials["backchannel"] := {
	"operated_by": object.get(input, ["engine", "operated_by"], null),
	"channel": object.get(input, "request_channel", null),
} if {
	_touches_faces
	_goes_past
}

# METADATA
# title: "No commercial gallery"
# description: >-
#   Neither the bureau nor the FBI searches a gallery that a company gathered; agreements with third parties
#   for such searches are among what the section forbids.
# custom:
#   code: DATABASE_NOT_AUTHORISED
#   citation: "25 M.R.S. §6001(2)"
#   source: "dig.watch, summary of LD 1585"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The gallery {database} of the vendor {vendor} is commercial.
#   remedy: >-
#     Ask the Bureau of Motor Vehicles or the FBI to search their own gallery.
#   effective_from: "2021-10-01"
#   effective_to: null
denials["commercial_gallery"] := {
	"database": object.get(input, "database", null),
	"vendor": object.get(input, ["engine", "vendor"], null),
} if {
	_touches_faces
	_commercial
}

# METADATA
# title: "No gallery of one's own"
# description: >-
#   A public body may not possess a system. Only the bureau, against fraud, adds faces to a gallery.
# custom:
#   code: OPERATOR_NOT_AUTHORISED
#   citation: "25 M.R.S. §6001(2), (3)"
#   source: "dig.watch, summary of LD 1585; idtechwire.com, Maine law curtails police use"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The section leaves galleries to the Bureau of Motor Vehicles; {agency_type} may not enrol faces.
#   remedy: >-
#     There is no lawful way to do this outside the bureau.
#   effective_from: "2021-10-01"
#   effective_to: null
denials["gallery_of_ones_own"] := {"agency_type": object.get(input, ["actor", "agency_type"], null)} if {
	input.operation == "enrol_gallery"
	not _bureau_against_fraud
}

# METADATA
# title: "No watching and no tracking"
# description: >-
#   Every other use by government is forbidden. What may be requested is a search for one person in an image;
#   a watchlist, live or over stored footage, and the tracking of a person are not.
# custom:
#   code: SURVEILLANCE_PROHIBITED
#   citation: "25 M.R.S. §6001(2)"
#   source: "techdirt.com, 12 July 2021; dig.watch, summary of LD 1585"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The section allows a search for one person in an image, not {operation}.
#   remedy: >-
#     Ask for the search of one image.
#   effective_from: "2021-10-01"
#   effective_to: null
denials["surveillance"] := {"operation": object.get(input, "operation", null)} if {
	input.operation in ["watchlist_live", "watchlist_scan", "track_person"]
}

# METADATA
# title: "An image, not a live camera"
# description: >-
#   A request is about a person in an image. A live feed, or a mode that is not named, is not one.
# custom:
#   code: MODE_NOT_PERMITTED
#   citation: "25 M.R.S. §6001(2), (3)"
#   source: "dig.watch, summary of LD 1585"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     A request cannot be made in the mode {mode}.
#   remedy: >-
#     Take one image and ask with that.
#   effective_from: "2021-10-01"
#   effective_to: null
denials["not_an_image"] := {"mode": object.get(input, "mode", null)} if {
	facts.handles_faces
	not facts.mode in ["still_image", "recorded_video", "mobile"]
}

# METADATA
# title: "The bureau's own work against fraud"
# description: >-
#   The Bureau of Motor Vehicles uses its system, and keeps its gallery, to prevent and investigate fraud.
#   A public body that is not police and works on that system for this purpose is read as the bureau.
# custom:
#   code: PURPOSE_PERMITTED
#   citation: "25 M.R.S. §6001(3)"
#   source: "dig.watch, summary of LD 1585"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The Bureau of Motor Vehicles may use its system against fraud.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2021-10-01"
#   effective_to: null
grants["bureau_against_fraud"] := {} if {
	_bureau_against_fraud
	input.operation in ["identify_1_to_n", "verify_1_to_1", "enrol_gallery"]
	input.mode in ["still_image", "recorded_video", "mobile"]
}

# METADATA
# title: "The log is public"
# description: >-
#   The bureau's log of searches is a public record, and whoever is bound by the section may read the record of
#   their own.
# custom:
#   code: PURPOSE_PERMITTED
#   citation: "25 M.R.S. §6001"
#   source: "wraight.law, logs of the Bureau of Motor Vehicles"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The record of searches may be read.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2021-10-01"
#   effective_to: null
grants["record"] := {} if input.operation == "consult_record"

# METADATA
# title: "Reporting a violation"
# description: >-
#   Nothing in the section stands against reporting that it was broken.
# custom:
#   code: PURPOSE_PERMITTED
#   citation: "25 M.R.S. §6001"
#   source: "idtechwire.com, Maine law curtails police use"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     Reporting an incident is permitted.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2021-10-01"
#   effective_to: null
grants["incident_report"] := {} if input.operation == "incident_report"

_touches_faces if {
	not facts.operation in ["consult_record", "incident_report"]
}

_police if input.actor.agency_type == "law_enforcement"

_department if input.actor.agency_type in ["law_enforcement", "government_non_law_enforcement"]

_operator := object.get(input, ["engine", "operated_by"], null)

_lawful_route if _operator in ["bureau_of_motor_vehicles", "fbi"]

_lawful_route if {
	_operator == "state_police"
	input.engine.vendor in ["maine_bmv", "fbi_ngi"]
}

_lawful_route if _bureau_against_fraud

_bureau_against_fraud if {
	input.purpose == "credential_fraud"
	input.actor.agency_type == "government_non_law_enforcement"
	input.engine.vendor == "maine_bmv"
	_operator in ["bureau_of_motor_vehicles", "requesting_agency"]
}

_goes_past if {
	not _channel in [null, "direct", "state_police"]
}

_goes_past if {
	is_string(_operator)
	not _operator in [
		"requesting_agency",
		"bureau_of_motor_vehicles",
		"fbi",
		"state_police",
	]
}

_goes_past if {
	split(input.agency.on_behalf_of, " ")[0] == "US-ME"
	not _asked_at_home
}

_channel := object.get(input, "request_channel", null)

_asked_at_home if "US-ME" in input.jurisdiction

_commercial if input.engine.vendor in ["clearview", "commercial_scraped_gallery"]

_commercial if input.database == "scraped_web_gallery"
