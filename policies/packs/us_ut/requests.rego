# METADATA
# title: Utah
# description: >-
#   Utah Code 77-23e (SB 34 of 2021, in effect since 5 May 2021): comparison of faces with databases of pictures
#   that government keeps. What the chapter does not allow it forbids (-103(1)), so what is not named here is
#   refused. Where the chapter is silent or unclear the pack refuses, or asks for more, and says so in the
#   rule's description. A bill of 2026 (HB 606) would put new sections in place of these; whether it became law
#   was not found.
package writgate.packs.us_ut

import data.writgate.lib.facts

# METADATA
# title: "Only law enforcement may ask"
# description: >-
#   Only a law enforcement agency may ask for a comparison of faces. Other offices of government, and private
#   bodies, may not, whatever their purpose. Unlocking one's own device is not what the chapter speaks of.
# custom:
#   code: REQUESTER_NOT_LAW_ENFORCEMENT
#   citation: "Utah Code 77-23e-103(2)(a)(i)"
#   source: "le.utah.gov, Utah Code 77-23e; codes.findlaw.com 77-23e-104, -106"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The requester ({agency_type}) is not a law enforcement agency, and only such an agency may ask.
#   remedy: >-
#     Let the law enforcement agency that has the case ask.
#   effective_from: "2021-05-05"
#   effective_to: null
denials["not_law_enforcement"] := {"agency_type": object.get(input, ["actor", "agency_type"], null)} if {
	not _police
	not _own_device
	not facts.operation in ["consult_record", "incident_report"]
}

# METADATA
# title: "The purpose is one of the list"
# description: >-
#   A request is answered to investigate a felony, a violent crime or a threat to human life, or to identify
#   somebody who is dead, incapacitated, or at risk and unable to say who they are. A missing person is not on
#   the list. The same list bounds what is done with the answer afterwards. A witness or a victim is identified
#   within the investigation of a listed crime.
# custom:
#   code: PURPOSE_NOT_AUTHORISED
#   citation: "Utah Code 77-23e-103(2)(c), -106(1)"
#   source: "le.utah.gov, Utah Code 77-23e; codes.findlaw.com 77-23e-104, -106"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The purpose {purpose} is not on the chapter's list.
#   remedy: >-
#     Ask for a purpose of the list.
#   effective_from: "2021-05-05"
#   effective_to: null
denials["purpose_not_listed"] := {"purpose": object.get(input, "purpose", null)} if {
	_police
	_about_faces
	not _purpose_listed
}

# METADATA
# title: "Not for civil immigration law"
# description: >-
#   No government entity uses such a system to enforce civil immigration law.
# custom:
#   code: IMMIGRATION_ENFORCEMENT_PROHIBITED
#   citation: "Utah Code 77-23e-103(3)"
#   source: "le.utah.gov, Utah Code 77-23e; codes.findlaw.com 77-23e-104, -106"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The chapter forbids comparing faces to enforce civil immigration law.
#   remedy: >-
#     There is no lawful way to do this in Utah.
#   effective_from: "2021-05-05"
#   effective_to: null
denials["immigration"] := {} if {
	input.purpose == "immigration_enforcement"
	not input.operation == "incident_report"
}

# METADATA
# title: "A felony or a violent crime"
# description: >-
#   A crime is investigated with a comparison only if it is a felony or a violent crime. What the register does
#   not show to be one of the two is neither.
# custom:
#   code: OFFENCE_NOT_COVERED
#   citation: "Utah Code 77-23e-103(2)(c)(i)"
#   source: "le.utah.gov, Utah Code 77-23e; codes.findlaw.com 77-23e-104, -106"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The register does not show the offence {offence} to be a felony or a violent crime.
#   remedy: >-
#     Name the statute of the felony or violent crime that is investigated.
#   effective_from: "2021-05-05"
#   effective_to: null
denials["offence_not_covered"] := {"offence": object.get(input, ["offence", "label"], null)} if {
	_police
	_about_faces
	_for_crime
	not _offence_covered
}

# METADATA
# title: "A fair probability of a connection"
# description: >-
#   For a crime the request must support a fair probability that the person in the picture is connected with it.
#   That is a step of its own, above reasonable suspicion and below probable cause. Fillers for a line-up are
#   asked for under the same standard, because a request for them cannot be told from another one.
# custom:
#   code: SUSPICION_STANDARD_NOT_MET
#   citation: "Utah Code 77-23e-103(2)(b)(iii)"
#   source: "le.utah.gov, Utah Code 77-23e; codes.findlaw.com 77-23e-104, -106"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The suspicion is {suspicion}; the chapter asks for a fair probability that the person is connected with
#     the crime.
#   remedy: >-
#     Set out the facts from which a fair probability follows.
#   effective_from: "2021-05-05"
#   effective_to: null
denials["suspicion_too_weak"] := {"suspicion": object.get(input, "suspicion", null)} if {
	_police
	_requesting
	_for_crime
	not _fair_probability
}

# METADATA
# title: "A case number"
# description: >-
#   A request carries a case identification number.
# custom:
#   code: CASE_ID_MISSING
#   citation: "Utah Code 77-23e-103(2)(b)(ii)"
#   source: "le.utah.gov, Utah Code 77-23e; codes.findlaw.com 77-23e-104, -106"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     No case number was given.
#   remedy: >-
#     Give the number of the case.
#   effective_from: "2021-05-05"
#   effective_to: null
denials["case_missing"] := {} if {
	_police
	_requesting
	not _licence_check
	not facts.text(object.get(input, "case_number", null))
}

# METADATA
# title: "The crime and the facts are stated"
# description: >-
#   A request to investigate a crime states the specific crime and tells the facts. One without the other is not
#   answered.
# custom:
#   code: JUSTIFICATION_MISSING
#   citation: "Utah Code 77-23e-103(2)(b)(iii)"
#   source: "le.utah.gov, Utah Code 77-23e; codes.findlaw.com 77-23e-104, -106"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The request lacks a statement of the specific crime, or the facts that support it.
#   remedy: >-
#     Name the crime and write down the facts that connect the person with it.
#   effective_from: "2021-05-05"
#   effective_to: null
denials["narrative_missing"] := {} if {
	_police
	_requesting
	_for_crime
	not _crime_told
}

# METADATA
# title: "A trained employee"
# description: >-
#   A trained employee of the entity that keeps the pictures completes the request.
# custom:
#   code: OPERATOR_NOT_TRAINED
#   citation: "Utah Code 77-23e-103(2)(b)"
#   source: "le.utah.gov, Utah Code 77-23e; codes.findlaw.com 77-23e-104, -106"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The register shows no current training of the person who would complete the request.
#   remedy: >-
#     Complete the training and have its date registered.
#   effective_from: "2021-05-05"
#   effective_to: null
denials["untrained"] := {"training_current": object.get(input, ["actor", "training_current"], null)} if {
	_police
	facts.handles_faces
	not _trained
}

# METADATA
# title: "The use of a result is named"
# description: >-
#   The answer is used only for a purpose of the chapter, so its use is named. One that is missing, or is not of
#   the closed list, authorises nothing.
# custom:
#   code: PURPOSE_NOT_AUTHORISED
#   citation: "Utah Code 77-23e-103(2)(d), -106(1)"
#   source: "le.utah.gov, Utah Code 77-23e; codes.findlaw.com 77-23e-104, -106"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The use {use} of the result is not one of the vocabulary.
#   remedy: >-
#     Name the use that is made of the result.
#   effective_from: "2021-05-05"
#   effective_to: null
denials["result_use_unknown"] := {"use": object.get(input, ["result_use", "for"], null)} if {
	_police
	input.operation == "use_result"
	not _use_named
}

# What is asked; for a release, what the search was whose result is released.
_asked := object.get(input, ["search", "operation"], null) if {
	input.operation == "release_result"
} else := facts.operation

_police if input.actor.agency_type == "law_enforcement"

_own_device if {
	input.purpose == "device_access_own"
	_asked == "verify_1_to_1"
}

# Whatever is done with faces or results; not the reading of the record or the report of a violation.
_about_faces if {
	not facts.operation in ["consult_record", "incident_report"]
	not _own_device
}

# A comparison is asked for, or its result accepted from another body.
_requesting if input.operation in ["identify_1_to_n", "verify_1_to_1", "receive_result"]

_for_crime if input.purpose in [
	"investigate_named_offence", "locate_wanted_person", "child_exploitation_material", "identify_victim",
	"identify_witness", "locate_abducted_or_trafficked_victim",
]

_purpose_listed if _for_crime

_purpose_listed if input.purpose in ["imminent_threat_to_life", "identify_deceased", "identify_incapacitated_person"]

_purpose_listed if _licence_check

# The department looks for a fraudulent or inaccurate application (-104(2)(b)(i)).
_licence_check if {
	input.purpose == "credential_fraud"
	_department_operates
	_department_database
}

_offence_covered if input.offence.felony == true

_offence_covered if input.offence.violent == true

_fair_probability if input.suspicion in ["fair_probability", "probable_cause"]

_crime_told if {
	facts.text(input.justification)
	facts.offence_named
}

_department_operates if input.engine.operated_by == "department_of_public_safety"

_department_database if input.database in ["state_id_photos", "driver_licence"]

_trained if {
	input.actor.trained == true
	input.actor.training_current == true
}

_use_named if input.result_use.for in data.vocabulary.result_uses
