-- key --
SELECT wrapped_key FROM person_key WHERE person_id = $1

-- fields --
SELECT field, sealed FROM person_field WHERE person_id = $1 ORDER BY field

-- add --
SELECT add_person_fields($1, $2, $3)

-- erase --
SELECT erase_person($1)
