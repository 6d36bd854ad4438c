# METADATA
# title: Facts
# description: >-
#   Questions that every pack asks of the input document. Each answers only from what is there: a field that is
#   missing, null or of the wrong type never makes an answer true.
package writgate.lib.facts

# METADATA
# description: >-
#   What is asked, or null. OPA evaluates the arguments of a negated call first, and where one is undefined the whole
#   rule is: `not input.mode in {…}` says nothing of a request without a mode. What a rule negates must therefore be
#   defined always, or be a rule of its own.
operation := object.get(input, "operation", null)

# METADATA
# description: The purpose, or null.
purpose := object.get(input, "purpose", null)

# METADATA
# description: The mode, or null.
mode := object.get(input, "mode", null)

# METADATA
# description: The kind of picture searched with, or null.
picture := object.get(input, ["probe", "kind"], null)

# METADATA
# description: The ground on which the person was selected, or null.
ground := object.get(input, ["subject", "selected_because_of"], null)

# METADATA
# description: Operations that look for, compare or watch a face.
searches := {"identify_1_to_n", "verify_1_to_1", "watchlist_live", "watchlist_scan", "track_person"}

# METADATA
# description: Operations that handle faces, enrolment included.
faces := {"identify_1_to_n", "verify_1_to_1", "watchlist_live", "watchlist_scan", "track_person", "enrol_gallery"}

# METADATA
# scope: document
# description: The operation looks for, compares or watches a face.
default searching := false

searching if data.operations[input.operation].searches == true

# METADATA
# scope: document
# description: The operation handles faces.
default handles_faces := false

handles_faces if data.operations[input.operation].handles_faces == true

# METADATA
# description: A text with something in it.
text(value) if {
	is_string(value)
	trim_space(value) != ""
}

# METADATA
# scope: document
# description: >-
#   Every role of the user: the one acted in and all that are registered.
roles contains input.actor.role if text(input.actor.role)

roles contains role if {
	some role in input.actor.roles
	text(role)
}

# METADATA
# description: The purpose belongs to a criminal investigation.
criminal_purpose if data.purposes[input.purpose].criminal == true

# METADATA
# description: The suspicion shown is at least reasonable suspicion.
reasonable_suspicion if input.suspicion in ["probable_cause", "reasonable_suspicion", "fair_probability"]

# METADATA
# description: An offence is named, and it is not one that the registry does not know.
offence_named if {
	object.get(input, ["offence", "known"], true) == true
	some name in ["statute", "label"]
	text(input.offence[name])
}
