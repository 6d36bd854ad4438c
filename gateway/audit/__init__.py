"""The log: what happened, in an order that nobody can quietly change.

What must always hold here:

- An entry is staged in the transaction of the act it records; without the commit there is neither.
- One elected sequencer gives dense indexes and grows the tiles; one signer signs, and never a smaller or another tree.
- A leaf holds only what may be read by every auditor; everything personal is a salted digest, its value sealed beside.
- Whatever is published is C2SP's: signed notes, checkpoints, tiles, tlog-proofs, over RFC 6962 hashes.
- This package knows nothing of faces or law.
"""
