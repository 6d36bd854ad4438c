package writgate.packs.base_test

import data.writgate
import data.writgate.samples_test as samples

# One case for each rule of the file: what is changed in a clean request, and whether that is permitted.
uses_cases := {"disclosed_to_the_defence": {
	"permit": true,
	"change": {"operation": "use_result", "result_use": {"for": "arrest"}},
}}

test_every_rule_of_uses_fires_in_its_case if {
	every rule, case in uses_cases {
		decision := writgate.decision with input as object.union(samples.clean, case.change)
		["base", rule] in samples.fired(decision)
		decision.permit == case.permit
	}
}

disclosed(decision) := {duty.due |
	some duty in decision.obligations
	duty.pack == "base"
	duty.code == "DISCLOSE_TO_DEFENCE_BEFORE_TRIAL"
}

test_what_is_used_against_somebody_is_disclosed_within_a_month if {
	every use in [
		"probable_cause", "affidavit_probable_cause", "warrant_application",
		"arrest", "preliminary_hearing", "trial_evidence",
	] {
		asked := object.union(samples.clean, {"operation": "use_result", "result_use": {"for": use}})
		decision := writgate.decision with input as asked
		disclosed(decision) == {samples.clean.now + ((30 * 86400) * 1000000000)}
	}
}

test_a_lead_is_not_yet_used_against_anybody if {
	every use in ["lead", "photo_lineup", "exculpatory_evidence"] {
		asked := object.union(samples.clean, {"operation": "use_result", "result_use": {"for": use}})
		decision := writgate.decision with input as asked
		disclosed(decision) == set()
	}
}
