package writgate.packs.us_or_portland

import data.writgate.lib.facts
import data.writgate.lib.papers

# METADATA
# title: "No private use in places of public accommodation"
# description: >-
#   A private entity does not use face recognition in a place of public accommodation: wherever goods, services,
#   lodging, amusement or transport are offered to the public. Premises of which the request does not say that
#   they are distinctly private count as such a place. Comparison of two faces is read as included, because the
#   definition speaks of verifying too.
# custom:
#   code: PRIVATE_USE_BANNED
#   citation: "Portland City Code 34.10.030"
#   source: "portland.gov/code/34; bullockinc.com on 34.10; lawstreetmedia.com on both ordinances"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The code forbids private use in a place of public accommodation (premises {premises}).
#   remedy: >-
#     Use no face recognition where the public is served. Where the premises are distinctly private, say so.
#   effective_from: "2021-01-01"
#   effective_to: null
denials["private_ban"] := {"premises": object.get(input, "premises", null)} if {
	_private
	_uses_faces
	not _allowed
}

# METADATA
# title: "One's own or one's employer's device"
# description: >-
#   The code leaves out that a person is verified to get into their own personal device or one that the employer
#   issued.
# custom:
#   code: EXEMPT_DEVICE_ACCESS
#   citation: "Portland City Code 34.10.040"
#   source: "portland.gov/code/34; bullockinc.com on 34.10; lawstreetmedia.com on both ordinances"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     Unlocking one's own or one's employer's device is excepted.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2021-01-01"
#   effective_to: null
grants["own_device"] := {} if {
	_own_device
	_private
}

# METADATA
# title: "To the extent that law demands it"
# description: >-
#   The code leaves out use to the extent necessary to comply with federal, state or local law. A verified federal
#   regulation or order that names the purpose shows it; for state and local law the register has no such paper,
#   so that is refused.
# custom:
#   code: FEDERAL_MANDATE_EXEMPTION
#   citation: "Portland City Code 34.10.040"
#   source: "portland.gov/code/34; bullockinc.com on 34.10; lawstreetmedia.com on both ordinances"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     A verified federal regulation or order demands this use.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2021-01-01"
#   effective_to: null
grants["demanded_by_law"] := {} if {
	_demanded_by_law
	_private
}

# METADATA
# title: "Distinctly private premises"
# description: >-
#   A residence, a bona fide club, or premises that are in their nature distinctly private are no place of public
#   accommodation.
# custom:
#   code: OUTSIDE_SUBTITLE
#   citation: "Portland City Code 34.10.020"
#   source: "portland.gov/code/34; bullockinc.com on 34.10; lawstreetmedia.com on both ordinances"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The premises ({premises}) are no place of public accommodation.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2021-01-01"
#   effective_to: null
grants["distinctly_private"] := {"premises": input.premises} if {
	_distinctly_private
	_private
}

# METADATA
# title: "Reading the record"
# description: >-
#   The code forbids using face recognition, not reading what was recorded of it.
# custom:
#   code: PURPOSE_PERMITTED
#   citation: "Portland City Code 34.10.030"
#   source: "portland.gov/code/34; bullockinc.com on 34.10; lawstreetmedia.com on both ordinances"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     Reading the record is permitted.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2021-01-01"
#   effective_to: null
grants["private_record"] := {} if {
	input.operation == "consult_record"
	_private
}

_uses_faces if {
	not facts.operation in ["consult_record", "incident_report"]
}

_allowed if _own_device

_allowed if _demanded_by_law

_allowed if _distinctly_private

_own_device if {
	input.purpose == "device_access_own"
	_one_to_one
}

_one_to_one if input.operation == "verify_1_to_1"

_one_to_one if {
	input.operation == "release_result"
	input.search.operation == "verify_1_to_1"
}

_demanded_by_law if {
	input.legal_instrument.type == "federal_regulation_or_order"
	papers.in_force(input.legal_instrument, input.now)
	papers.names(input.legal_instrument, "purposes", input.purpose)
}

# Said to be private, and not said to be open to everybody.
_distinctly_private if {
	input.premises in _private_premises
	not input.place == "publicly_accessible_space"
}

_private_premises := [
	"private_residence",
	"private_office",
	"private_workplace",
	"private_club",
	"employees_only_area",
	"not_open_to_public",
]
