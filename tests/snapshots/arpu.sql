-- arpu (每用户平均收入（ARPU）): Net revenue ÷ active users of the period.
-- revenue / active_users

-- start = 2025-01-01, end = 2025-01-31
--   $current_from = 2025-01-01
--   $current_to = 2025-01-31
--   $row_limit = 1001
WITH current_orders AS (
  SELECT
    SUM(f.amount - COALESCE(f.discount, 0) - COALESCE(f.refund_amount, 0)) AS revenue
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
  ROUND(
    CAST(COALESCE(current_orders.revenue, 0) AS DOUBLE) / CAST(NULLIF(COALESCE(current_presence_by_month.active_users, 0), 0) AS DOUBLE),
    2
  ) AS arpu,
  COALESCE(current_orders.revenue, 0) AS arpu__numerator,
  COALESCE(current_presence_by_month.active_users, 0) AS arpu__denominator
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
    CAST(COALESCE(current_orders.revenue, 0) AS DOUBLE) / CAST(NULLIF(COALESCE(current_presence_by_month.active_users, 0), 0) AS DOUBLE) AS arpu,
    COALESCE(current_orders.revenue, 0) AS arpu__numerator,
    COALESCE(current_presence_by_month.active_users, 0) AS arpu__denominator,
    CAST(NULL AS DOUBLE) AS arpu__base
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
    g.arpu AS arpu,
    g.arpu__numerator AS arpu__numerator,
    g.arpu__denominator AS arpu__denominator,
    g.arpu__base AS arpu__base,
    g.arpu - g.arpu__base AS arpu__change,
    CAST(g.arpu - g.arpu__base AS DOUBLE) / CAST(NULLIF(g.arpu__base, 0) AS DOUBLE) AS arpu__change_pct
  FROM figures AS g
)
SELECT
  r.period AS period,
  r.channel AS channel,
  ROUND(r.arpu, 2) AS arpu,
  r.arpu__numerator AS arpu__numerator,
  r.arpu__denominator AS arpu__denominator,
  ROUND(r.arpu__base, 2) AS arpu__base,
  ROUND(r.arpu__change, 2) AS arpu__change,
  r.arpu__change_pct AS arpu__change_pct
FROM compared AS r
ORDER BY
  r.period ASC,
  r.channel ASC
LIMIT $row_limit;
