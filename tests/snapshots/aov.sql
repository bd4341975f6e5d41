-- aov (客单价): Net revenue ÷ orders of the period.
-- revenue / orders

-- start = 2025-01-01, end = 2025-01-31
--   $current_from = 2025-01-01
--   $current_to = 2025-01-31
--   $row_limit = 1001
SELECT
  ROUND(
    CAST(COALESCE(SUM(f.amount - COALESCE(f.discount, 0) - COALESCE(f.refund_amount, 0)), 0) AS DOUBLE) / CAST(NULLIF(COALESCE(COUNT(*), 0), 0) AS DOUBLE),
    2
  ) AS aov,
  COALESCE(SUM(f.amount - COALESCE(f.discount, 0) - COALESCE(f.refund_amount, 0)), 0) AS aov__numerator,
  COALESCE(COUNT(*), 0) AS aov__denominator
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
    m.orders AS orders
  FROM (
    SELECT
      CAST(DATE_TRUNC('MONTH', f.order_date) AS DATE) AS bucket,
      u.channel AS channel,
      SUM(f.amount - COALESCE(f.discount, 0) - COALESCE(f.refund_amount, 0)) AS revenue,
      COUNT(*) AS orders
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
    CAST(COALESCE(current_orders.revenue, 0) AS DOUBLE) / CAST(NULLIF(COALESCE(current_orders.orders, 0), 0) AS DOUBLE) AS aov,
    COALESCE(current_orders.revenue, 0) AS aov__numerator,
    COALESCE(current_orders.orders, 0) AS aov__denominator,
    CAST(NULL AS DOUBLE) AS aov__base
  FROM periods AS p
  CROSS JOIN spine_keys AS k
  LEFT JOIN current_orders
    ON current_orders.channel IS NOT DISTINCT FROM k.channel
    AND current_orders.period = p.period
), compared AS (
  SELECT
    g.period AS period,
    g.channel AS channel,
    g.aov AS aov,
    g.aov__numerator AS aov__numerator,
    g.aov__denominator AS aov__denominator,
    g.aov__base AS aov__base,
    g.aov - g.aov__base AS aov__change,
    CAST(g.aov - g.aov__base AS DOUBLE) / CAST(NULLIF(g.aov__base, 0) AS DOUBLE) AS aov__change_pct
  FROM figures AS g
)
SELECT
  r.period AS period,
  r.channel AS channel,
  ROUND(r.aov, 2) AS aov,
  r.aov__numerator AS aov__numerator,
  r.aov__denominator AS aov__denominator,
  ROUND(r.aov__base, 2) AS aov__base,
  ROUND(r.aov__change, 2) AS aov__change,
  r.aov__change_pct AS aov__change_pct
FROM compared AS r
ORDER BY
  r.period ASC,
  r.channel ASC
LIMIT $row_limit;
