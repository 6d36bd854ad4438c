# METADATA
# title: Portland, Oregon
# description: >-
#   Two ordinances of 9 September 2020. City bureaus may neither acquire nor use face recognition, at once;
#   private entities may not use it in places of public accommodation, from 1 January 2021 (City Code 34.10). What
#   the first says of exceptions was not read, so the pack knows none for bureaus.
package writgate.packs.us_or_portland

import data.writgate.lib.facts

# METADATA
# title: "Bureaus do not use face recognition"
# description: >-
#   Bureaus and offices of the city neither acquire nor use face recognition. The pack reads this as covering
#   results that others produced, solicited or not, and the unlocking of city phones, because the ordinance's own
#   exceptions were not read. Every public body placed here counts as a bureau.
# custom:
#   code: MUNICIPAL_BAN
#   citation: "Portland Ordinance on city bureaus, 9 September 2020"
#   source: "portland.gov/code/34; bullockinc.com on 34.10; lawstreetmedia.com on both ordinances"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     The ordinance forbids bureaus of the city {operation}.
#   remedy: >-
#     There is no lawful way to do this in a bureau.
#   effective_from: "2020-09-09"
#   effective_to: null
denials["bureau_ban"] := {"operation": object.get(input, "operation", null)} if {
	_bureau
	not _excepted
}

# METADATA
# title: "Reading the record to oversee"
# description: >-
#   Whoever watches over the ban must be able to see what was tried. The ordinance does not speak of this, so it
#   is for those only whose every role is one of oversight.
# custom:
#   code: PURPOSE_PERMITTED
#   citation: "Portland Ordinance on city bureaus, 9 September 2020"
#   source: "portland.gov/code/34; bullockinc.com on 34.10; lawstreetmedia.com on both ordinances"
#   confidence: B
#   counsel_review: none
#   sentence: >-
#     Those who oversee may read the record.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2020-09-09"
#   effective_to: null
grants["oversight"] := {} if {
	_overseen
	_bureau
}

# METADATA
# title: "Reporting a violation"
# description: >-
#   Nothing stands against reporting that a ban was broken.
# custom:
#   code: PURPOSE_PERMITTED
#   citation: "Portland Ordinance on city bureaus, 9 September 2020; City Code 34.10.050"
#   source: "portland.gov/code/34; bullockinc.com on 34.10; lawstreetmedia.com on both ordinances"
#   confidence: A
#   counsel_review: none
#   sentence: >-
#     Reporting an incident is permitted.
#   remedy: >-
#     Nothing to do.
#   effective_from: "2020-09-09"
#   effective_to: null
grants["incident_report"] := {} if input.operation == "incident_report"

# Whoever is not shown to be private, and whoever acts for a body of this place.
_bureau if not input.actor.agency_type == "private_entity"

_bureau if _acts_for_the_city

_private if {
	input.actor.agency_type == "private_entity"
	not _acts_for_the_city
}

_acts_for_the_city if split(input.agency.on_behalf_of, " ")[0] == "US-OR-PORTLAND"

_excepted if input.operation == "incident_report"

_excepted if _overseen

_overseen if {
	input.operation == "consult_record"
	count(facts.roles) > 0
	every role in facts.roles { role in _overseers }
}

_overseers := [
	"privacy_officer",
	"internal_auditor",
	"external_auditor",
	"oversight_board",
	"court_clerk",
	"defence",
	"regulator",
]
