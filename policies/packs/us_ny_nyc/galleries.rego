package writgate.packs.us_ny_nyc

import data.writgate.lib.facts

# METADATA
# title: "The department's arrest photographs"
# description: >-
#   A picture is compared with arrest photographs that the department lawfully holds. Any other gallery, such as
#   driving licences or pictures gathered from the web, needs the approval of a senior member; it counts when a
#   supervisor other than the requester gave it. A one-to-one comparison without a gallery is not touched.
# custom:
#   code: DATABASE_NOT_AUTHORISED
#   citation: "NYPD Patrol Guide 212-129"
#   source: "nyc.gov, NYPD press release of 13 March 2020; medianama.com and nydailynews.com, March 2020"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The gallery {gallery} is not the department's arrest photographs, and no senior approval is shown.
#   remedy: >-
#     Search the arrest photographs, or ask a senior member for approval.
#   effective_from: "2020-03-13"
#   effective_to: null
denials["gallery_not_arrest_photos"] := {"gallery": object.get(input, "database", null)} if {
	_asks_a_gallery
	not _gallery_allowed
}

# METADATA
# title: "No gallery through a sister agency"
# description: >-
#   A gallery that the department may not search itself is not reached through another agency, nor by an informal
#   request to one.
# custom:
#   code: BACKCHANNEL_REQUEST
#   citation: "NYPD Patrol Guide 212-129; People v. Zuhdi A. (2025)"
#   source: "nyc.gov, NYPD press release of 13 March 2020; medianama.com and nydailynews.com, March 2020"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The gallery {gallery} is asked through another agency.
#   remedy: >-
#     Ask a senior member for approval, and search in the department's own name.
#   effective_from: "2020-03-13"
#   effective_to: null
denials["sister_agency"] := {"gallery": object.get(input, "database", null)} if {
	_asks_a_gallery
	_through_another
	not _gallery_allowed
}

# METADATA
# title: "Arrest photographs are enrolled"
# description: >-
#   The gallery of arrest photographs that are lawfully held is kept by enrolling them.
# custom:
#   code: PURPOSE_PERMITTED
#   citation: "NYPD Patrol Guide 212-129"
#   source: "nyc.gov, NYPD press release of 13 March 2020; medianama.com and nydailynews.com, March 2020"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     Arrest photographs may be enrolled.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2020-03-13"
#   effective_to: null
grants["enrolment"] := {} if {
	_department
	input.operation == "enrol_gallery"
	_arrest_photos
	input.purpose in _listed
}

# Whoever asks: the gallery is barred to the sister agency as well.
_asks_a_gallery if {
	input.operation in [
		"identify_1_to_n", "watchlist_live", "watchlist_scan", "track_person", "enrol_gallery", "release_result",
		"receive_result",
	]
	not _compared_two
}

_asks_a_gallery if {
	input.operation == "verify_1_to_1"
	object.get(input, "database", null) != null
}

# The release of a comparison of two pictures.
_compared_two if {
	input.operation == "release_result"
	input.search.operation == "verify_1_to_1"
	object.get(input, "database", null) == null
}

_gallery_allowed if _arrest_photos

_gallery_allowed if _senior_approval

_arrest_photos if input.database == "arrest_photos"

_arrest_photos if startswith(input.database, "arrest_photos/")

_senior_approval if {
	facts.text(input.actor.id)
	some approval in input.approvals
	approval.role == "supervisor_approver"
	facts.text(approval.approved_by)
	approval.approved_by != input.actor.id
}

_through_another if input.request_channel in ["informal", "partner_agency"]

_through_another if input.engine.operated_by in ["other_agency", "other_state_agency", "out_of_state_agency"]

_through_another if object.get(input, ["agency", "on_behalf_of"], null) != null
