# METADATA
# title: Decision
# description: >-
#   One question, one answer. Every pack that applies is evaluated; any denial denies; a permit needs a grant from each
#   of them. Nothing that is missing, undated or unknown helps towards a permit.
package writgate

# METADATA
# description: >-
#   The decision document: permit, revision, reasons, obligations and the packs that applied.
# entrypoint: true
decision := {
	"permit": permit,
	"revision": revision,
	"reasons": reasons,
	"obligations": obligations,
	"packs": applying,
}

# METADATA
# scope: document
# description: The number of the revision, put into the data when it is published.
default revision := 0

revision := data.revision.number

# METADATA
# scope: document
# description: What was shown, and nothing that speaks against it.
default permit := false

permit if {
	applying.base
	applying.contract
	count(granting) == count(applying)
	count(denials) == 0
}

# METADATA
# scope: document
# description: The places whose law is asked, that of the body on whose behalf the request is made among them.
places contains place if some place in input.jurisdiction

places contains split(input.agency.on_behalf_of, " ")[0]

# METADATA
# scope: document
# description: The packs that are asked. `data.applies` is `data.packs` the other way round.
applying contains pack if some pack in data.applies.always

applying contains pack if {
	some place in places
	some pack in data.applies.jurisdictions[place]
}

applying contains pack if some pack in data.applies.vendors[input.engine.vendor]

applying contains pack if some pack in input.contract.packs

# METADATA
# description: >-
#   Denials of the packs that apply. A rule that nobody listed denies as an error of the engine, and a duty that nobody
#   listed is one that nobody can see to.
denials := array.concat(
	[reason |
		some pack in applying
		some rule, parameters in data.writgate.dispatch.denials(pack)
		listed := _listed(pack, rule)
		not _out_of_date(listed)
		code := object.get(listed, "code", "ENGINE_ERROR")
		reason := {"code": code, "parameters": parameters, "pack": pack, "rule": rule}
	],
	[reason |
		some duty in _duties
		duty.code == null
		reason := {"code": "OBLIGATION_UNENFORCEABLE", "parameters": {}, "pack": duty.pack, "rule": duty.rule}
	],
)

# METADATA
# description: Grants of the packs that apply, listed and within their dates.
grants := [reason |
	is_number(input.now)
	some pack in applying
	some rule, parameters in data.writgate.dispatch.grants(pack)
	listed := data.rules[pack][rule]
	_in_date(listed)
	reason := {"code": listed.code, "parameters": parameters, "pack": pack, "rule": rule}
]

# METADATA
# description: The packs that granted.
granting contains reason.pack if some reason in grants

# METADATA
# scope: document
# description: What speaks for the answer, not for the other one.
reasons := grants if permit

reasons := [reason | some reason in denials; not _goes_without_saying(reason)] if not permit

# That a pack grants nothing is worth a line only where nothing else explains it.
_goes_without_saying(reason) if {
	reason.pack == "base"
	reason.rule == "pack_without_grant"
	count(denials) > 1
}

# METADATA
# scope: document
# description: >-
#   Duties of the answer. A denial brings only those that make sense without a permit: what was asked must still be
#   logged, held, stopped or deleted. A permit is logged anyway.
obligations := [duty | some duty in _duties; duty.code != "LOG_DENIED_ATTEMPT"] if permit

obligations := [duty | some duty in _duties; duty.code in _owed_when_denied] if not permit

# What every denial owes comes first: a list is read from its beginning.
_owed_when_denied := [
	"LOG_DENIED_ATTEMPT",
	"OPEN_MISUSE_INCIDENT",
	"HOLD_FOR_SUPERVISOR",
	"DELETE_ALL_DATA_RESULTS_OUTPUTS",
	"DELETE_LINKED_PERSONAL_DATA",
	"DELETE_NOW",
	"NOTIFY_BOARD_MAYOR_COUNCIL_PRESIDENT_AND_PRO_TEM_WITHIN_24H",
	"STOP_AND_DELETE_IF_REJECTED",
	"STOP_IMMEDIATELY",
]

_duties := [duty |
	some pack in applying
	some rule, found in data.writgate.dispatch.obligations(pack)
	listed := _listed(pack, rule)
	not _out_of_date(listed)
	duty := {
		"code": object.get(listed, "code", null),
		"parameters": found.parameters,
		"due": found.due,
		"pack": pack,
		"rule": rule,
	}
]

_listed(pack, rule) := object.get(object.get(data.rules, pack, {}), rule, {})

_in_date(listed) if {
	listed.effective_from <= input.now
	_unended(listed)
}

_unended(listed) if listed.effective_to == null

_unended(listed) if input.now < listed.effective_to

# Only a rule that is known to be out of date is dropped; one without dates, or a question without a time, keeps it.
_out_of_date(listed) if {
	listed.code
	is_number(input.now)
	not _in_date(listed)
}
