-- roi (投放ROI): Net revenue so far on days 0 to 89 of users registered in the period from channels with spend in it ÷ that spend (often called ROAS).
-- revenue on days 0-89 of users registered from channels with cost / cost

-- start = 2025-01-01, end = 2025-04-10
--   $current_from = 2025-01-01
--   $current_to = 2025-04-10
--   $as_of = 2025-04-10
--   $row_limit = 1001
WITH current_paid_revenue_days_0_89 AS (
  SELECT
    SUM(a.amount - COALESCE(a.discount, 0) - COALESCE(a.refund_amount, 0)) AS paid_revenue_days_0_89
  FROM users AS f
  JOIN orders AS a
    ON a.user_id = f.user_id
    AND a.order_date BETWEEN f.register_date + 0 AND f.register_date + 89
  WHERE
    f.register_date BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
    AND f.channel IN (
      SELECT
        f.channel AS channel
      FROM channel_spend AS f
      WHERE
        f.spend_date BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
      GROUP BY
        f.channel
      HAVING
        SUM(f.cost) > 0
    )
    AND a.order_date BETWEEN CAST($current_from AS DATE) + 0 AND CAST($current_to AS DATE) + 89
    AND a.order_date <= CAST($as_of AS DATE)
), current_spend AS (
  SELECT
    SUM(f.cost) AS cost
  FROM channel_spend AS f
  WHERE
    f.spend_date BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
)
SELECT
  CAST(COALESCE(current_paid_revenue_days_0_89.paid_revenue_days_0_89, 0) AS DOUBLE) / CAST(NULLIF(COALESCE(current_spend.cost, 0), 0) AS DOUBLE) AS roi,
  COALESCE(current_paid_revenue_days_0_89.paid_revenue_days_0_89, 0) AS roi__numerator,
  COALESCE(current_spend.cost, 0) AS roi__denominator
FROM current_paid_revenue_days_0_89
CROSS JOIN current_spend
LIMIT $row_limit;

-- start = 2025-01-01, end = 2025-04-10, grain = month, dimensions = ['channel'], compare = previous
--   $current_from = 2025-01-01
--   $current_to = 2025-04-10
--   $as_of = 2025-04-10
--   $base_from = 2025-01-01
--   $base_to = 2025-03-10
--   $base_windows_period = ['2025-02-01', '2025-03-01', '2025-04-01']
--   $base_windows_unit = ['2025-01-01', '2025-02-01', '2025-03-01']
--   $base_windows_first = ['2025-01-01', '2025-02-01', '2025-03-01']
--   $base_windows_last = ['2025-01-31', '2025-02-28', '2025-03-10']
--   $base_windows_state = ['2025-01-31', '2025-02-28', '2025-03-10']
--   $periods = ['2025-01-01', '2025-02-01', '2025-03-01', '2025-04-01']
--   $base_known = [False, True, True, True]
--   $row_limit = 1001
WITH base_windows AS (
  SELECT
    UNNEST(CAST($base_windows_period AS DATE[])) AS period,
    UNNEST(CAST($base_windows_unit AS DATE[])) AS unit,
    UNNEST(CAST($base_windows_first AS DATE[])) AS first_day,
    UNNEST(CAST($base_windows_last AS DATE[])) AS last_day,
    UNNEST(CAST($base_windows_state AS DATE[])) AS state_day
), periods AS (
  SELECT
    UNNEST(CAST($periods AS DATE[])) AS period,
    UNNEST(CAST($base_known AS BOOLEAN[])) AS base_known
), current_paid_revenue_days_0_89 AS (
  SELECT
    m.bucket AS period,
    m.channel AS channel,
    m.paid_revenue_days_0_89 AS paid_revenue_days_0_89
  FROM (
    SELECT
      CAST(DATE_TRUNC('MONTH', f.register_date) AS DATE) AS bucket,
      f.channel AS channel,
      SUM(a.amount - COALESCE(a.discount, 0) - COALESCE(a.refund_amount, 0)) AS paid_revenue_days_0_89
    FROM users AS f
    JOIN orders AS a
      ON a.user_id = f.user_id
      AND a.order_date BETWEEN f.register_date + 0 AND f.register_date + 89
    WHERE
      f.register_date BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
      AND (f.channel, CAST(DATE_TRUNC('MONTH', f.register_date) AS DATE)) IN (
        SELECT
          f.channel AS channel,
          CAST(DATE_TRUNC('MONTH', f.spend_date) AS DATE) AS bucket
        FROM channel_spend AS f
        WHERE
          f.spend_date BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
        GROUP BY
          f.channel,
          CAST(DATE_TRUNC('MONTH', f.spend_date) AS DATE)
        HAVING
          SUM(f.cost) > 0
      )
      AND a.order_date BETWEEN CAST($current_from AS DATE) + 0 AND CAST($current_to AS DATE) + 89
      AND a.order_date <= CAST($as_of AS DATE)
    GROUP BY
      CAST(DATE_TRUNC('MONTH', f.register_date) AS DATE),
      f.channel
  ) AS m
), current_spend AS (
  SELECT
    m.bucket AS period,
    m.channel AS channel,
    m.cost AS cost
  FROM (
    SELECT
      CAST(DATE_TRUNC('MONTH', f.spend_date) AS DATE) AS bucket,
      f.channel AS channel,
      SUM(f.cost) AS cost
    FROM channel_spend AS f
    WHERE
      f.spend_date BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
    GROUP BY
      CAST(DATE_TRUNC('MONTH', f.spend_date) AS DATE),
      f.channel
  ) AS m
), base_paid_revenue_days_0_89 AS (
  SELECT
    w.period AS period,
    m.channel AS channel,
    m.paid_revenue_days_0_89 AS paid_revenue_days_0_89
  FROM (
    SELECT
      CAST(DATE_TRUNC('MONTH', f.register_date) AS DATE) AS bucket,
      f.channel AS channel,
      SUM(a.amount - COALESCE(a.discount, 0) - COALESCE(a.refund_amount, 0)) AS paid_revenue_days_0_89
    FROM users AS f
    JOIN orders AS a
      ON a.user_id = f.user_id
      AND a.order_date BETWEEN f.register_date + 0 AND f.register_date + 89
    WHERE
      f.register_date BETWEEN CAST($base_from AS DATE) AND CAST($base_to AS DATE)
      AND (f.channel, CAST(DATE_TRUNC('MONTH', f.register_date) AS DATE)) IN (
        SELECT
          f.channel AS channel,
          CAST(DATE_TRUNC('MONTH', f.spend_date) AS DATE) AS bucket
        FROM channel_spend AS f
        WHERE
          f.spend_date BETWEEN CAST($base_from AS DATE) AND CAST($base_to AS DATE)
        GROUP BY
          f.channel,
          CAST(DATE_TRUNC('MONTH', f.spend_date) AS DATE)
        HAVING
          SUM(f.cost) > 0
      )
      AND a.order_date BETWEEN CAST($base_from AS DATE) + 0 AND CAST($base_to AS DATE) + 89
      AND a.order_date <= CAST($as_of AS DATE)
    GROUP BY
      CAST(DATE_TRUNC('MONTH', f.register_date) AS DATE),
      f.channel
  ) AS m
  JOIN base_windows AS w
    ON w.unit = m.bucket
), base_spend AS (
  SELECT
    w.period AS period,
    m.channel AS channel,
    m.cost AS cost
  FROM (
    SELECT
      CAST(DATE_TRUNC('MONTH', f.spend_date) AS DATE) AS bucket,
      f.channel AS channel,
      SUM(f.cost) AS cost
    FROM channel_spend AS f
    WHERE
      f.spend_date BETWEEN CAST($base_from AS DATE) AND CAST($base_to AS DATE)
    GROUP BY
      CAST(DATE_TRUNC('MONTH', f.spend_date) AS DATE),
      f.channel
  ) AS m
  JOIN base_windows AS w
    ON w.unit = m.bucket
), spine_keys AS (
  SELECT DISTINCT
    channel
  FROM current_paid_revenue_days_0_89
  UNION
  SELECT DISTINCT
    channel
  FROM current_spend
  UNION
  SELECT DISTINCT
    channel
  FROM base_paid_revenue_days_0_89
  UNION
  SELECT DISTINCT
    channel
  FROM base_spend
), figures AS (
  SELECT
    p.period AS period,
    k.channel AS channel,
    CAST(COALESCE(current_paid_revenue_days_0_89.paid_revenue_days_0_89, 0) AS DOUBLE) / CAST(NULLIF(COALESCE(current_spend.cost, 0), 0) AS DOUBLE) AS roi,
    COALESCE(current_paid_revenue_days_0_89.paid_revenue_days_0_89, 0) AS roi__numerator,
    COALESCE(current_spend.cost, 0) AS roi__denominator,
    CASE
      WHEN p.base_known
      THEN CAST(COALESCE(base_paid_revenue_days_0_89.paid_revenue_days_0_89, 0) AS DOUBLE) / CAST(NULLIF(COALESCE(base_spend.cost, 0), 0) AS DOUBLE)
    END AS roi__base
  FROM periods AS p
  CROSS JOIN spine_keys AS k
  LEFT JOIN current_paid_revenue_days_0_89
    ON current_paid_revenue_days_0_89.channel IS NOT DISTINCT FROM k.channel
    AND current_paid_revenue_days_0_89.period = p.period
  LEFT JOIN current_spend
    ON current_spend.channel IS NOT DISTINCT FROM k.channel
    AND current_spend.period = p.period
  LEFT JOIN base_paid_revenue_days_0_89
    ON base_paid_revenue_days_0_89.channel IS NOT DISTINCT FROM k.channel
    AND base_paid_revenue_days_0_89.period = p.period
  LEFT JOIN base_spend
    ON base_spend.channel IS NOT DISTINCT FROM k.channel
    AND base_spend.period = p.period
), compared AS (
  SELECT
    g.period AS period,
    g.channel AS channel,
    g.roi AS roi,
    g.roi__numerator AS roi__numerator,
    g.roi__denominator AS roi__denominator,
    g.roi__base AS roi__base,
    g.roi - g.roi__base AS roi__change,
    CAST(g.roi - g.roi__base AS DOUBLE) / CAST(NULLIF(g.roi__base, 0) AS DOUBLE) AS roi__change_pct
  FROM figures AS g
)
SELECT
  r.period AS period,
  r.channel AS channel,
  r.roi AS roi,
  r.roi__numerator AS roi__numerator,
  r.roi__denominator AS roi__denominator,
  r.roi__base AS roi__base,
  r.roi__change AS roi__change,
  r.roi__change_pct AS roi__change_pct
FROM compared AS r
ORDER BY
  r.period ASC,
  r.channel ASC
LIMIT $row_limit;
