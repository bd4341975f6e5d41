-- gmv (成交额（GMV）): Sum of the amounts of orders paid in the period, before discounts and refunds.
-- sum(amount) by order_date

-- start = 2025-01-01, end = 2025-01-31
--   $current_from = 2025-01-01
--   $current_to = 2025-01-31
--   $row_limit = 1001
SELECT
  ROUND(COALESCE(SUM(f.amount), 0), 2) AS gmv
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
    m.gmv AS gmv
  FROM (
    SELECT
      CAST(DATE_TRUNC('MONTH', f.order_date) AS DATE) AS bucket,
      u.channel AS channel,
      SUM(f.amount) AS gmv
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
    COALESCE(current_orders.gmv, 0) AS gmv,
    CAST(NULL AS DOUBLE) AS gmv__base
  FROM periods AS p
  CROSS JOIN spine_keys AS k
  LEFT JOIN current_orders
    ON current_orders.channel IS NOT DISTINCT FROM k.channel
    AND current_orders.period = p.period
), compared AS (
  SELECT
    g.period AS period,
    g.channel AS channel,
    g.gmv AS gmv,
    g.gmv__base AS gmv__base,
    g.gmv - g.gmv__base AS gmv__change,
    CAST(g.gmv - g.gmv__base AS DOUBLE) / CAST(NULLIF(g.gmv__base, 0) AS DOUBLE) AS gmv__change_pct
  FROM figures AS g
)
SELECT
  r.period AS period,
  r.channel AS channel,
  ROUND(r.gmv, 2) AS gmv,
  ROUND(r.gmv__base, 2) AS gmv__base,
  ROUND(r.gmv__change, 2) AS gmv__change,
  r.gmv__change_pct AS gmv__change_pct
FROM compared AS r
ORDER BY
  r.period ASC,
  r.channel ASC
LIMIT $row_limit;
