package writgate.packs.eu

import data.writgate.lib.facts

# METADATA
# title: "Time, place and person"
# description: >-
#   Use in real time keeps to the time, the place and the person that are strictly necessary.
# custom:
#   code: LIMIT_TIME_PLACE_PERSON
#   citation: "AI Act Art 5(2)"
#   source: "Regulation (EU) 2024/1689, consolidated with Regulation (EU) 2026/1744"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     Use is limited to the time, the place and the person of the authorisation.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2025-02-02"
#   effective_to: null
obligations["limit_time_place_person"] := {"parameters": {}, "due": null} if {
	_realtime
}

# METADATA
# title: "Each use is notified"
# description: >-
#   Each use in real time is notified to the market surveillance authority and the data protection authority.
# custom:
#   code: NOTIFY_MARKET_SURVEILLANCE_AND_DPA
#   citation: "AI Act Art 5(4)"
#   source: "Regulation (EU) 2024/1689, consolidated with Regulation (EU) 2026/1744"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The market surveillance authority and the data protection authority are notified of this use.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2025-02-02"
#   effective_to: null
obligations["notify_authorities"] := {"parameters": {}, "due": null} if {
	_realtime
	facts.searching
}

# METADATA
# title: "Nothing against a person on the output alone"
# description: >-
#   No decision with an adverse legal effect on a person rests solely on the output.
# custom:
#   code: NO_ADVERSE_DECISION_SOLELY_ON_OUTPUT
#   citation: "AI Act Art 5(3)"
#   source: "Regulation (EU) 2024/1689, consolidated with Regulation (EU) 2026/1744"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     No decision against a person rests on this answer alone.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2025-02-02"
#   effective_to: null
obligations["realtime_no_adverse_decision"] := {"parameters": {}, "due": null} if {
	_realtime
}

# METADATA
# title: "Use in real time is reported each year"
# description: >-
#   The authorities that are notified report each year on use in real time; this use is part of that.
# custom:
#   code: INCLUDE_IN_ANNUAL_REPORT
#   citation: "AI Act Art 5(6)"
#   source: "Regulation (EU) 2024/1689, consolidated with Regulation (EU) 2026/1744"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     This use is part of the annual report.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2025-02-02"
#   effective_to: null
obligations["realtime_annual_report"] := {"parameters": {}, "due": null} if {
	_realtime
	facts.searching
}

# METADATA
# title: "The urgency is written down"
# description: >-
#   The reasons for which no authorisation could be asked for beforehand are given with the request for it.
# custom:
#   code: DOCUMENT_FACTUAL_BASIS
#   citation: "AI Act Art 5(3)"
#   source: "Regulation (EU) 2024/1689, consolidated with Regulation (EU) 2026/1744"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The facts of the urgency are kept on record.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2025-02-02"
#   effective_to: null
obligations["document_urgency"] := {"parameters": {}, "due": null} if {
	_realtime
	facts.searching
	_urgent
}

# METADATA
# title: "The authorisation is still to be asked for"
# description: >-
#   Nothing has been asked for yet: the request goes out without undue delay and within 24 hours of the beginning
#   of use.
# custom:
#   code: REQUEST_AUTHORISATION_WITHIN
#   citation: "AI Act Art 5(3)"
#   source: "Regulation (EU) 2024/1689, consolidated with Regulation (EU) 2026/1744"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The authorisation is asked for within {hours} hours of the beginning of use.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2025-02-02"
#   effective_to: null
obligations["realtime_ask"] := {"parameters": {"hours": 24}, "due": _asked_by} if {
	_realtime
	facts.searching
	_urgent
	not _authorised
	_asked_at == null
}

# METADATA
# title: "To be stopped and deleted if rejected"
# description: >-
#   If the authorisation is rejected, use stops at once and all data, results and outputs are deleted.
# custom:
#   code: STOP_AND_DELETE_IF_REJECTED
#   citation: "AI Act Art 5(3)"
#   source: "Regulation (EU) 2024/1689, consolidated with Regulation (EU) 2026/1744"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     If the authorisation is rejected, use stops and everything is deleted.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2025-02-02"
#   effective_to: null
obligations["realtime_stop_if_rejected"] := {"parameters": {}, "due": null} if {
	_realtime
	not _authorised
	_urgent
}

# METADATA
# title: "Stop at once"
# description: >-
#   What was rejected, or not asked for in time, stops with immediate effect.
# custom:
#   code: STOP_IMMEDIATELY
#   citation: "AI Act Art 5(3)"
#   source: "Regulation (EU) 2024/1689, consolidated with Regulation (EU) 2026/1744"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The use stops at once.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2025-02-02"
#   effective_to: null
obligations["realtime_stop"] := {"parameters": {}, "due": object.get(input, "now", null)} if {
	_realtime
	_ended
}

# METADATA
# title: "Everything is deleted"
# description: >-
#   After a rejection all data, results and outputs of the use are deleted at once.
# custom:
#   code: DELETE_ALL_DATA_RESULTS_OUTPUTS
#   citation: "AI Act Art 5(3)"
#   source: "Regulation (EU) 2024/1689, consolidated with Regulation (EU) 2026/1744"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     All data, results and outputs of the use are deleted.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2025-02-02"
#   effective_to: null
obligations["realtime_delete"] := {"parameters": {}, "due": object.get(input, "now", null)} if {
	_realtime
	_rejected
}
