-- What a caller answers during the call, sealed as the rest is. Nothing is added to who was erased.
CREATE FUNCTION add_person_fields(person uuid, fields text[], sealed bytea[]) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT AS $$
    INSERT INTO person_field SELECT person, f, s FROM unnest(fields, sealed) AS u (f, s)
        WHERE EXISTS (SELECT FROM person_key k WHERE k.person_id = person)
        ON CONFLICT ON CONSTRAINT person_field_pkey DO UPDATE SET sealed = excluded.sealed;
$$;
GRANT EXECUTE ON FUNCTION add_person_fields TO auctiond_app;
