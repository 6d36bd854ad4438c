-- Generations of wrapping keys came after the docket's runner had its rights: whoever makes a key of a scope asks which
-- generation is current.
GRANT EXECUTE ON FUNCTION audit.current_generation TO writgate_docket;
