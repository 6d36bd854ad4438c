package writgate.packs.base

import data.writgate.lib.facts
import data.writgate.lib.papers

# METADATA
# title: "The instrument exists"
# description: >-
#   An instrument that the request names is in the agency's register.
# custom:
#   code: INSTRUMENT_NOT_FOUND
#   citation: "Product policy"
#   source: "product"
#   confidence: P
#   counsel_review: none
#   sentence: >-
#     The agency has no instrument of this number.
#   remedy: >-
#     Have the instrument entered, or name the right one.
#   effective_from: "1970-01-01"
#   effective_to: null
denials["instrument_not_found"] := {"instrument": object.get(input, ["legal_instrument", "id"], null)} if {
	_named
	input.legal_instrument.found != true
}

# METADATA
# title: "The instrument was checked"
# description: >-
#   Somebody other than the requester saw the paper, or the court signed it. A typed number is not a warrant.
# custom:
#   code: INSTRUMENT_UNVERIFIED
#   citation: "Product policy"
#   source: "product"
#   confidence: P
#   counsel_review: none
#   sentence: >-
#     The instrument was not verified as granted (it is {status}).
#   remedy: >-
#     Have the court's clerk or the court's own signature verify it.
#   effective_from: "1970-01-01"
#   effective_to: null
denials["instrument_unverified"] := {"status": object.get(input, ["legal_instrument", "status"], null)} if {
	_named
	not papers.verified(_paper)
	not papers.withdrawn(_paper)
}

# METADATA
# title: "The instrument still stands"
# description: >-
#   An instrument that the court denied, revoked or quashed authorises nothing.
# custom:
#   code: AUTHORISATION_REJECTED
#   citation: "Product policy"
#   source: "product"
#   confidence: P
#   counsel_review: none
#   sentence: >-
#     The instrument was {status}.
#   remedy: >-
#     Ask the court for another one.
#   effective_from: "1970-01-01"
#   effective_to: null
denials["instrument_withdrawn"] := {"status": object.get(input, ["legal_instrument", "status"], null)} if {
	_named
	papers.withdrawn(input.legal_instrument)
}

# METADATA
# title: "The instrument's time is not over"
# description: >-
#   A court's paper says when it ends. At that instant, and where it does not say, it is over.
# custom:
#   code: INSTRUMENT_EXPIRED
#   citation: "Product policy"
#   source: "product"
#   confidence: P
#   counsel_review: none
#   sentence: >-
#     The instrument expired at {expires_at}.
#   remedy: >-
#     Ask the court for an extension or another instrument.
#   effective_from: "1970-01-01"
#   effective_to: null
denials["instrument_expired"] := {"expires_at": object.get(input, ["legal_instrument", "expires_at"], null)} if {
	_named
	not papers.lasting(_paper, _now)
}

# METADATA
# title: "The instrument's time has begun"
# description: >-
#   Before the time from which it is valid, an instrument authorises nothing.
# custom:
#   code: INSTRUMENT_SCOPE_MISMATCH
#   citation: "Product policy"
#   source: "product"
#   confidence: P
#   counsel_review: none
#   sentence: >-
#     The instrument is valid only from {valid_from}.
#   remedy: >-
#     Wait until it is valid.
#   effective_from: "1970-01-01"
#   effective_to: null
denials["instrument_not_yet_valid"] := {"valid_from": object.get(input, ["legal_instrument", "valid_from"], null)} if {
	_named
	not papers.begun(_paper, _now)
}

# METADATA
# title: "The instrument covers what is asked"
# description: >-
#   Mode, purpose, operation, gallery, probe, person and place are within what the instrument says, wherever it
#   speaks of them.
# custom:
#   code: INSTRUMENT_SCOPE_MISMATCH
#   citation: "Product policy"
#   source: "product"
#   confidence: P
#   counsel_review: none
#   sentence: >-
#     The instrument does not cover this request's {fields}.
#   remedy: >-
#     Ask for what the instrument covers, or ask the court for a wider one.
#   effective_from: "1970-01-01"
#   effective_to: null
denials["instrument_out_of_scope"] := {"fields": _outside} if {
	_named
	count(_outside) > 0
}

# METADATA
# title: "The instrument was not revoked"
# description: >-
#   Its court revoked it, or put another in its place. Said beside the general reason.
# custom:
#   code: INSTRUMENT_REVOKED
#   citation: "Product policy"
#   source: "product"
#   confidence: P
#   counsel_review: none
#   sentence: >-
#     The instrument was revoked.
#   remedy: >-
#     Ask the court for another one.
#   effective_from: "1970-01-01"
#   effective_to: null
denials["instrument_revoked"] := {} if {
	_named
	input.legal_instrument.status == "revoked"
}

# METADATA
# title: "The instrument was not quashed"
# description: >-
#   A court quashed it. Said beside the general reason.
# custom:
#   code: INSTRUMENT_QUASHED
#   citation: "Product policy"
#   source: "product"
#   confidence: P
#   counsel_review: none
#   sentence: >-
#     The instrument was quashed.
#   remedy: >-
#     Ask the court for another one.
#   effective_from: "1970-01-01"
#   effective_to: null
denials["instrument_quashed"] := {} if {
	_named
	input.legal_instrument.status == "quashed"
}

# METADATA
# title: "The instrument does not begin later"
# description: >-
#   Its time is still to come. Said beside the general reason.
# custom:
#   code: INSTRUMENT_NOT_YET_VALID
#   citation: "Product policy"
#   source: "product"
#   confidence: P
#   counsel_review: none
#   sentence: >-
#     The instrument is valid only from {valid_from}.
#   remedy: >-
#     Wait until it is valid; look at the zone in which its hours are written.
#   effective_from: "1970-01-01"
#   effective_to: null
denials["instrument_begins_later"] := {"valid_from": object.get(input, ["legal_instrument", "valid_from"], null)} if {
	_named
	not papers.begun(_paper, _now)
}

# METADATA
# title: "The instrument covers the mode"
# description: >-
#   Where the instrument limits the mode, the request is within it. Said beside the general reason.
# custom:
#   code: INSTRUMENT_MODE_MISMATCH
#   citation: "Product policy"
#   source: "product"
#   confidence: P
#   counsel_review: none
#   sentence: >-
#     The instrument does not cover this request's mode.
#   remedy: >-
#     Ask in a mode that the instrument names, or ask the court for a wider one.
#   effective_from: "1970-01-01"
#   effective_to: null
denials["instrument_of_other_mode"] := {} if {
	_named
	"mode" in _outside
}

# METADATA
# title: "The instrument covers the purpose"
# description: >-
#   Where the instrument limits the purpose, the request is within it. Said beside the general reason.
# custom:
#   code: INSTRUMENT_PURPOSE_MISMATCH
#   citation: "Product policy"
#   source: "product"
#   confidence: P
#   counsel_review: none
#   sentence: >-
#     The instrument does not cover this request's purpose.
#   remedy: >-
#     Ask for a purpose that the instrument names, or ask the court for a wider one.
#   effective_from: "1970-01-01"
#   effective_to: null
denials["instrument_of_other_purpose"] := {} if {
	_named
	"purpose" in _outside
}

# METADATA
# title: "The instrument covers the operation"
# description: >-
#   Where the instrument limits the operation, the request is within it. Said beside the general reason.
# custom:
#   code: INSTRUMENT_OPERATION_MISMATCH
#   citation: "Product policy"
#   source: "product"
#   confidence: P
#   counsel_review: none
#   sentence: >-
#     The instrument does not cover this request's operation.
#   remedy: >-
#     Ask for an operation that the instrument names, or ask the court for a wider one.
#   effective_from: "1970-01-01"
#   effective_to: null
denials["instrument_of_other_operation"] := {} if {
	_named
	"operation" in _outside
}

# METADATA
# title: "The instrument covers the gallery"
# description: >-
#   Where the instrument limits the gallery, the request is within it. Said beside the general reason.
# custom:
#   code: INSTRUMENT_GALLERY_MISMATCH
#   citation: "Product policy"
#   source: "product"
#   confidence: P
#   counsel_review: none
#   sentence: >-
#     The instrument does not cover this request's gallery.
#   remedy: >-
#     Search a gallery that the instrument names, or ask the court for a wider one.
#   effective_from: "1970-01-01"
#   effective_to: null
denials["instrument_of_other_gallery"] := {} if {
	_named
	"gallery" in _outside
}

# METADATA
# title: "The instrument covers the picture"
# description: >-
#   Where the instrument limits the picture, the request is within it. Said beside the general reason.
# custom:
#   code: INSTRUMENT_PROBE_MISMATCH
#   citation: "Product policy"
#   source: "product"
#   confidence: P
#   counsel_review: none
#   sentence: >-
#     The instrument does not cover this request's picture.
#   remedy: >-
#     Search with a picture that the instrument names by its digest, or ask the court for a wider one.
#   effective_from: "1970-01-01"
#   effective_to: null
denials["instrument_of_other_probe"] := {} if {
	_named
	"probe" in _outside
}

# METADATA
# title: "The instrument covers the person"
# description: >-
#   Where the instrument names a person, the request names the same; one that says nothing is not covered. Said
#   beside the general reason.
# custom:
#   code: INSTRUMENT_SUBJECT_MISMATCH
#   citation: "Product policy"
#   source: "product"
#   confidence: P
#   counsel_review: none
#   sentence: >-
#     The instrument does not cover this request's person.
#   remedy: >-
#     Say in subject.identity whom the search is about, as the instrument names them.
#   effective_from: "1970-01-01"
#   effective_to: null
denials["instrument_of_other_subject"] := {} if {
	_named
	"subject" in _outside
}

# METADATA
# title: "The instrument covers the place"
# description: >-
#   Where the instrument names a place, the request names the same; one that says nothing is not covered. Said
#   beside the general reason.
# custom:
#   code: INSTRUMENT_PLACE_MISMATCH
#   citation: "Product policy"
#   source: "product"
#   confidence: P
#   counsel_review: none
#   sentence: >-
#     The instrument does not cover this request's place.
#   remedy: >-
#     Say in area what place the search is about, as the instrument names it.
#   effective_from: "1970-01-01"
#   effective_to: null
denials["instrument_of_other_place"] := {} if {
	_named
	"place" in _outside
}

# METADATA
# title: "The instrument allows another search"
# description: >-
#   Where the instrument allows a number of searches, they are counted.
# custom:
#   code: INSTRUMENT_EXHAUSTED
#   citation: "Product policy"
#   source: "product"
#   confidence: P
#   counsel_review: none
#   sentence: >-
#     The {searches_allowed} searches that the instrument allows have been made.
#   remedy: >-
#     Ask the court for an extension or another instrument.
#   effective_from: "1970-01-01"
#   effective_to: null
denials["instrument_exhausted"] := {"searches_allowed": _searches_allowed} if {
	facts.searching
	input.legal_instrument.searches_allowed != null
	not _searches_left
}

_searches_allowed := object.get(input, ["legal_instrument", "searches_allowed"], null)

_searches_left if {
	is_number(input.legal_instrument.searches_used)
	is_number(input.legal_instrument.searches_allowed)
	input.legal_instrument.searches_used < input.legal_instrument.searches_allowed
}

_paper := object.get(input, "legal_instrument", null)

_now := object.get(input, "now", null)

# An instrument is judged where it is relied on: at the search and at enrolment, not when its fruits are handled.
default _named := false

_named if {
	input.legal_instrument != null
	facts.handles_faces
}

_outside contains "mode" if not papers.allows(_paper, "modes", facts.mode)

_outside contains "purpose" if {
	not papers.allows(_paper, "purposes", facts.purpose)
}

_outside contains "operation" if {
	not papers.allows(_paper, "operations", facts.operation)
}

_outside contains "gallery" if {
	stated := input.legal_instrument.scope.galleries
	count(stated) > 0
	not papers.gallery_within(stated, object.get(input, "database", null))
	not _no_gallery
}

_outside contains "probe" if {
	stated := input.legal_instrument.scope.probe_sha256
	count(stated) > 0
	not _probe_bound(stated)
}

_outside contains "subject" if not papers.agrees(_paper, "subject", object.get(input, ["subject", "identity"], null))

_outside contains "place" if not papers.agrees(_paper, "place", object.get(input, "area", null))

# Two pictures are compared without a gallery.
_no_gallery if {
	input.operation == "verify_1_to_1"
	object.get(input, "database", null) == null
}

_probe_bound(stated) if {
	count(input.probe.sha256) > 0
	every digest in input.probe.sha256 { digest in stated }
}

# In a comparison one of the two pictures is the one that the paper is about.
_probe_bound(stated) if {
	input.operation == "verify_1_to_1"
	some digest in input.probe.sha256
	digest in stated
}
