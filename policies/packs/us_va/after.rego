package writgate.packs.us_va

import data.writgate.lib.papers

# METADATA
# title: "The ban of 2021"
# description: >-
#   From 1 July 2021 until the permission of 2022 the police might use the technology only where another statute
#   said so expressly. None was found.
# custom:
#   code: LEGAL_FRAMEWORK_INSUFFICIENT
#   citation: "Va. Code §15.2-1723.2, §23.1-815.1 (2021, Sp. Sess. I, c. 537)"
#   source: "instalawyer.io, Code of Virginia §23.1-815.1; wtvr.com, 30 June 2022"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     Until 1 July 2022 no statute authorised the police to use face recognition.
#   remedy: >-
#     There was no lawful way to do this at that time.
#   effective_from: "2021-07-01"
#   effective_to: "2022-07-01"
denials["ban_of_2021"] := {} if {
	not input.operation == "incident_report"
}

# METADATA
# title: "The permission has ended"
# description: >-
#   The Act of 2022 was written to end on 1 July 2026. The code site then shows the text of 2021, a ban unless a
#   statute authorises the use expressly; press and blogs say that use was opened that day, and no Act of 2026
#   was found. The law is unclear, so the pack refuses from that day until counsel confirms what holds: search,
#   enrolment, release and use of results alike, also where the search was made before. A day begins at
#   midnight UTC, some hours before it does in Virginia, which also refuses rather than permits.
# custom:
#   code: LEGAL_FRAMEWORK_INSUFFICIENT
#   citation: "Va. Code §15.2-1723.2, §23.1-815.1, §52-4.5 (effective 1 July 2026)"
#   source: "legiscan.com, SB741 of 2022; instalawyer.io, Code of Virginia §23.1-815.1"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The permission of 2022 ended on 1 July 2026, and no statute is known that authorises {operation} since.
#   remedy: >-
#     Have counsel confirm which text is in force, and a revision published that says so.
#   effective_from: "2026-07-01"
#   effective_to: null
denials["permission_ended"] := {"operation": object.get(input, "operation", null)} if {
	_touches_faces
	not _exonerates_under_warrant
}

# METADATA
# title: "Data only by warrant"
# description: >-
#   In the text shown as in force since 1 July 2026 data of the technology is reached by search warrant only.
#   The pack asks one, verified and in force, for the records of earlier use too.
# custom:
#   code: WARRANT_REQUIRED
#   citation: "Va. Code §15.2-1723.2, §23.1-815.1 (effective 1 July 2026)"
#   source: "instalawyer.io, Code of Virginia §23.1-815.1"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     Since 1 July 2026 the data of earlier use is reached by search warrant only.
#   remedy: >-
#     Obtain a search warrant for the data, or have counsel confirm which text is in force.
#   effective_from: "2026-07-01"
#   effective_to: null
denials["data_without_warrant"] := {} if {
	_reaches_data
	not _warranted
}

# METADATA
# title: "Data under a warrant"
# description: >-
#   Under a search warrant records of earlier use may be read, and a match from before may be used as exculpatory
#   evidence.
# custom:
#   code: WARRANT_SATISFIED
#   citation: "Va. Code §15.2-1723.2, §23.1-815.1 (effective 1 July 2026)"
#   source: "instalawyer.io, Code of Virginia §23.1-815.1"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     A search warrant in force opens the data of earlier use.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2026-07-01"
#   effective_to: null
grants["data_under_warrant"] := {"instrument": object.get(input, ["legal_instrument", "id"], null)} if {
	_reaches_data
	_public_body
	_warranted
}

_reaches_data if input.operation == "consult_record"

_reaches_data if _exonerates

_exonerates if {
	input.operation == "use_result"
	input.result_use.for == "exculpatory_evidence"
}

_exonerates_under_warrant if {
	_exonerates
	_warranted
}

_warranted if {
	input.legal_instrument.type == "search_warrant"
	papers.in_force(input.legal_instrument, input.now)
	papers.allows(input.legal_instrument, "operations", input.operation)
	papers.allows(input.legal_instrument, "purposes", input.purpose)
}
