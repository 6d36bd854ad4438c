# METADATA
# title: New Jersey, disclosure to the defence
# description: >-
#   Case law of New Jersey on what the defence is told of face recognition: State v. Arteaga (Appellate Division,
#   7 June 2023) and State v. Miles (Supreme Court, 24 June 2026), which replaced it. The state has no statute on
#   police use, so this pack forbids nothing by itself and attaches duties.
package writgate.packs.us_nj

import data.writgate.lib.facts

# METADATA
# title: "No law of the state forbids it"
# description: >-
#   New Jersey has no statute on face recognition by the police; its courts have said only what must be disclosed.
#   The purpose is of the vocabulary and not one that is refused everywhere.
# custom:
#   code: PURPOSE_PERMITTED
#   citation: "State v. Miles (N.J. 24 June 2026)"
#   source: "recordinglaw.com and law.counselstack.com on State v. Miles; casetext.com on State v. Arteaga"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     No law of the state in this pack forbids {operation} for {purpose}.
#   remedy: >-
#     Nothing to do.
#   effective_from: "1970-01-01"
#   effective_to: null
grants["not_forbidden"] := {"operation": input.operation, "purpose": input.purpose} if _asked_of_the_courts

# METADATA
# title: "The result may be handed over"
# description: >-
#   Disclosure to the defence is a duty that follows a search; it does not stand against releasing its result.
# custom:
#   code: RELEASE_PERMITTED
#   citation: "State v. Miles (N.J. 24 June 2026)"
#   source: "recordinglaw.com and law.counselstack.com on State v. Miles; casetext.com on State v. Arteaga"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The result may be released.
#   remedy: >-
#     Nothing to do.
#   effective_from: "1970-01-01"
#   effective_to: null
grants["release"] := {} if input.operation == "release_result"

# METADATA
# title: "Reporting a violation"
# description: >-
#   Nothing stands against reporting that something went wrong.
# custom:
#   code: PURPOSE_PERMITTED
#   citation: "State v. Miles (N.J. 24 June 2026)"
#   source: "recordinglaw.com and law.counselstack.com on State v. Miles; casetext.com on State v. Arteaga"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     Reporting an incident is permitted.
#   remedy: >-
#     Nothing to do.
#   effective_from: "1970-01-01"
#   effective_to: null
grants["incident_report"] := {} if input.operation == "incident_report"

# METADATA
# title: "What the defence always gets"
# description: >-
#   In discovery the defence always gets the tool's name and maker, its error rates, and the photographs that were
#   analysed. The source code does not follow automatically; a court may order it. The list of thirteen items of
#   2023 no longer applies.
# custom:
#   code: DISCLOSE_IN_DISCOVERY
#   citation: "State v. Miles (N.J. 24 June 2026)"
#   source: "recordinglaw.com and law.counselstack.com on State v. Miles; casetext.com on State v. Arteaga"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     In discovery the defence gets {items}.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2026-06-24"
#   effective_to: null
obligations["miles"] := {
	"parameters": {
		"items": ["tool_name", "tool_maker", "error_rates", "photographs_analysed"],
		"tool": object.get(input, ["engine", "name"], null),
		"maker": object.get(input, ["engine", "vendor"], null),
	},
	"due": null,
} if {
	_concerns_a_defendant
}

# METADATA
# title: "What the defence got from 2023 to 2026"
# description: >-
#   From June 2023 to June 2026 courts followed a decision of the Appellate Division that had ordered thirteen
#   items on its facts, source code among them. Until it was replaced the pack counts the whole list as owed.
# custom:
#   code: DISCLOSE_IN_DISCOVERY
#   citation: "State v. Arteaga, 476 N.J. Super. 36 (App. Div. 2023)"
#   source: "recordinglaw.com and law.counselstack.com on State v. Miles; casetext.com on State v. Arteaga"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     In discovery the defence gets the thirteen items of State v. Arteaga, {items} among them.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2023-06-07"
#   effective_to: "2026-06-24"
obligations["arteaga"] := {
	"parameters": {
		"items": ["tool_name", "tool_maker", "error_rates", "photographs_analysed", "source_code"],
		"tool": object.get(input, ["engine", "name"], null),
		"maker": object.get(input, ["engine", "vendor"], null),
	},
	"due": null,
} if {
	_concerns_a_defendant
}

# METADATA
# title: "What must be disclosed is kept"
# description: >-
#   The pictures analysed, the engine and its version and all candidates are kept, so that they can be disclosed.
# custom:
#   code: KEEP_AUDITABLE_USE_RECORDS
#   citation: "State v. Arteaga, 476 N.J. Super. 36 (App. Div. 2023); State v. Miles (N.J. 24 June 2026)"
#   source: "recordinglaw.com and law.counselstack.com on State v. Miles; casetext.com on State v. Arteaga"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The record of this use is kept for the defence.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2023-06-07"
#   effective_to: null
obligations["keep_records"] := {"parameters": {}, "due": null} if _concerns_a_defendant

_asked_of_the_courts if {
	input.operation in _operations
	data.purposes[input.purpose].refused == false
}

_operations := [
	"identify_1_to_n",
	"verify_1_to_1",
	"watchlist_live",
	"watchlist_scan",
	"track_person",
	"enrol_gallery",
	"use_result",
	"receive_result",
	"consult_record",
	"create_record",
]

# A search for a victim or witness matters to the defence once its result is used.
_concerns_a_defendant if {
	facts.criminal_purpose
	_looks_for_a_face
}

_concerns_a_defendant if input.operation == "use_result"

_looks_for_a_face if facts.searching

_looks_for_a_face if input.operation in ["receive_result", "release_result", "create_record"]
