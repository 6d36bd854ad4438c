# METADATA
# title: Dispatch
# description: Generated from the folders of packs, never edited. The rules of each pack that applies, by its name.
package writgate.dispatch

# METADATA
# description: The denials of each pack that applies.
# scope: document
denials.base := data.writgate.packs.base.denials if data.writgate.applying.base

denials.contract := data.writgate.packs.contract.denials if data.writgate.applying.contract

denials.us_wa := data.writgate.packs.us_wa.denials if data.writgate.applying.us_wa

denials.vendor_amazon_rekognition := data.writgate.packs.vendor_amazon_rekognition.denials if data.writgate.applying.vendor_amazon_rekognition

# METADATA
# description: The grants of each pack that applies.
# scope: document
grants.base := data.writgate.packs.base.grants if data.writgate.applying.base

grants.contract := data.writgate.packs.contract.grants if data.writgate.applying.contract

grants.us_wa := data.writgate.packs.us_wa.grants if data.writgate.applying.us_wa

grants.vendor_amazon_rekognition := data.writgate.packs.vendor_amazon_rekognition.grants if data.writgate.applying.vendor_amazon_rekognition

# METADATA
# description: The obligations of each pack that applies.
# scope: document
obligations.base := data.writgate.packs.base.obligations if data.writgate.applying.base

obligations.contract := data.writgate.packs.contract.obligations if data.writgate.applying.contract

obligations.us_wa := data.writgate.packs.us_wa.obligations if data.writgate.applying.us_wa

obligations.vendor_amazon_rekognition := data.writgate.packs.vendor_amazon_rekognition.obligations if data.writgate.applying.vendor_amazon_rekognition
