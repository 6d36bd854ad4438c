package writgate.packs.base

# METADATA
# title: "The place's law is known"
# description: >-
#   Every place of the request is one whose law this revision covers, or of which it says that there is no pack
#   to ask. A place that is missing from the list is refused.
# custom:
#   code: JURISDICTION_UNKNOWN
#   citation: "Product policy"
#   source: "product"
#   confidence: P
#   counsel_review: none
#   sentence: >-
#     The law of {places} is not part of this revision.
#   remedy: >-
#     Have a pack for this place published, or the place listed as having none.
#   effective_from: "1970-01-01"
#   effective_to: null
denials["jurisdiction_unknown"] := {"places": _unknown_places} if {
	some place in input.jurisdiction
	not _known(place)
}

# METADATA
# title: "The request comes from somewhere"
# description: >-
#   A request without a place cannot be judged.
# custom:
#   code: JURISDICTION_UNKNOWN
#   citation: "Product policy"
#   source: "product"
#   confidence: P
#   counsel_review: none
#   sentence: >-
#     The request names no place.
#   remedy: >-
#     Have the agency's jurisdiction registered.
#   effective_from: "1970-01-01"
#   effective_to: null
denials["jurisdiction_missing"] := {} if {
	count([place | some place in input.jurisdiction; is_string(place)]) == 0
}

# METADATA
# title: "The body behind the request is known"
# description: >-
#   Where a request is made for another body, that body's place is known, so that its own law can be asked as
#   well.
# custom:
#   code: JURISDICTION_UNKNOWN
#   citation: "Product policy"
#   source: "product"
#   confidence: P
#   counsel_review: none
#   sentence: >-
#     The body on whose behalf this is asked, {body}, is of no place whose law is known.
#   remedy: >-
#     Name the body by its place as the register has it, or ask in the agency's own name for its own case.
#   effective_from: "1970-01-01"
#   effective_to: null
denials["body_unknown"] := {"body": object.get(input, ["agency", "on_behalf_of"], null)} if {
	_for_another
	not _known(_place_behind)
}

# METADATA
# title: "Nobody does for a banned body what it may not do itself"
# description: >-
#   A ban on face recognition at the place of the body for which the search is made reaches the search.
# custom:
#   code: MUNICIPAL_BAN
#   citation: "Product policy"
#   source: "product"
#   confidence: P
#   counsel_review: none
#   sentence: >-
#     The body on whose behalf this is asked, {body}, is under a ban of its own place.
#   remedy: >-
#     There is no lawful way round the ban.
#   effective_from: "1970-01-01"
#   effective_to: null
denials["body_banned"] := {"body": object.get(input, ["agency", "on_behalf_of"], null)} if {
	_for_another
	_banned
}

# METADATA
# title: "A partner is no way round a ban"
# description: >-
#   A request passed on through a neighbour, so that the neighbour's laxer law applies, is refused on both
#   sides.
# custom:
#   code: BACKCHANNEL_REQUEST
#   citation: "Product policy"
#   source: "product"
#   confidence: P
#   counsel_review: none
#   sentence: >-
#     This is a request of {body} made through another agency.
#   remedy: >-
#     There is no lawful way round the ban.
#   effective_from: "1970-01-01"
#   effective_to: null
denials["backchannel"] := {"body": object.get(input, ["agency", "on_behalf_of"], null)} if {
	_for_another
	_banned
}

# METADATA
# title: "Every pack that applies grants"
# description: >-
#   A permit is what was shown, not what was not refuted. A pack that applies and in which no rule in force at
#   this time permits the request refuses it, and so does a pack that is not part of the revision.
# custom:
#   code: LEGAL_FRAMEWORK_INSUFFICIENT
#   citation: "Product policy"
#   source: "product"
#   confidence: P
#   counsel_review: none
#   sentence: >-
#     Nothing in {packs} that is in force at this time permits the request.
#   remedy: >-
#     Read the pack's grants; the explanation of the decision names what each looked for.
#   effective_from: "1970-01-01"
#   effective_to: null
denials["pack_without_grant"] := {"packs": _silent} if {
	count(data.writgate.granting) != count(data.writgate.applying)
	count(_silent) > 0
}

# METADATA
# title: "Emergency holds"
# description: >-
#   A row of data.holds stops what it matches until it expires. It can only deny.
# custom:
#   code: POLICY_HOLD
#   citation: "Product policy"
#   source: "product"
#   confidence: P
#   counsel_review: none
#   sentence: >-
#     An emergency hold is in place ({holds}).
#   remedy: >-
#     Ask the policy board; a hold ends by itself or is replaced by a revision.
#   effective_from: "1970-01-01"
#   effective_to: null
denials["policy_hold"] := {"holds": _holds} if {
	count(data.holds) > 0
	count(_holds) > 0
}

_unknown_places contains place if {
	some place in input.jurisdiction
	not _known(place)
}

_known(place) if data.jurisdictions[place].pack == null

_known(place) if data.packs[data.jurisdictions[place].pack]

_for_another if input.agency.on_behalf_of != null

default _place_behind := ""

_place_behind := split(input.agency.on_behalf_of, " ")[0]

_banned if data.jurisdictions[_place_behind].banned == true

_silent contains pack if {
	some pack in data.writgate.applying
	not pack in data.writgate.granting
}

_holds contains id if {
	some id, hold in data.holds
	not _lapsed(hold)
	every field, wanted in object.get(hold, "match", {}) {
		_matches(field, wanted)
	}
}

_lapsed(hold) if hold.expires_at <= input.now

_matches("agency", wanted) if input.agency.id == wanted

_matches("user", wanted) if input.actor.id == wanted

_matches("client", wanted) if input.client.id == wanted

_matches("jurisdiction", wanted) if wanted in input.jurisdiction

_matches(field, wanted) if {
	field in ["operation", "mode", "purpose", "database"]
	input[field] == wanted
}

_matches("vendor", wanted) if input.engine.vendor == wanted

# A hold on something that nobody knows how to look at holds everything.
_matches(field, _) if {
	not field in ["agency", "user", "client", "jurisdiction", "operation", "mode", "purpose", "database", "vendor"]
}
