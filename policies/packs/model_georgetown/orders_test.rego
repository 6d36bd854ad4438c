package writgate.packs.model_georgetown_test

import data.writgate
import data.writgate.samples_test as samples

# One case for each rule of the file: what is changed in a clean request, and whether that is permitted.
orders_cases := {
	"application_rejected": {
		"permit": false,
		"change": {
			"contract": {"packs": ["model_georgetown"]},
			"agency": {"controls": {
				"internal_audit_current": true,
				"annual_report_published": true,
				"arrest_photos_purged_twice_a_year": true,
			}},
			"database": "driver_licence",
			"exigency": {
				"found": true,
				"status": "certified",
				"certified": true,
				"risk": "imminent_threat_to_individual",
				"factual_basis": "armed man with two hostages in the school",
				"started_at": 1741604400000000000,
				"deadline": 1741694400000000000,
			},
			"clock": {"authorisation_result": "rejected"},
		},
	},
	"continuous": {
		"permit": true,
		"change": {
			"contract": {"packs": ["model_georgetown"]},
			"agency": {"controls": {
				"internal_audit_current": true,
				"annual_report_published": true,
				"arrest_photos_purged_twice_a_year": true,
			}},
			"operation": "watchlist_live",
			"mode": "live",
			"database": "watchlist",
			"exigency": {
				"found": true,
				"status": "certified",
				"certified": true,
				"risk": "imminent_threat_to_individual",
				"factual_basis": "armed man with two hostages in the school",
				"started_at": 1741604400000000000,
				"deadline": 1741694400000000000,
			},
			"legal_instrument": {
				"found": true,
				"origin": "registered",
				"valid_from": 1740787200000000000,
				"expires_at": 1743379200000000000,
				"searches_allowed": null,
				"searches_used": 0,
				"officer_certification": false,
				"finding": "probable_cause",
				"type": "court_order",
				"status": "granted",
				"verified": true,
				"scope": {
					"modes": [
						"still_image",
						"live",
					],
					"purposes": ["investigate_named_offence"],
					"operations": [],
					"galleries": [],
					"probe_sha256": [],
					"limits": [
						"time",
						"place",
					],
				},
			},
		},
	},
	"continuous_without_danger": {
		"permit": false,
		"change": {
			"contract": {"packs": ["model_georgetown"]},
			"agency": {"controls": {
				"internal_audit_current": true,
				"annual_report_published": true,
				"arrest_photos_purged_twice_a_year": true,
			}},
			"operation": "watchlist_live",
			"mode": "live",
			"database": "watchlist",
			"legal_instrument": {
				"found": true,
				"origin": "registered",
				"valid_from": 1740787200000000000,
				"expires_at": 1743379200000000000,
				"searches_allowed": null,
				"searches_used": 0,
				"officer_certification": false,
				"finding": "probable_cause",
				"type": "court_order",
				"status": "granted",
				"verified": true,
				"scope": {
					"modes": ["live"],
					"purposes": ["investigate_named_offence"],
					"operations": [],
					"galleries": [],
					"probe_sha256": [],
					"limits": [
						"time",
						"place",
					],
				},
			},
		},
	},
	"continuous_without_order": {
		"permit": false,
		"change": {
			"contract": {"packs": ["model_georgetown"]},
			"agency": {"controls": {
				"internal_audit_current": true,
				"annual_report_published": true,
				"arrest_photos_purged_twice_a_year": true,
			}},
			"operation": "watchlist_live",
			"mode": "live",
			"database": "watchlist",
			"exigency": {
				"found": true,
				"status": "certified",
				"certified": true,
				"risk": "imminent_threat_to_individual",
				"factual_basis": "armed man with two hostages in the school",
				"started_at": 1741604400000000000,
				"deadline": 1741694400000000000,
			},
		},
	},
	"delete_rejected": {
		"permit": false,
		"change": {
			"contract": {"packs": ["model_georgetown"]},
			"agency": {"controls": {
				"internal_audit_current": true,
				"annual_report_published": true,
				"arrest_photos_purged_twice_a_year": true,
			}},
			"database": "driver_licence",
			"exigency": {
				"found": true,
				"status": "certified",
				"certified": true,
				"risk": "imminent_threat_to_individual",
				"factual_basis": "armed man with two hostages in the school",
				"started_at": 1741604400000000000,
				"deadline": 1741694400000000000,
			},
			"clock": {"authorisation_result": "rejected"},
		},
	},
	"emergency": {
		"permit": true,
		"change": {
			"contract": {"packs": ["model_georgetown"]},
			"agency": {"controls": {
				"internal_audit_current": true,
				"annual_report_published": true,
				"arrest_photos_purged_twice_a_year": true,
			}},
			"database": "driver_licence",
			"exigency": {
				"found": true,
				"status": "certified",
				"certified": true,
				"risk": "imminent_threat_to_individual",
				"factual_basis": "armed man with two hostages in the school",
				"started_at": 1741604400000000000,
				"deadline": 1741694400000000000,
			},
		},
	},
	"follow_up": {
		"permit": true,
		"change": {
			"contract": {"packs": ["model_georgetown"]},
			"agency": {"controls": {
				"internal_audit_current": true,
				"annual_report_published": true,
				"arrest_photos_purged_twice_a_year": true,
			}},
			"database": "driver_licence",
			"exigency": {
				"found": true,
				"status": "certified",
				"certified": true,
				"risk": "imminent_threat_to_individual",
				"factual_basis": "armed man with two hostages in the school",
				"started_at": 1741604400000000000,
				"deadline": 1741694400000000000,
			},
		},
	},
	"follow_up_late": {
		"permit": false,
		"change": {
			"contract": {"packs": ["model_georgetown"]},
			"agency": {"controls": {
				"internal_audit_current": true,
				"annual_report_published": true,
				"arrest_photos_purged_twice_a_year": true,
			}},
			"database": "driver_licence",
			"exigency": {
				"found": true,
				"status": "certified",
				"certified": true,
				"risk": "imminent_threat_to_individual",
				"factual_basis": "armed man with two hostages in the school",
				"started_at": 1741521600000000000,
				"deadline": 1741694400000000000,
			},
		},
	},
	"keep_within_limits": {
		"permit": true,
		"change": {
			"contract": {"packs": ["model_georgetown"]},
			"agency": {"controls": {
				"internal_audit_current": true,
				"annual_report_published": true,
				"arrest_photos_purged_twice_a_year": true,
			}},
			"operation": "watchlist_live",
			"mode": "live",
			"database": "watchlist",
			"exigency": {
				"found": true,
				"status": "certified",
				"certified": true,
				"risk": "imminent_threat_to_individual",
				"factual_basis": "armed man with two hostages in the school",
				"started_at": 1741604400000000000,
				"deadline": 1741694400000000000,
			},
			"legal_instrument": {
				"found": true,
				"origin": "registered",
				"valid_from": 1740787200000000000,
				"expires_at": 1743379200000000000,
				"searches_allowed": null,
				"searches_used": 0,
				"officer_certification": false,
				"finding": "probable_cause",
				"type": "court_order",
				"status": "granted",
				"verified": true,
				"scope": {
					"modes": [
						"still_image",
						"live",
					],
					"purposes": ["investigate_named_offence"],
					"operations": [],
					"galleries": [],
					"probe_sha256": [],
					"limits": [
						"time",
						"place",
					],
				},
			},
		},
	},
	"licences_without_order": {
		"permit": false,
		"change": {
			"contract": {"packs": ["model_georgetown"]},
			"agency": {"controls": {
				"internal_audit_current": true,
				"annual_report_published": true,
				"arrest_photos_purged_twice_a_year": true,
			}},
			"database": "driver_licence",
		},
	},
	"ordered": {
		"permit": true,
		"change": {
			"contract": {"packs": ["model_georgetown"]},
			"agency": {"controls": {
				"internal_audit_current": true,
				"annual_report_published": true,
				"arrest_photos_purged_twice_a_year": true,
			}},
			"database": "driver_licence",
			"legal_instrument": {
				"found": true,
				"origin": "registered",
				"valid_from": 1740787200000000000,
				"expires_at": 1743379200000000000,
				"searches_allowed": null,
				"searches_used": 0,
				"officer_certification": false,
				"finding": "probable_cause",
				"type": "court_order",
				"status": "granted",
				"verified": true,
				"scope": {
					"modes": [
						"still_image",
						"live",
					],
					"purposes": ["investigate_named_offence"],
					"operations": [],
					"galleries": [],
					"probe_sha256": [],
					"limits": [
						"time",
						"place",
					],
				},
			},
		},
	},
}

test_every_rule_of_orders_fires_in_its_case if {
	every rule, case in orders_cases {
		decision := writgate.decision with input as object.union(samples.clean, case.change)
		["model_georgetown", rule] in samples.fired(decision)
		decision.permit == case.permit
	}
}
