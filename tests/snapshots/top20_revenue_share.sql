-- top20_revenue_share (头部20%用户收入占比): Net revenue of the top 20% (rounded up) of the paying users of the period by net revenue ÷ net revenue.
-- revenue of the top 20% of paying users / revenue

-- start = 2025-01-01, end = 2025-01-31
--   $current_from = 2025-01-01
--   $current_to = 2025-01-31
--   $top_percent = 20
--   $row_limit = 1001
SELECT
  CAST(COALESCE(
    SUM(p.amount) FILTER(WHERE
      (
        p.place - 1
      ) * 100 < p.users * $top_percent),
    0
  ) AS DOUBLE) / CAST(NULLIF(COALESCE(SUM(p.amount), 0), 0) AS DOUBLE) AS top20_revenue_share,
  COALESCE(
    SUM(p.amount) FILTER(WHERE
      (
        p.place - 1
      ) * 100 < p.users * $top_percent),
    0
  ) AS top20_revenue_share__numerator,
  COALESCE(SUM(p.amount), 0) AS top20_revenue_share__denominator
FROM (
  SELECT
    q.amount AS amount,
    ROW_NUMBER() OVER (ORDER BY q.amount DESC, q.user_id) AS place,
    COUNT(*) OVER () AS users
  FROM (
    SELECT
      f.user_id AS user_id,
      SUM(f.amount - COALESCE(f.discount, 0) - COALESCE(f.refund_amount, 0)) AS amount
    FROM orders AS f
    WHERE
      f.order_date BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
    GROUP BY
      f.user_id
  ) AS q
) AS p
LIMIT $row_limit;

-- start = 2025-01-01, end = 2025-01-31, grain = month, dimensions = ['channel'], compare = previous
--   $current_from = 2025-01-01
--   $current_to = 2025-01-31
--   $top_percent = 20
--   $periods = ['2025-01-01']
--   $row_limit = 1001
WITH periods AS (
  SELECT
    UNNEST(CAST($periods AS DATE[])) AS period
), current_revenue_of_top_20_percent AS (
  SELECT
    m.bucket AS period,
    m.channel AS channel,
    m.revenue_of_top_20_percent AS revenue_of_top_20_percent,
    m.revenue AS revenue
  FROM (
    SELECT
      p.bucket AS bucket,
      p.channel AS channel,
      SUM(p.amount) FILTER(WHERE
        (
          p.place - 1
        ) * 100 < p.users * $top_percent) AS revenue_of_top_20_percent,
      SUM(p.amount) AS revenue
    FROM (
      SELECT
        q.bucket AS bucket,
        q.channel AS channel,
        q.amount AS amount,
        ROW_NUMBER() OVER (PARTITION BY q.bucket, q.channel ORDER BY q.amount DESC, q.user_id) AS place,
        COUNT(*) OVER (PARTITION BY q.bucket, q.channel) AS users
      FROM (
        SELECT
          CAST(DATE_TRUNC('MONTH', f.order_date) AS DATE) AS bucket,
          u.channel AS channel,
          f.user_id AS user_id,
          SUM(f.amount - COALESCE(f.discount, 0) - COALESCE(f.refund_amount, 0)) AS amount
        FROM orders AS f
        LEFT JOIN users AS u
          ON u.user_id = f.user_id
        WHERE
          f.order_date BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
        GROUP BY
          CAST(DATE_TRUNC('MONTH', f.order_date) AS DATE),
          u.channel,
          f.user_id
      ) AS q
    ) AS p
    GROUP BY
      p.bucket,
      p.channel
  ) AS m
), spine_keys AS (
  SELECT DISTINCT
    channel
  FROM current_revenue_of_top_20_percent
), figures AS (
  SELECT
    p.period AS period,
    k.channel AS channel,
    CAST(COALESCE(current_revenue_of_top_20_percent.revenue_of_top_20_percent, 0) AS DOUBLE) / CAST(NULLIF(COALESCE(current_revenue_of_top_20_percent.revenue, 0), 0) AS DOUBLE) AS top20_revenue_share,
    COALESCE(current_revenue_of_top_20_percent.revenue_of_top_20_percent, 0) AS top20_revenue_share__numerator,
    COALESCE(current_revenue_of_top_20_percent.revenue, 0) AS top20_revenue_share__denominator,
    CAST(NULL AS DOUBLE) AS top20_revenue_share__base
  FROM periods AS p
  CROSS JOIN spine_keys AS k
  LEFT JOIN current_revenue_of_top_20_percent
    ON current_revenue_of_top_20_percent.channel IS NOT DISTINCT FROM k.channel
    AND current_revenue_of_top_20_percent.period = p.period
), compared AS (
  SELECT
    g.period AS period,
    g.channel AS channel,
    g.top20_revenue_share AS top20_revenue_share,
    g.top20_revenue_share__numerator AS top20_revenue_share__numerator,
    g.top20_revenue_share__denominator AS top20_revenue_share__denominator,
    g.top20_revenue_share__base AS top20_revenue_share__base,
    g.top20_revenue_share - g.top20_revenue_share__base AS top20_revenue_share__change,
    CAST(g.top20_revenue_share - g.top20_revenue_share__base AS DOUBLE) / CAST(NULLIF(g.top20_revenue_share__base, 0) AS DOUBLE) AS top20_revenue_share__change_pct
  FROM figures AS g
)
SELECT
  r.period AS period,
  r.channel AS channel,
  r.top20_revenue_share AS top20_revenue_share,
  r.top20_revenue_share__numerator AS top20_revenue_share__numerator,
  r.top20_revenue_share__denominator AS top20_revenue_share__denominator,
  r.top20_revenue_share__base AS top20_revenue_share__base,
  r.top20_revenue_share__change AS top20_revenue_share__change,
  r.top20_revenue_share__change_pct AS top20_revenue_share__change_pct
FROM compared AS r
ORDER BY
  r.period ASC,
  r.channel ASC
LIMIT $row_limit;
