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

# A face is looked up or compared, or another body's answer accepted.
_looking if input.operation in ["identify_1_to_n", "verify_1_to_1", "receive_result"]

_looking_lawfully if {
	input.operation == "identify_1_to_n"
	input.mode in ["still_image", "mobile"]
}

_looking_lawfully if input.operation in ["verify_1_to_1", "receive_result"]

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
