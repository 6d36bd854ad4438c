package writgate.packs.base

import data.writgate.lib.facts

# METADATA
# title: "The purpose is named"
# description: >-
#   A purpose that is missing, or is not one of the closed list, authorises nothing.
# custom:
#   code: PURPOSE_NOT_AUTHORISED
#   citation: "Product policy"
#   source: "product"
#   confidence: P
#   counsel_review: none
#   sentence: >-
#     The purpose {purpose} is not one of the vocabulary.
#   remedy: >-
#     Name one of the purposes of the vocabulary.
#   effective_from: "1970-01-01"
#   effective_to: null
denials["purpose_unknown"] := {"purpose": object.get(input, "purpose", null)} if {
	not input.operation == "incident_report"
	not data.purposes[facts.purpose]
}

# METADATA
# title: "Not for private ends"
# description: >-
#   Looking up a neighbour, a partner or oneself is misuse wherever it happens.
# custom:
#   code: PURPOSE_NOT_AUTHORISED
#   citation: "Product policy"
#   source: "product"
#   confidence: P
#   counsel_review: none
#   sentence: >-
#     Searching a face for personal reasons is refused everywhere.
#   remedy: >-
#     There is no lawful way to do this. The attempt is reported as suspected misuse.
#   effective_from: "1970-01-01"
#   effective_to: null
denials["personal_use"] := {} if _refused("personal")

# METADATA
# title: "Not for watching people in general"
# description: >-
#   Watching everybody who passes, without a case, is refused everywhere.
# custom:
#   code: UNTARGETED_USE_PROHIBITED
#   citation: "Product policy"
#   source: "product"
#   confidence: P
#   counsel_review: none
#   sentence: >-
#     General surveillance is refused everywhere.
#   remedy: >-
#     Ask about one person in one case.
#   effective_from: "1970-01-01"
#   effective_to: null
denials["general_surveillance"] := {} if _refused("general_surveillance")

# METADATA
# title: "Not to learn who took part or who spoke"
# description: >-
#   Finding out who attended a gathering, or recording what somebody said, is refused everywhere.
# custom:
#   code: PROTECTED_ACTIVITY
#   citation: "Product policy"
#   source: "product"
#   confidence: P
#   counsel_review: none
#   sentence: >-
#     The purpose {purpose} aims at the exercise of a liberty, which is refused everywhere.
#   remedy: >-
#     Where an offence was committed, name the offence and the one person suspected of it.
#   effective_from: "1970-01-01"
#   effective_to: null
denials["protected_activity_purpose"] := {"purpose": object.get(input, "purpose", null)} if {
	some purpose in ["identify_event_participants", "document_speech"]
	_refused(purpose)
}

# METADATA
# title: "Not to pick people by what they are"
# description: >-
#   A purpose that consists of selecting a protected class is refused everywhere.
# custom:
#   code: PROTECTED_CHARACTERISTIC
#   citation: "Product policy"
#   source: "product"
#   confidence: P
#   counsel_review: none
#   sentence: >-
#     Selecting people of a protected class is refused everywhere.
#   remedy: >-
#     There is no lawful way to do this.
#   effective_from: "1970-01-01"
#   effective_to: null
denials["protected_class_purpose"] := {} if _refused("protected_class_selection")

# METADATA
# title: "Not to foretell crime"
# description: >-
#   Guessing from faces who may commit a crime is refused everywhere.
# custom:
#   code: PREDICTIVE_PROFILING_PROHIBITED
#   citation: "Product policy"
#   source: "product"
#   confidence: P
#   counsel_review: none
#   sentence: >-
#     Predictive policing with faces is refused everywhere.
#   remedy: >-
#     Ask about an offence that was committed or is being committed.
#   effective_from: "1970-01-01"
#   effective_to: null
denials["predictive_policing"] := {} if _refused("predictive_policing")

# METADATA
# title: "Not to enforce immigration law"
# description: >-
#   Civil immigration enforcement is refused everywhere.
# custom:
#   code: IMMIGRATION_ENFORCEMENT_PROHIBITED
#   citation: "Product policy"
#   source: "product"
#   confidence: P
#   counsel_review: none
#   sentence: >-
#     Immigration enforcement with this product is refused everywhere.
#   remedy: >-
#     There is no way to do this with this product.
#   effective_from: "1970-01-01"
#   effective_to: null
denials["immigration_enforcement"] := {} if _refused("immigration_enforcement")

# METADATA
# title: "Not to enforce laws on reproductive health"
# description: >-
#   Enforcement against those who seek, give or help with reproductive care is refused everywhere.
# custom:
#   code: REPRODUCTIVE_HEALTH_PROHIBITED
#   citation: "Product policy"
#   source: "product"
#   confidence: P
#   counsel_review: none
#   sentence: >-
#     Enforcement of laws on reproductive health with this product is refused everywhere.
#   remedy: >-
#     There is no way to do this with this product.
#   effective_from: "1970-01-01"
#   effective_to: null
denials["reproductive_health"] := {} if _refused("reproductive_health_enforcement")

# METADATA
# title: "Not to police consensual conduct"
# description: >-
#   Enforcement against consensual conduct of adults is refused everywhere.
# custom:
#   code: CONSENSUAL_CONDUCT_PROHIBITED
#   citation: "Product policy"
#   source: "product"
#   confidence: P
#   counsel_review: none
#   sentence: >-
#     Enforcement against consensual conduct with this product is refused everywhere.
#   remedy: >-
#     There is no way to do this with this product.
#   effective_from: "1970-01-01"
#   effective_to: null
denials["consensual_conduct"] := {} if _refused("consensual_conduct_enforcement")

# METADATA
# title: "Templates are not sold"
# description: >-
#   Selling or trading face templates is refused everywhere.
# custom:
#   code: SALE_PROHIBITED
#   citation: "Product policy"
#   source: "product"
#   confidence: P
#   counsel_review: none
#   sentence: >-
#     Face templates are not sold.
#   remedy: >-
#     There is no way to do this with this product.
#   effective_from: "1970-01-01"
#   effective_to: null
denials["sale_of_templates"] := {} if _refused("sell_templates")

# METADATA
# title: "Pictures are not scraped"
# description: >-
#   A picture that came from untargeted scraping is neither searched with nor enrolled.
# custom:
#   code: UNTARGETED_SCRAPING_PROHIBITED
#   citation: "Product policy"
#   source: "product"
#   confidence: P
#   counsel_review: none
#   sentence: >-
#     The picture comes from untargeted scraping.
#   remedy: >-
#     Use a picture that belongs to the case.
#   effective_from: "1970-01-01"
#   effective_to: null
denials["scraped_picture"] := {} if {
	input.probe.source == "untargeted_scrape"
}

# METADATA
# title: "Nobody is picked for belief, politics, union work or attendance"
# description: >-
#   Religion, politics, views, membership and union activity are no ground for a search. Attendance at a lawful
#   event is none either, unless there is reasonable suspicion of a named offence; stricter law still applies.
# custom:
#   code: PROTECTED_ACTIVITY
#   citation: "Product policy"
#   source: "product"
#   confidence: P
#   counsel_review: none
#   sentence: >-
#     The person was selected because of {ground}.
#   remedy: >-
#     Drop the search, or name the offence and the facts that point to this person.
#   effective_from: "1970-01-01"
#   effective_to: null
denials["selected_for_activity"] := {"ground": object.get(input, ["subject", "selected_because_of"], null)} if {
	data.grounds[input.subject.selected_because_of].activity == true
	not input.operation == "incident_report"
	not _event_with_suspicion
}

# METADATA
# title: "Nobody is picked for origin, housing or another protected characteristic"
# description: >-
#   Origin, race, citizenship, housing status and the like are no ground for a search. A ground that is not in
#   the vocabulary counts as protected.
# custom:
#   code: PROTECTED_CHARACTERISTIC
#   citation: "Product policy"
#   source: "product"
#   confidence: P
#   counsel_review: none
#   sentence: >-
#     The person was selected because of {ground}.
#   remedy: >-
#     Drop the search, or name the offence and the facts that point to this person.
#   effective_from: "1970-01-01"
#   effective_to: null
denials["selected_for_characteristic"] := {"ground": object.get(input, ["subject", "selected_because_of"], null)} if {
	input.subject.selected_because_of != null
	not input.operation == "incident_report"
	not data.grounds[facts.ground].characteristic == false
}

# METADATA
# title: "The probe shows the person"
# description: >-
#   A generated face or the picture of a look-alike is not evidence of who somebody is, and neither is a kind
#   of picture that the vocabulary does not know. Sketches are left to the law of the place.
# custom:
#   code: PROBE_MANIPULATED
#   citation: "Product policy"
#   source: "product"
#   confidence: P
#   counsel_review: none
#   sentence: >-
#     A probe of the kind {kind} does not show the person.
#   remedy: >-
#     Use a photograph or a video frame of the person.
#   effective_from: "1970-01-01"
#   effective_to: null
denials["probe_not_of_person"] := {"kind": object.get(input, ["probe", "kind"], null)} if {
	facts.searching
	not _of_person(facts.picture)
}

# METADATA
# title: "Suspected misuse is looked into"
# description: >-
#   Personal searches, searches aimed at protected activity or class, and immigration, reproductive health or
#   consensual conduct enforcement open an incident.
# custom:
#   code: OPEN_MISUSE_INCIDENT
#   citation: "Product policy"
#   source: "product"
#   confidence: P
#   counsel_review: none
#   sentence: >-
#     An incident of suspected misuse is opened.
#   remedy: >-
#     Nothing to do.
#   effective_from: "1970-01-01"
#   effective_to: null
obligations["misuse_of_purpose"] := {"parameters": {"purpose": object.get(input, "purpose", null)}, "due": null} if {
	_misuse
}

_refused(purpose) if {
	input.purpose == purpose
	not input.operation == "incident_report"
}

_of_person("photograph")

_of_person("video_frame")

_of_person("sketch")

_of_person("composite")

_event_with_suspicion if {
	input.subject.selected_because_of == "participation_in_lawful_event"
	facts.reasonable_suspicion
	facts.offence_named
}

_misuse if {
	data.purposes[input.purpose].misuse == true
	not input.operation == "incident_report"
}

_misuse if input.subject.selected_because_of != null
