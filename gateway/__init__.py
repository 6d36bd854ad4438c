"""Writgate: a governance gateway in front of face recognition."""

__version__ = "0.1.0"
