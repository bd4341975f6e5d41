-- ltv_60 (60日LTV): Net revenue per user on days 0 to 59 after registration, of users who registered in the period; users whose day 59 is not over are left out.
-- revenue on days 0-59 of users registered with register_date + 59 <= as_of / those users

-- start = 2025-01-01, end = 2025-07-31
--   $current_from = 2025-01-01
--   $current_to = 2025-07-31
--   $as_of = 2025-07-31
--   $row_limit = 1001
WITH current_revenue_days_0_59 AS (
  SELECT
    SUM(a.amount - COALESCE(a.discount, 0) - COALESCE(a.refund_amount, 0)) AS revenue_days_0_59
  FROM users AS f
  JOIN orders AS a
    ON a.user_id = f.user_id
    AND a.order_date BETWEEN f.register_date + 0 AND f.register_date + 59
  WHERE
    f.register_date BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
    AND f.register_date + 59 <= CAST($as_of AS DATE)
    AND a.order_date BETWEEN CAST($current_from AS DATE) + 0 AND CAST($current_to AS DATE) + 59
    AND a.order_date <= CAST($as_of AS DATE)
), current_registrations AS (
  SELECT
    COUNT(*) AS cohort_day_59
  FROM users AS f
  WHERE
    f.register_date BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
    AND f.register_date + 59 <= CAST($as_of AS DATE)
)
SELECT
  ROUND(
    CAST(COALESCE(current_revenue_days_0_59.revenue_days_0_59, 0) AS DOUBLE) / CAST(NULLIF(COALESCE(current_registrations.cohort_day_59, 0), 0) AS DOUBLE),
    2
  ) AS ltv_60,
  COALESCE(current_revenue_days_0_59.revenue_days_0_59, 0) AS ltv_60__numerator,
  COALESCE(current_registrations.cohort_day_59, 0) AS ltv_60__denominator
FROM current_revenue_days_0_59
CROSS JOIN current_registrations
LIMIT $row_limit;

-- start = 2025-01-01, end = 2025-07-31, grain = month, dimensions = ['channel'], compare = previous
--   $current_from = 2025-01-01
--   $current_to = 2025-07-31
--   $as_of = 2025-07-31
--   $base_from = 2025-01-01
--   $base_to = 2025-06-30
--   $base_windows_period = ['2025-02-01', '2025-03-01', '2025-04-01', '2025-05-01', '2025-06-01', '2025-07-01']
--   $base_windows_unit = ['2025-01-01', '2025-02-01', '2025-03-01', '2025-04-01', '2025-05-01', '2025-06-01']
--   $base_windows_first = ['2025-01-01', '2025-02-01', '2025-03-01', '2025-04-01', '2025-05-01', '2025-06-01']
--   $base_windows_last = ['2025-01-31', '2025-02-28', '2025-03-31', '2025-04-30', '2025-05-31', '2025-06-30']
--   $base_windows_state = ['2025-01-31', '2025-02-28', '2025-03-31', '2025-04-30', '2025-05-31', '2025-06-30']
--   $periods = ['2025-01-01', '2025-02-01', '2025-03-01', '2025-04-01', '2025-05-01', '2025-06-01', '2025-07-01']
--   $base_known = [False, True, True, True, True, True, True]
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
), current_revenue_days_0_59 AS (
  SELECT
    m.bucket AS period,
    m.channel AS channel,
    m.revenue_days_0_59 AS revenue_days_0_59
  FROM (
    SELECT
      CAST(DATE_TRUNC('MONTH', f.register_date) AS DATE) AS bucket,
      f.channel AS channel,
      SUM(a.amount - COALESCE(a.discount, 0) - COALESCE(a.refund_amount, 0)) AS revenue_days_0_59
    FROM users AS f
    JOIN orders AS a
      ON a.user_id = f.user_id
      AND a.order_date BETWEEN f.register_date + 0 AND f.register_date + 59
    WHERE
      f.register_date BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
      AND f.register_date + 59 <= CAST($as_of AS DATE)
      AND a.order_date BETWEEN CAST($current_from AS DATE) + 0 AND CAST($current_to AS DATE) + 59
      AND a.order_date <= CAST($as_of AS DATE)
    GROUP BY
      CAST(DATE_TRUNC('MONTH', f.register_date) AS DATE),
      f.channel
  ) AS m
), current_registrations AS (
  SELECT
    m.bucket AS period,
    m.channel AS channel,
    m.cohort_day_59 AS cohort_day_59
  FROM (
    SELECT
      CAST(DATE_TRUNC('MONTH', f.register_date) AS DATE) AS bucket,
      f.channel AS channel,
      COUNT(*) AS cohort_day_59
    FROM users AS f
    WHERE
      f.register_date BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
      AND f.register_date + 59 <= CAST($as_of AS DATE)
    GROUP BY
      CAST(DATE_TRUNC('MONTH', f.register_date) AS DATE),
      f.channel
  ) AS m
), base_revenue_days_0_59 AS (
  SELECT
    w.period AS period,
    m.channel AS channel,
    m.revenue_days_0_59 AS revenue_days_0_59
  FROM (
    SELECT
      CAST(DATE_TRUNC('MONTH', f.register_date) AS DATE) AS bucket,
      f.channel AS channel,
      SUM(a.amount - COALESCE(a.discount, 0) - COALESCE(a.refund_amount, 0)) AS revenue_days_0_59
    FROM users AS f
    JOIN orders AS a
      ON a.user_id = f.user_id
      AND a.order_date BETWEEN f.register_date + 0 AND f.register_date + 59
    WHERE
      f.register_date BETWEEN CAST($base_from AS DATE) AND CAST($base_to AS DATE)
      AND f.register_date + 59 <= CAST($as_of AS DATE)
      AND a.order_date BETWEEN CAST($base_from AS DATE) + 0 AND CAST($base_to AS DATE) + 59
      AND a.order_date <= CAST($as_of AS DATE)
    GROUP BY
      CAST(DATE_TRUNC('MONTH', f.register_date) AS DATE),
      f.channel
  ) AS m
  JOIN base_windows AS w
    ON w.unit = m.bucket
), base_registrations AS (
  SELECT
    w.period AS period,
    m.channel AS channel,
    m.cohort_day_59 AS cohort_day_59
  FROM (
    SELECT
      CAST(DATE_TRUNC('MONTH', f.register_date) AS DATE) AS bucket,
      f.channel AS channel,
      COUNT(*) AS cohort_day_59
    FROM users AS f
    WHERE
      f.register_date BETWEEN CAST($base_from AS DATE) AND CAST($base_to AS DATE)
      AND f.register_date + 59 <= CAST($as_of AS DATE)
    GROUP BY
      CAST(DATE_TRUNC('MONTH', f.register_date) AS DATE),
      f.channel
  ) AS m
  JOIN base_windows AS w
    ON w.unit = m.bucket
), spine_keys AS (
  SELECT DISTINCT
    channel
  FROM current_revenue_days_0_59
  UNION
  SELECT DISTINCT
    channel
  FROM current_registrations
  UNION
  SELECT DISTINCT
    channel
  FROM base_revenue_days_0_59
  UNION
  SELECT DISTINCT
    channel
  FROM base_registrations
), figures AS (
  SELECT
    p.period AS period,
    k.channel AS channel,
    CAST(COALESCE(current_revenue_days_0_59.revenue_days_0_59, 0) AS DOUBLE) / CAST(NULLIF(COALESCE(current_registrations.cohort_day_59, 0), 0) AS DOUBLE) AS ltv_60,
    COALESCE(current_revenue_days_0_59.revenue_days_0_59, 0) AS ltv_60__numerator,
    COALESCE(current_registrations.cohort_day_59, 0) AS ltv_60__denominator,
    CASE
      WHEN p.base_known
      THEN CAST(COALESCE(base_revenue_days_0_59.revenue_days_0_59, 0) AS DOUBLE) / CAST(NULLIF(COALESCE(base_registrations.cohort_day_59, 0), 0) AS DOUBLE)
    END AS ltv_60__base
  FROM periods AS p
  CROSS JOIN spine_keys AS k
  LEFT JOIN current_revenue_days_0_59
    ON current_revenue_days_0_59.channel IS NOT DISTINCT FROM k.channel
    AND current_revenue_days_0_59.period = p.period
  LEFT JOIN current_registrations
    ON current_registrations.channel IS NOT DISTINCT FROM k.channel
    AND current_registrations.period = p.period
  LEFT JOIN base_revenue_days_0_59
    ON base_revenue_days_0_59.channel IS NOT DISTINCT FROM k.channel
    AND base_revenue_days_0_59.period = p.period
  LEFT JOIN base_registrations
    ON base_registrations.channel IS NOT DISTINCT FROM k.channel
    AND base_registrations.period = p.period
), compared AS (
  SELECT
    g.period AS period,
    g.channel AS channel,
    g.ltv_60 AS ltv_60,
    g.ltv_60__numerator AS ltv_60__numerator,
    g.ltv_60__denominator AS ltv_60__denominator,
    g.ltv_60__base AS ltv_60__base,
    g.ltv_60 - g.ltv_60__base AS ltv_60__change,
    CAST(g.ltv_60 - g.ltv_60__base AS DOUBLE) / CAST(NULLIF(g.ltv_60__base, 0) AS DOUBLE) AS ltv_60__change_pct
  FROM figures AS g
)
SELECT
  r.period AS period,
  r.channel AS channel,
  ROUND(r.ltv_60, 2) AS ltv_60,
  r.ltv_60__numerator AS ltv_60__numerator,
  r.ltv_60__denominator AS ltv_60__denominator,
  ROUND(r.ltv_60__base, 2) AS ltv_60__base,
  ROUND(r.ltv_60__change, 2) AS ltv_60__change,
  r.ltv_60__change_pct AS ltv_60__change_pct
FROM compared AS r
ORDER BY
  r.period ASC,
  r.channel ASC
LIMIT $row_limit;
