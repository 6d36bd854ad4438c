"""The edge for programs that speak to Amazon Rekognition: AWS JSON 1.1, the same rooms behind it.

What must hold here: nothing is decided by this edge that the native one does not decide; every operation, limit and
error is that of Amazon's service model; what is not offered is refused by name.
"""
