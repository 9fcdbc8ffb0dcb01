-- Tells whoever listens that the log has grown, so that a stream need not ask for it all the time.
-- Appends are in line at this row already, so that notifying, which lets one commit pass at a
-- time, holds nobody up besides.
CREATE FUNCTION tell_appended() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('event_log', NEW.last::text);
    RETURN NULL;
END
$$;
CREATE TRIGGER event_log_appended AFTER UPDATE OF last ON event_log
    FOR EACH ROW WHEN (NEW.last > OLD.last) EXECUTE FUNCTION tell_appended();
