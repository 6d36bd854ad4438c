# METADATA
# title: Colorado
# description: >-
#   C.R.S. 24-18-301 to -309 (SB 22-113, in effect since 10 August 2022): face recognition by state and local
#   agencies. Near to Washington's chapter, with two more ways to live use and tracking. Where the part is silent
#   or was not read in full the pack refuses and says so in the rule's description.
package writgate.packs.us_co

import data.writgate.lib.facts
import data.writgate.lib.papers

# METADATA
# title: "The part speaks to public agencies"
# description: >-
#   The part governs agencies of the state and of local government. Private use is under other law that this pack
#   does not cover, so it is refused, except unlocking one's own device, which the part's definition leaves out.
# custom:
#   code: OPERATOR_NOT_AUTHORISED
#   citation: "C.R.S. 24-18-301(2)"
#   source: "colorado.public.law, C.R.S. 24-18-301 to -309"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The requester ({agency_type}) is not a state or local agency, and this pack covers no other.
#   remedy: >-
#     A pack for private use in Colorado would have to be published first.
#   effective_from: "2022-08-10"
#   effective_to: null
denials["not_a_public_agency"] := {"agency_type": object.get(input, ["actor", "agency_type"], null)} if {
	not _public_agency
	not _own_device
}

# METADATA
# title: "Notice of intent and accountability report"
# description: >-
#   Before it uses the service, or goes on using it, an agency files a notice of intent and produces an
#   accountability report after public review, and tests the service in operation where decisions have legal
#   effect. The report's adoption is the evidence asked for; where the register records that the notice, the
#   update, the meetings or the tests are missing, the report no longer suffices.
# custom:
#   code: GOVERNANCE_PREREQUISITE_MISSING
#   citation: "C.R.S. 24-18-302(1), (2), -304"
#   source: "colorado.public.law, C.R.S. 24-18-301 to -309"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The register does not show what must come before use ({missing}).
#   remedy: >-
#     File the notice, produce and publish the accountability report, and have both registered.
#   effective_from: "2022-08-10"
#   effective_to: null
denials["governance_missing"] := {"missing": _governance_missing} if {
	_part_applies
	_uses_service
	count(_governance_missing) > 0
}

# METADATA
# title: "Trained operators"
# description: >-
#   Agencies train those who operate the service or process what comes of it. The section was not read in full;
#   the pack asks for training that is current.
# custom:
#   code: OPERATOR_NOT_TRAINED
#   citation: "C.R.S. 24-18-303 to -306"
#   source: "colorado.public.law, C.R.S. 24-18-301 to -309"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The register shows no current training of this operator.
#   remedy: >-
#     Complete the training and have its date registered.
#   effective_from: "2022-08-10"
#   effective_to: null
denials["operator_untrained"] := {"training_current": object.get(input, ["actor", "training_current"], null)} if {
	_part_applies
	facts.handles_faces
	not _trained
}

# METADATA
# title: "A federal mandate is shown, not claimed"
# description: >-
#   Use that a federal regulation or order demands is outside the part. Without the verified paper, nothing is
#   exempt and the purpose is not one that the part knows.
# custom:
#   code: PURPOSE_NOT_AUTHORISED
#   citation: "C.R.S. 24-18-309(1)(a)(I)"
#   source: "colorado.public.law, C.R.S. 24-18-301 to -309"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The purpose is a federal mandate, and no verified federal regulation or order was shown.
#   remedy: >-
#     Have the federal regulation or order entered and verified.
#   effective_from: "2022-08-10"
#   effective_to: null
denials["federal_mandate_not_shown"] := {} if {
	input.purpose == "federal_mandate"
	not _federally_mandated
}

# METADATA
# title: "Use under a federal mandate"
# description: >-
#   The part does not apply to an agency that must use a specific service under a federal regulation or order.
# custom:
#   code: FEDERAL_MANDATE_EXEMPTION
#   citation: "C.R.S. 24-18-309(1)(a)(I)"
#   source: "colorado.public.law, C.R.S. 24-18-301 to -309"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     A verified federal regulation or order demands this use, and the part does not apply to it.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2022-08-10"
#   effective_to: null
grants["federal_mandate"] := {} if _federally_mandated

# METADATA
# title: "One's own device"
# description: >-
#   The part's definition of the service leaves out granting access to an electronic device.
# custom:
#   code: EXEMPT_DEVICE_ACCESS
#   citation: "C.R.S. 24-18-301(5)(b)(I)"
#   source: "colorado.public.law, C.R.S. 24-18-301 to -309"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     Unlocking one's own device is not use of the service.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2022-08-10"
#   effective_to: null
grants["own_device"] := {} if _own_device

# METADATA
# title: "Access to a secure area"
# description: >-
#   The part does not apply to an agency that uses the service for a physical access control system, to let people
#   into a secure area or not. The request must say that the premises are such an area. Watching and tracking are
#   not that; nor is a place open to the public.
# custom:
#   code: OUTSIDE_SUBTITLE
#   citation: "C.R.S. 24-18-309(1)(a)(III)"
#   source: "colorado.public.law, C.R.S. 24-18-301 to -309"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The part does not apply to access control of a secure area.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2022-08-10"
#   effective_to: null
grants["access_control"] := {} if _access_control

# METADATA
# title: "Records of use"
# description: >-
#   The record of each use is kept so that what the accountability report promises, and the January reports, can
#   be checked against it.
# custom:
#   code: KEEP_AUDITABLE_USE_RECORDS
#   citation: "C.R.S. 24-18-302(2), -303 to -306"
#   source: "colorado.public.law, C.R.S. 24-18-301 to -309"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The record of this use is kept so that it can be audited.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2022-08-10"
#   effective_to: null
obligations["keep_records"] := {"parameters": {}, "due": null} if {
	_part_applies
	_uses_service
}

# METADATA
# title: "The defendant is told"
# description: >-
#   Use of the service on a criminal defendant is disclosed to that defendant in good time before trial. A search
#   for a victim or witness becomes such a use when its result is used in the proceedings.
# custom:
#   code: DISCLOSE_TO_DEFENCE_BEFORE_TRIAL
#   citation: "C.R.S. 24-18-308(1)"
#   source: "colorado.public.law, C.R.S. 24-18-301 to -309"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     This use is disclosed to the defendant before trial.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2022-08-10"
#   effective_to: null
obligations["disclose_to_defence"] := {"parameters": {}, "due": null} if {
	_part_applies
	_uses_service
	_concerns_a_defendant
}

# METADATA
# title: "Meaningful human review"
# description: >-
#   Decisions with legal effect on people, those of criminal justice among them, are reviewed by somebody trained
#   who may alter them. A search by the police always leads towards such a decision.
# custom:
#   code: HUMAN_REVIEW
#   citation: "C.R.S. 24-18-303 to -306, -301(3)"
#   source: "colorado.public.law, C.R.S. 24-18-301 to -309"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     A trained person who may decide otherwise reviews the result.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2022-08-10"
#   effective_to: null
obligations["human_review"] := {"parameters": {}, "due": null} if {
	_part_applies
	_reviewable
}

_public_agency if input.actor.agency_type in ["law_enforcement", "government_non_law_enforcement"]

_part_applies if {
	_public_agency
	not _exempt
}

_exempt if _federally_mandated

_exempt if _own_device

_exempt if _access_control

_federally_mandated if {
	input.purpose == "federal_mandate"
	_public_agency
	input.legal_instrument.type == "federal_regulation_or_order"
	papers.in_force(input.legal_instrument, input.now)
}

_own_device if {
	input.purpose == "device_access_own"
	_one_to_one
}

_one_to_one if input.operation == "verify_1_to_1"

_one_to_one if {
	input.operation == "release_result"
	input.search.operation == "verify_1_to_1"
}

_access_control if {
	input.purpose == "access_control"
	_public_agency
	input.operation in ["identify_1_to_n", "verify_1_to_1", "enrol_gallery", "release_result"]
	input.premises in _secure_premises
	not input.place == "publicly_accessible_space"
}

_secure_premises := [
	"secure_area",
	"employees_only_area",
	"private_office",
	"private_workplace",
	"not_open_to_public",
]

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
	object.get(input, ["agency", "controls", control], true) != true
}

_concerns_a_defendant if facts.criminal_purpose

_concerns_a_defendant if {
	input.operation == "use_result"
	not facts.criminal_purpose
	_use_named
}

_reviewable if facts.searching

_reviewable if input.operation in ["release_result", "receive_result", "use_result"]
