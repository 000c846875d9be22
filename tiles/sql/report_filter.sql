-- Which reports a question is about. A part of a statement over issues_servicerequest.
-- Uses the GiST index on public_point (4326).
--
-- Parameters: %(west)s %(south)s %(east)s %(north)s a rectangle with a margin
--   (EPSG:4326): it only chooses what is looked at; %(states)s; %(private_ids)s services
--   left out; %(service_ids)s %(body_ids)s %(since)s %(before)s null = all.
WHERE public_point && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326)
  AND state = ANY (%(states)s::text[])
  AND service_id <> ALL (%(private_ids)s::bigint[])
  AND (%(service_ids)s::bigint[] IS NULL OR service_id = ANY (%(service_ids)s::bigint[]))
  AND (%(body_ids)s::bigint[] IS NULL OR body_id = ANY (%(body_ids)s::bigint[]))
  AND (%(since)s::timestamptz IS NULL OR requested_datetime >= %(since)s::timestamptz)
  AND (%(before)s::timestamptz IS NULL OR requested_datetime < %(before)s::timestamptz)
