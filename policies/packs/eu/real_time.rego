package writgate.packs.eu

import data.writgate.lib.facts

# METADATA
# title: "Real time has three objectives"
# description: >-
#   Identification in real time serves only the search for specific victims of abduction, trafficking or sexual
#   exploitation and for missing persons; the prevention of a specific and imminent threat to life or of
#   terrorism; and the finding of a person suspected of an offence of Annex II that carries at least four years.
#   Whether a place is open to the public is only the caller's word, so every use in real time is judged as one in
#   public; a picture taken in the street and searched on the spot is read as real time, because the Act does not
#   say otherwise.
# custom:
#   code: OBJECTIVE_NOT_PERMITTED
#   citation: "AI Act Art 5(1)(h), Annex II"
#   source: "Regulation (EU) 2024/1689, consolidated with Regulation (EU) 2026/1744"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     Identification in real time for {purpose} is none of the three objectives, or the offence ({offence}) is
#     not one of Annex II with a maximum of four years or more.
#   remedy: >-
#     Search recorded footage instead, or name the offence of Annex II.
#   effective_from: "2025-02-02"
#   effective_to: null
denials["objective_not_permitted"] := {
	"purpose": object.get(input, "purpose", null),
	"offence": object.get(input, ["offence", "label"], null),
} if {
	_realtime
	_seeks
	not _objective
}

# METADATA
# title: "A suspect is suspected"
# description: >-
#   The third objective is about a person suspected of the offence, or wanted for it. The Act sets no degree; the
#   pack asks for reasonable suspicion.
# custom:
#   code: SUSPICION_STANDARD_NOT_MET
#   citation: "AI Act Art 5(1)(h)(iii), 26(10)"
#   source: "Regulation (EU) 2024/1689, consolidated with Regulation (EU) 2026/1744"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The suspicion shown is {suspicion}; a search for a suspect needs at least reasonable suspicion.
#   remedy: >-
#     Name the facts that point to the person.
#   effective_from: "2025-02-02"
#   effective_to: null
denials["suspect_without_suspicion"] := {"suspicion": object.get(input, "suspicion", null)} if {
	_remote
	facts.searching
	input.purpose in ["investigate_named_offence", "locate_wanted_person", "credential_fraud"]
	not _suspected
}

# METADATA
# title: "Only a person who is specifically targeted"
# description: >-
#   Real time serves only to confirm the identity of the person who is specifically targeted.
# custom:
#   code: UNTARGETED_USE_PROHIBITED
#   citation: "AI Act Art 5(2)"
#   source: "Regulation (EU) 2024/1689, consolidated with Regulation (EU) 2026/1744"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The request does not say that it is about one specifically targeted person.
#   remedy: >-
#     Name the person who is looked for.
#   effective_from: "2025-02-02"
#   effective_to: null
denials["realtime_untargeted"] := {} if {
	_realtime
	facts.searching
	not input.subject.specifically_targeted == true
}

# METADATA
# title: "Assessment and registration come first"
# description: >-
#   The impact assessment on fundamental rights is completed and the system is registered before use in real time.
#   In duly justified urgency registration may follow without undue delay; the assessment may not.
# custom:
#   code: GOVERNANCE_PREREQUISITE_MISSING
#   citation: "AI Act Art 5(2), 27, 49"
#   source: "Regulation (EU) 2024/1689, consolidated with Regulation (EU) 2026/1744"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The register does not show what must come before use in real time ({missing}).
#   remedy: >-
#     Complete the assessment, register the system, and have both entered.
#   effective_from: "2025-02-02"
#   effective_to: null
denials["realtime_governance_missing"] := {"missing": _realtime_missing} if {
	_realtime
	facts.searching
	count(_realtime_missing) > 0
}

# METADATA
# title: "National law must allow it"
# description: >-
#   Use in real time is possible only where, and within the limits in which, national law provides for it.
# custom:
#   code: NO_NATIONAL_LEGAL_BASIS
#   citation: "AI Act Art 5(5)"
#   source: "Regulation (EU) 2024/1689, consolidated with Regulation (EU) 2026/1744"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The register shows no national law that allows identification in real time.
#   remedy: >-
#     There is no lawful way until national law provides for it.
#   effective_from: "2025-02-02"
#   effective_to: null
denials["realtime_without_national_law"] := {} if {
	_realtime
	_seeks
	not input.agency.controls.national_law_authorises_realtime_rbi == true
}

# METADATA
# title: "An authorisation comes first"
# description: >-
#   Each use in real time needs a binding authorisation, given beforehand by a judge or an independent
#   administrative authority, that names the mode and the purpose and limits time, place and person. In duly
#   justified urgency, which an officer certifies with its facts, use may begin, and the authorisation is asked
#   for within 24 hours.
# custom:
#   code: AUTHORISATION_REQUIRED
#   citation: "AI Act Art 5(3)"
#   source: "Regulation (EU) 2024/1689, consolidated with Regulation (EU) 2026/1744"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     No authorisation in force covers this use, and no urgency whose 24 hours run was certified.
#   remedy: >-
#     Ask the judge or the independent authority, or have an officer certify the urgency and ask within 24
#     hours.
#   effective_from: "2025-02-02"
#   effective_to: null
denials["realtime_without_authorisation"] := {} if {
	_realtime
	_seeks
	not _authorised
	not _urgent
}

# METADATA
# title: "The authorisation limits time, place and person"
# description: >-
#   An authorisation for use in real time says when, where and for whom. One that leaves out any of the three
#   covers nothing.
# custom:
#   code: INSTRUMENT_SCOPE_MISMATCH
#   citation: "AI Act Art 5(2), 5(3)"
#   source: "Regulation (EU) 2024/1689, consolidated with Regulation (EU) 2026/1744"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The authorisation does not limit all of time, place and person.
#   remedy: >-
#     Ask for an authorisation that says when, where and for whom.
#   effective_from: "2025-02-02"
#   effective_to: null
denials["authorisation_without_limits"] := {} if {
	_realtime
	facts.searching
	_paper_of_authority
	not _paper_limited
}

# METADATA
# title: "Twenty-four hours to ask"
# description: >-
#   In urgency the authorisation is asked for without undue delay and within 24 hours of the beginning of use.
#   Where the clock of the use is not known it runs from the beginning of the emergency. Once it has run out the
#   use stops, and what it found is not used.
# custom:
#   code: POST_HOC_DEADLINE_MISSED
#   citation: "AI Act Art 5(3)"
#   source: "Regulation (EU) 2024/1689, consolidated with Regulation (EU) 2026/1744"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The authorisation was not asked for by {deadline}, 24 hours after the use began.
#   remedy: >-
#     Stop. Further use needs an authorisation beforehand.
#   effective_from: "2025-02-02"
#   effective_to: null
denials["realtime_deadline_missed"] := {"deadline": _asked_by} if {
	_realtime
	_missed
}

# METADATA
# title: "What was rejected stops"
# description: >-
#   Where the authorisation is rejected, use stops with immediate effect and everything that came of it is
#   deleted. Its results are neither released nor used.
# custom:
#   code: AUTHORISATION_REJECTED
#   citation: "AI Act Art 5(3)"
#   source: "Regulation (EU) 2024/1689, consolidated with Regulation (EU) 2026/1744"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The authorisation for this use was rejected.
#   remedy: >-
#     Stop, and delete all data, results and outputs of the use.
#   effective_from: "2025-02-02"
#   effective_to: null
denials["realtime_rejected"] := {} if {
	_realtime
	_rejected
}

# METADATA
# title: "Authorised beforehand"
# description: >-
#   An authorisation in force covers this use in real time and limits time, place and person.
# custom:
#   code: AUTHORISATION_SATISFIED
#   citation: "AI Act Art 5(1)(h), 5(2), 5(3)"
#   source: "Regulation (EU) 2024/1689, consolidated with Regulation (EU) 2026/1744"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     An authorisation in force covers this use.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2025-02-02"
#   effective_to: null
grants["realtime_authorised"] := {"instrument": object.get(input, ["legal_instrument", "id"], null)} if {
	_realtime
	_seeks
	_authorised
}

# METADATA
# title: "Urgent, and within 24 hours"
# description: >-
#   A certified urgency stands in for the authorisation while its 24 hours run, and after that as long as an
#   authorisation asked for in time is pending.
# custom:
#   code: URGENCY_WITHIN_DEADLINE
#   citation: "AI Act Art 5(3)"
#   source: "Regulation (EU) 2024/1689, consolidated with Regulation (EU) 2026/1744"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The use is urgent; the authorisation is to be asked for by {deadline}.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2025-02-02"
#   effective_to: null
grants["realtime_urgent"] := {"deadline": _asked_by} if {
	_realtime
	_seeks
	_urgent
}

_objective if input.purpose in [
	"locate_missing_person", "locate_abducted_or_trafficked_victim",
	"imminent_threat_to_life",
]

_objective if {
	input.purpose in ["investigate_named_offence", "locate_wanted_person", "child_exploitation_material"]
	facts.offence_named
	input.offence.annex_ii == true
	_four_years
}

_four_years if {
	is_number(input.offence.max_penalty_months)
	input.offence.max_penalty_months >= 48
}

_four_years if input.offence.life == true

_realtime_missing contains "fundamental_rights_impact_assessment" if {
	not input.agency.controls.fundamental_rights_impact_assessment == true
}

_realtime_missing contains "registered_in_eu_database" if {
	not input.agency.controls.registered_in_eu_database == true
	not _urgent
}
