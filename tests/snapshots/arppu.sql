-- arppu (每付费用户平均收入（ARPPU）): Net revenue ÷ paying users of the period.
-- revenue / paying_users

-- start = 2025-01-01, end = 2025-01-31
--   $current_from = 2025-01-01
--   $current_to = 2025-01-31
--   $row_limit = 1001
SELECT
  ROUND(
    CAST(COALESCE(SUM(f.amount - COALESCE(f.discount, 0) - COALESCE(f.refund_amount, 0)), 0) AS DOUBLE) / CAST(NULLIF(COALESCE(COUNT(DISTINCT f.user_id), 0), 0) AS DOUBLE),
    2
  ) AS arppu,
  COALESCE(SUM(f.amount - COALESCE(f.discount, 0) - COALESCE(f.refund_amount, 0)), 0) AS arppu__numerator,
  COALESCE(COUNT(DISTINCT f.user_id), 0) AS arppu__denominator
FROM orders AS f
WHERE
  f.order_date BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
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
    m.revenue AS revenue,
    m.paying_users AS paying_users
  FROM (
    SELECT
      CAST(DATE_TRUNC('MONTH', f.order_date) AS DATE) AS bucket,
      u.channel AS channel,
      SUM(f.amount - COALESCE(f.discount, 0) - COALESCE(f.refund_amount, 0)) AS revenue,
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
), spine_keys AS (
  SELECT DISTINCT
    channel
  FROM current_orders
), figures AS (
  SELECT
    p.period AS period,
    k.channel AS channel,
    CAST(COALESCE(current_orders.revenue, 0) AS DOUBLE) / CAST(NULLIF(COALESCE(current_orders.paying_users, 0), 0) AS DOUBLE) AS arppu,
    COALESCE(current_orders.revenue, 0) AS arppu__numerator,
    COALESCE(current_orders.paying_users, 0) AS arppu__denominator,
    CAST(NULL AS DOUBLE) AS arppu__base
  FROM periods AS p
  CROSS JOIN spine_keys AS k
  LEFT JOIN current_orders
    ON current_orders.channel IS NOT DISTINCT FROM k.channel
    AND current_orders.period = p.period
), compared AS (
  SELECT
    g.period AS period,
    g.channel AS channel,
    g.arppu AS arppu,
    g.arppu__numerator AS arppu__numerator,
    g.arppu__denominator AS arppu__denominator,
    g.arppu__base AS arppu__base,
    g.arppu - g.arppu__base AS arppu__change,
    CAST(g.arppu - g.arppu__base AS DOUBLE) / CAST(NULLIF(g.arppu__base, 0) AS DOUBLE) AS arppu__change_pct
  FROM figures AS g
)
SELECT
  r.period AS period,
  r.channel AS channel,
  ROUND(r.arppu, 2) AS arppu,
  r.arppu__numerator AS arppu__numerator,
  r.arppu__denominator AS arppu__denominator,
  ROUND(r.arppu__base, 2) AS arppu__base,
  ROUND(r.arppu__change, 2) AS arppu__change,
  r.arppu__change_pct AS arppu__change_pct
FROM compared AS r
ORDER BY
  r.period ASC,
  r.channel ASC
LIMIT $row_limit;
