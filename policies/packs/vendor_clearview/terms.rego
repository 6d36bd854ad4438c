# METADATA
# title: Clearview
# description: >-
#   The consent order in ACLU v. Clearview AI (11 May 2022) and Clearview's own terms: no private users, for five
#   years nobody in Illinois, no account of an officer's own, and law enforcement purposes only, under a case
#   number. The same is asked of any other commercial gallery of scraped pictures, of whose terms nothing is
#   known. They bind whatever the law of the place allows.
package writgate.packs.vendor_clearview

import data.writgate.lib.facts

# METADATA
# title: "No private users, anywhere"
# description: >-
#   For ever and in the whole country the database is closed to most private entities. Which few may still have it
#   is not known here, so all are refused, and so is whoever is not shown to be a public body.
# custom:
#   code: CONSENT_DECREE_BAR
#   citation: "ACLU v. Clearview AI (Cook County, 2020 CH 04353), consent order of 11 May 2022"
#   source: "aclu-il.org and dataprivacyandsecurityinsider.com, on the settlement"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The consent order closes the gallery to a requester of the kind {agency_type}.
#   remedy: >-
#     Use another engine.
#   effective_from: "2022-05-11"
#   effective_to: null
denials["private_entity"] := {"agency_type": object.get(input, ["actor", "agency_type"], null)} if {
	not facts.operation in _about_the_record
	not _public_body
}

# METADATA
# title: "Nobody in Illinois for five years"
# description: >-
#   For five years from the order no entity in Illinois has access, the police of the state and its towns
#   included, and nobody on their behalf. Whether federal offices there are meant is not known here; the pack
#   refuses them.
# custom:
#   code: CONSENT_DECREE_BAR
#   citation: "ACLU v. Clearview AI (Cook County, 2020 CH 04353), consent order of 11 May 2022"
#   source: "aclu-il.org and dataprivacyandsecurityinsider.com, on the settlement"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     Until 11 May 2027 the consent order closes the gallery to everybody in Illinois.
#   remedy: >-
#     Use another engine until then.
#   effective_from: "2022-05-11"
#   effective_to: "2027-05-11"
denials["illinois"] := {} if {
	not facts.operation in _about_the_record
	_in_illinois
}

# METADATA
# title: "No account of an officer's own"
# description: >-
#   Officers get no account, on trial or free, that their agency did not give them.
# custom:
#   code: ACCOUNT_NOT_AGENCY_AUTHORISED
#   citation: "ACLU v. Clearview AI (Cook County, 2020 CH 04353), consent order of 11 May 2022"
#   source: "aclu-il.org and dataprivacyandsecurityinsider.com, on the settlement"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The account ({account}) is not one that the agency issued.
#   remedy: >-
#     Search with an account that the agency issued.
#   effective_from: "2022-05-11"
#   effective_to: null
denials["trial_account"] := {"account": object.get(input, ["actor", "account"], null)} if {
	not facts.operation in _about_the_record
	not input.actor.account == "agency_issued"
}

# METADATA
# title: "A case number for every search"
# description: >-
#   Every search carries a case number, whatever its purpose.
# custom:
#   code: CASE_ID_MISSING
#   citation: "Clearview AI terms of service and user code of conduct"
#   source: "clearview.ai, terms of service and user code of conduct"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     Clearview asks for a case number before a search.
#   remedy: >-
#     Give the number of the case.
#   effective_from: "2020-01-17"
#   effective_to: null
denials["no_case_number"] := {} if {
	facts.searching
	not facts.text(object.get(input, "case_number", null))
}

# METADATA
# title: "Law enforcement purposes only"
# description: >-
#   The service is for legitimate law enforcement and investigation. Access to premises or devices, training,
#   shops and the building of other databases are none.
# custom:
#   code: PURPOSE_NOT_AUTHORISED
#   citation: "Clearview AI terms of service and user code of conduct"
#   source: "clearview.ai, terms of service and user code of conduct"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     Clearview's terms do not allow {purpose}.
#   remedy: >-
#     Use another engine for this purpose.
#   effective_from: "2020-01-17"
#   effective_to: null
denials["not_law_enforcement"] := {"purpose": object.get(input, "purpose", null)} if {
	not facts.operation in _about_the_record
	not facts.purpose in _law_enforcement
}

# METADATA
# title: "Use that order and terms allow"
# description: >-
#   A public body, for a purpose of law enforcement, under a case.
# custom:
#   code: VENDOR_TERMS_SATISFIED
#   citation: "Consent order of 11 May 2022; Clearview AI terms of service"
#   source: "aclu-il.org, on the settlement; clearview.ai, terms of service"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The consent order and Clearview's terms allow this use.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2020-01-17"
#   effective_to: null
grants["terms_satisfied"] := {} if {
	_public_body
	input.purpose in _law_enforcement
	input.operation in [
		"identify_1_to_n", "verify_1_to_1", "watchlist_live", "watchlist_scan", "track_person", "enrol_gallery",
		"use_result", "release_result", "receive_result",
	]
}

# METADATA
# title: "Records and reports of incidents"
# description: >-
#   Keeping and reading the record and reporting an incident are not use of the service.
# custom:
#   code: VENDOR_TERMS_SATISFIED
#   citation: "Consent order of 11 May 2022; Clearview AI terms of service"
#   source: "aclu-il.org, on the settlement; clearview.ai, terms of service"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     Neither the consent order nor the terms speak of records and reports.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2020-01-17"
#   effective_to: null
grants["about_the_record"] := {} if {
	input.operation in _about_the_record
}

# METADATA
# title: "For that purpose only"
# description: >-
#   The account's use is overseen by the agency's executive user; what is found is used for the purpose that was
#   stated.
# custom:
#   code: LIMIT_USE_TO_STATED_PURPOSE
#   citation: "Clearview AI terms of service and user code of conduct"
#   source: "clearview.ai, terms of service and user code of conduct"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The answer is used for the stated purpose only.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2020-01-17"
#   effective_to: null
obligations["stated_purpose"] := {"parameters": {}, "due": null} if {
	facts.searching
}

_about_the_record := ["consult_record", "incident_report", "create_record"]

_public_body if input.actor.agency_type in ["law_enforcement", "government_non_law_enforcement"]

_in_illinois if {
	some place in input.jurisdiction
	startswith(place, "US-IL")
}

_in_illinois if startswith(input.agency.on_behalf_of, "US-IL")

_law_enforcement := [
	"investigate_named_offence",
	"locate_wanted_person",
	"locate_missing_person",
	"locate_abducted_or_trafficked_victim",
	"identify_victim",
	"identify_witness",
	"identify_deceased",
	"identify_incapacitated_person",
	"identify_detained_person",
	"imminent_threat_to_life",
	"credential_fraud",
	"child_exploitation_material",
	"undercover_vetting",
	"federal_mandate",
]
