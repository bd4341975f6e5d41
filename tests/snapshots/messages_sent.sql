-- messages_sent (触达量): Messages sent in the period.
-- count of messages by sent_date

-- start = 2025-01-01, end = 2025-01-31
--   $current_from = 2025-01-01
--   $current_to = 2025-01-31
--   $row_limit = 1001
SELECT
  COALESCE(COUNT(*), 0) AS messages_sent
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
    m.messages_sent AS messages_sent
  FROM (
    SELECT
      CAST(DATE_TRUNC('MONTH', f.sent_date) AS DATE) AS bucket,
      u.channel AS channel,
      COUNT(*) AS messages_sent
    FROM messages AS f
    LEFT JOIN users AS u
      ON u.user_id = f.user_id
    WHERE
      f.sent_date BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
    GROUP BY
      CAST(DATE_TRUNC('MONTH', f.sent_date) AS DATE),
      u.channel
  ) AS m
), spine_keys AS (
  SELECT DISTINCT
    channel
  FROM current_messages
), figures AS (
  SELECT
    p.period AS period,
    k.channel AS channel,
    COALESCE(current_messages.messages_sent, 0) AS messages_sent,
    CAST(NULL AS DOUBLE) AS messages_sent__base
  FROM periods AS p
  CROSS JOIN spine_keys AS k
  LEFT JOIN current_messages
    ON current_messages.channel IS NOT DISTINCT FROM k.channel
    AND current_messages.period = p.period
), compared AS (
  SELECT
    g.period AS period,
    g.channel AS channel,
    g.messages_sent AS messages_sent,
    g.messages_sent__base AS messages_sent__base,
    g.messages_sent - g.messages_sent__base AS messages_sent__change,
    CAST(g.messages_sent - g.messages_sent__base AS DOUBLE) / CAST(NULLIF(g.messages_sent__base, 0) AS DOUBLE) AS messages_sent__change_pct
  FROM figures AS g
)
SELECT
  r.period AS period,
  r.channel AS channel,
  r.messages_sent AS messages_sent,
  r.messages_sent__base AS messages_sent__base,
  r.messages_sent__change AS messages_sent__change,
  r.messages_sent__change_pct AS messages_sent__change_pct
FROM compared AS r
ORDER BY
  r.period ASC,
  r.channel ASC
LIMIT $row_limit;
