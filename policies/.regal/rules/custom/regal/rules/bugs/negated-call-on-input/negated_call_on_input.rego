# METADATA
# description: A negated call over a bare input path is undefined, and silent, where the path is missing
# schemas:
#   - input: schema.regal.ast
package custom.regal.rules.bugs["negated-call-on-input"]

import data.regal.result

# METADATA
# description: One violation for each such path.
report contains violation if {
	walk(input.rules, [_, expr])
	expr.negated == true
	is_array(expr.terms)
	not _comparison(expr.terms[0])
	some term in array.slice(expr.terms, 1, count(expr.terms))
	walk(term, [_, node])
	_input_path(node)

	# regal ignore:unresolved-reference
	violation := result.fail(rego.metadata.chain(), result.location(node))
}

# Equality is compared inside the negation and needs no care.
_comparison(term) if term.value[0].value == "equal"

_input_path(node) if {
	node.type == "ref"
	node.value[0].value == "input"
	count(node.value) > 1
}
