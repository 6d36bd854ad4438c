package writgate.packs.vendor_amazon_rekognition_test

import data.writgate
import data.writgate.samples_test as samples

test_every_rule_has_a_case if {
	object.keys(data.rules.vendor_amazon_rekognition) == object.keys(terms_cases)
}

amazon := object.union(samples.clean, {"engine": {"vendor": "amazon_rekognition", "feature": "face_comparison"}})

missing := {"purpose": "locate_missing_person", "offence": null, "suspicion": "none"}

live := object.union(missing, {"operation": "watchlist_live", "mode": "live"})

review := object.union(samples.warrant, {
	"type": "court_order",
	"scope": {"modes": ["live"], "purposes": ["locate_missing_person"]},
})

test_answers if {
	every row in [
		[false, {}],
		[true, missing],
		[true, object.union(missing, {"similarity_threshold": 80})],
		[false, {"actor": {"agency_type": null}}],
		[true, {"actor": {"agency_type": "private_entity", "role": "security"}}],
		[false, {"actor": {"agency_type": "private_entity"}, "agency": {"on_behalf_of": "US-TX police"}}],
		[false, object.union(missing, {"mode": "live"})],
		[false, live],
		[true, object.union(live, {"legal_instrument": review})],
		[true, object.union(live, {"exigency": {"certified": true, "factual_basis": "child in the water"}})],
		[true, {"purpose": "identify_deceased", "offence": null}],
		[true, {"operation": "consult_record"}],
		[true, {"operation": "release_result", "purpose": "locate_missing_person"}],
		[false, {"operation": "release_result"}],
		[true, object.union(missing, {"operation": "release_result", "search": {"warnings": ["TILTED"]}})],
		[false, object.union(missing, {"operation": "release_result", "search": {"warnings": ["BLURRED"]}})],
		[true, object.union(missing, {"operation": "use_result", "result_use": {"for": "lead"}})],
		[false, object.union(missing, {"operation": "use_result", "result_use": {"for": "photo_lineup"}})],
		[false, object.union(missing, {"operation": "use_result"})],
		[true, {"engine": {"feature": "face_detection"}}],
	] {
		decision := writgate.decision with input as object.union(amazon, row[1])
		decision.permit == row[0]
	}
}
