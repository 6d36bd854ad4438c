# METADATA
# title: Illinois, biometric information
# description: >-
#   740 ILCS 14, the Biometric Information Privacy Act (in effect since 3 October 2008; amended 2 August 2024,
#   which touches only signatures and damages). It binds private entities; public bodies and those who work for
#   them are outside it. It knows consent, a public retention policy, and destruction after three years; where it
#   is unclear the pack refuses and says so in the rule's description.
package writgate.packs.us_il

import data.writgate.lib.facts
import data.writgate.lib.papers

# METADATA
# title: "Biometric information is not sold"
# description: >-
#   A private entity does not sell, lease, trade or otherwise profit from a person's biometric identifier or
#   information. Consent does not lift this.
# custom:
#   code: SALE_PROHIBITED
#   citation: "740 ILCS 14/15(c)"
#   source: "ilga.gov, 740 ILCS 14/10, 14/15, 14/25"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The Act forbids selling, leasing or trading face templates.
#   remedy: >-
#     There is no lawful way to do this.
#   effective_from: "2008-10-03"
#   effective_to: null
denials["sale"] := {} if {
	_sells
	_bound
}

# METADATA
# title: "Disclosure needs consent, a warrant or a subpoena"
# description: >-
#   What is biometric is not disclosed without the person's consent or a warrant or subpoena of a court. Where the
#   request is made for another body, handing over the result is a disclosure to it, and the consent must be to
#   that (a written consent beside notice and release). The Act also knows a financial transaction that the person
#   asked for and disclosure that law requires; neither can be shown to this product, so they do not count.
# custom:
#   code: CONSENT_REQUIRED
#   citation: "740 ILCS 14/15(d)"
#   source: "ilga.gov, 740 ILCS 14/10, 14/15, 14/25"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The result may not be handed over without consent, warrant or subpoena.
#   remedy: >-
#     Obtain the person's written consent to the disclosure, or have the court's warrant or subpoena entered and
#     verified.
#   effective_from: "2008-10-03"
#   effective_to: null
denials["disclosure_without_ground"] := {"body": object.get(input, ["agency", "on_behalf_of"], null)} if {
	input.operation == "release_result"
	_bound
	not _disclosable
}

# METADATA
# title: "Public bodies are outside the Act"
# description: >-
#   A state or local government agency is no private entity, so the Act says nothing of what the police may do.
#   Other Illinois law is not part of this pack.
# custom:
#   code: OUTSIDE_SUBTITLE
#   citation: "740 ILCS 14/10"
#   source: "ilga.gov, 740 ILCS 14/10, 14/15, 14/25"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The requester is a public body, which the Act does not bind.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2008-10-03"
#   effective_to: null
grants["public_body"] := {} if {
	_public_body
	not _sells
}

# METADATA
# title: "Contractors of public bodies are outside the Act"
# description: >-
#   The Act does not apply to a contractor, subcontractor or agent of a state agency or local government of
#   Illinois while working for it. The register must show the contractor, and the request must name the body of
#   this state.
# custom:
#   code: OUTSIDE_SUBTITLE
#   citation: "740 ILCS 14/25(e)"
#   source: "ilga.gov, 740 ILCS 14/10, 14/15, 14/25"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The requester works for {body}, and the Act does not apply to that work.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2008-10-03"
#   effective_to: null
grants["works_for_public_body"] := {"body": input.agency.on_behalf_of} if {
	_works_for_public_body
	not _sells
	not _public_body
}

# METADATA
# title: "The person consented to the disclosure"
# description: >-
#   The person was told in writing, released in writing and, where the result goes to another body, consented in
#   writing to that.
# custom:
#   code: CONSENT_SATISFIED
#   citation: "740 ILCS 14/15(d)(1)"
#   source: "ilga.gov, 740 ILCS 14/10, 14/15, 14/25"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The person consented to the disclosure.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2008-10-03"
#   effective_to: null
grants["disclosure_consented"] := {} if {
	input.operation == "release_result"
	_bound
	_disclosure_consented
}

# METADATA
# title: "A warrant or subpoena demands the disclosure"
# description: >-
#   Disclosure that a valid warrant or subpoena of a court demands is lawful without consent.
# custom:
#   code: WARRANT_SATISFIED
#   citation: "740 ILCS 14/15(d)(4)"
#   source: "ilga.gov, 740 ILCS 14/10, 14/15, 14/25"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     A {type} in force demands the disclosure.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2008-10-03"
#   effective_to: null
grants["disclosure_compelled"] := {"type": input.legal_instrument.type} if {
	input.operation == "release_result"
	_bound
	_compelled
}

# METADATA
# title: "Records and reports of incidents"
# description: >-
#   The Act stands neither against reading the record of what was done nor against reporting that it was broken.
# custom:
#   code: PURPOSE_PERMITTED
#   citation: "740 ILCS 14/15"
#   source: "ilga.gov, 740 ILCS 14/10, 14/15, 14/25"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     Reading the record and reporting an incident are permitted.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2008-10-03"
#   effective_to: null
grants["about_the_record"] := {} if {
	input.operation in ["consult_record", "incident_report"]
	_bound
}

# Whoever is not shown to be something else is a private entity.
_bound if {
	not _public_body
	not _works_for_public_body
}

_public_body if input.actor.agency_type in ["law_enforcement", "government_non_law_enforcement"]

_works_for_public_body if {
	input.agency.controls.contractor_of_public_body == true
	split(input.agency.on_behalf_of, " ")[0] == "US-IL"
}

# What obtains, keeps or uses biometric information; not the reading of the record.
_handles_biometrics if facts.handles_faces

_handles_biometrics if input.operation in ["use_result", "receive_result", "create_record"]

_sells if input.operation == "sell_templates"

_sells if input.purpose == "sell_templates"

# By order of a court: the paper is judged here, because no other pack judges it when a result is handed on.
_compelled if {
	input.legal_instrument.type in ["search_warrant", "subpoena"]
	papers.in_force(input.legal_instrument, input.now)
}

_disclosure_consented if {
	_told_and_released
	object.get(input, ["agency", "on_behalf_of"], null) == null
}

_disclosure_consented if {
	_told_and_released
	input.consent.written == true
}

_disclosable if _disclosure_consented

_disclosable if _compelled
