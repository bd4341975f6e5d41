-- paid_conversion (付费转化率): Paying users ÷ active users of the period.
-- paying_users / active_users

-- start = 2025-01-01, end = 2025-01-31
--   $current_from = 2025-01-01
--   $current_to = 2025-01-31
--   $row_limit = 1001
WITH current_orders AS (
  SELECT
    COUNT(DISTINCT f.user_id) AS paying_users
  FROM orders AS f
  WHERE
    f.order_date BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
), current_presence_by_month AS (
  SELECT
    COUNT(*) AS active_users
  FROM active_months AS f
  WHERE
    f.month BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
    AND f.first_row
)
SELECT
  CAST(COALESCE(current_orders.paying_users, 0) AS DOUBLE) / CAST(NULLIF(COALESCE(current_presence_by_month.active_users, 0), 0) AS DOUBLE) AS paid_conversion,
  COALESCE(current_orders.paying_users, 0) AS paid_conversion__numerator,
  COALESCE(current_presence_by_month.active_users, 0) AS paid_conversion__denominator
FROM current_orders
CROSS JOIN current_presence_by_month
LIMIT $row_limit;

-- start = 2025-01-01, end = 2025-01-31, grain = month, dimensions = ['channel'], compare = previous
--   $current_from = 2025-01-01
--   $current_to = 2025-01-31
--   $periods = ['2025-01-01']
--   $row_limit = 1001
WITH periods AS (
  SELECT
    UNNEST(CAST($periods AS DATE[])) AS period
), current_orders AS (
  SELECT
    m.bucket AS period,
    m.channel AS channel,
    m.paying_users AS paying_users
  FROM (
    SELECT
      CAST(DATE_TRUNC('MONTH', f.order_date) AS DATE) AS bucket,
      u.channel AS channel,
      COUNT(DISTINCT f.user_id) AS paying_users
    FROM orders AS f
    LEFT JOIN users AS u
      ON u.user_id = f.user_id
    WHERE
      f.order_date BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
    GROUP BY
      CAST(DATE_TRUNC('MONTH', f.order_date) AS DATE),
      u.channel
  ) AS m
), current_presence_by_month AS (
  SELECT
    m.bucket AS period,
    m.channel AS channel,
    m.active_users AS active_users
  FROM (
    SELECT
      f.month AS bucket,
      u.channel AS channel,
      COUNT(*) AS active_users
    FROM active_months AS f
    LEFT JOIN users AS u
      ON u.user_id = f.user_id
    WHERE
      f.month BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
      AND f.first_row
    GROUP BY
      f.month,
      u.channel
  ) AS m
), spine_keys AS (
  SELECT DISTINCT
    channel
  FROM current_orders
  UNION
  SELECT DISTINCT
    channel
  FROM current_presence_by_month
), figures AS (
  SELECT
    p.period AS period,
    k.channel AS channel,
    CAST(COALESCE(current_orders.paying_users, 0) AS DOUBLE) / CAST(NULLIF(COALESCE(current_presence_by_month.active_users, 0), 0) AS DOUBLE) AS paid_conversion,
    COALESCE(current_orders.paying_users, 0) AS paid_conversion__numerator,
    COALESCE(current_presence_by_month.active_users, 0) AS paid_conversion__denominator,
    CAST(NULL AS DOUBLE) AS paid_conversion__base
  FROM periods AS p
  CROSS JOIN spine_keys AS k
  LEFT JOIN current_orders
    ON current_orders.channel IS NOT DISTINCT FROM k.channel
    AND current_orders.period = p.period
  LEFT JOIN current_presence_by_month
    ON current_presence_by_month.channel IS NOT DISTINCT FROM k.channel
    AND current_presence_by_month.period = p.period
), compared AS (
  SELECT
    g.period AS period,
    g.channel AS channel,
    g.paid_conversion AS paid_conversion,
    g.paid_conversion__numerator AS paid_conversion__numerator,
    g.paid_conversion__denominator AS paid_conversion__denominator,
    g.paid_conversion__base AS paid_conversion__base,
    g.paid_conversion - g.paid_conversion__base AS paid_conversion__change,
    CAST(g.paid_conversion - g.paid_conversion__base AS DOUBLE) / CAST(NULLIF(g.paid_conversion__base, 0) AS DOUBLE) AS paid_conversion__change_pct
  FROM figures AS g
)
SELECT
  r.period AS period,
  r.channel AS channel,
  r.paid_conversion AS paid_conversion,
  r.paid_conversion__numerator AS paid_conversion__numerator,
  r.paid_conversion__denominator AS paid_conversion__denominator,
  r.paid_conversion__base AS paid_conversion__base,
  r.paid_conversion__change AS paid_conversion__change,
  r.paid_conversion__change_pct AS paid_conversion__change_pct
FROM compared AS r
ORDER BY
  r.period ASC,
  r.channel ASC
LIMIT $row_limit;
