-- repurchase_rate (复购率): Of paying users of the period, the share with 2 or more orders in it.
-- users with 2 or more orders / paying users

-- start = 2025-01-01, end = 2025-01-31
--   $current_from = 2025-01-01
--   $current_to = 2025-01-31
--   $at_least = 2
--   $row_limit = 1001
SELECT
  CAST(COALESCE(COUNT(*) FILTER(WHERE
    p.amount >= $at_least), 0) AS DOUBLE) / CAST(NULLIF(COALESCE(COUNT(*), 0), 0) AS DOUBLE) AS repurchase_rate,
  COALESCE(COUNT(*) FILTER(WHERE
    p.amount >= $at_least), 0) AS repurchase_rate__numerator,
  COALESCE(COUNT(*), 0) AS repurchase_rate__denominator
FROM (
  SELECT
    f.user_id AS user_id,
    COUNT(*) AS amount
  FROM orders AS f
  WHERE
    f.order_date BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
  GROUP BY
    f.user_id
) AS p
LIMIT $row_limit;

-- start = 2025-01-01, end = 2025-01-31, grain = month, dimensions = ['channel'], compare = previous
--   $current_from = 2025-01-01
--   $current_to = 2025-01-31
--   $at_least = 2
--   $periods = ['2025-01-01']
--   $row_limit = 1001
WITH periods AS (
  SELECT
    UNNEST(CAST($periods AS DATE[])) AS period
), current_repeat_buyers AS (
  SELECT
    m.bucket AS period,
    m.channel AS channel,
    m.repeat_buyers AS repeat_buyers,
    m.paying_users AS paying_users
  FROM (
    SELECT
      p.bucket AS bucket,
      p.channel AS channel,
      COUNT(*) FILTER(WHERE
        p.amount >= $at_least) AS repeat_buyers,
      COUNT(*) AS paying_users
    FROM (
      SELECT
        CAST(DATE_TRUNC('MONTH', f.order_date) AS DATE) AS bucket,
        u.channel AS channel,
        f.user_id AS user_id,
        COUNT(*) AS amount
      FROM orders AS f
      LEFT JOIN users AS u
        ON u.user_id = f.user_id
      WHERE
        f.order_date BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
      GROUP BY
        CAST(DATE_TRUNC('MONTH', f.order_date) AS DATE),
        u.channel,
        f.user_id
    ) AS p
    GROUP BY
      p.bucket,
      p.channel
  ) AS m
), spine_keys AS (
  SELECT DISTINCT
    channel
  FROM current_repeat_buyers
), figures AS (
  SELECT
    p.period AS period,
    k.channel AS channel,
    CAST(COALESCE(current_repeat_buyers.repeat_buyers, 0) AS DOUBLE) / CAST(NULLIF(COALESCE(current_repeat_buyers.paying_users, 0), 0) AS DOUBLE) AS repurchase_rate,
    COALESCE(current_repeat_buyers.repeat_buyers, 0) AS repurchase_rate__numerator,
    COALESCE(current_repeat_buyers.paying_users, 0) AS repurchase_rate__denominator,
    CAST(NULL AS DOUBLE) AS repurchase_rate__base
  FROM periods AS p
  CROSS JOIN spine_keys AS k
  LEFT JOIN current_repeat_buyers
    ON current_repeat_buyers.channel IS NOT DISTINCT FROM k.channel
    AND current_repeat_buyers.period = p.period
), compared AS (
  SELECT
    g.period AS period,
    g.channel AS channel,
    g.repurchase_rate AS repurchase_rate,
    g.repurchase_rate__numerator AS repurchase_rate__numerator,
    g.repurchase_rate__denominator AS repurchase_rate__denominator,
    g.repurchase_rate__base AS repurchase_rate__base,
    g.repurchase_rate - g.repurchase_rate__base AS repurchase_rate__change,
    CAST(g.repurchase_rate - g.repurchase_rate__base AS DOUBLE) / CAST(NULLIF(g.repurchase_rate__base, 0) AS DOUBLE) AS repurchase_rate__change_pct
  FROM figures AS g
)
SELECT
  r.period AS period,
  r.channel AS channel,
  r.repurchase_rate AS repurchase_rate,
  r.repurchase_rate__numerator AS repurchase_rate__numerator,
  r.repurchase_rate__denominator AS repurchase_rate__denominator,
  r.repurchase_rate__base AS repurchase_rate__base,
  r.repurchase_rate__change AS repurchase_rate__change,
  r.repurchase_rate__change_pct AS repurchase_rate__change_pct
FROM compared AS r
ORDER BY
  r.period ASC,
  r.channel ASC
LIMIT $row_limit;
