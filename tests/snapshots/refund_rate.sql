-- refund_rate (退款率): Refunds ÷ (amount − discount) of orders paid in the period, by the day the order was paid.
-- sum(refund_amount) / sum(amount - discount)

-- start = 2025-01-01, end = 2025-01-31
--   $current_from = 2025-01-01
--   $current_to = 2025-01-31
--   $row_limit = 1001
SELECT
  CAST(COALESCE(SUM(COALESCE(f.refund_amount, 0)), 0) AS DOUBLE) / CAST(NULLIF(COALESCE(SUM(f.amount - COALESCE(f.discount, 0)), 0), 0) AS DOUBLE) AS refund_rate,
  COALESCE(SUM(COALESCE(f.refund_amount, 0)), 0) AS refund_rate__numerator,
  COALESCE(SUM(f.amount - COALESCE(f.discount, 0)), 0) AS refund_rate__denominator
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
    m.refunds AS refunds,
    m.paid_amount AS paid_amount
  FROM (
    SELECT
      CAST(DATE_TRUNC('MONTH', f.order_date) AS DATE) AS bucket,
      u.channel AS channel,
      SUM(COALESCE(f.refund_amount, 0)) AS refunds,
      SUM(f.amount - COALESCE(f.discount, 0)) AS paid_amount
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
    CAST(COALESCE(current_orders.refunds, 0) AS DOUBLE) / CAST(NULLIF(COALESCE(current_orders.paid_amount, 0), 0) AS DOUBLE) AS refund_rate,
    COALESCE(current_orders.refunds, 0) AS refund_rate__numerator,
    COALESCE(current_orders.paid_amount, 0) AS refund_rate__denominator,
    CAST(NULL AS DOUBLE) AS refund_rate__base
  FROM periods AS p
  CROSS JOIN spine_keys AS k
  LEFT JOIN current_orders
    ON current_orders.channel IS NOT DISTINCT FROM k.channel
    AND current_orders.period = p.period
), compared AS (
  SELECT
    g.period AS period,
    g.channel AS channel,
    g.refund_rate AS refund_rate,
    g.refund_rate__numerator AS refund_rate__numerator,
    g.refund_rate__denominator AS refund_rate__denominator,
    g.refund_rate__base AS refund_rate__base,
    g.refund_rate - g.refund_rate__base AS refund_rate__change,
    CAST(g.refund_rate - g.refund_rate__base AS DOUBLE) / CAST(NULLIF(g.refund_rate__base, 0) AS DOUBLE) AS refund_rate__change_pct
  FROM figures AS g
)
SELECT
  r.period AS period,
  r.channel AS channel,
  r.refund_rate AS refund_rate,
  r.refund_rate__numerator AS refund_rate__numerator,
  r.refund_rate__denominator AS refund_rate__denominator,
  r.refund_rate__base AS refund_rate__base,
  r.refund_rate__change AS refund_rate__change,
  r.refund_rate__change_pct AS refund_rate__change_pct
FROM compared AS r
ORDER BY
  r.period ASC,
  r.channel ASC
LIMIT $row_limit;
