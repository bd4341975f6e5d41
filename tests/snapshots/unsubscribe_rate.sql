-- unsubscribe_rate (退订率): Of messages sent in the period, unsubscribed ÷ delivered.
-- unsubscribed / delivered

-- start = 2025-01-01, end = 2025-01-31
--   $current_from = 2025-01-01
--   $current_to = 2025-01-31
--   $row_limit = 1001
SELECT
  CAST(COALESCE(COUNT(*) FILTER(WHERE
    f.unsubscribed), 0) AS DOUBLE) / CAST(NULLIF(COALESCE(COUNT(*) FILTER(WHERE
    NOT f.delivered_at IS NULL), 0), 0) AS DOUBLE) AS unsubscribe_rate,
  COALESCE(COUNT(*) FILTER(WHERE
    f.unsubscribed), 0) AS unsubscribe_rate__numerator,
  COALESCE(COUNT(*) FILTER(WHERE
    NOT f.delivered_at IS NULL), 0) AS unsubscribe_rate__denominator
FROM messages AS f
WHERE
  f.sent_date BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
LIMIT $row_limit;

-- start = 2025-01-01, end = 2025-01-31, grain = month, dimensions = ['channel'], compare = previous
--   $current_from = 2025-01-01
--   $current_to = 2025-01-31
--   $periods = ['2025-01-01']
--   $row_limit = 1001
WITH periods AS (
  SELECT
    UNNEST(CAST($periods AS DATE[])) AS period
), current_messages AS (
  SELECT
    m.bucket AS period,
    m.channel AS channel,
    m.messages_unsubscribed AS messages_unsubscribed,
    m.messages_delivered AS messages_delivered
  FROM (
    SELECT
      CAST(DATE_TRUNC('MONTH', f.sent_date) AS DATE) AS bucket,
      u.channel AS channel,
      COUNT(*) FILTER(WHERE
        f.unsubscribed) AS messages_unsubscribed,
      COUNT(*) FILTER(WHERE
        NOT f.delivered_at IS NULL) AS messages_delivered
    FROM messages AS f
    LEFT JOIN users AS u
      ON u.user_id = f.user_id
    WHERE
      f.sent_date BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
    GROUP BY
      CAST(DATE_TRUNC('MONTH', f.sent_date) AS DATE),
      u.channel
    HAVING
      COUNT(*) FILTER(WHERE
        f.unsubscribed) > 0
      OR COUNT(*) FILTER(WHERE
        NOT f.delivered_at IS NULL) > 0
  ) AS m
), spine_keys AS (
  SELECT DISTINCT
    channel
  FROM current_messages
), figures AS (
  SELECT
    p.period AS period,
    k.channel AS channel,
    CAST(COALESCE(current_messages.messages_unsubscribed, 0) AS DOUBLE) / CAST(NULLIF(COALESCE(current_messages.messages_delivered, 0), 0) AS DOUBLE) AS unsubscribe_rate,
    COALESCE(current_messages.messages_unsubscribed, 0) AS unsubscribe_rate__numerator,
    COALESCE(current_messages.messages_delivered, 0) AS unsubscribe_rate__denominator,
    CAST(NULL AS DOUBLE) AS unsubscribe_rate__base
  FROM periods AS p
  CROSS JOIN spine_keys AS k
  LEFT JOIN current_messages
    ON current_messages.channel IS NOT DISTINCT FROM k.channel
    AND current_messages.period = p.period
), compared AS (
  SELECT
    g.period AS period,
    g.channel AS channel,
    g.unsubscribe_rate AS unsubscribe_rate,
    g.unsubscribe_rate__numerator AS unsubscribe_rate__numerator,
    g.unsubscribe_rate__denominator AS unsubscribe_rate__denominator,
    g.unsubscribe_rate__base AS unsubscribe_rate__base,
    g.unsubscribe_rate - g.unsubscribe_rate__base AS unsubscribe_rate__change,
    CAST(g.unsubscribe_rate - g.unsubscribe_rate__base AS DOUBLE) / CAST(NULLIF(g.unsubscribe_rate__base, 0) AS DOUBLE) AS unsubscribe_rate__change_pct
  FROM figures AS g
)
SELECT
  r.period AS period,
  r.channel AS channel,
  r.unsubscribe_rate AS unsubscribe_rate,
  r.unsubscribe_rate__numerator AS unsubscribe_rate__numerator,
  r.unsubscribe_rate__denominator AS unsubscribe_rate__denominator,
  r.unsubscribe_rate__base AS unsubscribe_rate__base,
  r.unsubscribe_rate__change AS unsubscribe_rate__change,
  r.unsubscribe_rate__change_pct AS unsubscribe_rate__change_pct
FROM compared AS r
ORDER BY
  r.period ASC,
  r.channel ASC
LIMIT $row_limit;
