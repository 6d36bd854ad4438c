"""The grants and endpoints of the authorization server, each in a module of its own.

`exchange` is one request at the token endpoint or beside it; `minting` makes the tokens.
"""
