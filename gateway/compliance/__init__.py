"""What follows from abuse of the terms: sanctions, and later incidents and appeals.

What must always hold here: a sanction names its rule, its decider and the entries of the log it rests on; it takes
effect in the commit that writes it down; it is lifted only by somebody else; neither changes what is on the log.
"""
