# METADATA
# description: A rule of a pack does not have all the words that its reason is told in
# schemas:
#   - input: schema.regal.ast
package custom.regal.rules.house["annotation-complete"]

import data.regal.result

# METADATA
# description: One violation for each rule that lacks words, or the whole annotation.
report contains violation if {
	some rule in input.rules
	_of_a_pack(rule)
	count(_lacking(rule)) > 0

	# regal ignore:unresolved-reference
	violation := result.fail(rego.metadata.chain(), result.location(rule.head))
}

_of_a_pack(rule) if {
	input["package"].path[1].value == "writgate"
	input["package"].path[2].value == "packs"
	pack := input["package"].path[3].value
	not endswith(pack, "_test")
	rule.head.ref[0].value in {"denials", "grants", "obligations"}
}

_lacking(rule) := {word |
	some word in {"code", "citation", "source", "confidence", "counsel_review", "sentence", "remedy", "effective_from"}
	not is_string(object.get(rule, ["annotations", 0, "custom", word], null))
} | {word |
	some word in {"title", "description"}
	not is_string(object.get(rule, ["annotations", 0, word], null))
}
