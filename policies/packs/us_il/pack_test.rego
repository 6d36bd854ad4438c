package writgate.packs.us_il_test

import data.writgate
import data.writgate.samples_test as samples

test_every_rule_has_a_case if {
	object.keys(data.rules.us_il) == {rule |
		some cases in [act_cases, consent_cases, retention_cases]
		some rule, _ in cases
	}
}

illinois := object.union(samples.clean, {
	"jurisdiction": ["US-IL"],
	"purpose": "access_control",
	"offence": null,
	"suspicion": "none",
	"database": "employees",
	"operation": "verify_1_to_1",
	"actor": {"agency_type": "private_entity", "role": "hr_admin", "roles": ["hr_admin"]},
	"consent": {"written_notice": true, "written_release": true},
	"retention_policy_public": true,
})

# Requests of a kind, each with its answer.
decides(rows) if {
	every row in rows {
		# regal ignore:with-outside-test-context
		decision := writgate.decision with input as object.union(illinois, row[1])
		decision.permit == row[0]
	}
}

paper := object.union(samples.warrant, {"scope": {"modes": [], "purposes": []}})

consent_paper := object.union(samples.warrant, {
	"type": "consent",
	"scope": {"modes": [], "purposes": ["access_control"]},
})

release := {"operation": "release_result", "search": {"operation": "verify_1_to_1", "candidates": 1}}

test_consent_is_notice_and_release if {
	decides([
		[true, {}],
		[false, {"consent": null}],
		[false, {"consent": {"written_notice": false}}],
		[false, {"consent": {"written_release": null}}],
		[true, {"consent": null, "legal_instrument": consent_paper}],
		[false, {"consent": {"written_release": false}, "legal_instrument": consent_paper}],
		[false, {"consent": null, "legal_instrument": object.union(consent_paper, {"expires_at": null})}],
		[false, {"consent": null, "legal_instrument": object.union(consent_paper, {"verified": false})}],
		[false, {"consent": null, "legal_instrument": object.union(consent_paper, {"scope": {"purposes": []}})}],
		[false, {"consent": null, "legal_instrument": paper}],
	])
}

test_every_operation_of_a_private_entity if {
	decides([
		[true, {"operation": "enrol_gallery"}],
		[true, {"operation": "identify_1_to_n"}],
		[true, {"operation": "identify_1_to_n", "mode": "live"}],
		[false, {"operation": "identify_1_to_n", "mode": "live", "place": "publicly_accessible_space"}],
		[false, {"operation": "identify_1_to_n", "mode": "live", "premises": "place_of_public_accommodation"}],
		[false, {"operation": "watchlist_live", "mode": "live"}],
		[false, {"operation": "watchlist_scan", "mode": "recorded_video"}],
		[false, {"operation": "track_person"}],
		[true, {"operation": "use_result", "result_use": {"for": "lead"}}],
		[false, {"operation": "use_result", "result_use": {"for": "lead"}, "consent": null}],
		[true, {"operation": "receive_result"}],
		[false, {"operation": "receive_result", "consent": null}],
		[false, {"operation": "create_record", "consent": null}],
		[true, {"operation": "consult_record", "consent": null}],
		[true, {"operation": "incident_report", "consent": null}],
		[false, {"operation": "sell_templates"}],
		[false, {"purpose": "device_access_own", "consent": null}],
		[true, {"purpose": "device_access_own"}],
	])
}

test_the_retention_policy_is_public if {
	decides([
		[false, {"retention_policy_public": false}],
		[true, {"retention_policy_public": null}],
		[false, {"retention_policy_public": null, "agency": {"controls": {"use_policy_published": false}}}],
		[false, {"retention_policy_public": null, "operation": "enrol_gallery"}],
	])
}

test_disclosure if {
	other := {"agency": {"on_behalf_of": "US-TX Example Ltd"}}
	bare := object.union(release, {"consent": null})
	decides([
		[true, release],
		[false, bare],
		[true, object.union(bare, {"legal_instrument": paper})],
		[true, object.union(bare, {"legal_instrument": object.union(paper, {"type": "subpoena"})})],
		[false, object.union(bare, {"legal_instrument": object.union(paper, {"type": "arrest_warrant"})})],
		[false, object.union(bare, {"legal_instrument": object.union(paper, {"status": "applied"})})],
		[false, object.union(release, other)],
		[true, object.union(release, object.union(other, {"consent": {"written": true}}))],
		[true, object.union(release, object.union(other, {"legal_instrument": paper}))],
	])
}

# 10 March 2025 at noon, and when the last interaction was.
test_three_years if {
	decides([
		[true, {"clock": {"last_interaction": null}}],
		[true, {"clock": {"last_interaction": 1646913600000000000}}],
		[false, {"clock": {"last_interaction": 1646913599999999999}}],
		[false, {"clock": {"last_interaction": 1646827200000000000}}],
		[false, {"clock": {"last_interaction": "2025-03-01T00:00:00Z"}}],
		[true, {"operation": "enrol_gallery", "clock": {"last_interaction": 1646827200000000000}}],
		[false, object.union(release, {"clock": {"last_interaction": 1646827200000000000}})],
		[true, object.union(release, {
			"clock": {"last_interaction": 1646827200000000000},
			"legal_instrument": paper,
		})],
	])
}

# 1 March 2021 to 1 March 2024 is 1,096 days, 28 February 2021 to 28 February 2024 is 1,095.
test_a_leap_day_between_is_counted if {
	rows := [
		[1614556800000000000, 1709251200000000000],
		[1614470400000000000, 1709078400000000000],
		[1709164800000000000, 1803772800000000000],
		[1741608000000000000, 1836302400000000000],
	]
	every row in rows {
		decision := writgate.decision with input as object.union(illinois, {
			"now": row[0],
			"contract": {"valid_from": 0, "valid_to": 2000000000000000000},
		})
		some duty in decision.obligations
		duty.rule == "delete_in_time"
		duty.due == row[1]
	}
}

test_the_duty_is_due_three_years_after_the_last_interaction if {
	due := {duty.due |
		some clock in [null, {"last_interaction": 1709251200000000000}]
		decision := writgate.decision with input as object.union(illinois, {
			"operation": "identify_1_to_n",
			"clock": clock,
		})
		some duty in decision.obligations
		duty.rule == "delete_in_time"
	}
	due == {1836216000000000000 + 86400000000000, 1803859200000000000}
}

test_whom_the_act_binds if {
	bare := {"consent": null, "retention_policy_public": null}
	contractor := {
		"consent": null,
		"agency": {"on_behalf_of": "US-IL Springfield police", "controls": {"contractor_of_public_body": true}},
	}
	decides([
		[true, object.union(bare, {"actor": {"agency_type": "law_enforcement"}})],
		[true, object.union(bare, {"actor": {"agency_type": "government_non_law_enforcement"}})],
		[false, object.union(bare, {"actor": {"agency_type": null}})],
		[false, object.union(bare, {"actor": {"agency_type": "charity"}})],
		[true, contractor],
		[false, object.union(contractor, {"agency": {"on_behalf_of": null}})],
		[false, object.union(contractor, {"agency": {"on_behalf_of": "US-TX police"}})],
		[false, object.union(contractor, {"agency": {"controls": {"contractor_of_public_body": false}}})],
		[false, object.union(contractor, {"operation": "sell_templates", "actor": {"agency_type": "law_enforcement"}})],
	])
}

test_before_the_act_nothing_is_permitted if {
	before := {"now": 1222991999000000000, "contract": {"valid_from": 0}}
	decision := writgate.decision with input as object.union(illinois, before)
	["base", "pack_without_grant"] in samples.fired(decision)
	not decision.permit
}
