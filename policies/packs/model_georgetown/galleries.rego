# METADATA
# title: Georgetown model bill
# description: >-
#   The model legislation and model police policy of The Perpetual Line-Up (Georgetown Law, 18 October 2016). It
#   is no law anywhere: it applies only where a contract names it in its packs, and then as a strict floor. Of the
#   model bill only the report's summary and its policy's opening were read; what is from memory says so, and
#   where the text is unclear the pack refuses.
package writgate.packs.model_georgetown

import data.writgate.lib.facts
import data.writgate.lib.papers

# METADATA
# title: "Mug shots by default, licences by order"
# description: >-
#   Face recognition runs against mug shots; photographs of licences and identity cards come in only under an
#   order; no other gallery does. A gallery is known by its name: arrest_photos, driver_licence, state_id_photos,
#   or a name that begins so. Another name is refused.
# custom:
#   code: DATABASE_NOT_AUTHORISED
#   citation: "Model police use policy 4(a), (b)"
#   source: "perpetuallineup.org, recommendations and appendix"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The gallery {gallery} is neither of mug shots nor of licence photographs.
#   remedy: >-
#     Search the arrest photographs.
#   effective_from: "2016-10-18"
#   effective_to: null
denials["gallery_not_covered"] := {"gallery": object.get(input, "database", null)} if {
	_searches_once
	not _gallery_covered
}

# METADATA
# title: "Policy, audits, reports and purges"
# description: >-
#   The use policy is public, use is audited, reports are published, and mug shots of people not charged, or
#   acquitted, are removed twice a year. Each must be shown by the register.
# custom:
#   code: GOVERNANCE_PREREQUISITE_MISSING
#   citation: "Model police use policy 4(a); recommendations on audits and reports"
#   source: "perpetuallineup.org, recommendations and appendix"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The register does not show what must come before use ({missing}).
#   remedy: >-
#     Publish the policy and the report, audit, purge the gallery, and have each registered.
#   effective_from: "2016-10-18"
#   effective_to: null
denials["governance_missing"] := {"missing": _governance_missing} if {
	facts.handles_faces
	count(_governance_missing) > 0
}

# METADATA
# title: "Reasonable suspicion is the floor"
# description: >-
#   A person is searched for on at least reasonable suspicion of that person. Victims and missing, dead or
#   helpless people are searched for without; witnesses are not among them.
# custom:
#   code: SUSPICION_STANDARD_NOT_MET
#   citation: "Recommendations on individualised suspicion"
#   source: "perpetuallineup.org, recommendations and appendix"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     The suspicion {suspicion} is below reasonable suspicion.
#   remedy: >-
#     Show the facts that point to this person.
#   effective_from: "2016-10-18"
#   effective_to: null
denials["below_suspicion"] := {"suspicion": object.get(input, "suspicion", null)} if {
	facts.searching
	not _suspected
}

# METADATA
# title: "Probes are not enrolled"
# description: >-
#   The picture of an unknown suspect or victim is searched with, not added to a gallery. Enrolled are the booking
#   photographs of people who were detained. The model's file of unsolved cases is not offered.
# custom:
#   code: PURPOSE_NOT_AUTHORISED
#   citation: "Model police use policy 4(c)"
#   source: "perpetuallineup.org, recommendations and appendix"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     Only booking photographs of detained people are enrolled, and into the arrest photographs.
#   remedy: >-
#     Search with the picture and keep it in the case file.
#   effective_from: "2016-10-18"
#   effective_to: null
denials["probe_enrolled"] := {"purpose": object.get(input, "purpose", null)} if {
	input.operation == "enrol_gallery"
	not _enrols_booked_person
}

# METADATA
# title: "A search of mug shots"
# description: >-
#   One search of arrest photographs, or of two pictures against each other, on reasonable suspicion.
# custom:
#   code: PURPOSE_PERMITTED
#   citation: "Recommendation on mug shots; model police use policy 4(a)"
#   source: "perpetuallineup.org, recommendations and appendix"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The model allows one search of the arrest photographs for {purpose}.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2016-10-18"
#   effective_to: null
grants["arrest_photos"] := {"purpose": input.purpose} if {
	_searches_once
	_default_gallery
	_suspected
	_permitted_purpose
}

# METADATA
# title: "Enrolment of booking photographs"
# description: >-
#   The gallery of mug shots is made of booking photographs.
# custom:
#   code: PURPOSE_PERMITTED
#   citation: "Model police use policy 4(a)"
#   source: "perpetuallineup.org, recommendations and appendix"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     A booking photograph may be enrolled.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2016-10-18"
#   effective_to: null
grants["booked"] := {} if _enrols_booked_person

# METADATA
# title: "The probe is not enrolled"
# description: >-
#   What is searched with is not added to a gallery.
# custom:
#   code: NO_PROBE_ENROLMENT
#   citation: "Model police use policy 4(c)"
#   source: "perpetuallineup.org, recommendations and appendix"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The picture searched with is not enrolled.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2016-10-18"
#   effective_to: null
obligations["no_probe_enrolment"] := {"parameters": {}, "due": null} if facts.searching

# METADATA
# title: "Every search is audited"
# description: >-
#   Searches are logged and audited.
# custom:
#   code: INCLUDE_IN_ANNUAL_AUDIT
#   citation: "Recommendations on audits"
#   source: "perpetuallineup.org, recommendations and appendix"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     This search is part of the audit.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2016-10-18"
#   effective_to: null
obligations["audited"] := {"parameters": {}, "due": null} if facts.searching

# METADATA
# title: "Searches are reported in public"
# description: >-
#   How often, against which galleries and with what outcome face recognition was used is published.
# custom:
#   code: INCLUDE_IN_ANNUAL_REPORT
#   citation: "Recommendations on public reports"
#   source: "perpetuallineup.org, recommendations and appendix"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     This search is part of the public report.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2016-10-18"
#   effective_to: null
obligations["reported"] := {"parameters": {}, "due": null} if facts.searching

_searches_once if {
	input.operation == "identify_1_to_n"
	input.mode in ["still_image", "recorded_video", "mobile"]
}

_searches_once if {
	input.operation == "verify_1_to_1"
	input.mode in ["still_image", "recorded_video", "mobile", "live"]
}

_compares_two_pictures if {
	input.operation == "verify_1_to_1"
	object.get(input, "database", null) == null
}

_arrest_photos if papers.gallery_within(["arrest_photos*"], input.database)

_licence_photos if papers.gallery_within(["driver_licence*", "state_id_photos*"], input.database)

_gallery_covered if _arrest_photos

_gallery_covered if _licence_photos

_gallery_covered if _compares_two_pictures

# Mug shots, or no gallery at all.
_default_gallery if _arrest_photos

_default_gallery if _compares_two_pictures

_enrols_booked_person if {
	input.operation == "enrol_gallery"
	input.purpose == "identify_detained_person"
	input.mode == "still_image"
	_arrest_photos
}

_suspected if facts.reasonable_suspicion

_suspected if input.purpose in [
	"identify_victim",
	"identify_deceased",
	"identify_incapacitated_person",
	"locate_missing_person",
	"locate_abducted_or_trafficked_victim",
]

_permitted_purpose if data.purposes[input.purpose].refused == false

_governance_missing contains control if {
	some control in ["use_policy_published", "internal_audit_current", "annual_report_published"]
	not input.agency.controls[control] == true
}

_governance_missing contains "arrest_photos_purged_twice_a_year" if {
	_arrest_photos
	not input.agency.controls.arrest_photos_purged_twice_a_year == true
}
