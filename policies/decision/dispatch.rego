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
} else := data.writgate.packs.eu.denials if {
	pack == "eu"
} else := data.writgate.packs.gb_eaw.denials if {
	pack == "gb_eaw"
} else := data.writgate.packs.model_georgetown.denials if {
	pack == "model_georgetown"
} else := data.writgate.packs.us_ca_san_francisco.denials if {
	pack == "us_ca_san_francisco"
} else := data.writgate.packs.us_co.denials if {
	pack == "us_co"
} else := data.writgate.packs.us_il.denials if {
	pack == "us_il"
} else := data.writgate.packs.us_la_new_orleans.denials if {
	pack == "us_la_new_orleans"
} else := data.writgate.packs.us_ma.denials if {
	pack == "us_ma"
} else := data.writgate.packs.us_md.denials if {
	pack == "us_md"
} else := data.writgate.packs.us_me.denials if {
	pack == "us_me"
} else := data.writgate.packs.us_mi_detroit.denials if {
	pack == "us_mi_detroit"
} else := data.writgate.packs.us_mt.denials if {
	pack == "us_mt"
} else := data.writgate.packs.us_ny_nyc.denials if {
	pack == "us_ny_nyc"
} else := data.writgate.packs.us_or_portland.denials if {
	pack == "us_or_portland"
} else := data.writgate.packs.us_ut.denials if {
	pack == "us_ut"
} else := data.writgate.packs.us_va.denials if {
	pack == "us_va"
} else := data.writgate.packs.us_wa.denials if {
	pack == "us_wa"
} else := data.writgate.packs.vendor_amazon_rekognition.denials if {
	pack == "vendor_amazon_rekognition"
} else := data.writgate.packs.vendor_azure_face.denials if {
	pack == "vendor_azure_face"
} else := data.writgate.packs.vendor_clearview.denials if {
	pack == "vendor_clearview"
}

# METADATA
# description: The grants of a pack.
grants(pack) := data.writgate.packs.base.grants if {
	pack == "base"
} else := data.writgate.packs.contract.grants if {
	pack == "contract"
} else := data.writgate.packs.eu.grants if {
	pack == "eu"
} else := data.writgate.packs.gb_eaw.grants if {
	pack == "gb_eaw"
} else := data.writgate.packs.model_georgetown.grants if {
	pack == "model_georgetown"
} else := data.writgate.packs.us_ca_san_francisco.grants if {
	pack == "us_ca_san_francisco"
} else := data.writgate.packs.us_co.grants if {
	pack == "us_co"
} else := data.writgate.packs.us_il.grants if {
	pack == "us_il"
} else := data.writgate.packs.us_la_new_orleans.grants if {
	pack == "us_la_new_orleans"
} else := data.writgate.packs.us_ma.grants if {
	pack == "us_ma"
} else := data.writgate.packs.us_md.grants if {
	pack == "us_md"
} else := data.writgate.packs.us_me.grants if {
	pack == "us_me"
} else := data.writgate.packs.us_mi_detroit.grants if {
	pack == "us_mi_detroit"
} else := data.writgate.packs.us_mt.grants if {
	pack == "us_mt"
} else := data.writgate.packs.us_nj.grants if {
	pack == "us_nj"
} else := data.writgate.packs.us_ny_nyc.grants if {
	pack == "us_ny_nyc"
} else := data.writgate.packs.us_or_portland.grants if {
	pack == "us_or_portland"
} else := data.writgate.packs.us_ut.grants if {
	pack == "us_ut"
} else := data.writgate.packs.us_va.grants if {
	pack == "us_va"
} else := data.writgate.packs.us_wa.grants if {
	pack == "us_wa"
} else := data.writgate.packs.vendor_amazon_rekognition.grants if {
	pack == "vendor_amazon_rekognition"
} else := data.writgate.packs.vendor_azure_face.grants if {
	pack == "vendor_azure_face"
} else := data.writgate.packs.vendor_clearview.grants if {
	pack == "vendor_clearview"
}

# METADATA
# description: The obligations of a pack.
obligations(pack) := data.writgate.packs.base.obligations if {
	pack == "base"
} else := data.writgate.packs.contract.obligations if {
	pack == "contract"
} else := data.writgate.packs.eu.obligations if {
	pack == "eu"
} else := data.writgate.packs.gb_eaw.obligations if {
	pack == "gb_eaw"
} else := data.writgate.packs.model_georgetown.obligations if {
	pack == "model_georgetown"
} else := data.writgate.packs.us_ca_san_francisco.obligations if {
	pack == "us_ca_san_francisco"
} else := data.writgate.packs.us_co.obligations if {
	pack == "us_co"
} else := data.writgate.packs.us_il.obligations if {
	pack == "us_il"
} else := data.writgate.packs.us_la_new_orleans.obligations if {
	pack == "us_la_new_orleans"
} else := data.writgate.packs.us_ma.obligations if {
	pack == "us_ma"
} else := data.writgate.packs.us_md.obligations if {
	pack == "us_md"
} else := data.writgate.packs.us_me.obligations if {
	pack == "us_me"
} else := data.writgate.packs.us_mi_detroit.obligations if {
	pack == "us_mi_detroit"
} else := data.writgate.packs.us_mt.obligations if {
	pack == "us_mt"
} else := data.writgate.packs.us_nj.obligations if {
	pack == "us_nj"
} else := data.writgate.packs.us_ny_nyc.obligations if {
	pack == "us_ny_nyc"
} else := data.writgate.packs.us_ut.obligations if {
	pack == "us_ut"
} else := data.writgate.packs.us_va.obligations if {
	pack == "us_va"
} else := data.writgate.packs.us_wa.obligations if {
	pack == "us_wa"
} else := data.writgate.packs.vendor_amazon_rekognition.obligations if {
	pack == "vendor_amazon_rekognition"
} else := data.writgate.packs.vendor_azure_face.obligations if {
	pack == "vendor_azure_face"
} else := data.writgate.packs.vendor_clearview.obligations if {
	pack == "vendor_clearview"
}
