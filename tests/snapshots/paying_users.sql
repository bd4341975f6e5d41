-- paying_users (付费用户数): Distinct users with at least one paid order in the period.
-- distinct users with an order by order_date

-- start = 2025-01-01, end = 2025-01-31
--   $current_from = 2025-01-01
--   $current_to = 2025-01-31
--   $row_limit = 1001
SELECT
  COALESCE(COUNT(DISTINCT f.user_id), 0) AS paying_users
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
), spine_keys AS (
  SELECT DISTINCT
    channel
  FROM current_orders
), figures AS (
  SELECT
    p.period AS period,
    k.channel AS channel,
    COALESCE(current_orders.paying_users, 0) AS paying_users,
    CAST(NULL AS DOUBLE) AS paying_users__base
  FROM periods AS p
  CROSS JOIN spine_keys AS k
  LEFT JOIN current_orders
    ON current_orders.channel IS NOT DISTINCT FROM k.channel
    AND current_orders.period = p.period
), compared AS (
  SELECT
    g.period AS period,
    g.channel AS channel,
    g.paying_users AS paying_users,
    g.paying_users__base AS paying_users__base,
    g.paying_users - g.paying_users__base AS paying_users__change,
    CAST(g.paying_users - g.paying_users__base AS DOUBLE) / CAST(NULLIF(g.paying_users__base, 0) AS DOUBLE) AS paying_users__change_pct
  FROM figures AS g
)
SELECT
  r.period AS period,
  r.channel AS channel,
  r.paying_users AS paying_users,
  r.paying_users__base AS paying_users__base,
  r.paying_users__change AS paying_users__change,
  r.paying_users__change_pct AS paying_users__change_pct
FROM compared AS r
ORDER BY
  r.period ASC,
  r.channel ASC
LIMIT $row_limit;
