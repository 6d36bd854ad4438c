package writgate.packs.us_va

import data.writgate.lib.facts

# METADATA
# title: "An approved algorithm"
# description: >-
#   The algorithm is one that the Division of Purchases and Supply approved, on a score of at least 98 % true
#   positives at NIST. The register must show it.
# custom:
#   code: ALGORITHM_NOT_APPROVED
#   citation: "Va. Code §15.2-1723.2(B)"
#   source: "legiscan.com, SB741 of 2022; richmondsunlight.com, HB1339 of 2022"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The register does not show that the algorithm is on the approved list.
#   remedy: >-
#     Use an algorithm that the Division of Purchases and Supply approved, and have that registered.
#   effective_from: "2022-07-01"
#   effective_to: "2026-07-01"
denials["algorithm_not_approved"] := {} if {
	_technology
	not input.agency.controls.algorithm_on_approved_list == true
}

# METADATA
# title: "A published policy as strict as the model"
# description: >-
#   Before use the agency publishes its policy, which meets or exceeds the model policy of the State Police. A
#   register that does not show both refuses.
# custom:
#   code: GOVERNANCE_PREREQUISITE_MISSING
#   citation: "Va. Code §15.2-1723.2(D), §52-4.5"
#   source: "legiscan.com, SB741 of 2022; richmondsunlight.com, HB1339 of 2022"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The register does not show what must come before use ({missing}).
#   remedy: >-
#     Publish a policy that meets the model policy of the State Police, and have both registered.
#   effective_from: "2022-07-01"
#   effective_to: "2026-07-01"
denials["policy_missing"] := {"missing": _missing} if {
	_technology
	count(_missing) > 0
}

# METADATA
# title: "Trained operators"
# description: >-
#   Those who operate the technology are trained.
# custom:
#   code: OPERATOR_NOT_TRAINED
#   citation: "Va. Code §15.2-1723.2, §52-4.5"
#   source: "securityindustry.org, 15 March 2022; open.pluralpolicy.com, HB1339 of 2022"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The register shows no current training of this operator.
#   remedy: >-
#     Complete the training and have its date registered.
#   effective_from: "2022-07-01"
#   effective_to: "2026-07-01"
denials["operator_untrained"] := {"training_current": object.get(input, ["actor", "training_current"], null)} if {
	facts.handles_faces
	not _trained
}

# METADATA
# title: "In the report of April"
# description: >-
#   Each year by 1 April the agency publishes a report with each user's queries, candidates, leads and closed
#   cases, offences, galleries, demographics, sharing and misuse.
# custom:
#   code: INCLUDE_IN_ANNUAL_REPORT
#   citation: "Va. Code §15.2-1723.2(F)"
#   source: "richmondsunlight.com, HB1339 of 2022; rga.lis.virginia.gov, RD703"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     This use is part of the report published by 1 April.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2022-07-01"
#   effective_to: "2026-07-01"
obligations["annual_report"] := {"parameters": {"month": 4, "day": 1}, "due": null} if _technology

# METADATA
# title: "Records for audit and discovery"
# description: >-
#   The agency keeps records of each use from which the report is made and which an audit can follow.
# custom:
#   code: KEEP_AUDITABLE_USE_RECORDS
#   citation: "Va. Code §15.2-1723.2(E)"
#   source: "richmondsunlight.com, HB1339 of 2022"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The record of this use is kept so that it can be audited.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2022-07-01"
#   effective_to: "2026-07-01"
obligations["keep_records"] := {"parameters": {}, "due": null} if _technology

# METADATA
# title: "The provider keeps no probe"
# description: >-
#   After the use, the provider of the service keeps the probe only as far as the audit of that use needs it,
#   and it is added to no gallery.
# custom:
#   code: NO_PROBE_ENROLMENT
#   citation: "Va. Code §15.2-1723.2(C)(iii)"
#   source: "stateofsurveillance.org, quoting the statute; the provider's duty from memory"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The probe is added to no gallery and is not kept by the provider except to audit this use.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2022-07-01"
#   effective_to: "2026-07-01"
obligations["no_probe_kept"] := {"parameters": {"except": "audit"}, "due": null} if facts.searching

_technology if facts.handles_faces

_technology if input.operation == "receive_result"

_trained if {
	input.actor.trained == true
	input.actor.training_current == true
}

_missing contains control if {
	some control in ["use_policy_published", "conforms_to_state_model_policy"]
	object.get(input, ["agency", "controls", control], null) != true
}
