# METADATA
# title: San Francisco
# description: >-
#   S.F. Administrative Code 19B.2 (Ordinance 107-19 of 2019, amended in December 2019): departments of the city
#   may not obtain, keep, access or use face recognition or information that comes from it. The pack takes every
#   public body placed here for a department, because the register cannot tell a state or federal one; it knows
#   nothing of later changes to chapter 19B, nor of the definition's words on sheriff and district attorney, and
#   refuses there.
package writgate.packs.us_ca_san_francisco

import data.writgate.lib.facts

# METADATA
# title: "Departments do not use face recognition"
# description: >-
#   No department obtains, keeps, accesses or uses face recognition or any information obtained from it. No
#   warrant, emergency or purpose lifts this, one's own city phone included, and so a result that somebody else
#   produced may be neither asked for nor used.
# custom:
#   code: MUNICIPAL_BAN
#   citation: "S.F. Admin. Code 19B.2(d)"
#   source: "codelibrary.amlegal.com, S.F. Administrative Code 19B; sambuz.com, slides on 19B.2"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The ordinance forbids departments of the city {operation}.
#   remedy: >-
#     There is no lawful way to do this in a department. A result that came unasked is received as such and
#     logged.
#   effective_from: "2019-06-30"
#   effective_to: null
denials["department_ban"] := {"operation": object.get(input, "operation", null)} if _barred

# METADATA
# title: "Nor through somebody else"
# description: >-
#   Asking a neighbour to search, or sending for a result by telephone, is obtaining information from face
#   recognition.
# custom:
#   code: BACKCHANNEL_REQUEST
#   citation: "S.F. Admin. Code 19B.2(d)"
#   source: "codelibrary.amlegal.com, S.F. Administrative Code 19B; sambuz.com, slides on 19B.2"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The request goes through another agency (channel {channel}, operator {operator}), which the ordinance
#     forbids as well.
#   remedy: >-
#     There is no lawful way round the ban.
#   effective_from: "2019-06-30"
#   effective_to: null
denials["through_another"] := {
	"channel": object.get(input, "request_channel", null),
	"operator": object.get(input, ["engine", "operated_by"], null),
} if {
	_through_another
	_barred
}

# METADATA
# title: "A result that nobody asked for"
# description: >-
#   Receiving such information is no violation where the department neither requested nor solicited it and logs
#   the receipt. The request must say that it was not solicited, and no channel of request may be named. Use of
#   what was received stays forbidden here, because it can be asked about beforehand.
# custom:
#   code: INADVERTENT_RECEIPT
#   citation: "S.F. Admin. Code 19B.2(d)"
#   source: "codelibrary.amlegal.com, S.F. Administrative Code 19B; sambuz.com, slides on 19B.2"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The result came unasked, and its receipt is logged.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2019-06-30"
#   effective_to: null
grants["inadvertent_receipt"] := {} if {
	_inadvertent
	_department
}

# METADATA
# title: "Private bodies are outside the chapter"
# description: >-
#   The chapter binds departments of the city. A private body that does not act for one is outside it; other law
#   of California is not part of this pack.
# custom:
#   code: OUTSIDE_SUBTITLE
#   citation: "S.F. Admin. Code 19B.1"
#   source: "codelibrary.amlegal.com, S.F. Administrative Code 19B; sambuz.com, slides on 19B.2"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The requester is no department of the city, and the chapter does not bind it.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2019-06-30"
#   effective_to: null
grants["not_a_department"] := {} if _private

# METADATA
# title: "Reading the record to oversee"
# description: >-
#   The yearly report must say what was received, and whoever watches over the ban must be able to see what was
#   tried. The ordinance does not speak of this, so it is for those only whose every role is one of oversight, not
#   for those who investigate.
# custom:
#   code: PURPOSE_PERMITTED
#   citation: "S.F. Admin. Code 19B.2, 19B.6"
#   source: "codelibrary.amlegal.com, S.F. Administrative Code 19B; sambuz.com, slides on 19B.2"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     Those who oversee may read the record.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2019-06-30"
#   effective_to: null
grants["oversight"] := {} if {
	_overseen
	_department
}

# METADATA
# title: "Reporting a violation"
# description: >-
#   Nothing in the chapter stands against reporting that it was broken.
# custom:
#   code: PURPOSE_PERMITTED
#   citation: "S.F. Admin. Code 19B.2"
#   source: "codelibrary.amlegal.com, S.F. Administrative Code 19B; sambuz.com, slides on 19B.2"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     Reporting an incident is permitted.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2019-06-30"
#   effective_to: null
grants["incident_report"] := {} if {
	input.operation == "incident_report"
	_department
}

# METADATA
# title: "The receipt is in the yearly report"
# description: >-
#   The department logs the receipt, access or use in its Annual Surveillance Report.
# custom:
#   code: LOG_IN_ANNUAL_SURVEILLANCE_REPORT
#   citation: "S.F. Admin. Code 19B.2(d)"
#   source: "codelibrary.amlegal.com, S.F. Administrative Code 19B; sambuz.com, slides on 19B.2"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     This receipt is logged in the Annual Surveillance Report.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2019-06-30"
#   effective_to: null
obligations["log_receipt"] := {"parameters": {}, "due": null} if {
	_inadvertent
	_department
}

# Whoever is not shown to be private, and whoever acts for a body of this place.
_department if not input.actor.agency_type == "private_entity"

_department if _acts_for_the_city

_private if {
	input.actor.agency_type == "private_entity"
	not _acts_for_the_city
}

_acts_for_the_city if split(input.agency.on_behalf_of, " ")[0] == "US-CA-SAN-FRANCISCO"

_barred if {
	_department
	not _excepted
}

_excepted if input.operation == "incident_report"

_excepted if _inadvertent

_excepted if _overseen

_inadvertent if {
	input.operation == "receive_result"
	input.solicited == false
	not _sent_for
}

_sent_for if input.request_channel in ["informal", "partner_agency"]

_through_another if _sent_for

_through_another if {
	operator := input.engine.operated_by
	is_string(operator)
	operator != "requesting_agency"
}

_overseen if {
	input.operation == "consult_record"
	count(facts.roles) > 0
	every role in facts.roles { role in _overseers }
}

_overseers := [
	"privacy_officer",
	"internal_auditor",
	"external_auditor",
	"oversight_board",
	"court_clerk",
	"defence",
	"regulator",
]
