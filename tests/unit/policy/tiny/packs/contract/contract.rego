# METADATA
# title: Contract, in small
# description: The contract judged as data.
package writgate.packs.contract

# METADATA
# title: The contract is in force
# description: Dates are judged at now.
# custom:
#   code: CONTRACT_NOT_IN_FORCE
#   citation: contract
#   source: product policy
#   confidence: P
#   counsel_review: none
#   sentence: "The contract ran from {valid_from} to {valid_to} and is not in force."
#   remedy: Renew the contract.
#   effective_from: "2020-01-01"
#   effective_to: null
denials["not_in_force"] := {
	"valid_from": object.get(input, ["contract", "valid_from"], null),
	"valid_to": object.get(input, ["contract", "valid_to"], null),
} if {
	not _in_force
}

_in_force if {
	input.contract.valid_from <= input.now
	input.now < input.contract.valid_to
}

# METADATA
# title: The contract is in force
# description: Dates are judged at now.
# custom:
#   code: CONTRACT_IN_FORCE
#   citation: contract
#   source: product policy
#   confidence: P
#   counsel_review: none
#   sentence: "The contract {id} is in force."
#   remedy: ""
#   effective_from: "2020-01-01"
#   effective_to: null
grants["in_force"] := {"id": input.contract.id} if _in_force
