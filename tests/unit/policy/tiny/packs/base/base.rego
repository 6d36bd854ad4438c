# METADATA
# title: Base, in small
# description: Two rules, enough to permit, deny and owe.
package writgate.packs.base

# METADATA
# title: The agency is active
# description: A suspended agency searches nothing.
# custom:
#   code: AGENCY_SUSPENDED
#   citation: contract
#   source: product policy
#   confidence: P
#   counsel_review: none
#   sentence: "The agency is {status}, so nothing may be searched under its name."
#   remedy: Ask the administrator why.
#   effective_from: "2020-01-01"
#   effective_to: null
denials["agency_not_active"] := {"status": object.get(input, ["agency", "status"], "absent")} if {
	not input.agency.status == "active"
}

# METADATA
# title: A permitted purpose
# description: The purpose is one that the list permits.
# custom:
#   code: PURPOSE_PERMITTED
#   citation: contract
#   source: product policy
#   confidence: P
#   counsel_review: none
#   sentence: "The purpose {purpose} is permitted."
#   remedy: ""
#   effective_from: "2020-01-01"
#   effective_to: null
grants["purpose_permitted"] := {"purpose": input.purpose} if {
	input.purpose in data.packs.base.purposes
}

# METADATA
# title: A result is a lead
# description: Nobody is arrested on a match alone.
# custom:
#   code: LEAD_ONLY
#   citation: contract
#   source: product policy
#   confidence: P
#   counsel_review: none
#   sentence: "Use the result as a lead only."
#   remedy: ""
#   effective_from: "2020-01-01"
#   effective_to: null
obligations["lead_only"] := {"parameters": {}, "due": null} if {
	input.operation == "identify_1_to_n"
}

# METADATA
# title: Denied attempts are counted
# description: A denial is recorded and reported within a day.
# custom:
#   code: LOG_DENIED_ATTEMPT
#   citation: contract
#   source: product policy
#   confidence: P
#   counsel_review: none
#   sentence: "This attempt is recorded."
#   remedy: ""
#   effective_from: "2020-01-01"
#   effective_to: null
obligations["log_denied_attempt"] := {"parameters": {}, "due": input.now + 86400000000000} if {
	count(denials) > 0
}
