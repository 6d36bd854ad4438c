package writgate.packs.us_mt

# METADATA
# title: "Written consent beforehand"
# description: >-
#   No face data is collected for verification without the person's prior written consent.
# custom:
#   code: CONSENT_REQUIRED
#   citation: "MCA 44-15-108(1)(c)"
#   source: "leg.mt.gov, MCA Title 44 chapter 15; lawserver.com 44-15-105, -106"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     No prior written consent of the person is shown.
#   remedy: >-
#     Obtain written consent before a picture is taken.
#   effective_from: "2023-06-29"
#   effective_to: null
denials["consent_missing"] := {} if {
	_public_agency
	_serving
	not input.consent.written == true
}

# METADATA
# title: "A way without the face"
# description: >-
#   The service can be had without facial verification. Where no other way is offered, agreement to this one is
#   not free, and the pack does not count it as consent.
# custom:
#   code: CONSENT_REQUIRED
#   citation: "MCA 44-15-108(2)"
#   source: "leg.mt.gov, MCA Title 44 chapter 15; lawserver.com 44-15-105, -106"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     No way to the service without facial verification is offered.
#   remedy: >-
#     Offer another way to the same service.
#   effective_from: "2023-06-29"
#   effective_to: null
denials["alternative_missing"] := {} if {
	_public_agency
	_serving
	not input.alternative_offered == true
}

# METADATA
# title: "A written use and privacy policy"
# description: >-
#   The agency first gives out a written policy that states the purpose, how long face data is kept, and that
#   none is collected without consent.
# custom:
#   code: GOVERNANCE_PREREQUISITE_MISSING
#   citation: "MCA 44-15-108(1)"
#   source: "leg.mt.gov, MCA Title 44 chapter 15; lawserver.com 44-15-105, -106"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The register shows no published use and privacy policy of the agency.
#   remedy: >-
#     Publish the policy and have it registered.
#   effective_from: "2023-06-29"
#   effective_to: null
denials["policy_missing"] := {} if {
	_public_agency
	_serving
	not input.agency.controls.use_policy_published == true
}

# METADATA
# title: "Verification of somebody who agreed"
# description: >-
#   An agency with a written policy verifies somebody who consented in writing beforehand and could have had the
#   service another way; enrolment for that verification is part of it.
# custom:
#   code: CONSENT_SATISFIED
#   citation: "MCA 44-15-108(1), (2)"
#   source: "leg.mt.gov, MCA Title 44 chapter 15; lawserver.com 44-15-105, -106"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The person consented in writing, and another way was offered.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2023-06-29"
#   effective_to: null
grants["consent"] := {} if {
	_public_agency
	_serving
	input.consent.written == true
	input.alternative_offered == true
	input.agency.controls.use_policy_published == true
}

# METADATA
# title: "The answer to a verification"
# description: >-
#   Whether somebody was verified is told to those who gave the service.
# custom:
#   code: RELEASE_PERMITTED
#   citation: "MCA 44-15-108(1)"
#   source: "leg.mt.gov, MCA Title 44 chapter 15; lawserver.com 44-15-105, -106"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The answer to the verification may be released.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2023-06-29"
#   effective_to: null
grants["verification_release"] := {} if {
	_public_agency
	input.operation == "release_result"
	_service
}

# METADATA
# title: "The information technology board"
# description: >-
#   An agency that uses facial verification reports it to the information technology board.
# custom:
#   code: REPORT_TO_INFORMATION_TECHNOLOGY_BOARD
#   citation: "MCA 44-15-108(4)"
#   source: "leg.mt.gov, MCA Title 44 chapter 15; lawserver.com 44-15-105, -106"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     This use is reported to the information technology board.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2023-06-29"
#   effective_to: null
obligations["report_to_board"] := {"parameters": {}, "due": null} if {
	_public_agency
	_serving
}

_serving if {
	_service
	not input.operation == "release_result"
}
