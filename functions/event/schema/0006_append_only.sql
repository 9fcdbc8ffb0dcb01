-- What was done is kept as it was: the log, its keys and the record of what operators did are
-- added to, and nothing else. A migration that must change them disables these triggers.
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is only added to: % is refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'insufficient_privilege';
END
$$;

-- Redaction is the one change of an event: once, and of nothing but its data.
CREATE TRIGGER redaction_only BEFORE UPDATE ON events FOR EACH ROW
    WHEN (OLD.redacted OR NOT NEW.redacted OR
          (OLD.sequence, OLD.id, OLD.type, OLD.source, OLD.subject, OLD.revision, OLD.time,
           OLD.dataschema, OLD.correlationid, OLD.causationid, OLD.traceparent,
           OLD.recorded_at, OLD.member)
          IS DISTINCT FROM
          (NEW.sequence, NEW.id, NEW.type, NEW.source, NEW.subject, NEW.revision, NEW.time,
           NEW.dataschema, NEW.correlationid, NEW.causationid, NEW.traceparent,
           NEW.recorded_at, NEW.member))
    EXECUTE FUNCTION refuse_change();
CREATE TRIGGER no_deletion BEFORE DELETE ON events FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER no_emptying BEFORE TRUNCATE ON events EXECUTE FUNCTION refuse_change();
CREATE TRIGGER no_change BEFORE UPDATE OR DELETE ON event_keys
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER no_emptying BEFORE TRUNCATE ON event_keys EXECUTE FUNCTION refuse_change();
-- What was kept apart loses its envelope when its member goes, and stays.
CREATE TRIGGER no_deletion BEFORE DELETE ON event_conflicts
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER no_emptying BEFORE TRUNCATE ON event_conflicts EXECUTE FUNCTION refuse_change();
CREATE TRIGGER no_change BEFORE UPDATE OR DELETE ON actions
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER no_emptying BEFORE TRUNCATE ON actions EXECUTE FUNCTION refuse_change();

-- How many things an action concerned, where its target is one name for them.
ALTER TABLE actions ADD COLUMN count bigint NOT NULL DEFAULT 1 CHECK (count >= 0);
CREATE INDEX actions_by ON actions (caller, position);
CREATE INDEX actions_named ON actions (action, position);
CREATE INDEX event_conflicts_newest ON event_conflicts (noticed_at DESC, id DESC);
