-- time_per_user (人均使用时长): Minutes spent ÷ active user-days of the period, so minutes per active day.
-- sum(duration_s) / 60 / active user-days

-- start = 2024-12-01, end = 2025-02-09
--   $current_from = 2024-12-01
--   $current_to = 2025-02-09
--   $row_limit = 1001
WITH current_doings AS (
  SELECT
    SUM(f.seconds) / 60.0 AS minutes_spent
  FROM user_days AS f
  WHERE
    f.event_date BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
    AND f.seconds <> 0
), current_presence AS (
  SELECT
    COUNT(*) AS active_user_days
  FROM active_days AS f
  WHERE
    f.event_date BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
    AND f.first_row
)
SELECT
  CAST(COALESCE(current_doings.minutes_spent, 0) AS DOUBLE) / CAST(NULLIF(COALESCE(current_presence.active_user_days, 0), 0) AS DOUBLE) AS time_per_user,
  COALESCE(current_doings.minutes_spent, 0) AS time_per_user__numerator,
  COALESCE(current_presence.active_user_days, 0) AS time_per_user__denominator
FROM current_doings
CROSS JOIN current_presence
LIMIT $row_limit;

-- start = 2024-12-01, end = 2025-02-09, grain = month, dimensions = ['channel'], compare = previous
--   $current_from = 2024-12-01
--   $current_to = 2025-02-09
--   $base_from = 2024-12-01
--   $base_to = 2025-01-09
--   $base_windows_period = ['2025-01-01', '2025-02-01']
--   $base_windows_unit = ['2024-12-01', '2025-01-01']
--   $base_windows_first = ['2024-12-01', '2025-01-01']
--   $base_windows_last = ['2024-12-31', '2025-01-09']
--   $base_windows_state = ['2024-12-31', '2025-01-09']
--   $periods = ['2024-12-01', '2025-01-01', '2025-02-01']
--   $base_known = [False, True, True]
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
), current_doings AS (
  SELECT
    m.bucket AS period,
    m.channel AS channel,
    m.minutes_spent AS minutes_spent
  FROM (
    SELECT
      CAST(DATE_TRUNC('MONTH', f.event_date) AS DATE) AS bucket,
      u.channel AS channel,
      SUM(f.seconds) / 60.0 AS minutes_spent
    FROM user_days AS f
    LEFT JOIN users AS u
      ON u.user_id = f.user_id
    WHERE
      f.event_date BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
      AND f.seconds <> 0
    GROUP BY
      CAST(DATE_TRUNC('MONTH', f.event_date) AS DATE),
      u.channel
  ) AS m
), current_presence AS (
  SELECT
    m.bucket AS period,
    m.channel AS channel,
    m.active_user_days AS active_user_days
  FROM (
    SELECT
      CAST(DATE_TRUNC('MONTH', f.event_date) AS DATE) AS bucket,
      u.channel AS channel,
      COUNT(*) AS active_user_days
    FROM active_days AS f
    LEFT JOIN users AS u
      ON u.user_id = f.user_id
    WHERE
      f.event_date BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
      AND f.first_row
    GROUP BY
      CAST(DATE_TRUNC('MONTH', f.event_date) AS DATE),
      u.channel
  ) AS m
), base_doings AS (
  SELECT
    w.period AS period,
    m.channel AS channel,
    m.minutes_spent AS minutes_spent
  FROM (
    SELECT
      CAST(DATE_TRUNC('MONTH', f.event_date) AS DATE) AS bucket,
      u.channel AS channel,
      SUM(f.seconds) / 60.0 AS minutes_spent
    FROM user_days AS f
    LEFT JOIN users AS u
      ON u.user_id = f.user_id
    WHERE
      f.event_date BETWEEN CAST($base_from AS DATE) AND CAST($base_to AS DATE)
      AND f.seconds <> 0
    GROUP BY
      CAST(DATE_TRUNC('MONTH', f.event_date) AS DATE),
      u.channel
  ) AS m
  JOIN base_windows AS w
    ON w.unit = m.bucket
), base_presence AS (
  SELECT
    w.period AS period,
    m.channel AS channel,
    m.active_user_days AS active_user_days
  FROM (
    SELECT
      CAST(DATE_TRUNC('MONTH', f.event_date) AS DATE) AS bucket,
      u.channel AS channel,
      COUNT(*) AS active_user_days
    FROM active_days AS f
    LEFT JOIN users AS u
      ON u.user_id = f.user_id
    WHERE
      f.event_date BETWEEN CAST($base_from AS DATE) AND CAST($base_to AS DATE)
      AND f.first_row
    GROUP BY
      CAST(DATE_TRUNC('MONTH', f.event_date) AS DATE),
      u.channel
  ) AS m
  JOIN base_windows AS w
    ON w.unit = m.bucket
), spine_keys AS (
  SELECT DISTINCT
    channel
  FROM current_doings
  UNION
  SELECT DISTINCT
    channel
  FROM current_presence
  UNION
  SELECT DISTINCT
    channel
  FROM base_doings
  UNION
  SELECT DISTINCT
    channel
  FROM base_presence
), figures AS (
  SELECT
    p.period AS period,
    k.channel AS channel,
    CAST(COALESCE(current_doings.minutes_spent, 0) AS DOUBLE) / CAST(NULLIF(COALESCE(current_presence.active_user_days, 0), 0) AS DOUBLE) AS time_per_user,
    COALESCE(current_doings.minutes_spent, 0) AS time_per_user__numerator,
    COALESCE(current_presence.active_user_days, 0) AS time_per_user__denominator,
    CASE
      WHEN p.base_known
      THEN CAST(COALESCE(base_doings.minutes_spent, 0) AS DOUBLE) / CAST(NULLIF(COALESCE(base_presence.active_user_days, 0), 0) AS DOUBLE)
    END AS time_per_user__base
  FROM periods AS p
  CROSS JOIN spine_keys AS k
  LEFT JOIN current_doings
    ON current_doings.channel IS NOT DISTINCT FROM k.channel
    AND current_doings.period = p.period
  LEFT JOIN current_presence
    ON current_presence.channel IS NOT DISTINCT FROM k.channel
    AND current_presence.period = p.period
  LEFT JOIN base_doings
    ON base_doings.channel IS NOT DISTINCT FROM k.channel
    AND base_doings.period = p.period
  LEFT JOIN base_presence
    ON base_presence.channel IS NOT DISTINCT FROM k.channel
    AND base_presence.period = p.period
), compared AS (
  SELECT
    g.period AS period,
    g.channel AS channel,
    g.time_per_user AS time_per_user,
    g.time_per_user__numerator AS time_per_user__numerator,
    g.time_per_user__denominator AS time_per_user__denominator,
    g.time_per_user__base AS time_per_user__base,
    g.time_per_user - g.time_per_user__base AS time_per_user__change,
    CAST(g.time_per_user - g.time_per_user__base AS DOUBLE) / CAST(NULLIF(g.time_per_user__base, 0) AS DOUBLE) AS time_per_user__change_pct
  FROM figures AS g
)
SELECT
  r.period AS period,
  r.channel AS channel,
  r.time_per_user AS time_per_user,
  r.time_per_user__numerator AS time_per_user__numerator,
  r.time_per_user__denominator AS time_per_user__denominator,
  r.time_per_user__base AS time_per_user__base,
  r.time_per_user__change AS time_per_user__change,
  r.time_per_user__change_pct AS time_per_user__change_pct
FROM compared AS r
ORDER BY
  r.period ASC,
  r.channel ASC
LIMIT $row_limit;
