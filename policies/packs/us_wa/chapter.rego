# METADATA
# title: Washington
# description: >-
#   RCW 43.386 (SB 6280 of 2020, in effect since 1 July 2021): face recognition by state and local agencies. Where the
#   chapter is silent or unclear the pack refuses and says so in the rule's description.
package writgate.packs.us_wa

import data.writgate.lib.facts
import data.writgate.lib.papers

# METADATA
# title: "The chapter speaks to public agencies"
# description: >-
#   The chapter governs state and local agencies. Private use is under RCW 19.375 and other law that this pack
#   does not cover, so it is refused, except unlocking one's own device, which the chapter's definition leaves
#   out.
# custom:
#   code: OPERATOR_NOT_AUTHORISED
#   citation: "RCW 43.386.010"
#   source: "app.leg.wa.gov, chapter 43.386 RCW"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The requester ({agency_type}) is not a state or local agency, and this pack covers no other.
#   remedy: >-
#     A pack for private use in Washington would have to be published first.
#   effective_from: "2021-07-01"
#   effective_to: null
denials["not_a_public_agency"] := {"agency_type": object.get(input, ["actor", "agency_type"], null)} if {
	not _public_agency
	not _own_device
}

# METADATA
# title: "Notice of intent and accountability report"
# description: >-
#   Before it procures or uses the service an agency files a notice of intent and adopts an accountability
#   report, and keeps it current every two years. The report's adoption is the evidence asked for; where the
#   register records that the notice, the update, the operational test or the community meetings are missing,
#   the report no longer suffices.
# custom:
#   code: GOVERNANCE_PREREQUISITE_MISSING
#   citation: "RCW 43.386.020(2), .040"
#   source: "app.leg.wa.gov, chapter 43.386 RCW"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The register does not show what must come before use ({missing}).
#   remedy: >-
#     File the notice, adopt and publish the accountability report, and have both registered.
#   effective_from: "2021-07-01"
#   effective_to: null
denials["governance_missing"] := {"missing": _governance_missing} if {
	_chapter_applies
	_uses_service
	count(_governance_missing) > 0
}

# METADATA
# title: "Trained operators"
# description: >-
#   Agencies train those who operate the service or process its data, before they do.
# custom:
#   code: OPERATOR_NOT_TRAINED
#   citation: "RCW 43.386.060"
#   source: "app.leg.wa.gov, chapter 43.386 RCW"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The register shows no current training of this operator.
#   remedy: >-
#     Complete the training and have its date registered.
#   effective_from: "2021-07-01"
#   effective_to: null
denials["operator_untrained"] := {"training_current": object.get(input, ["actor", "training_current"], null)} if {
	_chapter_applies
	facts.handles_faces
	not _trained
}

# METADATA
# title: "A federal mandate is shown, not claimed"
# description: >-
#   The exemption of .090 is for use that a federal regulation or order demands. Without the verified paper,
#   nothing is exempt and the purpose is not one that the chapter knows.
# custom:
#   code: PURPOSE_NOT_AUTHORISED
#   citation: "RCW 43.386.090(1)"
#   source: "app.leg.wa.gov, chapter 43.386 RCW"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The purpose is a federal mandate, and no verified federal regulation or order was shown.
#   remedy: >-
#     Have the federal regulation or order entered and verified.
#   effective_from: "2021-07-01"
#   effective_to: null
denials["federal_mandate_not_shown"] := {} if {
	input.purpose == "federal_mandate"
	not _federally_mandated
}

# METADATA
# title: "Use under a federal mandate"
# description: >-
#   The chapter does not apply to use that a federal regulation or order demands.
# custom:
#   code: FEDERAL_MANDATE_EXEMPTION
#   citation: "RCW 43.386.090(1)(a)"
#   source: "app.leg.wa.gov, chapter 43.386 RCW"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     A verified federal regulation or order demands this use, and the chapter does not apply to it.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2021-07-01"
#   effective_to: null
grants["federal_mandate"] := {} if _federally_mandated

# METADATA
# title: "One's own device"
# description: >-
#   The chapter's definition of the service leaves out granting access to an electronic device.
# custom:
#   code: EXEMPT_DEVICE_ACCESS
#   citation: "RCW 43.386.010"
#   source: "app.leg.wa.gov, chapter 43.386 RCW"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     Unlocking one's own device is not use of the service.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2021-07-01"
#   effective_to: null
grants["own_device"] := {} if _own_device

# METADATA
# title: "Exempt use is reported"
# description: >-
#   An agency reports use under a federal mandate to its legislative authority.
# custom:
#   code: REPORT_USE_TO_LEGISLATIVE_AUTHORITY
#   citation: "RCW 43.386.090(2)"
#   source: "app.leg.wa.gov, chapter 43.386 RCW"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     This use is reported to the legislative authority.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2021-07-01"
#   effective_to: null
obligations["report_exempt_use"] := {"parameters": {}, "due": null} if _federally_mandated

# METADATA
# title: "Records of use"
# description: >-
#   Agencies keep records of their use that are sufficient for public reporting and audit.
# custom:
#   code: KEEP_AUDITABLE_USE_RECORDS
#   citation: "RCW 43.386.070(2)"
#   source: "app.leg.wa.gov, chapter 43.386 RCW"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The record of this use is kept so that it can be audited.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2021-07-01"
#   effective_to: null
obligations["keep_records"] := {"parameters": {}, "due": null} if {
	_chapter_applies
	_uses_service
}

# METADATA
# title: "The defendant is told"
# description: >-
#   Use of the service on a criminal defendant is disclosed to that defendant in good time before trial.
# custom:
#   code: DISCLOSE_TO_DEFENCE_BEFORE_TRIAL
#   citation: "RCW 43.386.070(1)"
#   source: "app.leg.wa.gov, chapter 43.386 RCW"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     This use is disclosed to the defendant before trial.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2021-07-01"
#   effective_to: null
obligations["disclose_to_defence"] := {"parameters": {}, "due": null} if {
	_chapter_applies
	_uses_service
	facts.criminal_purpose
}

# METADATA
# title: "Meaningful human review"
# description: >-
#   Decisions with legal effect on people are reviewed by somebody trained who may alter them. A search by the
#   police always leads towards such a decision.
# custom:
#   code: HUMAN_REVIEW
#   citation: "RCW 43.386.030"
#   source: "app.leg.wa.gov, chapter 43.386 RCW"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     A trained person who may decide otherwise reviews the result.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2021-07-01"
#   effective_to: null
obligations["human_review"] := {"parameters": {}, "due": null} if {
	_chapter_applies
	_reviewable
}

default _public_agency := false

_public_agency if input.actor.agency_type == "law_enforcement"

_public_agency if input.actor.agency_type == "government_non_law_enforcement"

_own_device if {
	input.purpose == "device_access_own"
	_asked == "verify_1_to_1"
}

# What is asked; for a release, what the search was whose result is released.
_asked := object.get(input, ["search", "operation"], null) if {
	input.operation == "release_result"
} else := input.operation

_federally_mandated if {
	input.purpose == "federal_mandate"
	_public_agency
	input.legal_instrument.type == "federal_regulation_or_order"
	papers.in_force(input.legal_instrument, input.now)
}

default _chapter_applies := false

_chapter_applies if {
	_public_agency
	not _federally_mandated
	not _own_device
}

# What is done with the service or its results; not the keeping and reading of the record.
_uses_service if {
	not facts.operation in ["consult_record", "incident_report", "release_result"]
}

_trained if {
	input.actor.trained == true
	input.actor.training_current == true
}

_governance_missing contains "accountability_report_adopted" if {
	not input.agency.controls.accountability_report_adopted == true
}

_governance_missing contains control if {
	some control in [
		"notice_of_intent_filed",
		"accountability_report_current",
		"community_meetings_held",
		"operational_testing_done",
		"independent_testing_enabled",
	]
	input.agency.controls[control] != true
}

_reviewable if facts.searching

_reviewable if input.operation in ["release_result", "receive_result", "use_result"]
