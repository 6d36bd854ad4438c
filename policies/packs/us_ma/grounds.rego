package writgate.packs.us_ma

import data.writgate.lib.facts
import data.writgate.lib.papers

# METADATA
# title: "Purposes of the section"
# description: >-
#   A search serves an ongoing criminal investigation, averts a substantial risk of harm to somebody, or
#   identifies somebody dead. A purpose that cannot be one of these, access to premises or training say, is
#   refused.
# custom:
#   code: PURPOSE_NOT_AUTHORISED
#   citation: "M.G.L. c.6 §220(b)"
#   source: "fastdemocracy.com, summary MAB00081266; the standard of the order from memory"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The section does not provide for face recognition for {purpose}.
#   remedy: >-
#     Name the investigation, the harm or the dead person that the search is about.
#   effective_from: "2021-07-01"
#   effective_to: null
denials["purpose_outside"] := {"purpose": object.get(input, "purpose", null)} if {
	_touches_faces
	not _purpose_known
}

# METADATA
# title: "A court order"
# description: >-
#   A search needs the order of a judge who may issue warrants, resting on specific facts that give reasonable
#   grounds to believe that it is relevant and material to an ongoing criminal investigation or to a
#   substantial risk of harm. Only the dead and emergencies need none. A search warrant is such an order; an
#   arrest warrant or subpoena is not. What the court found must be on the paper, and the purpose named in it.
# custom:
#   code: COURT_ORDER_REQUIRED
#   citation: "M.G.L. c.6 §220(b)"
#   source: "fastdemocracy.com, summary MAB00081266; the standard of the order from memory"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     This search needs a court order with its finding, in force and naming the purpose {purpose}.
#   remedy: >-
#     Ask a court that may issue warrants for an order. In an emergency write down its facts and keep the
#     request narrow.
#   effective_from: "2021-07-01"
#   effective_to: null
denials["court_order_missing"] := {"purpose": object.get(input, "purpose", null)} if {
	_ground_needed
	not _ordered
	not _emergency
	not _dead
	not _identity_documents
}

# METADATA
# title: "Under a court order"
# description: >-
#   A verified order that states its finding and names the purpose. At the search it must be in force;
#   afterwards it is enough that it was granted and not withdrawn.
# custom:
#   code: COURT_ORDER_SATISFIED
#   citation: "M.G.L. c.6 §220(b)"
#   source: "fastdemocracy.com, summary MAB00081266; the standard of the order from memory"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     A court order authorises this search.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2021-07-01"
#   effective_to: null
grants["court_order"] := {"instrument": object.get(input, ["legal_instrument", "id"], null)} if {
	_requested_search
	_ordered
}

# METADATA
# title: "In an emergency"
# description: >-
#   Where there is a substantial risk of harm to somebody and no time for an order, a request that is narrow
#   and whose facts are written down is enough. No filing with a court afterwards is in force. The certificate
#   must name the risk, state the facts and say that the request is narrowly tailored.
# custom:
#   code: EXIGENT_CIRCUMSTANCES
#   citation: "M.G.L. c.6 §220(b)"
#   source: "fastdemocracy.com, summary MAB00081266; the standard of the emergency from memory"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     A certified emergency with a substantial risk of harm stands in for the order.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2021-07-01"
#   effective_to: null
grants["emergency"] := {} if {
	_requested_search
	_purpose_known
	_emergency
}

# METADATA
# title: "A dead person"
# description: >-
#   To identify somebody dead a written request is enough.
# custom:
#   code: PURPOSE_PERMITTED
#   citation: "M.G.L. c.6 §220(b)"
#   source: "from memory; malegislature.gov, later bills that keep the rule"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     To identify a dead person no order is needed.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2021-07-01"
#   effective_to: null
grants["deceased"] := {} if {
	_requested_search
	_dead
}

# METADATA
# title: "Each search is documented"
# description: >-
#   The agency keeps of each search a copy of the request, when it was, who asked and for which agency, the
#   crime or reason, the systems searched, the number of matches, and the order or emergency. This
#   documentation is not public.
# custom:
#   code: DOCUMENT_SEARCH_FIELDS
#   citation: "M.G.L. c.6 §220(c), (d)"
#   source: "fastdemocracy.com, summary MAB00081266"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The fields of the section are documented for this search.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2021-07-01"
#   effective_to: null
obligations["document_fields"] := {
	"parameters": {
		"fields": ["request", "time", "requester", "agency", "reason", "systems", "matches", "ground"],
		"public": false,
	},
	"due": null,
} if {
	facts.searching
}

# METADATA
# title: "Each quarter to the executive office"
# description: >-
#   The documentation goes to the Executive Office of Public Safety and Security each quarter.
# custom:
#   code: REPORT_QUARTERLY_TO_EOPSS
#   citation: "M.G.L. c.6 §220(d)"
#   source: "fastdemocracy.com, summary MAB00081266"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     This search is part of the quarter's report to the Executive Office of Public Safety and Security.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2021-07-01"
#   effective_to: null
obligations["report_quarterly"] := {"parameters": {"period": "quarter"}, "due": null} if facts.searching

# METADATA
# title: "In the year's totals"
# description: >-
#   The executive office publishes each year how many searches were requested and made, by agency and by order
#   or emergency, without particulars of single searches.
# custom:
#   code: INCLUDE_IN_ANNUAL_REPORT
#   citation: "M.G.L. c.6 §220(d)"
#   source: "fastdemocracy.com, summary MAB00081266"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     This search counts in the year's published totals.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2021-07-01"
#   effective_to: null
obligations["annual_totals"] := {"parameters": {"period": "year"}, "due": null} if facts.searching

# METADATA
# title: "The emergency is written down"
# description: >-
#   The facts on which the emergency rests are kept with the request.
# custom:
#   code: DOCUMENT_FACTUAL_BASIS
#   citation: "M.G.L. c.6 §220(b)"
#   source: "from memory; malegislature.gov, later bills that keep the rule"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The facts of the emergency are kept on record.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2021-07-01"
#   effective_to: null
obligations["document_emergency"] := {"parameters": {}, "due": null} if {
	facts.searching
	_emergency
}

_purpose_known if input.purpose in [
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
]

_ground_needed if facts.searching

_ground_needed if input.operation in ["release_result", "receive_result"]

_requested_search if {
	input.operation in ["identify_1_to_n", "verify_1_to_1"]
	input.written_request == true
	_police
	_image
	_lawful_route
}

_dead if input.purpose == "identify_deceased"

_ordered if {
	input.legal_instrument.type in ["court_order", "ex_parte_order", "search_warrant"]
	_stands
	facts.text(input.legal_instrument.finding)
	_purpose_known
	papers.names(input.legal_instrument, "purposes", input.purpose)
}

_stands if papers.in_force(input.legal_instrument, input.now)

# What was searched under an order may be handed on after its end, unless the court took it back.
_stands if {
	input.operation in ["release_result", "receive_result"]
	papers.verified(input.legal_instrument)
	papers.begun(input.legal_instrument, input.now)
	object.get(input, ["legal_instrument", "found"], true) == true
	is_number(input.legal_instrument.expires_at)
}

_emergency if {
	input.exigency.narrowly_tailored == true
	input.exigency.risk in ["substantial_risk_of_harm", "imminent_threat_to_individual"]
	facts.text(input.exigency.factual_basis)
	papers.emergency(input.exigency, input.now)
}
