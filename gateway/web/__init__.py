"""The edge: HTTP in, HTTP out.

What must hold here: a view authenticates before it reads a byte of the body; every route declares the scope it needs or
says in so many words that it is public; problem documents (RFC 9457) are made here and nowhere else; no view holds law,
SQL or arithmetic. Nothing of the rooms below leaks through an error.
"""
