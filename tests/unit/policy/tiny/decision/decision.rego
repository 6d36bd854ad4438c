# METADATA
# title: The decision
# description: The smallest decision that has the shape of the shipped one; for tests of the engines only.
package writgate

import data.writgate.packs.base
import data.writgate.packs.contract

_tree := {"base": base, "contract": contract}

_effective(pack, rule) if {
	entry := data.rules[pack][rule]
	entry.effective_from <= input.now
}

_code(pack, rule) := data.rules[pack][rule].code

denials contains reason if {
	some pack, rules in _tree
	some rule, parameters in rules.denials
	_effective(pack, rule)
	reason := {"code": _code(pack, rule), "parameters": parameters, "pack": pack, "rule": rule}
}

grants contains reason if {
	some pack, rules in _tree
	some rule, parameters in rules.grants
	_effective(pack, rule)
	reason := {"code": _code(pack, rule), "parameters": parameters, "pack": pack, "rule": rule}
}

obligations contains obligation if {
	some pack, rules in _tree
	some rule, duty in object.get(rules, "obligations", {})
	_effective(pack, rule)
	obligation := {
		"code": _code(pack, rule),
		"parameters": duty.parameters,
		"due": duty.due,
		"pack": pack,
		"rule": rule,
	}
}

default permit := false

permit if {
	count(denials) == 0
	{pack | some pack, _ in _tree} == {reason.pack | some reason in grants}
}

_reasons := grants if permit

_reasons := denials if not permit

# METADATA
# description: The one entrypoint.
# entrypoint: true
decision := {
	"permit": permit,
	"revision": data.revision.number,
	"reasons": _reasons,
	"obligations": obligations,
	"packs": [pack | some pack, _ in _tree],
}
