package writgate.packs.us_md

import data.writgate.lib.facts
import data.writgate.lib.papers

# METADATA
# title: "An offence of the list"
# description: >-
#   Only the commission or attempt of an offence on the list of twelve items is investigated: crimes of
#   violence, human trafficking, child abuse, child pornography, hate crimes, two groups of weapon crimes,
#   aggravated cruelty to animals, importation of fentanyl, stalking, a substantial and ongoing threat, and the
#   equivalent of one of the first ten in another state where a fugitive charged there is sought. The register
#   says which item it is. For the last item the person must be shown to be wanted. Enrolment investigates no
#   crime; its limit is the gallery.
# custom:
#   code: OFFENCE_NOT_COVERED
#   citation: "Md. Crim. Proc. 2-503(a)(1)(i)"
#   source: "mgaleg.maryland.gov, Crim. Proc. 2-501 to 2-510; lexace.ai CP-2-503; codes.findlaw.com 2-502"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The register does not show {offence} to be on the list of the subtitle.
#   remedy: >-
#     Name the statute of the listed offence that is investigated.
#   effective_from: "2024-10-01"
#   effective_to: null
denials["offence_not_listed"] := {"offence": object.get(input, ["offence", "label"], null)} if {
	_criminal
	not input.operation == "enrol_gallery"
	not _listed
}

# METADATA
# title: "Protected activity"
# description: >-
#   No picture is analysed of somebody engaged in activity that the constitutions protect, unless there is
#   reasonable suspicion that this person committed, is committing or is about to commit a crime.
# custom:
#   code: PROTECTED_ACTIVITY
#   citation: "Md. Crim. Proc. 2-503(a)(1)(ii)1"
#   source: "mgaleg.maryland.gov, Crim. Proc. 2-501 to 2-510; lexace.ai CP-2-503; codes.findlaw.com 2-502"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The person was engaged in {activity}, and no reasonable suspicion of a crime was shown.
#   remedy: >-
#     Drop the search, or set out the facts from which suspicion of this person follows.
#   effective_from: "2024-10-01"
#   effective_to: null
denials["protected_activity"] := {"activity": object.get(input, ["subject", "activity"], null)} if {
	_criminal
	_analyses
	_protected
	not _suspected
}

# METADATA
# title: "Only the person who is to be identified"
# description: >-
#   No picture is analysed of somebody who is not meant to be identified. The request says that the person in
#   the picture is the one; silence does not.
# custom:
#   code: SUBJECT_NOT_TARGET
#   citation: "Md. Crim. Proc. 2-503(a)(1)(ii)2"
#   source: "mgaleg.maryland.gov, Crim. Proc. 2-501 to 2-510; lexace.ai CP-2-503; codes.findlaw.com 2-502"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The person in the picture is not shown to be the one who is to be identified.
#   remedy: >-
#     Crop the picture to the person sought, and say so.
#   effective_from: "2024-10-01"
#   effective_to: null
denials["not_the_target"] := {} if {
	_criminal
	_analyses
	not input.subject.intended_target == true
}

# METADATA
# title: "No scanning of bystanders"
# description: >-
#   A watchlist run over footage, and tracking through it, analyse everybody who is seen. The definition speaks
#   of persistent tracking, and whether the subtitle means to allow it is unclear; the pack refuses both in a
#   criminal investigation.
# custom:
#   code: SUBJECT_NOT_TARGET
#   citation: "Md. Crim. Proc. 2-503(a)(1)(ii)2"
#   source: "mgaleg.maryland.gov, Crim. Proc. 2-501 to 2-510; lexace.ai CP-2-503; codes.findlaw.com 2-502"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     {operation} analyses people who are not meant to be identified.
#   remedy: >-
#     Search one picture of the person sought.
#   effective_from: "2024-10-01"
#   effective_to: null
denials["bystanders"] := {"operation": _asked} if {
	_criminal
	_watching
}

# METADATA
# title: "No sketches"
# description: >-
#   A sketch or another picture made by hand is not analysed. What is not shown to be a photograph or a video
#   frame counts as one.
# custom:
#   code: PROBE_SKETCH_PROHIBITED
#   citation: "Md. Crim. Proc. 2-503(a)(1)(iii)"
#   source: "mgaleg.maryland.gov, Crim. Proc. 2-501 to 2-510; lexace.ai CP-2-503; codes.findlaw.com 2-502"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The subtitle forbids analysing a picture of the kind {kind}.
#   remedy: >-
#     Use a photograph or a video frame.
#   effective_from: "2024-10-01"
#   effective_to: null
denials["sketch"] := {"kind": object.get(input, ["probe", "kind"], null)} if {
	_criminal
	_analyses
	not facts.picture in ["photograph", "video_frame"]
}

# METADATA
# title: "No live identification"
# description: >-
#   Nobody is identified live or in real time. A picture taken with a phone and searched on the spot is read as
#   that, because the subtitle does not say otherwise; two pictures may be compared on the spot. Enrolling from
#   a live feed is read as part of it.
# custom:
#   code: REALTIME_IDENTIFICATION_PROHIBITED
#   citation: "Md. Crim. Proc. 2-503(a)(1)"
#   source: "mgaleg.maryland.gov, Crim. Proc. 2-501 to 2-510; lexace.ai CP-2-503; codes.findlaw.com 2-502"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The subtitle forbids identification in the mode {mode}.
#   remedy: >-
#     Search a still image or a recording.
#   effective_from: "2024-10-01"
#   effective_to: null
denials["realtime"] := {"mode": object.get(input, "mode", null)} if {
	_criminal
	_realtime
}

# METADATA
# title: "No live tracking"
# description: >-
#   Following a person live is live identification repeated.
# custom:
#   code: REALTIME_TRACKING_PROHIBITED
#   citation: "Md. Crim. Proc. 2-503(a)(1)"
#   source: "mgaleg.maryland.gov, Crim. Proc. 2-501 to 2-510; lexace.ai CP-2-503; codes.findlaw.com 2-502"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The subtitle forbids following a person live.
#   remedy: >-
#     Search one picture of the person sought.
#   effective_from: "2024-10-01"
#   effective_to: null
denials["realtime_tracking"] := {} if {
	_criminal
	_asked == "track_person"
	not facts.mode in ["still_image", "recorded_video"]
}

# METADATA
# title: "Licence and mug-shot galleries"
# description: >-
#   Galleries in criminal investigations are limited to the motor vehicle administration's pictures and
#   mug-shots. How far the limit goes is unclear; the pack permits galleries whose name begins as one of those,
#   and no commercial, scraped or watchlist gallery.
# custom:
#   code: DATABASE_NOT_AUTHORISED
#   citation: "Md. Crim. Proc. 2-503, -504, -508"
#   source: "mgaleg.maryland.gov, Crim. Proc. 2-501 to 2-510; lexace.ai CP-2-503; codes.findlaw.com 2-502"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The gallery {gallery} is neither of licences nor of mug-shots.
#   remedy: >-
#     Use the licence or mug-shot gallery.
#   effective_from: "2024-10-01"
#   effective_to: null
denials["gallery_not_authorised"] := {"gallery": object.get(input, "database", null)} if {
	_criminal
	facts.handles_faces
	not _gallery_allowed
}

# METADATA
# title: "An offence of the list"
# description: >-
#   Law enforcement investigates an offence of the list with a picture of the person who is to be identified.
# custom:
#   code: OFFENCE_LISTED
#   citation: "Md. Crim. Proc. 2-503(a)(1)(i)"
#   source: "mgaleg.maryland.gov, Crim. Proc. 2-501 to 2-510; lexace.ai CP-2-503; codes.findlaw.com 2-502"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The offence is on the list of the subtitle ({item}).
#   remedy: >-
#     Nothing to do.
#   effective_from: "2024-10-01"
#   effective_to: null
grants["offence_listed"] := {"item": object.get(input, ["offence", "listed_item"], null)} if {
	_criminal
	_for_investigation
	_listed
	_investigating
}

# METADATA
# title: "Keeping a permitted gallery"
# description: >-
#   A gallery of mug-shots or licences that may be searched may also be kept.
# custom:
#   code: PURPOSE_PERMITTED
#   citation: "Md. Crim. Proc. 2-503, -508"
#   source: "mgaleg.maryland.gov, Crim. Proc. 2-501 to 2-510; lexace.ai CP-2-503; codes.findlaw.com 2-502"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The subtitle does not forbid enrolling in {gallery}.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2024-10-01"
#   effective_to: null
grants["enrolment"] := {"gallery": object.get(input, "database", null)} if {
	_criminal
	_for_investigation
	input.operation == "enrol_gallery"
	_gallery_allowed
}

# METADATA
# title: "The result may be handed over"
# description: >-
#   The result of a search for a listed offence goes to the people who verify it; the subtitle limits what is
#   then done with it.
# custom:
#   code: RELEASE_PERMITTED
#   citation: "Md. Crim. Proc. 2-502, -503"
#   source: "mgaleg.maryland.gov, Crim. Proc. 2-501 to 2-510; lexace.ai CP-2-503; codes.findlaw.com 2-502"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The result may be released for verification.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2024-10-01"
#   effective_to: null
grants["release"] := {} if {
	_criminal
	_for_investigation
	_listed
	input.operation == "release_result"
	_asked in ["identify_1_to_n", "verify_1_to_1"]
}

# A face is analysed.
_analyses if facts.handles_faces

_analyses if input.operation == "create_record"

_protected if object.get(input, ["subject", "activity"], null) != null

_protected if data.grounds[input.subject.selected_because_of].activity == true

_suspected if facts.reasonable_suspicion

_listed if input.offence.listed_item in [
	"2-503(a)(1)(i)1", "2-503(a)(1)(i)2", "2-503(a)(1)(i)3", "2-503(a)(1)(i)4", "2-503(a)(1)(i)5", "2-503(a)(1)(i)6",
	"2-503(a)(1)(i)7", "2-503(a)(1)(i)8", "2-503(a)(1)(i)9", "2-503(a)(1)(i)10", "2-503(a)(1)(i)11",
]

_listed if {
	input.offence.listed_item == "2-503(a)(1)(i)12"
	input.subject.wanted == true
}

_realtime if _asked == "watchlist_live"

_realtime if {
	_asked in ["identify_1_to_n", "watchlist_scan"]
	not facts.mode in ["still_image", "recorded_video"]
}

_realtime if {
	_asked in ["verify_1_to_1", "enrol_gallery"]
	not facts.mode in ["still_image", "recorded_video", "mobile"]
}

_gallery_allowed if papers.gallery_within(_galleries, input.database)

# Two pictures are compared without a gallery.
_gallery_allowed if {
	input.operation == "verify_1_to_1"
	object.get(input, "database", null) == null
}

_galleries := ["arrest_photos*", "mugshots*", "mug_shots*", "driver_licence*", "state_id_photos*"]

_investigating if input.operation in ["receive_result", "create_record"]

_investigating if {
	input.operation in ["identify_1_to_n", "verify_1_to_1"]
	_gallery_allowed
	input.subject.intended_target == true
}
