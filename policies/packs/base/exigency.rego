package writgate.packs.base

import data.writgate.lib.facts

# METADATA
# title: "Emergencies need the right to them"
# description: >-
#   An agency that let an emergency's deadline pass without an instrument may not rely on another, until an
#   administrator gives the right back.
# custom:
#   code: EXIGENCY_RIGHT_SUSPENDED
#   citation: "Product policy"
#   source: "product"
#   confidence: P
#   counsel_review: none
#   sentence: >-
#     The agency's right to search in an emergency is suspended, because no instrument followed an earlier one.
#   remedy: >-
#     Ask the court for an order, or ask an administrator to give the right back.
#   effective_from: "1970-01-01"
#   effective_to: null
denials["exigency_right_suspended"] := {"exigency": object.get(input, ["exigency", "id"], null)} if {
	facts.handles_faces
	object.get(input, "exigency", null) != null
	input.agency.exigency_right == "suspended"
}
