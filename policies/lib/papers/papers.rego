# METADATA
# title: Papers
# description: >-
#   What makes an instrument or a certified emergency count. The functions take the paper and the time, so that each
#   pack says which paper it asks for and nobody reads the clock.
package writgate.lib.papers

# METADATA
# description: Checked by the gateway or the court, and granted.
verified(paper) if {
	paper.verified == true
	paper.status in ["granted", "in_force", "modified"]
}

# METADATA
# description: Refused, withdrawn or set aside by the court.
withdrawn(paper) if paper.status in ["denied", "revoked", "quashed"]

# METADATA
# scope: document
# description: Its time has begun, or it names no beginning.
begun(paper, _) if object.get(paper, "valid_from", null) == null

begun(paper, now) if {
	is_number(now)
	is_number(paper.valid_from)
	paper.valid_from <= now
}

# METADATA
# scope: document
# description: >-
#   Its time is not over. A court's paper must say when it ends; regulations, requests and consents need not.
lasting(paper, now) if {
	is_number(now)
	is_number(paper.expires_at)
	now < paper.expires_at
}

lasting(paper, _) if {
	paper.type in ["federal_regulation_or_order", "written_request", "consent"]
	object.get(paper, "expires_at", null) == null
}

# METADATA
# description: Found, verified, begun and not over.
in_force(paper, now) if {
	verified(paper)
	object.get(paper, "found", true) == true
	begun(paper, now)
	lasting(paper, now)
}

# METADATA
# scope: document
# description: >-
#   The list of the scope does not leave the value out. An absent or empty list is a paper that does not speak of it;
#   a pack that needs it to speak asks `names`.
allows(paper, list, value) if {
	_silent(object.get(paper, ["scope", list], null))
	is_string(value)
}

allows(paper, list, value) if names(paper, list, value)

_silent(null)

_silent([])

# METADATA
# description: The list of the scope names the value.
names(paper, list, value) if {
	stated := paper.scope[list]
	is_array(stated)
	value in stated
}

# METADATA
# scope: document
# description: >-
#   What the paper names in this field, a person or a place, is what the request names; capitals and spaces around it
#   aside. A paper that names nothing there limits nothing; a request that says nothing does not agree with one that
#   does.
agrees(paper, field, _) if object.get(paper, field, null) == null

agrees(paper, field, value) if {
	is_string(value)
	is_string(paper[field])
	lower(trim_space(value)) == lower(trim_space(paper[field]))
}

# METADATA
# description: >-
#   An emergency that an officer certified, saying what happened or what is feared, whose deadline has not passed.
emergency(exigency, now) if {
	exigency.certified == true
	_says_why(exigency)
	object.get(exigency, "found", true) == true
	_before_deadline(exigency, now)
}

_before_deadline(exigency, _) if object.get(exigency, "deadline", null) == null

_before_deadline(exigency, now) if {
	is_number(now)
	is_number(exigency.deadline)
	now < exigency.deadline
}

_says_why(exigency) if {
	some field in ["factual_basis", "risk"]
	is_string(exigency[field])
	trim_space(exigency[field]) != ""
}

# METADATA
# description: >-
#   One of the patterns covers the gallery: its name, `*` for every gallery, or a beginning followed by `*` for the
#   names that begin so and go on without `/` or `:`. A star elsewhere is only a character.
gallery_within(patterns, gallery) if {
	is_string(gallery)
	some pattern in patterns
	_covers(pattern, gallery)
}

_covers("*", _)

_covers(pattern, gallery) if pattern == gallery

_covers(pattern, gallery) if {
	endswith(pattern, "*")
	beginning := trim_suffix(pattern, "*")
	startswith(gallery, beginning)
	rest := substring(gallery, count(beginning), -1)
	not contains(rest, "/")
	not contains(rest, ":")
}
