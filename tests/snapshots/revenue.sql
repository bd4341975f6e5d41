-- revenue (净收入): Order amounts minus discounts and refunds, by the day the order was paid (a refund counts on its order's day).
-- sum(amount - discount - refund_amount) by order_date

-- start = 2025-01-01, end = 2025-01-31
--   $current_from = 2025-01-01
--   $current_to = 2025-01-31
--   $row_limit = 1001
SELECT
  ROUND(
    COALESCE(SUM(f.amount - COALESCE(f.discount, 0) - COALESCE(f.refund_amount, 0)), 0),
    2
  ) AS revenue
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
    m.revenue AS revenue
  FROM (
    SELECT
      CAST(DATE_TRUNC('MONTH', f.order_date) AS DATE) AS bucket,
      u.channel AS channel,
      SUM(f.amount - COALESCE(f.discount, 0) - COALESCE(f.refund_amount, 0)) AS revenue
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
    COALESCE(current_orders.revenue, 0) AS revenue,
    CAST(NULL AS DOUBLE) AS revenue__base
  FROM periods AS p
  CROSS JOIN spine_keys AS k
  LEFT JOIN current_orders
    ON current_orders.channel IS NOT DISTINCT FROM k.channel
    AND current_orders.period = p.period
), compared AS (
  SELECT
    g.period AS period,
    g.channel AS channel,
    g.revenue AS revenue,
    g.revenue__base AS revenue__base,
    g.revenue - g.revenue__base AS revenue__change,
    CAST(g.revenue - g.revenue__base AS DOUBLE) / CAST(NULLIF(g.revenue__base, 0) AS DOUBLE) AS revenue__change_pct
  FROM figures AS g
)
SELECT
  r.period AS period,
  r.channel AS channel,
  ROUND(r.revenue, 2) AS revenue,
  ROUND(r.revenue__base, 2) AS revenue__base,
  ROUND(r.revenue__change, 2) AS revenue__change,
  r.revenue__change_pct AS revenue__change_pct
FROM compared AS r
ORDER BY
  r.period ASC,
  r.channel ASC
LIMIT $row_limit;
