package writgate.packs.us_il

import data.writgate.lib.papers

# METADATA
# title: "Written notice and written release"
# description: >-
#   Before a private entity collects, captures or otherwise obtains a face geometry it tells the person in writing
#   that it does, for what purpose and how long, and receives a written release. A search captures the face that
#   is searched with. A registered consent that names the purpose and its end shows both. The Act has no exception
#   for one's own device.
# custom:
#   code: CONSENT_REQUIRED
#   citation: "740 ILCS 14/15(b)"
#   source: "ilga.gov, 740 ILCS 14/10, 14/15, 14/25"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     No written notice of purpose and term with a written release was shown.
#   remedy: >-
#     Tell the person in writing of collection, purpose and term, and obtain a written release.
#   effective_from: "2008-10-03"
#   effective_to: null
denials["consent_missing"] := {
	"written_notice": object.get(input, ["consent", "written_notice"], null),
	"written_release": object.get(input, ["consent", "written_release"], null),
} if {
	_handles_biometrics
	_bound
	not _told_and_released
}

# METADATA
# title: "Those who pass by did not consent"
# description: >-
#   Watching a place, scanning footage and following a person capture the faces of everybody who is there, and the
#   release of those enrolled is not theirs. Courts have not settled whether a face that is compared and thrown
#   away is collected; the pack holds that it is, and refuses.
# custom:
#   code: CONSENT_REQUIRED
#   citation: "740 ILCS 14/15(b)"
#   source: "ilga.gov, 740 ILCS 14/10, 14/15, 14/25"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     This operation captures faces of people who gave no release.
#   remedy: >-
#     Compare only the faces of people who gave their release, one at a time.
#   effective_from: "2008-10-03"
#   effective_to: null
denials["bystanders"] := {"operation": object.get(input, "operation", null)} if {
	_handles_biometrics
	_bound
	_watches_bystanders
}

# METADATA
# title: "A public retention policy"
# description: >-
#   A private entity that holds templates has a written policy, made public, that says when they are destroyed. At
#   enrolment it must be shown to be public; later the agency's registered published policy stands for it unless
#   it is said not to be.
# custom:
#   code: GOVERNANCE_PREREQUISITE_MISSING
#   citation: "740 ILCS 14/15(a)"
#   source: "ilga.gov, 740 ILCS 14/10, 14/15, 14/25"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     No public retention policy was shown.
#   remedy: >-
#     Adopt the policy, make it public and have it registered.
#   effective_from: "2008-10-03"
#   effective_to: null
denials["policy_missing"] := {"retention_policy_public": object.get(input, "retention_policy_public", null)} if {
	_handles_biometrics
	_bound
	not _policy_shown
}

# METADATA
# title: "The person was told and released"
# description: >-
#   Written notice of the collection, its purpose and its term was given, and a written release received.
# custom:
#   code: CONSENT_SATISFIED
#   citation: "740 ILCS 14/15(b)"
#   source: "ilga.gov, 740 ILCS 14/10, 14/15, 14/25"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     Written notice was given and a written release received.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2008-10-03"
#   effective_to: null
grants["consent"] := {} if {
	_handles_biometrics
	_bound
	_told_and_released
}

# METADATA
# title: "Only for the purpose that was stated"
# description: >-
#   The release covers the purpose of which the person was told, and no other.
# custom:
#   code: LIMIT_USE_TO_STATED_PURPOSE
#   citation: "740 ILCS 14/15(b)(2)"
#   source: "ilga.gov, 740 ILCS 14/10, 14/15, 14/25"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The template is used for {purpose} only.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2008-10-03"
#   effective_to: null
obligations["stated_purpose"] := {"parameters": {"purpose": object.get(input, "purpose", null)}, "due": null} if {
	_handles_biometrics
	_bound
	_told_and_released
}

_told_and_released if {
	input.consent.written_notice == true
	input.consent.written_release == true
}

# A registered consent says for what, and for how long: notice and release in one paper.
_told_and_released if {
	paper := input.legal_instrument
	paper.type == "consent"
	is_number(paper.expires_at)
	papers.in_force(paper, input.now)
	papers.names(paper, "purposes", input.purpose)
	not input.consent.written_notice == false
	not input.consent.written_release == false
}

_watches_bystanders if input.operation in ["watchlist_live", "watchlist_scan", "track_person"]

_watches_bystanders if {
	input.operation == "identify_1_to_n"
	input.mode == "live"
	_open_to_the_public
}

_open_to_the_public if input.place == "publicly_accessible_space"

_open_to_the_public if input.premises == "place_of_public_accommodation"

# Before the first template the policy itself is shown; afterwards the agency's register may stand for it.
_policy_shown if input.retention_policy_public == true

_policy_shown if {
	not input.operation == "enrol_gallery"
	object.get(input, "retention_policy_public", null) == null
	input.agency.controls.use_policy_published == true
}
