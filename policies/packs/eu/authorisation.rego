package writgate.packs.eu

import data.writgate.lib.papers

_paper_of_authority if {
	input.legal_instrument.type in ["judicial_authorisation", "administrative_authorisation"]
	papers.in_force(input.legal_instrument, input.now)
}

_paper_limited if {
	every limit in ["time", "place", "person"] { papers.names(input.legal_instrument, "limits", limit) }
}

_authorised if {
	_paper_of_authority
	_realtime
	_paper_limited
	papers.names(input.legal_instrument, "modes", input.mode)
	papers.names(input.legal_instrument, "purposes", input.purpose)
}

_authorised if {
	_paper_of_authority
	_after_event
	papers.allows(input.legal_instrument, "modes", input.mode)
	papers.allows(input.legal_instrument, "purposes", input.purpose)
}

_urgent if {
	_emergency
	_in_time
	not _rejected
}

_emergency if papers.emergency(input.exigency, input.now)

_asked_at := object.get(input, ["clock", "authorisation_requested"], null)

_answer := object.get(input, ["clock", "authorisation_result"], null)

_hours := 24 if _realtime

_hours := 48 if _after_event

# Where there is a clock it says when the use began. Without one, use begins now, or with the emergency on which it
# rests.
_began := input.clock.use_started

_began := object.get(input, "now", null) if {
	_clockless
	not _emergency_began
}

_began := _emergency_began if _clockless

_clockless if object.get(input, "clock", null) == null

_emergency_began := input.exigency.started_at if {
	_realtime
	is_number(input.exigency.started_at)
}

# Null where no time is known, so that what is said of it is always defined.
default _asked_by := null

_asked_by := _began + (_hours * 3600000000000) if is_number(_began)

# Nothing has been asked, and there is time left.
_in_time if {
	_asked_at == null
	_answer == null
	_begun_before_now
	input.now <= _asked_by
}

# Asked for in time, and not refused.
_in_time if {
	is_number(_asked_at)
	_answer in [null, "pending", "granted"]
	_begun_before_now
	_asked_at <= input.now
	_asked_at <= _asked_by
}

# The emergency was authorised afterwards.
_in_time if {
	_clockless
	_realtime
	input.exigency.status == "authorised"
	_begun_before_now
}

_begun_before_now if {
	is_number(input.now)
	is_number(_began)
	_began <= input.now
}

_use_known if is_number(input.clock.use_started)

_use_known if _emergency

_missed if {
	_use_known
	not _authorised
	not _rejected
	not _in_time
}

_rejected if _answer in ["rejected", "denied", "refused"]

_rejected if {
	input.legal_instrument.type in ["judicial_authorisation", "administrative_authorisation"]
	papers.withdrawn(input.legal_instrument)
}

_rejected if input.exigency.status == "rejected"

_ended if _rejected

_ended if _missed
