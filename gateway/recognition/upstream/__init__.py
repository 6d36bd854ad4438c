"""Engines of others, reached over the network for a claimed permit.

What must always hold:

- no byte leaves before the permit is claimed: facts and readiness are told without asking anybody. Only deletions, and
  the listing of our own collections that finds what to delete, need none;
- what leaves is the picture that was decided about, byte for byte, a threshold, a number, and ids that mean nothing
  elsewhere. No case, no agency, no external id;
- every call goes through the operator's list (`gateway.outbound`), with the operator's credentials, never a caller's;
- whatever is not a sound answer refuses the request, and nothing is taken for "nobody found";
- nobody is told of who is not in the gallery here any more, whatever is answered.
"""
