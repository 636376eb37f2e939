-- What the app may never do is refused twice: by missing rights, and by these triggers for
-- whoever has more rights than the app. They are ENABLE ALWAYS wherever they are used, so that
-- session_replication_role does not switch them off.

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', tg_table_name USING ERRCODE = 'restrict_violation';
END $$;

-- Make a table append-only. For migrations alone: the app may not call it.
CREATE PROCEDURE make_append_only(wanted regclass) LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON %s '
                   'FOR EACH ROW EXECUTE FUNCTION refuse_change()', wanted);
    EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER append_only', wanted);
    EXECUTE format('CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON %s '
                   'FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', wanted);
    EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER append_only_whole', wanted);
END $$;

-- Functions are executable by everybody unless one says otherwise. From here on they are not.
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION refuse_change() FROM PUBLIC;
REVOKE EXECUTE ON PROCEDURE make_append_only(regclass) FROM PUBLIC;

CALL make_append_only('migration');
