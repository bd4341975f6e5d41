-- retention_d14 (14日留存率): Of users who registered in the period, the share active on exactly day 14 after registration; users whose day 14 is not over are left out.
-- users active on register_date + 14 / users registered with register_date + 14 <= as_of

-- start = 2024-10-01, end = 2025-01-25
--   $current_from = 2024-10-01
--   $current_to = 2025-01-25
--   $as_of = 2025-01-25
--   $row_limit = 1001
WITH current_returned_day_14 AS (
  SELECT
    COUNT(*) AS returned_day_14
  FROM users AS f
  WHERE
    f.register_date BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
    AND f.register_date + 14 <= CAST($as_of AS DATE)
    AND f.user_id IN (
      SELECT
        c.user_id AS user_id
      FROM users AS c
      JOIN active_days AS a
        ON a.user_id = c.user_id AND a.event_date = c.register_date + 14
      WHERE
        c.register_date BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
        AND a.event_date BETWEEN CAST($current_from AS DATE) + 14 AND CAST($current_to AS DATE) + 14
        AND a.event_date <= CAST($as_of AS DATE)
    )
), current_registrations AS (
  SELECT
    COUNT(*) AS cohort_day_14
  FROM users AS f
  WHERE
    f.register_date BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
    AND f.register_date + 14 <= CAST($as_of AS DATE)
)
SELECT
  CAST(COALESCE(current_returned_day_14.returned_day_14, 0) AS DOUBLE) / CAST(NULLIF(COALESCE(current_registrations.cohort_day_14, 0), 0) AS DOUBLE) AS retention_d14,
  COALESCE(current_returned_day_14.returned_day_14, 0) AS retention_d14__numerator,
  COALESCE(current_registrations.cohort_day_14, 0) AS retention_d14__denominator
FROM current_returned_day_14
CROSS JOIN current_registrations
LIMIT $row_limit;

-- start = 2024-10-01, end = 2025-01-25, grain = month, dimensions = ['channel'], compare = previous
--   $current_from = 2024-10-01
--   $current_to = 2025-01-25
--   $as_of = 2025-01-25
--   $base_from = 2024-10-01
--   $base_to = 2024-12-25
--   $base_windows_period = ['2024-11-01', '2024-12-01', '2025-01-01']
--   $base_windows_unit = ['2024-10-01', '2024-11-01', '2024-12-01']
--   $base_windows_first = ['2024-10-01', '2024-11-01', '2024-12-01']
--   $base_windows_last = ['2024-10-31', '2024-11-30', '2024-12-25']
--   $base_windows_state = ['2024-10-31', '2024-11-30', '2024-12-25']
--   $periods = ['2024-10-01', '2024-11-01', '2024-12-01', '2025-01-01']
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
), current_returned_day_14 AS (
  SELECT
    m.bucket AS period,
    m.channel AS channel,
    m.returned_day_14 AS returned_day_14
  FROM (
    SELECT
      CAST(DATE_TRUNC('MONTH', f.register_date) AS DATE) AS bucket,
      f.channel AS channel,
      COUNT(*) AS returned_day_14
    FROM users AS f
    WHERE
      f.register_date BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
      AND f.register_date + 14 <= CAST($as_of AS DATE)
      AND f.user_id IN (
        SELECT
          c.user_id AS user_id
        FROM users AS c
        JOIN active_days AS a
          ON a.user_id = c.user_id AND a.event_date = c.register_date + 14
        WHERE
          c.register_date BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
          AND a.event_date BETWEEN CAST($current_from AS DATE) + 14 AND CAST($current_to AS DATE) + 14
          AND a.event_date <= CAST($as_of AS DATE)
      )
    GROUP BY
      CAST(DATE_TRUNC('MONTH', f.register_date) AS DATE),
      f.channel
  ) AS m
), current_registrations AS (
  SELECT
    m.bucket AS period,
    m.channel AS channel,
    m.cohort_day_14 AS cohort_day_14
  FROM (
    SELECT
      CAST(DATE_TRUNC('MONTH', f.register_date) AS DATE) AS bucket,
      f.channel AS channel,
      COUNT(*) AS cohort_day_14
    FROM users AS f
    WHERE
      f.register_date BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
      AND f.register_date + 14 <= CAST($as_of AS DATE)
    GROUP BY
      CAST(DATE_TRUNC('MONTH', f.register_date) AS DATE),
      f.channel
  ) AS m
), base_returned_day_14 AS (
  SELECT
    w.period AS period,
    m.channel AS channel,
    m.returned_day_14 AS returned_day_14
  FROM (
    SELECT
      CAST(DATE_TRUNC('MONTH', f.register_date) AS DATE) AS bucket,
      f.channel AS channel,
      COUNT(*) AS returned_day_14
    FROM users AS f
    WHERE
      f.register_date BETWEEN CAST($base_from AS DATE) AND CAST($base_to AS DATE)
      AND f.register_date + 14 <= CAST($as_of AS DATE)
      AND f.user_id IN (
        SELECT
          c.user_id AS user_id
        FROM users AS c
        JOIN active_days AS a
          ON a.user_id = c.user_id AND a.event_date = c.register_date + 14
        WHERE
          c.register_date BETWEEN CAST($base_from AS DATE) AND CAST($base_to AS DATE)
          AND a.event_date BETWEEN CAST($base_from AS DATE) + 14 AND CAST($base_to AS DATE) + 14
          AND a.event_date <= CAST($as_of AS DATE)
      )
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
    m.cohort_day_14 AS cohort_day_14
  FROM (
    SELECT
      CAST(DATE_TRUNC('MONTH', f.register_date) AS DATE) AS bucket,
      f.channel AS channel,
      COUNT(*) AS cohort_day_14
    FROM users AS f
    WHERE
      f.register_date BETWEEN CAST($base_from AS DATE) AND CAST($base_to AS DATE)
      AND f.register_date + 14 <= CAST($as_of AS DATE)
    GROUP BY
      CAST(DATE_TRUNC('MONTH', f.register_date) AS DATE),
      f.channel
  ) AS m
  JOIN base_windows AS w
    ON w.unit = m.bucket
), spine_keys AS (
  SELECT DISTINCT
    channel
  FROM current_returned_day_14
  UNION
  SELECT DISTINCT
    channel
  FROM current_registrations
  UNION
  SELECT DISTINCT
    channel
  FROM base_returned_day_14
  UNION
  SELECT DISTINCT
    channel
  FROM base_registrations
), figures AS (
  SELECT
    p.period AS period,
    k.channel AS channel,
    CAST(COALESCE(current_returned_day_14.returned_day_14, 0) AS DOUBLE) / CAST(NULLIF(COALESCE(current_registrations.cohort_day_14, 0), 0) AS DOUBLE) AS retention_d14,
    COALESCE(current_returned_day_14.returned_day_14, 0) AS retention_d14__numerator,
    COALESCE(current_registrations.cohort_day_14, 0) AS retention_d14__denominator,
    CASE
      WHEN p.base_known
      THEN CAST(COALESCE(base_returned_day_14.returned_day_14, 0) AS DOUBLE) / CAST(NULLIF(COALESCE(base_registrations.cohort_day_14, 0), 0) AS DOUBLE)
    END AS retention_d14__base
  FROM periods AS p
  CROSS JOIN spine_keys AS k
  LEFT JOIN current_returned_day_14
    ON current_returned_day_14.channel IS NOT DISTINCT FROM k.channel
    AND current_returned_day_14.period = p.period
  LEFT JOIN current_registrations
    ON current_registrations.channel IS NOT DISTINCT FROM k.channel
    AND current_registrations.period = p.period
  LEFT JOIN base_returned_day_14
    ON base_returned_day_14.channel IS NOT DISTINCT FROM k.channel
    AND base_returned_day_14.period = p.period
  LEFT JOIN base_registrations
    ON base_registrations.channel IS NOT DISTINCT FROM k.channel
    AND base_registrations.period = p.period
), compared AS (
  SELECT
    g.period AS period,
    g.channel AS channel,
    g.retention_d14 AS retention_d14,
    g.retention_d14__numerator AS retention_d14__numerator,
    g.retention_d14__denominator AS retention_d14__denominator,
    g.retention_d14__base AS retention_d14__base,
    g.retention_d14 - g.retention_d14__base AS retention_d14__change,
    CAST(g.retention_d14 - g.retention_d14__base AS DOUBLE) / CAST(NULLIF(g.retention_d14__base, 0) AS DOUBLE) AS retention_d14__change_pct
  FROM figures AS g
)
SELECT
  r.period AS period,
  r.channel AS channel,
  r.retention_d14 AS retention_d14,
  r.retention_d14__numerator AS retention_d14__numerator,
  r.retention_d14__denominator AS retention_d14__denominator,
  r.retention_d14__base AS retention_d14__base,
  r.retention_d14__change AS retention_d14__change,
  r.retention_d14__change_pct AS retention_d14__change_pct
FROM compared AS r
ORDER BY
  r.period ASC,
  r.channel ASC
LIMIT $row_limit;
