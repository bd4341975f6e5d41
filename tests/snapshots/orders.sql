-- orders (订单数): Orders paid in the period.
-- count of orders by order_date

-- start = 2025-01-01, end = 2025-01-31
--   $current_from = 2025-01-01
--   $current_to = 2025-01-31
--   $row_limit = 1001
SELECT
  COALESCE(COUNT(*), 0) AS orders
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
    m.orders AS orders
  FROM (
    SELECT
      CAST(DATE_TRUNC('MONTH', f.order_date) AS DATE) AS bucket,
      u.channel AS channel,
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
    COALESCE(current_orders.orders, 0) AS orders,
    CAST(NULL AS DOUBLE) AS orders__base
  FROM periods AS p
  CROSS JOIN spine_keys AS k
  LEFT JOIN current_orders
    ON current_orders.channel IS NOT DISTINCT FROM k.channel
    AND current_orders.period = p.period
), compared AS (
  SELECT
    g.period AS period,
    g.channel AS channel,
    g.orders AS orders,
    g.orders__base AS orders__base,
    g.orders - g.orders__base AS orders__change,
    CAST(g.orders - g.orders__base AS DOUBLE) / CAST(NULLIF(g.orders__base, 0) AS DOUBLE) AS orders__change_pct
  FROM figures AS g
)
SELECT
  r.period AS period,
  r.channel AS channel,
  r.orders AS orders,
  r.orders__base AS orders__base,
  r.orders__change AS orders__change,
  r.orders__change_pct AS orders__change_pct
FROM compared AS r
ORDER BY
  r.period ASC,
  r.channel ASC
LIMIT $row_limit;
