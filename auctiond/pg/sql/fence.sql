-- hold --
-- Whether this connection has the lock, or gets it now. The number is ours, and means nothing else.
SELECT EXISTS (
    SELECT FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid() AND granted
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND (classid::bigint << 32) + objid::bigint = 7207130422
) OR pg_try_advisory_lock(7207130422)
