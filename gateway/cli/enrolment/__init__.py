"""Bulk enrolment: pictures of a folder, manifest or archive, each sent to the gateway as one governed enrolment.

What must always hold: nothing of a source is written to the disk, and no more of it is unpacked than one picture may
have; a file is either in the report with what became of it, or the import says that it is unfinished; an import that
was killed at any moment goes on where it stopped and enrols nothing twice (its journal says what was answered, the key
of each request makes the answer that was lost come again, and the gallery itself takes a picture once).
"""
