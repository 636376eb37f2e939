-- tell --
SELECT tell_notice($1, $2, $3, $4::jsonb)

-- take --
SELECT * FROM take_notices($1, $2, $3)

-- spread --
SELECT spread_notice($1, $2, $3, $4)

-- end --
SELECT end_notice_try($1, $2, $3, $4, $5, $6, $7)

-- resend --
SELECT resend_notice($1, $2)

-- gone --
SELECT webhook_is_gone($1, $2, $3)

-- is_gone --
SELECT EXISTS (SELECT FROM webhook_gone WHERE endpoint = $1 AND url_hash = $2)

-- resume --
SELECT resume_webhook($1)

-- prune --
SELECT prune_notices($1)

-- backlog --
-- How many are to be sent, and how long the oldest has been waiting, in seconds.
SELECT count(*) AS waiting,
    coalesce(extract(epoch FROM clock_timestamp() - min(since)), 0)::float AS oldest_s
FROM notice_open

-- recent --
-- The newest notices, those before a given number, of a party or all; each with its channels.
SELECT n.id, n.no, n.kind, n.party, n.data::text AS data, n.at,
    coalesce(c.channels, '[]')::text AS channels
FROM (
    SELECT * FROM notice WHERE ($2::bigint IS NULL OR no < $2) AND ($3::text IS NULL OR party = $3)
    ORDER BY no DESC LIMIT $1
) n
LEFT JOIN LATERAL (
    SELECT jsonb_agg(jsonb_build_object('channel', channel, 'tries', tries, 'outcome', outcome,
        'reason', reason, 'again', again) ORDER BY channel) AS channels
    FROM (
        SELECT coalesce(t.channel, o.channel) AS channel, greatest(t.try, o.begun) AS tries,
            CASE WHEN o.notice_id IS NULL THEN t.outcome ELSE 'waiting' END AS outcome,
            coalesce(t.reason, '') AS reason, o.due AS again
        FROM (SELECT DISTINCT ON (channel) * FROM notice_try WHERE notice_id = n.id
            ORDER BY channel, try DESC) t
        FULL JOIN (SELECT * FROM notice_open WHERE notice_id = n.id) o ON o.channel = t.channel
    ) each
) c ON true
ORDER BY n.no DESC
