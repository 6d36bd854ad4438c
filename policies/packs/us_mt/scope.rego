# METADATA
# title: Montana
# description: >-
#   MCA Title 44 chapter 15, the Facial Recognition for Government Use Act (SB 397 of 2023, in effect since 29
#   June 2023): what state and local government may do with face recognition. It forbids all that it does not
#   except (-105): investigation of serious crime by the police under a warrant (-106), and verification of
#   people who agreed to it (-108). Where it is unclear the pack refuses and says so in the rule's description.
package writgate.packs.us_mt

import data.writgate.lib.facts
import data.writgate.lib.papers

# METADATA
# title: "The Act speaks to government"
# description: >-
#   The Act governs state and local agencies, their employees and officials. Private use is not covered by this
#   pack and is refused, except unlocking one's own device.
# custom:
#   code: OPERATOR_NOT_AUTHORISED
#   citation: "MCA 44-15-102, -105(1)"
#   source: "leg.mt.gov, MCA Title 44 chapter 15; lawserver.com 44-15-105, -106"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The requester ({agency_type}) is not a state or local agency, and this pack covers no other.
#   remedy: >-
#     A pack for private use in Montana would have to be published first.
#   effective_from: "2023-06-29"
#   effective_to: null
denials["not_a_public_agency"] := {"agency_type": object.get(input, ["actor", "agency_type"], null)} if {
	not _public_agency
	not _own_device
}

# METADATA
# title: "Other agencies verify, they do not identify"
# description: >-
#   Identification, and information that comes of it, is for the Department of Justice and local law
#   enforcement. Any other agency may only verify, one to one, that somebody who asks for a service is who they
#   say.
# custom:
#   code: REQUESTER_NOT_LAW_ENFORCEMENT
#   citation: "MCA 44-15-105(1), -106(1), -108(1)"
#   source: "leg.mt.gov, MCA Title 44 chapter 15; lawserver.com 44-15-105, -106"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The requester ({agency_type}) is not law enforcement, and other agencies may only verify people who agreed
#     to it.
#   remedy: >-
#     Let law enforcement ask where a serious crime is investigated, or verify with consent.
#   effective_from: "2023-06-29"
#   effective_to: null
denials["not_law_enforcement"] := {"agency_type": object.get(input, ["actor", "agency_type"], null)} if {
	_public_agency
	not _police
	_about_faces
	not _service
}

# METADATA
# title: "No continuous facial surveillance"
# description: >-
#   Public places and sets of images are not monitored to match faces with a list prepared beforehand. That
#   includes scanning stored footage for faces, live scanning of passers-by, and passive watching without a
#   specific target. Whether a warrant could lift this is unclear; the pack refuses it under any paper.
#   Identification in a whole recording is read as scanning it; a frame taken from it may be searched once as a
#   still image, and so may a picture taken with a phone.
# custom:
#   code: CONTINUOUS_SURVEILLANCE_PROHIBITED
#   citation: "MCA 44-15-103(3), -105(1)"
#   source: "leg.mt.gov, MCA Title 44 chapter 15; lawserver.com 44-15-105, -106"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The Act forbids {operation} in the mode {mode}: it matches many faces with a list.
#   remedy: >-
#     Search one picture of one person, once.
#   effective_from: "2023-06-29"
#   effective_to: null
denials["continuous_surveillance"] := {"operation": _asked, "mode": object.get(input, "mode", null)} if {
	_public_agency
	_continuous
}

# METADATA
# title: "The purpose is one that the Act excepts"
# description: >-
#   Law enforcement may find out who committed, suffered or witnessed a serious crime, look for a missing or
#   endangered person, and identify the dead. Somebody who is alive, not missing and merely unable to say who
#   they are is not on the list. A threat to life is no purpose of its own: it takes the place of the warrant,
#   and the serious crime must still be named.
# custom:
#   code: PURPOSE_NOT_AUTHORISED
#   citation: "MCA 44-15-105(1), -106, -108"
#   source: "leg.mt.gov, MCA Title 44 chapter 15; lawserver.com 44-15-105, -106"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The purpose {purpose} is not one that the Act excepts from its prohibition.
#   remedy: >-
#     Ask for a purpose of the Act.
#   effective_from: "2023-06-29"
#   effective_to: null
denials["purpose_not_covered"] := {"purpose": object.get(input, "purpose", null)} if {
	_police
	_about_faces
	not _purpose_covered
	not _service
}

# METADATA
# title: "Written policies and notices"
# description: >-
#   People are told when their picture is taken for this, a vendor keeps a written policy of retention, and an
#   agency that runs the service itself has a policy of human review and training. The register counts these as
#   done unless it records that one of them is missing.
# custom:
#   code: GOVERNANCE_PREREQUISITE_MISSING
#   citation: "MCA 44-15-109, -110"
#   source: "leg.mt.gov, MCA Title 44 chapter 15; lawserver.com 44-15-105, -106"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The register records that something is missing that must come before use ({missing}).
#   remedy: >-
#     Adopt what is missing and have it registered.
#   effective_from: "2023-06-29"
#   effective_to: null
denials["governance_missing"] := {"missing": _governance_missing} if {
	_public_agency
	facts.handles_faces
	not _own_device
	count(_governance_missing) > 0
}

# METADATA
# title: "The use of a result is named"
# description: >-
#   Information that comes of the technology is used only as the Act excepts, so its use is named. One that is
#   missing, or is not of the closed list, authorises nothing.
# custom:
#   code: PURPOSE_NOT_AUTHORISED
#   citation: "MCA 44-15-105(1), -107"
#   source: "leg.mt.gov, MCA Title 44 chapter 15; lawserver.com 44-15-105, -106"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The use {use} of the result is not one of the vocabulary.
#   remedy: >-
#     Name the use that is made of the result.
#   effective_from: "2023-06-29"
#   effective_to: null
denials["result_use_unknown"] := {"use": object.get(input, ["result_use", "for"], null)} if {
	_public_agency
	input.operation == "use_result"
	not _use_named
}

# METADATA
# title: "One's own device"
# description: >-
#   The Act's definition leaves out a system that guards a device against strangers.
# custom:
#   code: EXEMPT_DEVICE_ACCESS
#   citation: "MCA 44-15-103(7)"
#   source: "leg.mt.gov, MCA Title 44 chapter 15; lawserver.com 44-15-105, -106"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     Unlocking one's own device is not use of the technology under the Act.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2023-06-29"
#   effective_to: null
grants["own_device"] := {} if _own_device

# METADATA
# title: "Travellers checked for a federal agency"
# description: >-
#   The part does not apply to verification, with a federal agency, of people who present themselves for travel
#   at an airport or another port. The federal paper must be verified, and the place named.
# custom:
#   code: FEDERAL_MANDATE_EXEMPTION
#   citation: "MCA 44-15-108(5)"
#   source: "leg.mt.gov, MCA Title 44 chapter 15; lawserver.com 44-15-105, -106"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     A verified federal regulation or order stands behind this check of a traveller, and the part does not
#     apply.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2023-06-29"
#   effective_to: null
grants["port_of_entry"] := {} if _port_check

# METADATA
# title: "Records and reports"
# description: >-
#   The Act asks for audits and yearly reports, so a public body may read the record, and may report that the
#   Act was broken.
# custom:
#   code: PURPOSE_PERMITTED
#   citation: "MCA 44-15-107(2), -111"
#   source: "leg.mt.gov, MCA Title 44 chapter 15; lawserver.com 44-15-105, -106"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The Act does not stand against {operation}.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2023-06-29"
#   effective_to: null
grants["records"] := {"operation": input.operation} if {
	_public_agency
	input.operation in ["consult_record", "incident_report"]
}

# What is asked; for a release, what the search was whose result is released.
_asked := object.get(input, ["search", "operation"], null) if {
	input.operation == "release_result"
} else := facts.operation

_public_agency if input.actor.agency_type in ["law_enforcement", "government_non_law_enforcement"]

_police if input.actor.agency_type == "law_enforcement"

_own_device if {
	input.purpose == "device_access_own"
	_asked == "verify_1_to_1"
}

_port_check if {
	_public_agency
	input.purpose == "federal_mandate"
	_asked == "verify_1_to_1"
	input.place in ["airport", "port_of_entry"]
	input.legal_instrument.type == "federal_regulation_or_order"
	papers.in_force(input.legal_instrument, input.now)
}

# Whatever is done with faces or results; not the reading of the record or the report of a violation.
_about_faces if {
	not facts.operation in ["consult_record", "incident_report"]
	not _own_device
	not _port_check
}

# Verification of people who ask for access, and the enrolment that it needs (-108).
_service if {
	input.purpose == "access_control"
	_asked in ["verify_1_to_1", "enrol_gallery"]
}

_continuous if _asked in ["watchlist_live", "watchlist_scan", "track_person"]

_continuous if {
	_asked in ["identify_1_to_n", "enrol_gallery"]
	not _service
	not facts.mode in ["still_image", "mobile"]
}

_continuous if {
	input.purpose == "general_surveillance"
	not input.operation == "incident_report"
}

_governance_missing contains control if {
	some control in [
		"capture_notice_given",
		"vendor_retention_policy",
		"human_review_policy_adopted",
		"training_protocol_adopted",
	]
	object.get(input, ["agency", "controls", control], true) != true
}

_use_named if input.result_use.for in data.vocabulary.result_uses
