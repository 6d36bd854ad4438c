package writgate.packs.us_me_test

import data.writgate
import data.writgate.samples_test as samples

test_every_rule_has_a_case if {
	object.keys(data.rules.us_me) == {rule |
		some cases in [requests_cases, grounds_cases, results_cases]
		some rule, _ in cases
	}
}

# The police of Maine ask the bureau about a felony.
requested := object.union(samples.clean, {
	"jurisdiction": ["US-ME"],
	"database": "driver_licence",
	"engine": {"vendor": "maine_bmv", "operated_by": "bureau_of_motor_vehicles"},
})

dead := object.union(requested, {"purpose": "identify_deceased", "offence": null, "suspicion": "none"})

own_system := {"engine": {"vendor": "neutral_engine", "operated_by": "requesting_agency"}}

# The bureau looks for fraud in its own gallery.
bureau := object.union(requested, {
	"purpose": "credential_fraud",
	"offence": null,
	"suspicion": "none",
	"actor": {"agency_type": "government_non_law_enforcement", "role": "service_clerk", "roles": ["service_clerk"]},
})

# Requests of a kind, each with its answer.
decides(request, rows) if {
	every row in rows {
		# regal ignore:with-outside-test-context
		decision := writgate.decision with input as object.union(request, row[1])
		decision.permit == row[0]
	}
}

# regal ignore:with-outside-test-context
permits(request) if writgate.permit with input as request

test_without_any_one_of_these_nothing_is_permitted if {
	permits(requested)
	every path in [
		["actor", "agency_type"], ["engine", "vendor"], ["engine", "operated_by"], ["engine"], ["mode"], ["purpose"],
		["suspicion"], ["offence"], ["offence", "felony"], ["offence", "label"], ["operation"], ["now"],
	] {
		not permits(json.remove(requested, [path]))
	}
}

test_without_any_one_of_these_nothing_is_permitted_for_the_dead if {
	permits(dead)
	every path in [["actor", "agency_type"], ["engine", "operated_by"], ["mode"], ["purpose"]] {
		not permits(json.remove(dead, [path]))
	}
}

test_an_unlawful_result_is_deleted_and_a_lawful_one_is_not if {
	use := {"operation": "use_result", "result_use": {"for": "arrest", "other_evidence": false}}
	lawful := writgate.decision with input as object.union(requested, use)
	not lawful.permit
	not ["us_me", "delete_unlawful_result"] in samples.fired(lawful)
	every change in [own_system, {"request_channel": "informal"}, {"database": "scraped_web_gallery"}] {
		decision := writgate.decision with input as object.union(object.union(requested, use), change)
		not decision.permit
		["us_me", "delete_unlawful_result"] in samples.fired(decision)
		["us_me", "unlawful_result"] in samples.fired(decision)
	}
}

test_a_request_of_another_place_is_judged_here_too if {
	asked := object.union(samples.clean, {"agency": {"on_behalf_of": "US-ME police"}})
	decision := writgate.decision with input as asked
	["us_me", "backchannel"] in samples.fired(decision)
	at_home := object.union(requested, {"agency": {"on_behalf_of": "US-ME sheriff"}})
	permits(at_home)
}

test_routes if {
	decides(requested, [
		[true, {"engine": {"operated_by": "state_police"}}],
		[true, {"engine": {"operated_by": "fbi", "vendor": "fbi_ngi"}}],
		[true, {"engine": {"operated_by": "state_police", "vendor": "fbi_ngi"}}],
		[false, {"engine": {"operated_by": "state_police", "vendor": "neutral_engine"}}],
		[false, {"engine": {"operated_by": 7}}],
		[false, own_system],
		[true, {"request_channel": "state_police"}],
		[false, {"request_channel": "by telephone, to a friend"}],
		[false, {"engine": {"vendor": "commercial_scraped_gallery"}}],
	])
}

test_what_the_bureau_may_do if {
	decides(bureau, [
		[true, {}],
		[true, {"operation": "enrol_gallery"}],
		[true, {"engine": {"operated_by": "requesting_agency"}}],
		[true, {"operation": "release_result"}],
		[false, {"engine": {"vendor": "neutral_engine"}}],
		[false, {"mode": "live"}],
		[false, {"operation": "watchlist_scan", "mode": "recorded_video"}],
		[false, {"purpose": "locate_wanted_person"}],
	])
}

test_a_listed_offence_is_still_one_that_the_register_knows if {
	listed := {"offence": {"felony": false, "listed_item": "6001 bail violation"}}
	decides(requested, [
		[true, listed],
		[false, object.union(listed, {"offence": {"known": false}})],
		[false, {"offence": {"felony": false, "listed_item": "another"}}],
		[false, {"offence": {"felony": "true"}}],
		[false, {"offence": {"known": false}}],
	])
}

test_release_asks_for_what_the_search_asked if {
	released := object.union(requested, {
		"operation": "release_result",
		"search": {"operation": "identify_1_to_n", "candidates": 1, "quality": null},
	})
	decides(released, [
		[true, {}],
		[false, {"suspicion": "reasonable_suspicion"}],
		[false, {"offence": {"felony": false}}],
		[false, own_system],
		[false, {"purpose": "undercover_vetting"}],
	])
}

test_before_the_section_nothing_is_permitted if {
	early := object.union(requested, {"now": 1633046399000000000, "contract": {"valid_from": 0}})
	decision := writgate.decision with input as early
	samples.fired(decision) == {["base", "pack_without_grant"], ["base", "log_denied_attempt"]}
	permits(object.union(early, {"now": 1633046400000000000}))
}
