package writgate.packs.us_mt

import data.writgate.lib.papers

# METADATA
# title: "A serious crime"
# description: >-
#   The crime is one of the Act's closed list of sections, or the register holds that the crime of another
#   jurisdiction is substantially similar to one of them. A felony that is not on the list, such as theft, is
#   not enough, and neither is a name without a statute.
# custom:
#   code: OFFENCE_NOT_COVERED
#   citation: "MCA 44-15-103(17), -106"
#   source: "leg.mt.gov, MCA Title 44 chapter 15; lawserver.com 44-15-105, -106"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     {statute} is not on the Act's list of serious crimes.
#   remedy: >-
#     Name the statute of the serious crime that is investigated.
#   effective_from: "2023-06-29"
#   effective_to: null
denials["offence_not_serious"] := {"statute": object.get(input, ["offence", "statute"], null)} if {
	_police
	_about_faces
	_for_crime
	not input.operation == "enrol_gallery"
	not _serious
}

# METADATA
# title: "Probable cause"
# description: >-
#   There is probable cause to believe that the person in the picture committed the serious crime, or is its
#   victim or witness.
# custom:
#   code: SUSPICION_STANDARD_NOT_MET
#   citation: "MCA 44-15-106"
#   source: "leg.mt.gov, MCA Title 44 chapter 15; lawserver.com 44-15-105, -106"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The suspicion is {suspicion}; the Act asks for probable cause.
#   remedy: >-
#     Set out the facts from which probable cause follows.
#   effective_from: "2023-06-29"
#   effective_to: null
denials["no_probable_cause"] := {"suspicion": object.get(input, "suspicion", null)} if {
	_police
	_looking
	_for_crime
	not input.suspicion == "probable_cause"
}

# METADATA
# title: "A warrant"
# description: >-
#   The police obtain a search warrant before the search. The only exception is an imminent threat to an
#   individual. Whether the search for a missing person or the identification of the dead needs one too is
#   unclear; the pack asks for it, and it asks for one where another body's result is received. An arrest
#   warrant or another order is not a search warrant.
# custom:
#   code: WARRANT_REQUIRED
#   citation: "MCA 44-15-106"
#   source: "leg.mt.gov, MCA Title 44 chapter 15; lawserver.com 44-15-105, -106"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     No search warrant in force names {operation} in this mode and for this purpose, and no imminent threat to
#     an individual is certified.
#   remedy: >-
#     Obtain a search warrant that names this use, or have an officer certify the threat to the individual.
#   effective_from: "2023-06-29"
#   effective_to: null
denials["warrant_required"] := {"operation": object.get(input, "operation", null)} if {
	_police
	_looking
	_purpose_covered
	not _warranted
	not _emergency
}

# METADATA
# title: "A warrant for this search"
# description: >-
#   A search warrant, verified and in force, that names this mode and purpose, for a purpose of the Act.
# custom:
#   code: WARRANT_SATISFIED
#   citation: "MCA 44-15-106"
#   source: "leg.mt.gov, MCA Title 44 chapter 15; lawserver.com 44-15-105, -106"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     A search warrant in force authorises this search.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2023-06-29"
#   effective_to: null
grants["warrant"] := {"instrument": object.get(input, ["legal_instrument", "id"], null)} if {
	_police
	_looking_lawfully
	_grounded
	_warranted
}

# METADATA
# title: "An imminent threat to an individual"
# description: >-
#   An officer certified an imminent threat to an individual, with the facts, and the certificate's time is not
#   over. It takes the place of the warrant only; the purpose, the crime and probable cause remain. The exact
#   words of the exception were not read, so no other risk counts.
# custom:
#   code: EXIGENT_CIRCUMSTANCES
#   citation: "MCA 44-15-106"
#   source: "leg.mt.gov, MCA Title 44 chapter 15; lawserver.com 44-15-105, -106"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     A certified imminent threat to an individual takes the place of the warrant.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2023-06-29"
#   effective_to: null
grants["exigency"] := {} if {
	_police
	_looking_lawfully
	_grounded
	_emergency
}

# METADATA
# title: "A gallery of the police"
# description: >-
#   The Act authorises the police to use the technology for criminal investigations, and says nothing of the
#   gallery that this needs. Enrolling single pictures for a purpose of the Act is permitted; enrolling from a
#   feed or a whole recording is not.
# custom:
#   code: PURPOSE_PERMITTED
#   citation: "MCA 44-15-106(1)"
#   source: "leg.mt.gov, MCA Title 44 chapter 15; lawserver.com 44-15-105, -106"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The Act does not forbid enrolling this picture for {purpose}.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2023-06-29"
#   effective_to: null
grants["enrolment"] := {"purpose": object.get(input, "purpose", null)} if {
	_police
	input.operation == "enrol_gallery"
	input.mode in ["still_image", "mobile"]
	_purpose_covered
}

# METADATA
# title: "A use of the result"
# description: >-
#   The police use what a lawful search gave for the purposes of the Act. The Act bars no particular use; it
#   asks for meaningful human review and for disclosure to the defendant.
# custom:
#   code: PURPOSE_PERMITTED
#   citation: "MCA 44-15-106, -107"
#   source: "leg.mt.gov, MCA Title 44 chapter 15; lawserver.com 44-15-105, -106"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The Act allows {operation} for {purpose}.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2023-06-29"
#   effective_to: null
grants["use"] := {"operation": input.operation, "purpose": input.purpose} if {
	_police
	_following
	_about_covered_matter
}

# METADATA
# title: "The result may be handed over"
# description: >-
#   The result of a search that the Act allows goes to the people who review it.
# custom:
#   code: RELEASE_PERMITTED
#   citation: "MCA 44-15-106, -107"
#   source: "leg.mt.gov, MCA Title 44 chapter 15; lawserver.com 44-15-105, -106"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The result may be released for human review.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2023-06-29"
#   effective_to: null
grants["release"] := {} if {
	_police
	input.operation == "release_result"
	_asked in ["identify_1_to_n", "verify_1_to_1"]
	_about_covered_matter
}

# METADATA
# title: "The yearly reports"
# description: >-
#   By 30 June a local agency reports its searches of the year before, the offences, and the arrests and
#   convictions that followed; by 1 September the Department of Justice reports them all.
# custom:
#   code: INCLUDE_IN_ANNUAL_REPORT
#   citation: "MCA 44-15-111(2), (3)"
#   source: "leg.mt.gov, MCA Title 44 chapter 15; lawserver.com 44-15-105, -106"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     This search is counted in the report that is due by 30 June.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2023-06-29"
#   effective_to: null
obligations["annual_report"] := {"parameters": {"by": "06-30", "department_by": "09-01"}, "due": null} if {
	_police
	_looking
}

# METADATA
# title: "The defendant is told"
# description: >-
#   Use of the technology on a criminal defendant is disclosed to that defendant in good time before trial.
# custom:
#   code: DISCLOSE_TO_DEFENCE_BEFORE_TRIAL
#   citation: "MCA 44-15-107(1)"
#   source: "leg.mt.gov, MCA Title 44 chapter 15; lawserver.com 44-15-105, -106"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     This use is disclosed to the defendant before trial.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2023-06-29"
#   effective_to: null
obligations["disclose_to_defence"] := {"parameters": {}, "due": null} if {
	_police
	_for_crime
	_looking_or_using
}

# METADATA
# title: "Meaningful human review"
# description: >-
#   Decisions with legal effect on people are reviewed by a trained person who may decide otherwise.
# custom:
#   code: HUMAN_REVIEW
#   citation: "MCA 44-15-106, -110"
#   source: "leg.mt.gov, MCA Title 44 chapter 15; lawserver.com 44-15-105, -106"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     A trained person who may decide otherwise reviews the result.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2023-06-29"
#   effective_to: null
obligations["human_review"] := {"parameters": {}, "due": null} if {
	_police
	_reviewable
}

# METADATA
# title: "No decision on the output alone"
# description: >-
#   Because a decision with legal effect asks for human review, none rests on the output alone.
# custom:
#   code: NO_ADVERSE_DECISION_SOLELY_ON_OUTPUT
#   citation: "MCA 44-15-110(2)(c)"
#   source: "leg.mt.gov, MCA Title 44 chapter 15; lawserver.com 44-15-105, -106"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     No decision against a person rests on this result alone.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2023-06-29"
#   effective_to: null
obligations["not_solely_on_output"] := {"parameters": {}, "due": null} if {
	_police
	_reviewable
}

# METADATA
# title: "The emergency is written down"
# description: >-
#   The facts on which the exception rests are kept with the search.
# custom:
#   code: DOCUMENT_FACTUAL_BASIS
#   citation: "MCA 44-15-106"
#   source: "leg.mt.gov, MCA Title 44 chapter 15; lawserver.com 44-15-105, -106"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The facts of the emergency are kept on record.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2023-06-29"
#   effective_to: null
obligations["document_emergency"] := {"parameters": {}, "due": null} if {
	_police
	_looking
	_emergency
}

# A face is looked up or compared, or another body's answer accepted.
_looking if input.operation in ["identify_1_to_n", "verify_1_to_1", "receive_result"]

_looking_lawfully if {
	input.operation == "identify_1_to_n"
	input.mode in ["still_image", "mobile"]
}

_looking_lawfully if input.operation in ["verify_1_to_1", "receive_result"]

_following if {
	input.operation == "use_result"
	_use_named
}

_following if input.operation == "create_record"

_looking_or_using if _looking

_looking_or_using if input.operation == "use_result"

_reviewable if _looking_or_using

_reviewable if input.operation == "release_result"

_for_crime if input.purpose in [
	"investigate_named_offence",
	"locate_wanted_person",
	"identify_victim",
	"identify_witness",
	"child_exploitation_material",
	"imminent_threat_to_life",
]

_purpose_covered if _for_crime

_purpose_covered if input.purpose in [
	"locate_missing_person",
	"locate_abducted_or_trafficked_victim",
	"identify_deceased",
]

# What had to be shown of the matter itself.
_about_covered_matter if {
	_for_crime
	_serious
}

_about_covered_matter if {
	_purpose_covered
	not _for_crime
}

_grounded if {
	_about_covered_matter
	_for_crime
	input.suspicion == "probable_cause"
}

_grounded if {
	_about_covered_matter
	not _for_crime
}

# A section of the list is covered with all its subsections, except 45-5-504, of which only (3) is listed.
_serious if split(input.offence.statute, "(")[0] in _serious_crimes

_serious if startswith(input.offence.statute, "MCA 45-5-504(3)")

_serious if input.offence.listed_item in ["44-15-103(17)(a)", "44-15-103(17)(b)"]

_serious_crimes := [
	"MCA 45-5-102", "MCA 45-5-103", "MCA 45-5-104", "MCA 45-5-106", "MCA 45-5-202", "MCA 45-5-207", "MCA 45-5-210",
	"MCA 45-5-212", "MCA 45-5-213", "MCA 45-5-220", "MCA 45-5-302", "MCA 45-5-303", "MCA 45-5-401", "MCA 45-5-503",
	"MCA 45-5-508", "MCA 45-5-602", "MCA 45-5-603", "MCA 45-5-622", "MCA 45-5-625", "MCA 45-5-627", "MCA 45-5-628",
	"MCA 45-5-702", "MCA 45-5-703", "MCA 45-5-704", "MCA 45-5-705",
]

_warranted if {
	input.legal_instrument.type == "search_warrant"
	papers.in_force(input.legal_instrument, input.now)
	papers.names(input.legal_instrument, "modes", input.mode)
	papers.names(input.legal_instrument, "purposes", input.purpose)
	papers.allows(input.legal_instrument, "operations", input.operation)
}

_emergency if {
	input.exigency.risk == "imminent_threat_to_individual"
	papers.emergency(input.exigency, input.now)
}
