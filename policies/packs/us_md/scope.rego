# METADATA
# title: Maryland
# description: >-
#   Md. Code, Criminal Procedure, title 2 subtitle 5 (SB 182 of 2024, in effect since 1 October 2024): use of
#   face recognition by law enforcement in criminal investigations. What lies outside criminal investigation the
#   subtitle does not restrict (-507), and the pack says so. Where the subtitle is unclear the pack refuses and
#   says so in the rule's description.
package writgate.packs.us_md

import data.writgate.lib.facts
import data.writgate.lib.papers

# METADATA
# title: "Criminal investigation is for law enforcement"
# description: >-
#   The subtitle governs what police officers and others of a law enforcement agency do in criminal
#   investigations. Another body that asks for such a purpose is refused; so is private use, which this pack
#   does not cover, except unlocking one's own device.
# custom:
#   code: REQUESTER_NOT_LAW_ENFORCEMENT
#   citation: "Md. Crim. Proc. 2-501, -503(a)"
#   source: "mgaleg.maryland.gov, Crim. Proc. 2-501 to 2-510; lexace.ai CP-2-503; codes.findlaw.com 2-502"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The requester ({agency_type}) is not a law enforcement agency.
#   remedy: >-
#     Let the law enforcement agency that has the case ask.
#   effective_from: "2024-10-01"
#   effective_to: null
denials["not_law_enforcement"] := {"agency_type": object.get(input, ["actor", "agency_type"], null)} if {
	_about_faces
	not _police
	not _outside
}

# METADATA
# title: "A purpose that the subtitle knows"
# description: >-
#   The purpose either belongs to a criminal investigation, which the subtitle then governs, or is one that it
#   leaves alone. One that is neither is refused. A federal mandate counts as unrelated to criminal
#   investigation only where the federal paper is verified.
# custom:
#   code: PURPOSE_NOT_AUTHORISED
#   citation: "Md. Crim. Proc. 2-501, -503(a), -507"
#   source: "mgaleg.maryland.gov, Crim. Proc. 2-501 to 2-510; lexace.ai CP-2-503; codes.findlaw.com 2-502"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The purpose {purpose} is neither a criminal investigation nor one that the subtitle leaves alone.
#   remedy: >-
#     Ask for a purpose of the vocabulary that fits the case.
#   effective_from: "2024-10-01"
#   effective_to: null
denials["purpose_not_authorised"] := {"purpose": object.get(input, "purpose", null)} if {
	_about_faces
	_police
	not _outside
	not _for_investigation
}

# METADATA
# title: "The state's model policy is followed"
# description: >-
#   An agency uses the technology in criminal investigations only in accordance with the State Police's model
#   policy, and publishes its own policy of use. Both are the evidence asked for. Where the register records
#   that no administrator was named, that the yearly audit was missed, or that systems and galleries are not
#   named in public, they no longer suffice.
# custom:
#   code: GOVERNANCE_PREREQUISITE_MISSING
#   citation: "Md. Crim. Proc. 2-505(a), (b), -506(b), -508"
#   source: "mgaleg.maryland.gov, Crim. Proc. 2-501 to 2-510; lexace.ai CP-2-503; codes.findlaw.com 2-502"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The register does not show what must come before use ({missing}).
#   remedy: >-
#     Bring the use into accordance with the model policy, publish the policy, and have both registered.
#   effective_from: "2024-10-01"
#   effective_to: null
denials["governance_missing"] := {"missing": _governance_missing} if {
	_criminal
	_uses_technology
	count(_governance_missing) > 0
}

# METADATA
# title: "Training each year"
# description: >-
#   Whoever may use the technology in criminal investigations completes the state's training each year. The
#   programme had to exist by 30 June 2026; the rule counts from then.
# custom:
#   code: OPERATOR_NOT_TRAINED
#   citation: "Md. Crim. Proc. 2-505(c), -506(c)"
#   source: "mgaleg.maryland.gov, Crim. Proc. 2-501 to 2-510; lexace.ai CP-2-503; codes.findlaw.com 2-502"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The register shows no training of this year.
#   remedy: >-
#     Complete this year's training and have its date registered.
#   effective_from: "2026-06-30"
#   effective_to: null
denials["untrained"] := {"training_current": object.get(input, ["actor", "training_current"], null)} if {
	_criminal
	facts.handles_faces
	not _trained
}

# METADATA
# title: "Outside the subtitle"
# description: >-
#   The subtitle does not restrict identifying a missing, dead or incapacitated person, guarding the access to
#   what an agency keeps, examining seized media for people who are not charged from it, or legitimate activity
#   unrelated to a criminal investigation, such as training. What is later shown to a court is judged by -502
#   all the same.
# custom:
#   code: OUTSIDE_SUBTITLE
#   citation: "Md. Crim. Proc. 2-507"
#   source: "mgaleg.maryland.gov, Crim. Proc. 2-501 to 2-510; lexace.ai CP-2-503; codes.findlaw.com 2-502"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The subtitle does not restrict {operation} for {purpose}.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2024-10-01"
#   effective_to: null
grants["outside_subtitle"] := {"operation": input.operation, "purpose": input.purpose} if {
	_outside
	_outside_operation
}

# METADATA
# title: "One's own device"
# description: >-
#   Technology that only grants or denies access to an electronic device is outside the definition.
# custom:
#   code: EXEMPT_DEVICE_ACCESS
#   citation: "Md. Crim. Proc. 2-501"
#   source: "mgaleg.maryland.gov, Crim. Proc. 2-501 to 2-510; lexace.ai CP-2-503; codes.findlaw.com 2-502"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     Unlocking one's own device is not use of the technology under the subtitle.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2024-10-01"
#   effective_to: null
grants["own_device"] := {} if _own_device

# METADATA
# title: "Records and reports"
# description: >-
#   Audit, discovery and the yearly report need the record; a public body may read it, and may report that the
#   subtitle was broken.
# custom:
#   code: PURPOSE_PERMITTED
#   citation: "Md. Crim. Proc. 2-504, -505(b), -510"
#   source: "mgaleg.maryland.gov, Crim. Proc. 2-501 to 2-510; lexace.ai CP-2-503; codes.findlaw.com 2-502"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The subtitle does not stand against {operation}.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2024-10-01"
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

# Whatever is done with faces or results; not the reading of the record or the report of a violation.
_about_faces if {
	not facts.operation in ["consult_record", "incident_report"]
}

_outside if _own_device

_outside if {
	_public_agency
	input.purpose in ["locate_missing_person", "identify_deceased", "identify_incapacitated_person"]
}

# Guarding access, and training, mean a face at a door or in a lesson, not the watching of a place.
_outside if {
	_public_agency
	input.purpose in ["access_control", "training_or_test"]
	not _watching
}

# Media seized in an investigation, searched for people who are not charged from it (-507(3)).
_outside if {
	_public_agency
	input.purpose in ["identify_victim", "identify_witness"]
	input.probe.source == "seized_media"
}

_outside if {
	_public_agency
	input.purpose == "federal_mandate"
	input.legal_instrument.type == "federal_regulation_or_order"
	papers.in_force(input.legal_instrument, input.now)
}

_outside_operation if facts.handles_faces

_outside_operation if input.operation in ["receive_result", "create_record"]

_outside_operation if {
	input.operation == "release_result"
	_asked in facts.searches
}

_outside_operation if {
	input.operation == "use_result"
	input.result_use.for in ["lead", "photo_lineup"]
}

_for_investigation if input.purpose in [
	"investigate_named_offence", "locate_wanted_person", "identify_victim", "identify_witness",
	"identify_detained_person", "locate_abducted_or_trafficked_victim", "imminent_threat_to_life",
	"child_exploitation_material", "credential_fraud", "undercover_vetting",
]

# In the furtherance of a criminal investigation; whatever is not shown to be outside counts as one.
_criminal if {
	_police
	_about_faces
	not _outside
}

_watching if _asked in ["watchlist_live", "watchlist_scan", "track_person"]

_uses_technology if facts.handles_faces

_uses_technology if input.operation == "receive_result"

_trained if {
	input.actor.trained == true
	input.actor.training_current == true
}

_governance_missing contains control if {
	some control in ["conforms_to_state_model_policy", "use_policy_published"]
	object.get(input, ["agency", "controls", control], false) != true
}

_governance_missing contains control if {
	some control in ["administrator_designated", "annual_audit_completed", "systems_and_databases_published"]
	object.get(input, ["agency", "controls", control], true) != true
}
