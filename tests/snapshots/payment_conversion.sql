-- payment_conversion (支付漏斗转化率): Of distinct users who viewed the checkout in the period, the share who paid within 24 hours after it.
-- users with pay_success within 24 h of checkout_view / users with checkout_view

-- start = 2025-01-01, end = 2025-01-31
--   $current_from = 2025-01-01
--   $current_to = 2025-01-31
--   $next_event = pay_success
--   $as_of = 2025-01-31
--   $row_limit = 1001
SELECT
  CAST(COALESCE(COUNT(DISTINCT f.user_id) FILTER(WHERE
    NOT n.user_id IS NULL), 0) AS DOUBLE) / CAST(NULLIF(COALESCE(COUNT(DISTINCT f.user_id), 0), 0) AS DOUBLE) AS payment_conversion,
  COALESCE(COUNT(DISTINCT f.user_id) FILTER(WHERE
    NOT n.user_id IS NULL), 0) AS payment_conversion__numerator,
  COALESCE(COUNT(DISTINCT f.user_id), 0) AS payment_conversion__denominator
FROM events AS f
LEFT JOIN (
  SELECT
    e.user_id AS user_id,
    e.ts AS ts
  FROM events AS e
  WHERE
    e.event = $next_event
    AND e.event_date BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE) + 1
    AND e.event_date <= CAST($as_of AS DATE)
) AS n
  ON n.user_id = f.user_id AND n.ts >= f.ts AND n.ts <= f.ts + INTERVAL '24' HOUR
WHERE
  f.event_date BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
  AND (
    f.event = 'checkout_view'
  )
LIMIT $row_limit;

-- start = 2025-01-01, end = 2025-01-31, grain = month, dimensions = ['channel'], compare = previous
--   $current_from = 2025-01-01
--   $current_to = 2025-01-31
--   $next_event = pay_success
--   $as_of = 2025-01-31
--   $periods = ['2025-01-01']
--   $row_limit = 1001
WITH periods AS (
  SELECT
    UNNEST(CAST($periods AS DATE[])) AS period
), current_paid_within_a_day AS (
  SELECT
    m.bucket AS period,
    m.channel AS channel,
    m.paid_within_a_day AS paid_within_a_day,
    m.checkout_viewers AS checkout_viewers
  FROM (
    SELECT
      CAST(DATE_TRUNC('MONTH', f.event_date) AS DATE) AS bucket,
      u.channel AS channel,
      COUNT(DISTINCT f.user_id) FILTER(WHERE
        NOT n.user_id IS NULL) AS paid_within_a_day,
      COUNT(DISTINCT f.user_id) AS checkout_viewers
    FROM events AS f
    LEFT JOIN users AS u
      ON u.user_id = f.user_id
    LEFT JOIN (
      SELECT
        e.user_id AS user_id,
        e.ts AS ts
      FROM events AS e
      WHERE
        e.event = $next_event
        AND e.event_date BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE) + 1
        AND e.event_date <= CAST($as_of AS DATE)
    ) AS n
      ON n.user_id = f.user_id AND n.ts >= f.ts AND n.ts <= f.ts + INTERVAL '24' HOUR
    WHERE
      f.event_date BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
      AND (
        f.event = 'checkout_view'
      )
    GROUP BY
      CAST(DATE_TRUNC('MONTH', f.event_date) AS DATE),
      u.channel
  ) AS m
), spine_keys AS (
  SELECT DISTINCT
    channel
  FROM current_paid_within_a_day
), figures AS (
  SELECT
    p.period AS period,
    k.channel AS channel,
    CAST(COALESCE(current_paid_within_a_day.paid_within_a_day, 0) AS DOUBLE) / CAST(NULLIF(COALESCE(current_paid_within_a_day.checkout_viewers, 0), 0) AS DOUBLE) AS payment_conversion,
    COALESCE(current_paid_within_a_day.paid_within_a_day, 0) AS payment_conversion__numerator,
    COALESCE(current_paid_within_a_day.checkout_viewers, 0) AS payment_conversion__denominator,
    CAST(NULL AS DOUBLE) AS payment_conversion__base
  FROM periods AS p
  CROSS JOIN spine_keys AS k
  LEFT JOIN current_paid_within_a_day
    ON current_paid_within_a_day.channel IS NOT DISTINCT FROM k.channel
    AND current_paid_within_a_day.period = p.period
), compared AS (
  SELECT
    g.period AS period,
    g.channel AS channel,
    g.payment_conversion AS payment_conversion,
    g.payment_conversion__numerator AS payment_conversion__numerator,
    g.payment_conversion__denominator AS payment_conversion__denominator,
    g.payment_conversion__base AS payment_conversion__base,
    g.payment_conversion - g.payment_conversion__base AS payment_conversion__change,
    CAST(g.payment_conversion - g.payment_conversion__base AS DOUBLE) / CAST(NULLIF(g.payment_conversion__base, 0) AS DOUBLE) AS payment_conversion__change_pct
  FROM figures AS g
)
SELECT
  r.period AS period,
  r.channel AS channel,
  r.payment_conversion AS payment_conversion,
  r.payment_conversion__numerator AS payment_conversion__numerator,
  r.payment_conversion__denominator AS payment_conversion__denominator,
  r.payment_conversion__base AS payment_conversion__base,
  r.payment_conversion__change AS payment_conversion__change,
  r.payment_conversion__change_pct AS payment_conversion__change_pct
FROM compared AS r
ORDER BY
  r.period ASC,
  r.channel ASC
LIMIT $row_limit;
