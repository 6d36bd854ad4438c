"""Foreign issuers: profiles and keys, their access tokens, signing in through them, and what they tell us has ended."""
