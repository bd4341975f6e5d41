-- ltv_cac (LTV/CAC): 90-day LTV ÷ CAC, both over the days of the period whose day 89 is over and over channels with spend on them.
-- revenue on days 0-89 of users registered from channels with cost / cost, on days with day 89 <= as_of

-- start = 2025-01-01, end = 2025-04-10
--   $current_from = 2025-01-01
--   $current_to = 2025-04-10
--   $as_of = 2025-04-10
--   $row_limit = 1001
WITH current_paid_revenue_of_mature_days AS (
  SELECT
    SUM(a.amount - COALESCE(a.discount, 0) - COALESCE(a.refund_amount, 0)) AS paid_revenue_of_mature_days
  FROM users AS f
  JOIN orders AS a
    ON a.user_id = f.user_id
    AND a.order_date BETWEEN f.register_date + 0 AND f.register_date + 89
  WHERE
    f.register_date BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
    AND f.register_date + 89 <= CAST($as_of AS DATE)
    AND f.channel IN (
      SELECT
        f.channel AS channel
      FROM channel_spend AS f
      WHERE
        f.spend_date BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
        AND f.spend_date + 89 <= CAST($as_of AS DATE)
      GROUP BY
        f.channel
      HAVING
        SUM(f.cost) > 0
    )
    AND a.order_date BETWEEN CAST($current_from AS DATE) + 0 AND CAST($current_to AS DATE) + 89
    AND a.order_date <= CAST($as_of AS DATE)
), current_spend AS (
  SELECT
    SUM(f.cost) AS cost_of_mature_days
  FROM channel_spend AS f
  WHERE
    f.spend_date BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
    AND f.spend_date + 89 <= CAST($as_of AS DATE)
), current_registrations AS (
  SELECT
    COUNT(*) AS paid_registrations_of_mature_days
  FROM users AS f
  WHERE
    f.register_date BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
    AND f.register_date + 89 <= CAST($as_of AS DATE)
    AND f.channel IN (
      SELECT
        f.channel AS channel
      FROM channel_spend AS f
      WHERE
        f.spend_date BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
        AND f.spend_date + 89 <= CAST($as_of AS DATE)
      GROUP BY
        f.channel
      HAVING
        SUM(f.cost) > 0
    )
)
SELECT
  CASE
    WHEN COALESCE(current_registrations.paid_registrations_of_mature_days, 0) > 0
    THEN CAST(COALESCE(current_paid_revenue_of_mature_days.paid_revenue_of_mature_days, 0) AS DOUBLE) / CAST(NULLIF(COALESCE(current_spend.cost_of_mature_days, 0), 0) AS DOUBLE)
  END AS ltv_cac,
  COALESCE(current_paid_revenue_of_mature_days.paid_revenue_of_mature_days, 0) AS ltv_cac__numerator,
  COALESCE(current_spend.cost_of_mature_days, 0) AS ltv_cac__denominator
FROM current_paid_revenue_of_mature_days
CROSS JOIN current_spend
CROSS JOIN current_registrations
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
), current_paid_revenue_of_mature_days AS (
  SELECT
    m.bucket AS period,
    m.channel AS channel,
    m.paid_revenue_of_mature_days AS paid_revenue_of_mature_days
  FROM (
    SELECT
      CAST(DATE_TRUNC('MONTH', f.register_date) AS DATE) AS bucket,
      f.channel AS channel,
      SUM(a.amount - COALESCE(a.discount, 0) - COALESCE(a.refund_amount, 0)) AS paid_revenue_of_mature_days
    FROM users AS f
    JOIN orders AS a
      ON a.user_id = f.user_id
      AND a.order_date BETWEEN f.register_date + 0 AND f.register_date + 89
    WHERE
      f.register_date BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
      AND f.register_date + 89 <= CAST($as_of AS DATE)
      AND (f.channel, CAST(DATE_TRUNC('MONTH', f.register_date) AS DATE)) IN (
        SELECT
          f.channel AS channel,
          CAST(DATE_TRUNC('MONTH', f.spend_date) AS DATE) AS bucket
        FROM channel_spend AS f
        WHERE
          f.spend_date BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
          AND f.spend_date + 89 <= CAST($as_of AS DATE)
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
    m.cost_of_mature_days AS cost_of_mature_days
  FROM (
    SELECT
      CAST(DATE_TRUNC('MONTH', f.spend_date) AS DATE) AS bucket,
      f.channel AS channel,
      SUM(f.cost) AS cost_of_mature_days
    FROM channel_spend AS f
    WHERE
      f.spend_date BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
      AND f.spend_date + 89 <= CAST($as_of AS DATE)
    GROUP BY
      CAST(DATE_TRUNC('MONTH', f.spend_date) AS DATE),
      f.channel
  ) AS m
), current_registrations AS (
  SELECT
    m.bucket AS period,
    m.channel AS channel,
    m.paid_registrations_of_mature_days AS paid_registrations_of_mature_days
  FROM (
    SELECT
      CAST(DATE_TRUNC('MONTH', f.register_date) AS DATE) AS bucket,
      f.channel AS channel,
      COUNT(*) AS paid_registrations_of_mature_days
    FROM users AS f
    WHERE
      f.register_date BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
      AND f.register_date + 89 <= CAST($as_of AS DATE)
      AND (f.channel, CAST(DATE_TRUNC('MONTH', f.register_date) AS DATE)) IN (
        SELECT
          f.channel AS channel,
          CAST(DATE_TRUNC('MONTH', f.spend_date) AS DATE) AS bucket
        FROM channel_spend AS f
        WHERE
          f.spend_date BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
          AND f.spend_date + 89 <= CAST($as_of AS DATE)
        GROUP BY
          f.channel,
          CAST(DATE_TRUNC('MONTH', f.spend_date) AS DATE)
        HAVING
          SUM(f.cost) > 0
      )
    GROUP BY
      CAST(DATE_TRUNC('MONTH', f.register_date) AS DATE),
      f.channel
  ) AS m
), base_paid_revenue_of_mature_days AS (
  SELECT
    w.period AS period,
    m.channel AS channel,
    m.paid_revenue_of_mature_days AS paid_revenue_of_mature_days
  FROM (
    SELECT
      CAST(DATE_TRUNC('MONTH', f.register_date) AS DATE) AS bucket,
      f.channel AS channel,
      SUM(a.amount - COALESCE(a.discount, 0) - COALESCE(a.refund_amount, 0)) AS paid_revenue_of_mature_days
    FROM users AS f
    JOIN orders AS a
      ON a.user_id = f.user_id
      AND a.order_date BETWEEN f.register_date + 0 AND f.register_date + 89
    WHERE
      f.register_date BETWEEN CAST($base_from AS DATE) AND CAST($base_to AS DATE)
      AND f.register_date + 89 <= CAST($as_of AS DATE)
      AND (f.channel, CAST(DATE_TRUNC('MONTH', f.register_date) AS DATE)) IN (
        SELECT
          f.channel AS channel,
          CAST(DATE_TRUNC('MONTH', f.spend_date) AS DATE) AS bucket
        FROM channel_spend AS f
        WHERE
          f.spend_date BETWEEN CAST($base_from AS DATE) AND CAST($base_to AS DATE)
          AND f.spend_date + 89 <= CAST($as_of AS DATE)
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
    m.cost_of_mature_days AS cost_of_mature_days
  FROM (
    SELECT
      CAST(DATE_TRUNC('MONTH', f.spend_date) AS DATE) AS bucket,
      f.channel AS channel,
      SUM(f.cost) AS cost_of_mature_days
    FROM channel_spend AS f
    WHERE
      f.spend_date BETWEEN CAST($base_from AS DATE) AND CAST($base_to AS DATE)
      AND f.spend_date + 89 <= CAST($as_of AS DATE)
    GROUP BY
      CAST(DATE_TRUNC('MONTH', f.spend_date) AS DATE),
      f.channel
  ) AS m
  JOIN base_windows AS w
    ON w.unit = m.bucket
), base_registrations AS (
  SELECT
    w.period AS period,
    m.channel AS channel,
    m.paid_registrations_of_mature_days AS paid_registrations_of_mature_days
  FROM (
    SELECT
      CAST(DATE_TRUNC('MONTH', f.register_date) AS DATE) AS bucket,
      f.channel AS channel,
      COUNT(*) AS paid_registrations_of_mature_days
    FROM users AS f
    WHERE
      f.register_date BETWEEN CAST($base_from AS DATE) AND CAST($base_to AS DATE)
      AND f.register_date + 89 <= CAST($as_of AS DATE)
      AND (f.channel, CAST(DATE_TRUNC('MONTH', f.register_date) AS DATE)) IN (
        SELECT
          f.channel AS channel,
          CAST(DATE_TRUNC('MONTH', f.spend_date) AS DATE) AS bucket
        FROM channel_spend AS f
        WHERE
          f.spend_date BETWEEN CAST($base_from AS DATE) AND CAST($base_to AS DATE)
          AND f.spend_date + 89 <= CAST($as_of AS DATE)
        GROUP BY
          f.channel,
          CAST(DATE_TRUNC('MONTH', f.spend_date) AS DATE)
        HAVING
          SUM(f.cost) > 0
      )
    GROUP BY
      CAST(DATE_TRUNC('MONTH', f.register_date) AS DATE),
      f.channel
  ) AS m
  JOIN base_windows AS w
    ON w.unit = m.bucket
), spine_keys AS (
  SELECT DISTINCT
    channel
  FROM current_paid_revenue_of_mature_days
  UNION
  SELECT DISTINCT
    channel
  FROM current_spend
  UNION
  SELECT DISTINCT
    channel
  FROM current_registrations
  UNION
  SELECT DISTINCT
    channel
  FROM base_paid_revenue_of_mature_days
  UNION
  SELECT DISTINCT
    channel
  FROM base_spend
  UNION
  SELECT DISTINCT
    channel
  FROM base_registrations
), figures AS (
  SELECT
    p.period AS period,
    k.channel AS channel,
    CASE
      WHEN COALESCE(current_registrations.paid_registrations_of_mature_days, 0) > 0
      THEN CAST(COALESCE(current_paid_revenue_of_mature_days.paid_revenue_of_mature_days, 0) AS DOUBLE) / CAST(NULLIF(COALESCE(current_spend.cost_of_mature_days, 0), 0) AS DOUBLE)
    END AS ltv_cac,
    COALESCE(current_paid_revenue_of_mature_days.paid_revenue_of_mature_days, 0) AS ltv_cac__numerator,
    COALESCE(current_spend.cost_of_mature_days, 0) AS ltv_cac__denominator,
    CASE
      WHEN p.base_known
      THEN CASE
        WHEN COALESCE(base_registrations.paid_registrations_of_mature_days, 0) > 0
        THEN CAST(COALESCE(base_paid_revenue_of_mature_days.paid_revenue_of_mature_days, 0) AS DOUBLE) / CAST(NULLIF(COALESCE(base_spend.cost_of_mature_days, 0), 0) AS DOUBLE)
      END
    END AS ltv_cac__base
  FROM periods AS p
  CROSS JOIN spine_keys AS k
  LEFT JOIN current_paid_revenue_of_mature_days
    ON current_paid_revenue_of_mature_days.channel IS NOT DISTINCT FROM k.channel
    AND current_paid_revenue_of_mature_days.period = p.period
  LEFT JOIN current_spend
    ON current_spend.channel IS NOT DISTINCT FROM k.channel
    AND current_spend.period = p.period
  LEFT JOIN current_registrations
    ON current_registrations.channel IS NOT DISTINCT FROM k.channel
    AND current_registrations.period = p.period
  LEFT JOIN base_paid_revenue_of_mature_days
    ON base_paid_revenue_of_mature_days.channel IS NOT DISTINCT FROM k.channel
    AND base_paid_revenue_of_mature_days.period = p.period
  LEFT JOIN base_spend
    ON base_spend.channel IS NOT DISTINCT FROM k.channel
    AND base_spend.period = p.period
  LEFT JOIN base_registrations
    ON base_registrations.channel IS NOT DISTINCT FROM k.channel
    AND base_registrations.period = p.period
), compared AS (
  SELECT
    g.period AS period,
    g.channel AS channel,
    g.ltv_cac AS ltv_cac,
    g.ltv_cac__numerator AS ltv_cac__numerator,
    g.ltv_cac__denominator AS ltv_cac__denominator,
    g.ltv_cac__base AS ltv_cac__base,
    g.ltv_cac - g.ltv_cac__base AS ltv_cac__change,
    CAST(g.ltv_cac - g.ltv_cac__base AS DOUBLE) / CAST(NULLIF(g.ltv_cac__base, 0) AS DOUBLE) AS ltv_cac__change_pct
  FROM figures AS g
)
SELECT
  r.period AS period,
  r.channel AS channel,
  r.ltv_cac AS ltv_cac,
  r.ltv_cac__numerator AS ltv_cac__numerator,
  r.ltv_cac__denominator AS ltv_cac__denominator,
  r.ltv_cac__base AS ltv_cac__base,
  r.ltv_cac__change AS ltv_cac__change,
  r.ltv_cac__change_pct AS ltv_cac__change_pct
FROM compared AS r
ORDER BY
  r.period ASC,
  r.channel ASC
LIMIT $row_limit;
