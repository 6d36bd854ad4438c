package writgate.packs.eu

import data.writgate.lib.facts

# METADATA
# title: "No guessing who will offend"
# description: >-
#   The risk that a person commits an offence is not assessed from profiling or personality alone. Support of a
#   human assessment that rests on objective, verifiable facts linked to an offence is left out; the request must
#   say that it is that, name the offence and give the facts.
# custom:
#   code: PREDICTIVE_PROFILING_PROHIBITED
#   citation: "AI Act Art 5(1)(d)"
#   source: "Regulation (EU) 2024/1689, consolidated with Regulation (EU) 2026/1744"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The Act forbids foretelling offences of a person from profiling alone.
#   remedy: >-
#     Ask about an offence that was committed, with the facts that point to the person.
#   effective_from: "2025-02-02"
#   effective_to: null
denials["risk_scoring"] := {} if {
	_profiles
}

# METADATA
# title: "No databases from scraped faces"
# description: >-
#   Face databases are neither built nor enlarged by untargeted scraping of the internet or of camera footage.
# custom:
#   code: UNTARGETED_SCRAPING_PROHIBITED
#   citation: "AI Act Art 5(1)(e)"
#   source: "Regulation (EU) 2024/1689, consolidated with Regulation (EU) 2026/1744"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The Act forbids building face databases by untargeted scraping.
#   remedy: >-
#     Use pictures that were lawfully collected for a case.
#   effective_from: "2025-02-02"
#   effective_to: null
denials["untargeted_scraping"] := {} if {
	_scrapes
}

# METADATA
# title: "No enrolment from a live feed"
# description: >-
#   Enrolling whoever passes a camera enlarges a face database from footage without a target, and so does
#   enrolment in a mode that is not known.
# custom:
#   code: LIVE_FEED_DATABASE_PROHIBITED
#   citation: "AI Act Art 5(1)(e)"
#   source: "Regulation (EU) 2024/1689, consolidated with Regulation (EU) 2026/1744"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     Faces are not enrolled in the mode {mode}.
#   remedy: >-
#     Enrol the one picture that the case has.
#   effective_from: "2025-02-02"
#   effective_to: null
denials["live_feed_database"] := {"mode": object.get(input, "mode", null)} if {
	input.operation == "enrol_gallery"
	not facts.mode in ["still_image", "recorded_video", "mobile"]
}

# METADATA
# title: "No search in a scraped database"
# description: >-
#   The Act forbids the building of such databases and does not speak of searching one that exists. Supervisory
#   authorities held such searches unlawful under the Directive, so the pack refuses them.
# custom:
#   code: DATABASE_NOT_AUTHORISED
#   citation: "AI Act Art 5(1)(e); LED Art 4(1), 10"
#   source: "Regulation (EU) 2024/1689, consolidated with Regulation (EU) 2026/1744"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The gallery of {vendor} was built by untargeted scraping.
#   remedy: >-
#     Search a gallery that the authority lawfully holds.
#   effective_from: "2018-05-06"
#   effective_to: null
denials["scraped_gallery"] := {"vendor": object.get(input, ["engine", "vendor"], null)} if {
	_scraped_gallery
}

_profiles if {
	input.purpose == "predictive_policing"
	not facts.operation == "incident_report"
}

_profiles if {
	input.assessment.solely_profiling == true
	not facts.operation == "incident_report"
}

_profiles if {
	input.operation == "risk_score_person"
	not _supports_assessment
}

_supports_assessment if {
	input.assessment.solely_profiling == false
	facts.offence_named
	facts.text(input.justification)
}

_scrapes if input.operation == "build_reference_database"

_scrapes if {
	input.probe.source == "untargeted_scrape"
	not facts.operation == "incident_report"
}

_scraped_gallery if {
	facts.handles_faces
	input.engine.vendor in ["clearview", "commercial_scraped_gallery"]
}

_scraped_gallery if {
	facts.handles_faces
	input.database == "scraped_web_gallery"
}
