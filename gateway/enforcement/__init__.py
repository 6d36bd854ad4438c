"""The governed operation: ask policy, commit the decision, let the engine work, release the answer.

What must always hold here:

- No work without a committed permit, and no permit without its entry on the log: both are one commit.
- A permit is used once, by the engine, within a minute; an intent without outcome is written as abandoned.
- Nothing is released but by a commit that reads the caller's standing, so a release falls before a revocation or does
  not happen.
- Facts that the gateway can know are never taken from the caller, and every fact carries its origin.
- An obligation that nothing here can honour turns a permit into a denial.
"""
