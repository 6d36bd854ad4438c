# METADATA
# title: Dispatch
# description: Generated from the folders of packs, never edited. The rules of a pack, by its name.
package writgate.dispatch

# METADATA
# description: The denials of a pack.
denials(pack) := data.writgate.packs.base.denials if {
	pack == "base"
} else := data.writgate.packs.contract.denials if {
	pack == "contract"
}

# METADATA
# description: The grants of a pack.
grants(pack) := data.writgate.packs.base.grants if {
	pack == "base"
} else := data.writgate.packs.contract.grants if {
	pack == "contract"
}

# METADATA
# description: The obligations of a pack.
obligations(pack) := data.writgate.packs.base.obligations if {
	pack == "base"
}
