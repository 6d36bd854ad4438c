-- The log of messages is read by agency, newest first.
CREATE INDEX messages_by_agency ON enforcement.messages (agency, made_ns DESC, id DESC);
CREATE INDEX messages_by_time ON enforcement.messages (made_ns DESC, id DESC);
