package writgate.packs.eu

import data.writgate.lib.facts

# METADATA
# title: "Never without a target"
# description: >-
#   Identification after the event is never untargeted: it is linked to an offence, a proceeding, a threat or the
#   search for a specific missing person, and is about one person. A victim, a witness, a dead or a helpless
#   person is looked for in connection with an offence that is named, because the Act names no other link for
#   them.
# custom:
#   code: UNTARGETED_USE_PROHIBITED
#   citation: "AI Act Art 26(10)"
#   source: "Regulation (EU) 2024/1689, consolidated with Regulation (EU) 2026/1744"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The search for {purpose} has no link to a named offence, a proceeding, a threat or a specific missing
#     person, or is not about one person.
#   remedy: >-
#     Name the offence and the one person who is looked for.
#   effective_from: "2027-12-02"
#   effective_to: null
denials["untargeted"] := {"purpose": object.get(input, "purpose", null)} if {
	_after_event
	_seeks
	not _linked
}

# METADATA
# title: "Assessment and registration"
# description: >-
#   Before a high-risk system is first used the authority assesses its impact on fundamental rights and registers
#   the use. Where the register records that either is missing, the search is refused.
# custom:
#   code: GOVERNANCE_PREREQUISITE_MISSING
#   citation: "AI Act Art 26(8), 27, 49(3)"
#   source: "Regulation (EU) 2024/1689, consolidated with Regulation (EU) 2026/1744"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The register records that {missing} is missing.
#   remedy: >-
#     Complete what is missing and have it entered.
#   effective_from: "2027-12-02"
#   effective_to: null
denials["after_event_governance_missing"] := {"missing": _recorded_missing} if {
	_after_event
	facts.searching
	count(_recorded_missing) > 0
}

# METADATA
# title: "A search for a suspect is authorised"
# description: >-
#   The targeted search for a suspect or convict needs the authorisation of a judge, or of an administrative
#   authority whose decision is binding and open to review: beforehand, or asked for within 48 hours of the
#   beginning of use. The first identification of a potential suspect from objective, verifiable facts linked to
#   the offence needs none; the request must say that no suspect is known yet. Missing persons, victims and
#   witnesses need none either; averting a threat is read as needing one.
# custom:
#   code: AUTHORISATION_REQUIRED
#   citation: "AI Act Art 26(10)"
#   source: "Regulation (EU) 2024/1689, consolidated with Regulation (EU) 2026/1744"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     No authorisation in force covers this search, and none was asked for within 48 hours of the beginning of
#     use.
#   remedy: >-
#     Ask the judge or the administrative authority for the authorisation.
#   effective_from: "2027-12-02"
#   effective_to: null
denials["after_event_without_authorisation"] := {} if {
	_after_event
	_needs_authorisation
	not _authorised
	not _in_time
}

# METADATA
# title: "Forty-eight hours to ask"
# description: >-
#   An authorisation that was not obtained beforehand is asked for without undue delay and within 48 hours of the
#   beginning of use. The Commission's draft guidelines, which do not bind, count them so. After that the use
#   stops.
# custom:
#   code: POST_HOC_DEADLINE_MISSED
#   citation: "AI Act Art 26(10)"
#   source: "Regulation (EU) 2024/1689, consolidated with Regulation (EU) 2026/1744"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The authorisation was not asked for by {deadline}, 48 hours after the use began.
#   remedy: >-
#     Stop. Further use needs an authorisation.
#   effective_from: "2027-12-02"
#   effective_to: null
denials["after_event_deadline_missed"] := {"deadline": _asked_by} if {
	_after_event
	_needs_authorisation
	_missed
}

# METADATA
# title: "What was rejected stops"
# description: >-
#   Where the authorisation is rejected, use stops with immediate effect and the personal data linked to it are
#   deleted. Its results are neither released nor used.
# custom:
#   code: AUTHORISATION_REJECTED
#   citation: "AI Act Art 26(10)"
#   source: "Regulation (EU) 2024/1689, consolidated with Regulation (EU) 2026/1744"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The authorisation for this search was rejected.
#   remedy: >-
#     Stop, and delete the personal data linked to the use.
#   effective_from: "2027-12-02"
#   effective_to: null
denials["after_event_rejected"] := {} if {
	_after_event
	_rejected
}

# METADATA
# title: "Authorised"
# description: >-
#   An authorisation in force covers this search.
# custom:
#   code: AUTHORISATION_SATISFIED
#   citation: "AI Act Art 26(10)"
#   source: "Regulation (EU) 2024/1689, consolidated with Regulation (EU) 2026/1744"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     An authorisation in force covers this search.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2027-12-02"
#   effective_to: null
grants["after_event_authorised"] := {"instrument": object.get(input, ["legal_instrument", "id"], null)} if {
	_after_event
	_seeks
	_authorised
}

# METADATA
# title: "First identification of a potential suspect"
# description: >-
#   No suspect is known yet, and objective, verifiable facts directly linked to the offence are written down.
#   Searches after a first match are not first identifications, and neither is a watchlist or the following of a
#   person.
# custom:
#   code: INITIAL_IDENTIFICATION_EXEMPTION
#   citation: "AI Act Art 26(10)"
#   source: "Regulation (EU) 2024/1689, consolidated with Regulation (EU) 2026/1744"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     This is the first identification of a potential suspect, which needs no authorisation.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2027-12-02"
#   effective_to: null
grants["initial_identification"] := {} if {
	_after_event
	_seeks
	_initial
}

# METADATA
# title: "Within 48 hours"
# description: >-
#   The authorisation was asked for within 48 hours of the beginning of use, or those hours still run.
# custom:
#   code: POST_HOC_WITHIN_DEADLINE
#   citation: "AI Act Art 26(10)"
#   source: "Regulation (EU) 2024/1689, consolidated with Regulation (EU) 2026/1744"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The authorisation may be asked for until {deadline}.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2027-12-02"
#   effective_to: null
grants["after_event_within_deadline"] := {"deadline": _asked_by} if {
	_after_event
	_seeks
	_needs_authorisation
	not _authorised
	not _rejected
	_in_time
}

# METADATA
# title: "Missing persons, victims and witnesses"
# description: >-
#   Article 26(10) asks for an authorisation only to look for suspects and convicts.
# custom:
#   code: PURPOSE_PERMITTED
#   citation: "AI Act Art 26(10)"
#   source: "Regulation (EU) 2024/1689, consolidated with Regulation (EU) 2026/1744"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     Identification after the event for {purpose} needs no authorisation.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2027-12-02"
#   effective_to: null
grants["no_authorisation_needed"] := {"purpose": input.purpose} if {
	_after_event
	_seeks
	_linked
	not _about_suspects
}

_linked if {
	_targeted
	_link
}

_link if {
	input.purpose in _of_suspects
	facts.offence_named
}

_link if {
	input.purpose in ["identify_victim", "identify_witness", "identify_deceased", "identify_incapacitated_person"]
	facts.offence_named
}

_link if input.purpose in [
	"imminent_threat_to_life", "locate_missing_person",
	"locate_abducted_or_trafficked_victim",
]

_link if {
	input.purpose == "locate_wanted_person"
	input.subject.wanted == true
}

_targeted if input.subject.specifically_targeted == true

# A search of one picture is about the person whom it is meant to find, unless the request says otherwise.
_targeted if {
	_one_search
	object.get(input, ["subject", "specifically_targeted"], null) == null
	input.subject.intended_target == true
}

_one_search if input.operation == "identify_1_to_n"

_one_search if {
	input.operation in _of_results
	object.get(input, ["search", "operation"], null) in [null, "identify_1_to_n"]
}

_about_suspects if input.purpose in _of_suspects

_about_suspects if input.purpose == "imminent_threat_to_life"

_needs_authorisation if {
	_about_suspects
	not _initial
}

_initial if {
	input.subject.known_suspect == false
	input.purpose in _of_suspects
	_one_search
	facts.offence_named
	facts.reasonable_suspicion
	facts.text(input.justification)
}

_after_event_ended if {
	_after_event
	_rejected
}

_after_event_ended if {
	_after_event
	_needs_authorisation
	_missed
}

_recorded_missing contains control if {
	some control in ["fundamental_rights_impact_assessment", "registered_in_eu_database"]
	object.get(input, ["agency", "controls", control], true) != true
}
