-- cac (获客成本（CAC）): Channel spend of the period ÷ users registered in it from channels that had spend in it.
-- cost / users registered from channels with cost

-- start = 2025-01-01, end = 2025-04-10
--   $current_from = 2025-01-01
--   $current_to = 2025-04-10
--   $row_limit = 1001
WITH current_spend AS (
  SELECT
    SUM(f.cost) AS cost
  FROM channel_spend AS f
  WHERE
    f.spend_date BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
), current_registrations AS (
  SELECT
    COUNT(*) AS paid_registrations
  FROM users AS f
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
)
SELECT
  ROUND(
    CAST(COALESCE(current_spend.cost, 0) AS DOUBLE) / CAST(NULLIF(COALESCE(current_registrations.paid_registrations, 0), 0) AS DOUBLE),
    2
  ) AS cac,
  COALESCE(current_spend.cost, 0) AS cac__numerator,
  COALESCE(current_registrations.paid_registrations, 0) AS cac__denominator
FROM current_spend
CROSS JOIN current_registrations
LIMIT $row_limit;

-- start = 2025-01-01, end = 2025-04-10, grain = month, dimensions = ['channel'], compare = previous
--   $current_from = 2025-01-01
--   $current_to = 2025-04-10
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
), current_registrations AS (
  SELECT
    m.bucket AS period,
    m.channel AS channel,
    m.paid_registrations AS paid_registrations
  FROM (
    SELECT
      CAST(DATE_TRUNC('MONTH', f.register_date) AS DATE) AS bucket,
      f.channel AS channel,
      COUNT(*) AS paid_registrations
    FROM users AS f
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
    GROUP BY
      CAST(DATE_TRUNC('MONTH', f.register_date) AS DATE),
      f.channel
  ) AS m
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
), base_registrations AS (
  SELECT
    w.period AS period,
    m.channel AS channel,
    m.paid_registrations AS paid_registrations
  FROM (
    SELECT
      CAST(DATE_TRUNC('MONTH', f.register_date) AS DATE) AS bucket,
      f.channel AS channel,
      COUNT(*) AS paid_registrations
    FROM users AS f
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
    GROUP BY
      CAST(DATE_TRUNC('MONTH', f.register_date) AS DATE),
      f.channel
  ) AS m
  JOIN base_windows AS w
    ON w.unit = m.bucket
), spine_keys AS (
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
  FROM base_spend
  UNION
  SELECT DISTINCT
    channel
  FROM base_registrations
), figures AS (
  SELECT
    p.period AS period,
    k.channel AS channel,
    CAST(COALESCE(current_spend.cost, 0) AS DOUBLE) / CAST(NULLIF(COALESCE(current_registrations.paid_registrations, 0), 0) AS DOUBLE) AS cac,
    COALESCE(current_spend.cost, 0) AS cac__numerator,
    COALESCE(current_registrations.paid_registrations, 0) AS cac__denominator,
    CASE
      WHEN p.base_known
      THEN CAST(COALESCE(base_spend.cost, 0) AS DOUBLE) / CAST(NULLIF(COALESCE(base_registrations.paid_registrations, 0), 0) AS DOUBLE)
    END AS cac__base
  FROM periods AS p
  CROSS JOIN spine_keys AS k
  LEFT JOIN current_spend
    ON current_spend.channel IS NOT DISTINCT FROM k.channel
    AND current_spend.period = p.period
  LEFT JOIN current_registrations
    ON current_registrations.channel IS NOT DISTINCT FROM k.channel
    AND current_registrations.period = p.period
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
    g.cac AS cac,
    g.cac__numerator AS cac__numerator,
    g.cac__denominator AS cac__denominator,
    g.cac__base AS cac__base,
    g.cac - g.cac__base AS cac__change,
    CAST(g.cac - g.cac__base AS DOUBLE) / CAST(NULLIF(g.cac__base, 0) AS DOUBLE) AS cac__change_pct
  FROM figures AS g
)
SELECT
  r.period AS period,
  r.channel AS channel,
  ROUND(r.cac, 2) AS cac,
  r.cac__numerator AS cac__numerator,
  r.cac__denominator AS cac__denominator,
  ROUND(r.cac__base, 2) AS cac__base,
  ROUND(r.cac__change, 2) AS cac__change,
  r.cac__change_pct AS cac__change_pct
FROM compared AS r
ORDER BY
  r.period ASC,
  r.channel ASC
LIMIT $row_limit;
