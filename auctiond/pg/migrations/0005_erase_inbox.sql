-- Forget a person: the key, what it sealed, by what his calls could be found, and the webhooks
-- that told of him, which are sealed with a key that stays. The calls stay.
CREATE OR REPLACE FUNCTION erase_person(person uuid) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    DELETE FROM webhook_inbox i USING call c
        WHERE i.carrier = c.carrier AND i.call_ref = c.call_ref AND c.person_id = person;
    DELETE FROM call_caller cc USING call c WHERE c.id = cc.call_id AND c.person_id = person;
    DELETE FROM person_key WHERE person_id = person;
    RETURN FOUND;
END $$;
