-- non_goods_share (非商品收入占比): Net revenue of orders that are not goods (services, memberships) ÷ net revenue of the period.
-- revenue of product_type <> goods / revenue

-- start = 2025-01-01, end = 2025-01-31
--   $current_from = 2025-01-01
--   $current_to = 2025-01-31
--   $row_limit = 1001
SELECT
  CAST(COALESCE(
    SUM(f.amount - COALESCE(f.discount, 0) - COALESCE(f.refund_amount, 0)) FILTER(WHERE
      f.product_type IS DISTINCT FROM 'goods'),
    0
  ) AS DOUBLE) / CAST(NULLIF(
    COALESCE(SUM(f.amount - COALESCE(f.discount, 0) - COALESCE(f.refund_amount, 0)), 0),
    0
  ) AS DOUBLE) AS non_goods_share,
  COALESCE(
    SUM(f.amount - COALESCE(f.discount, 0) - COALESCE(f.refund_amount, 0)) FILTER(WHERE
      f.product_type IS DISTINCT FROM 'goods'),
    0
  ) AS non_goods_share__numerator,
  COALESCE(SUM(f.amount - COALESCE(f.discount, 0) - COALESCE(f.refund_amount, 0)), 0) AS non_goods_share__denominator
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
    m.non_goods_revenue AS non_goods_revenue,
    m.revenue AS revenue
  FROM (
    SELECT
      CAST(DATE_TRUNC('MONTH', f.order_date) AS DATE) AS bucket,
      u.channel AS channel,
      SUM(f.amount - COALESCE(f.discount, 0) - COALESCE(f.refund_amount, 0)) FILTER(WHERE
        f.product_type IS DISTINCT FROM 'goods') AS non_goods_revenue,
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
    CAST(COALESCE(current_orders.non_goods_revenue, 0) AS DOUBLE) / CAST(NULLIF(COALESCE(current_orders.revenue, 0), 0) AS DOUBLE) AS non_goods_share,
    COALESCE(current_orders.non_goods_revenue, 0) AS non_goods_share__numerator,
    COALESCE(current_orders.revenue, 0) AS non_goods_share__denominator,
    CAST(NULL AS DOUBLE) AS non_goods_share__base
  FROM periods AS p
  CROSS JOIN spine_keys AS k
  LEFT JOIN current_orders
    ON current_orders.channel IS NOT DISTINCT FROM k.channel
    AND current_orders.period = p.period
), compared AS (
  SELECT
    g.period AS period,
    g.channel AS channel,
    g.non_goods_share AS non_goods_share,
    g.non_goods_share__numerator AS non_goods_share__numerator,
    g.non_goods_share__denominator AS non_goods_share__denominator,
    g.non_goods_share__base AS non_goods_share__base,
    g.non_goods_share - g.non_goods_share__base AS non_goods_share__change,
    CAST(g.non_goods_share - g.non_goods_share__base AS DOUBLE) / CAST(NULLIF(g.non_goods_share__base, 0) AS DOUBLE) AS non_goods_share__change_pct
  FROM figures AS g
)
SELECT
  r.period AS period,
  r.channel AS channel,
  r.non_goods_share AS non_goods_share,
  r.non_goods_share__numerator AS non_goods_share__numerator,
  r.non_goods_share__denominator AS non_goods_share__denominator,
  r.non_goods_share__base AS non_goods_share__base,
  r.non_goods_share__change AS non_goods_share__change,
  r.non_goods_share__change_pct AS non_goods_share__change_pct
FROM compared AS r
ORDER BY
  r.period ASC,
  r.channel ASC
LIMIT $row_limit;
