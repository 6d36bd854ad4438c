package writgate.packs.us_nj_test

import data.writgate
import data.writgate.samples_test as samples

test_every_rule_has_a_case if {
	object.keys(data.rules.us_nj) == object.keys(discovery_cases)
}

jersey := object.union(samples.clean, {"jurisdiction": ["US-NJ"]})

told(change) := {duty.rule |
	# regal ignore:with-outside-test-context
	decision := writgate.decision with input as object.union(jersey, change)
	decision.permit
	some duty in decision.obligations
	duty.code == "DISCLOSE_IN_DISCOVERY"
}

lasting := {"valid_from": 0, "valid_to": 1900000000000000000}

test_the_list_is_that_of_the_day if {
	told({"now": 1686095999000000000, "contract": lasting}) == set()
	told({"now": 1686096000000000000, "contract": lasting}) == {"arteaga"}
	told({"now": 1782259199000000000, "contract": lasting}) == {"arteaga"}
	told({"now": 1782259200000000000, "contract": lasting}) == {"miles"}
}

test_which_uses_concern_a_defendant if {
	told({"operation": "watchlist_live", "mode": "live"}) == {"arteaga"}
	told({"operation": "receive_result"}) == {"arteaga"}
	told({"operation": "release_result", "search": {"operation": "identify_1_to_n"}}) == {"arteaga"}
	told({"purpose": "identify_witness"}) == set()
	told({"purpose": "identify_witness", "operation": "use_result", "result_use": {"for": "arrest"}}) == {"arteaga"}
	told({"operation": "enrol_gallery"}) == set()
	told({"operation": "consult_record"}) == set()
	told({"purpose": "access_control", "operation": "verify_1_to_1"}) == set()
}

test_the_duty_names_tool_and_maker_also_where_they_are_missing if {
	decision := writgate.decision with input as object.union(jersey, {"engine": {"name": "face_recognition"}})
	some duty in decision.obligations
	duty.rule == "arteaga"
	duty.parameters.tool == "face_recognition"
	duty.parameters.maker == "neutral_engine"
	bare := writgate.decision with input as object.union(jersey, {"engine": null})
	some owed in bare.obligations
	owed.rule == "log_denied_attempt"
}

test_an_unknown_operation_or_purpose_is_granted_nothing if {
	refused := [
		{"operation": "risk_score_person"},
		{"purpose": "gossip"},
		{"purpose": "personal"},
		{"purpose": null},
	]
	every change in refused {
		not writgate.permit with input as object.union(jersey, change)
	}
}
