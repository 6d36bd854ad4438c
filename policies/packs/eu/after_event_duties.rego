package writgate.packs.eu

# METADATA
# title: "Each use is in the police file"
# description: >-
#   Each use, whatever its purpose, is documented in the police file and made available to the authorities on
#   request.
# custom:
#   code: DOCUMENT_IN_POLICE_FILE
#   citation: "AI Act Art 26(10)"
#   source: "Regulation (EU) 2024/1689, consolidated with Regulation (EU) 2026/1744"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     This use is documented in the police file.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2027-12-02"
#   effective_to: null
obligations["police_file"] := {"parameters": {}, "due": null} if {
	_after_event
	_seeks
}

# METADATA
# title: "Use after the event is reported each year"
# description: >-
#   The authority reports its use each year to the market surveillance and data protection authorities.
# custom:
#   code: INCLUDE_IN_ANNUAL_REPORT
#   citation: "AI Act Art 26(10)"
#   source: "Regulation (EU) 2024/1689, consolidated with Regulation (EU) 2026/1744"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     This use is part of the annual report.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2027-12-02"
#   effective_to: null
obligations["after_event_annual_report"] := {"parameters": {}, "due": null} if {
	_after_event
	_seeks
}

# METADATA
# title: "Nothing against a person on the output alone"
# description: >-
#   No decision with an adverse legal effect on a person rests solely on the output.
# custom:
#   code: NO_ADVERSE_DECISION_SOLELY_ON_OUTPUT
#   citation: "AI Act Art 26(10)"
#   source: "Regulation (EU) 2024/1689, consolidated with Regulation (EU) 2026/1744"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     No decision against a person rests on this answer alone.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2027-12-02"
#   effective_to: null
obligations["after_event_no_adverse_decision"] := {"parameters": {}, "due": null} if {
	_after_event
}

# METADATA
# title: "Nothing against a person by machine alone"
# description: >-
#   Decisions that affect a person adversely are not made by automated processing alone.
# custom:
#   code: NO_ADVERSE_DECISION_SOLELY_ON_OUTPUT
#   citation: "LED Art 11"
#   source: "Directive (EU) 2016/680"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     No decision against a person rests on this answer alone.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2018-05-06"
#   effective_to: "2027-12-02"
obligations["directive_no_adverse_decision"] := {"parameters": {}, "due": null} if {
	_after_event
}

# METADATA
# title: "The authorisation is still to be asked for"
# description: >-
#   Nothing has been asked for yet: the request goes out without undue delay and within 48 hours of the beginning
#   of use.
# custom:
#   code: REQUEST_AUTHORISATION_WITHIN
#   citation: "AI Act Art 26(10)"
#   source: "Regulation (EU) 2024/1689, consolidated with Regulation (EU) 2026/1744"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The authorisation is asked for within {hours} hours of the beginning of use.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2027-12-02"
#   effective_to: null
obligations["after_event_ask"] := {"parameters": {"hours": 48}, "due": _asked_by} if {
	_after_event
	_needs_authorisation
	not _authorised
	_in_time
	_asked_at == null
}

# METADATA
# title: "To be stopped and deleted if rejected"
# description: >-
#   If the authorisation is rejected, use stops at once and the linked personal data are deleted. Reference
#   databases and footage lawfully held otherwise are spared, as the draft guidelines read it.
# custom:
#   code: STOP_AND_DELETE_IF_REJECTED
#   citation: "AI Act Art 26(10)"
#   source: "Regulation (EU) 2024/1689, consolidated with Regulation (EU) 2026/1744"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     If the authorisation is rejected, use stops and the linked data are deleted.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2027-12-02"
#   effective_to: null
obligations["after_event_stop_if_rejected"] := {"parameters": {}, "due": null} if {
	_after_event
	_needs_authorisation
	not _authorised
}

# METADATA
# title: "Stop at once"
# description: >-
#   What was rejected, or not asked for in time, stops with immediate effect.
# custom:
#   code: STOP_IMMEDIATELY
#   citation: "AI Act Art 26(10)"
#   source: "Regulation (EU) 2024/1689, consolidated with Regulation (EU) 2026/1744"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The use stops at once.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2027-12-02"
#   effective_to: null
obligations["after_event_stop"] := {"parameters": {}, "due": object.get(input, "now", null)} if {
	_after_event_ended
}

# METADATA
# title: "Linked data are deleted"
# description: >-
#   After a rejection the personal data linked to the use are deleted.
# custom:
#   code: DELETE_LINKED_PERSONAL_DATA
#   citation: "AI Act Art 26(10)"
#   source: "Regulation (EU) 2024/1689, consolidated with Regulation (EU) 2026/1744"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The personal data linked to the use are deleted.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2027-12-02"
#   effective_to: null
obligations["after_event_delete"] := {"parameters": {}, "due": object.get(input, "now", null)} if {
	_after_event
	_rejected
}
