# METADATA
# description: A rule of a pack has a code that is not in the vocabulary
# schemas:
#   - input: schema.regal.ast
package custom.regal.rules.house["code-in-vocabulary"]

import data.custom.regal.vocabulary
import data.regal.result

# METADATA
# description: One violation for each rule whose code nobody knows.
report contains violation if {
	input["package"].path[1].value == "writgate"
	input["package"].path[2].value == "packs"
	some rule in input.rules
	code := rule.annotations[0].custom.code
	not code in _codes(rule.head.ref[0].value)

	# regal ignore:unresolved-reference
	violation := result.fail(rego.metadata.chain(), result.location(rule.head))
}

_codes("denials") := vocabulary.reasons

_codes("grants") := vocabulary.reasons

_codes("obligations") := vocabulary.obligations
