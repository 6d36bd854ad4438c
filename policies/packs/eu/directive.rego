package writgate.packs.eu

import data.writgate.lib.facts

# METADATA
# title: "Only what is strictly necessary"
# description: >-
#   Under the Directive alone, faces are searched only where that is strictly necessary. The pack reads this as
#   Article 26(10) of the Act says it from 2 December 2027: one person, and a link to an offence, a proceeding, a
#   threat or a specific missing person.
# custom:
#   code: UNTARGETED_USE_PROHIBITED
#   citation: "LED Art 4(1)(c), 10"
#   source: "Directive (EU) 2016/680"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The search for {purpose} has no link to a named offence, a proceeding, a threat or a specific missing
#     person, or is not about one person.
#   remedy: >-
#     Name the offence and the one person who is looked for.
#   effective_from: "2018-05-06"
#   effective_to: "2027-12-02"
denials["not_strictly_necessary"] := {"purpose": object.get(input, "purpose", null)} if {
	_after_event
	_seeks
	not _linked
}

# METADATA
# title: "Until 2 December 2027 national law decides"
# description: >-
#   Until Article 26(10) applies, a search after the event rests on the Directive and national law. What national
#   law asks for is not part of this pack and is unclear in places, so the pack refuses unless the register shows
#   a national law that authorises it, or a certified emergency protects somebody's vital interests. That the
#   person made the picture public is the caller's word and not accepted.
# custom:
#   code: NO_NATIONAL_LEGAL_BASIS
#   citation: "LED Art 10"
#   source: "Directive (EU) 2016/680"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The register shows no national law that authorises searching faces, and no emergency protects vital
#     interests.
#   remedy: >-
#     Have the national law on which the authority relies registered.
#   effective_from: "2018-05-06"
#   effective_to: "2027-12-02"
denials["after_event_without_national_law"] := {} if {
	_after_event
	_seeks
	not _directive_basis
}

# METADATA
# title: "A national law that is known to be missing"
# description: >-
#   From 2 December 2027 the authorisation of Article 26(10) is given under national law, and the Directive still
#   applies beside it. Where the register records that national law does not authorise the search, it is refused;
#   where it says nothing, the authorisation or its exception decides.
# custom:
#   code: NO_NATIONAL_LEGAL_BASIS
#   citation: "LED Art 10; AI Act Art 26(10)"
#   source: "Directive (EU) 2016/680"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The register records that no national law authorises searching faces.
#   remedy: >-
#     There is no lawful way until national law provides for it.
#   effective_from: "2018-05-06"
#   effective_to: null
denials["national_law_absent"] := {} if {
	_after_event
	_seeks
	input.agency.controls.national_law_authorises_biometric_processing == false
}

# METADATA
# title: "A rejection under national law"
# description: >-
#   Where national law asked for an authorisation and it was rejected, the search has no basis in national law.
# custom:
#   code: AUTHORISATION_REJECTED
#   citation: "LED Art 10"
#   source: "Directive (EU) 2016/680"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The authorisation for this search was rejected.
#   remedy: >-
#     Stop, and delete what has no basis.
#   effective_from: "2018-05-06"
#   effective_to: "2027-12-02"
denials["rejected_under_national_law"] := {} if {
	_after_event
	_rejected
}

# METADATA
# title: "Under national law"
# description: >-
#   Until 2 December 2027: the register shows a national law that authorises the search, and the search is
#   strictly necessary for its case.
# custom:
#   code: PURPOSE_PERMITTED
#   citation: "LED Art 10(a)"
#   source: "Directive (EU) 2016/680"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     National law authorises this search.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2018-05-06"
#   effective_to: "2027-12-02"
grants["national_law"] := {} if {
	_after_event
	_seeks
	_national_law
}

# METADATA
# title: "To protect vital interests"
# description: >-
#   Until 2 December 2027: a certified emergency in which the vital interests of a person are at stake.
# custom:
#   code: EXIGENT_CIRCUMSTANCES
#   citation: "LED Art 10(b)"
#   source: "Directive (EU) 2016/680"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     A certified emergency protects somebody's vital interests.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2018-05-06"
#   effective_to: "2027-12-02"
grants["vital_interests"] := {} if {
	_after_event
	_seeks
	_vital_interests
}

# METADATA
# title: "Comparing and enrolling need national law"
# description: >-
#   Comparing two faces and enrolling one are no remote identification; they stay under the Directive, which asks
#   for a national law that authorises them, or for vital interests.
# custom:
#   code: NO_NATIONAL_LEGAL_BASIS
#   citation: "LED Art 10"
#   source: "Directive (EU) 2016/680"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The register shows no national law that authorises {operation}, and no emergency protects vital interests.
#   remedy: >-
#     Have the national law on which the authority relies registered.
#   effective_from: "2018-05-06"
#   effective_to: null
denials["comparison_or_enrolment_without_law"] := {"operation": object.get(input, "operation", null)} if {
	input.operation in ["verify_1_to_1", "enrol_gallery"]
	_directive_applies
	not _directive_basis
}

# METADATA
# title: "Comparing and enrolling under national law"
# description: >-
#   The register shows a national law that authorises it, or a certified emergency protects vital interests.
# custom:
#   code: PURPOSE_PERMITTED
#   citation: "LED Art 10"
#   source: "Directive (EU) 2016/680"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     National law or vital interests allow {operation}.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2018-05-06"
#   effective_to: null
grants["comparison_or_enrolment"] := {"operation": input.operation} if {
	input.operation in ["verify_1_to_1", "enrol_gallery"]
	_directive_applies
	input.purpose in _purposes
	_directive_basis
}

# METADATA
# title: "A comparison is taken in"
# description: >-
#   The result of another authority's comparison is taken in under the same national law.
# custom:
#   code: PURPOSE_PERMITTED
#   citation: "LED Art 10"
#   source: "Directive (EU) 2016/680"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     National law or vital interests allow this.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2018-05-06"
#   effective_to: null
grants["comparison_received"] := {} if {
	input.operation == "receive_result"
	_directive_applies
	_comparison
	_directive_basis
}

# METADATA
# title: "Data protection is assessed first"
# description: >-
#   Processing that is likely to be of high risk, as searching faces is, is preceded by an assessment of its
#   impact on data protection. Where the register records that there was none, it is refused.
# custom:
#   code: GOVERNANCE_PREREQUISITE_MISSING
#   citation: "LED Art 27"
#   source: "Directive (EU) 2016/680"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The register records that data protection was not assessed.
#   remedy: >-
#     Complete the assessment and have it registered.
#   effective_from: "2018-05-06"
#   effective_to: null
denials["impact_assessment_missing"] := {} if {
	facts.handles_faces
	_directive_applies
	input.agency.controls.dpia == false
}

_directive_basis if _national_law

_directive_basis if _vital_interests

_national_law if {
	input.agency.controls.national_law_authorises_biometric_processing == true
	input.purpose in _purposes
}

_vital_interests if {
	input.purpose in ["imminent_threat_to_life", "locate_missing_person", "locate_abducted_or_trafficked_victim"]
	_emergency
}
