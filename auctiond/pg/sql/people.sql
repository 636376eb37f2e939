-- key --
SELECT wrapped_key FROM person_key WHERE person_id = $1

-- fields --
SELECT field, sealed FROM person_field WHERE person_id = $1 ORDER BY field

-- erase --
SELECT erase_person($1)
