package writgate.packs.us_me

import data.writgate.lib.facts

# METADATA
# title: "Three ends, and no other"
# description: >-
#   A search is requested, and its result had and used, to investigate a serious crime, to identify somebody
#   who is dead, or to identify somebody who is missing or endangered. Victims, witnesses and people who cannot
#   say who they are are not named, so they are refused unless another end covers them; an imminent threat is
#   covered only as a serious crime, because the purpose does not say whose face is sought.
# custom:
#   code: PURPOSE_NOT_AUTHORISED
#   citation: "25 M.R.S. §6001(3)"
#   source: "dig.watch, summary of LD 1585; idtechwire.com, Maine law curtails police use"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The section does not allow face recognition for {purpose}.
#   remedy: >-
#     Ask only about a serious crime, a dead person, or a missing or endangered one.
#   effective_from: "2021-10-01"
#   effective_to: null
denials["purpose_not_listed"] := {"purpose": object.get(input, "purpose", null)} if {
	_touches_faces
	not _purpose_listed
}

# METADATA
# title: "Crimes are for the police"
# description: >-
#   A public body that is not police may ask about the dead and the missing. To investigate a crime it may not;
#   the sources do not say that it may, so the pack refuses.
# custom:
#   code: REQUESTER_NOT_LAW_ENFORCEMENT
#   citation: "25 M.R.S. §6001(3)"
#   source: "idtechwire.com, Maine law curtails police use; wraight.law, logs of the Bureau of Motor Vehicles"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The requester ({agency_type}) is not a law enforcement agency and asks about a crime.
#   remedy: >-
#     Let the law enforcement agency that investigates the crime ask.
#   effective_from: "2021-10-01"
#   effective_to: null
denials["crime_without_police"] := {"agency_type": object.get(input, ["actor", "agency_type"], null)} if {
	_about_crime
	not _police
}

# METADATA
# title: "Probable cause"
# description: >-
#   For a crime there must be probable cause that the unidentified person in the image committed it. Less is
#   not enough.
# custom:
#   code: SUSPICION_STANDARD_NOT_MET
#   citation: "25 M.R.S. §6001(3)"
#   source: "dig.watch, summary of LD 1585; idtechwire.com, Maine law curtails police use"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The suspicion shown is {suspicion}; the section asks for probable cause.
#   remedy: >-
#     Ask again when the facts amount to probable cause that the person in the image committed the crime.
#   effective_from: "2021-10-01"
#   effective_to: null
denials["no_probable_cause"] := {"suspicion": object.get(input, "suspicion", null)} if {
	_about_crime
	not input.suspicion == "probable_cause"
}

# METADATA
# title: "A serious crime"
# description: >-
#   Serious crimes are in general the felonies, which in Maine carry more than a year in prison. Related
#   misdemeanours and violations of bail count only where the register lists them as such, because the sources
#   do not say which they are.
# custom:
#   code: OFFENCE_NOT_COVERED
#   citation: "25 M.R.S. §6001(1)"
#   source: "wraight.law, logs of the Bureau of Motor Vehicles; idtechwire.com, Maine law curtails police use"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The offence {offence} is not shown to be a serious crime.
#   remedy: >-
#     Ask only about a serious crime; have the offence registered if the section lists it.
#   effective_from: "2021-10-01"
#   effective_to: null
denials["offence_not_serious"] := {"offence": object.get(input, ["offence", "label"], null)} if {
	_about_crime
	not _serious
}

# METADATA
# title: "A serious crime, on probable cause"
# description: >-
#   The police ask the bureau or the FBI for a search, on probable cause that the unidentified person in the
#   image committed a serious crime.
# custom:
#   code: PURPOSE_PERMITTED
#   citation: "25 M.R.S. §6001(3)"
#   source: "dig.watch, summary of LD 1585; idtechwire.com, Maine law curtails police use"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     There is probable cause of a serious crime, and the search is made by request.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2021-10-01"
#   effective_to: null
grants["serious_crime"] := {"purpose": input.purpose} if {
	_requested_search
	_crime_ground
}

# METADATA
# title: "A dead person"
# description: >-
#   To help to identify somebody who is dead or believed to be. No suspicion is needed.
# custom:
#   code: PURPOSE_PERMITTED
#   citation: "25 M.R.S. §6001(3)"
#   source: "dig.watch, summary of LD 1585; wraight.law, logs of the Bureau of Motor Vehicles"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     A search by request may help to identify a dead person.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2021-10-01"
#   effective_to: null
grants["deceased"] := {} if {
	_requested_search
	_department
	input.purpose == "identify_deceased"
}

# METADATA
# title: "A missing or endangered person"
# description: >-
#   To help to identify somebody who is missing or endangered; the abducted and the trafficked are both. No
#   suspicion is needed.
# custom:
#   code: PURPOSE_PERMITTED
#   citation: "25 M.R.S. §6001(3)"
#   source: "dig.watch, summary of LD 1585"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     A search by request may help to identify a missing or endangered person.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2021-10-01"
#   effective_to: null
grants["missing_or_endangered"] := {} if {
	_requested_search
	_department
	input.purpose in ["locate_missing_person", "locate_abducted_or_trafficked_victim"]
}

# METADATA
# title: "Requests are logged in public"
# description: >-
#   The bureau logs who asked, for which agency, when, for which crime or reason, and what was found. The log
#   is a public record.
# custom:
#   code: LOG_AS_PUBLIC_RECORD
#   citation: "25 M.R.S. §6001"
#   source: "wraight.law, logs of the Bureau of Motor Vehicles; idtechwire.com, Maine law curtails police use"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     This request is part of a log that the public may read.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2021-10-01"
#   effective_to: null
obligations["public_log"] := {
	"parameters": {"fields": ["requester", "agency", "time", "reason", "systems", "matches"]},
	"due": null,
} if {
	input.operation in ["identify_1_to_n", "verify_1_to_1", "receive_result"]
}

_requested_search if {
	input.operation in ["identify_1_to_n", "verify_1_to_1"]
	input.mode in ["still_image", "recorded_video", "mobile"]
	_lawful_route
}

_purpose_listed if {
	input.purpose in ["identify_deceased", "locate_missing_person", "locate_abducted_or_trafficked_victim"]
}

_purpose_listed if input.purpose in _crime_purposes

_crime_purposes := [
	"investigate_named_offence",
	"locate_wanted_person",
	"identify_detained_person",
	"imminent_threat_to_life",
	"credential_fraud",
	"child_exploitation_material",
]

_about_crime if {
	input.purpose in _crime_purposes
	_touches_faces
	not _bureau_against_fraud
}

_crime_ground if {
	input.suspicion == "probable_cause"
	input.purpose in _crime_purposes
	_police
	_serious
}

_serious if {
	input.offence.felony == true
	facts.offence_named
}

_serious if {
	input.offence.listed_item in ["6001 related misdemeanour", "6001 bail violation"]
	facts.offence_named
}

# One of the ends for which results may be had and used.
_ground if _crime_ground

_ground if _bureau_against_fraud

_ground if {
	input.purpose in ["identify_deceased", "locate_missing_person", "locate_abducted_or_trafficked_victim"]
	_department
}
