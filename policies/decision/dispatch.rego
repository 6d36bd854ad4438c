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
} else := data.writgate.packs.us_wa.denials if {
	pack == "us_wa"
} else := data.writgate.packs.vendor_amazon_rekognition.denials if {
	pack == "vendor_amazon_rekognition"
}

# METADATA
# description: The grants of a pack.
grants(pack) := data.writgate.packs.base.grants if {
	pack == "base"
} else := data.writgate.packs.contract.grants if {
	pack == "contract"
} else := data.writgate.packs.us_wa.grants if {
	pack == "us_wa"
} else := data.writgate.packs.vendor_amazon_rekognition.grants if {
	pack == "vendor_amazon_rekognition"
}

# METADATA
# description: The obligations of a pack.
obligations(pack) := data.writgate.packs.base.obligations if {
	pack == "base"
} else := data.writgate.packs.contract.obligations if {
	pack == "contract"
} else := data.writgate.packs.us_wa.obligations if {
	pack == "us_wa"
} else := data.writgate.packs.vendor_amazon_rekognition.obligations if {
	pack == "vendor_amazon_rekognition"
}
