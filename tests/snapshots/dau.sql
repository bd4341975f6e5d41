-- dau (日活跃用户数): Distinct users with at least one event that day (starting to register and failed captchas do not count); over several days the mean of the days, empty days as 0.
-- mean over days of distinct active users

-- start = 2025-01-01, end = 2025-02-20
--   $current_from = 2025-01-01
--   $current_to = 2025-02-20
--   $current_days = 51
--   $row_limit = 1001
SELECT
  COALESCE(m.mean_daily_active_users / CAST($current_days AS DOUBLE), 0) AS dau
FROM (
  SELECT
    COUNT(*) AS mean_daily_active_users
  FROM active_days AS f
  WHERE
    f.event_date BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
    AND f.first_row
) AS m
LIMIT $row_limit;

-- start = 2025-01-01, end = 2025-02-20, grain = month, dimensions = ['channel'], compare = previous
--   $current_from = 2025-01-01
--   $current_to = 2025-02-20
--   $current_windows_period = ['2025-01-01', '2025-02-01']
--   $current_windows_unit = ['2025-01-01', '2025-02-01']
--   $current_windows_first = ['2025-01-01', '2025-02-01']
--   $current_windows_last = ['2025-01-31', '2025-02-20']
--   $current_windows_state = ['2025-01-31', '2025-02-20']
--   $base_from = 2025-01-01
--   $base_to = 2025-01-20
--   $base_windows_period = ['2025-02-01']
--   $base_windows_unit = ['2025-01-01']
--   $base_windows_first = ['2025-01-01']
--   $base_windows_last = ['2025-01-20']
--   $base_windows_state = ['2025-01-20']
--   $periods = ['2025-01-01', '2025-02-01']
--   $base_known = [False, True]
--   $row_limit = 1001
WITH current_windows AS (
  SELECT
    UNNEST(CAST($current_windows_period AS DATE[])) AS period,
    UNNEST(CAST($current_windows_unit AS DATE[])) AS unit,
    UNNEST(CAST($current_windows_first AS DATE[])) AS first_day,
    UNNEST(CAST($current_windows_last AS DATE[])) AS last_day,
    UNNEST(CAST($current_windows_state AS DATE[])) AS state_day
), base_windows AS (
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
), current_presence AS (
  SELECT
    w.period AS period,
    m.channel AS channel,
    m.mean_daily_active_users / CAST((
      DATE_DIFF('DAY', w.first_day, w.last_day) + 1
    ) AS DOUBLE) AS mean_daily_active_users
  FROM (
    SELECT
      CAST(DATE_TRUNC('MONTH', f.event_date) AS DATE) AS bucket,
      u.channel AS channel,
      COUNT(*) AS mean_daily_active_users
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
  JOIN current_windows AS w
    ON w.unit = m.bucket
), base_presence AS (
  SELECT
    w.period AS period,
    m.channel AS channel,
    m.mean_daily_active_users / CAST((
      DATE_DIFF('DAY', w.first_day, w.last_day) + 1
    ) AS DOUBLE) AS mean_daily_active_users
  FROM (
    SELECT
      CAST(DATE_TRUNC('MONTH', f.event_date) AS DATE) AS bucket,
      u.channel AS channel,
      COUNT(*) AS mean_daily_active_users
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
  FROM current_presence
  UNION
  SELECT DISTINCT
    channel
  FROM base_presence
), figures AS (
  SELECT
    p.period AS period,
    k.channel AS channel,
    COALESCE(current_presence.mean_daily_active_users, 0) AS dau,
    CASE WHEN p.base_known THEN COALESCE(base_presence.mean_daily_active_users, 0) END AS dau__base
  FROM periods AS p
  CROSS JOIN spine_keys AS k
  LEFT JOIN current_presence
    ON current_presence.channel IS NOT DISTINCT FROM k.channel
    AND current_presence.period = p.period
  LEFT JOIN base_presence
    ON base_presence.channel IS NOT DISTINCT FROM k.channel
    AND base_presence.period = p.period
), compared AS (
  SELECT
    g.period AS period,
    g.channel AS channel,
    g.dau AS dau,
    g.dau__base AS dau__base,
    g.dau - g.dau__base AS dau__change,
    CAST(g.dau - g.dau__base AS DOUBLE) / CAST(NULLIF(g.dau__base, 0) AS DOUBLE) AS dau__change_pct
  FROM figures AS g
)
SELECT
  r.period AS period,
  r.channel AS channel,
  r.dau AS dau,
  r.dau__base AS dau__base,
  r.dau__change AS dau__change,
  r.dau__change_pct AS dau__change_pct
FROM compared AS r
ORDER BY
  r.period ASC,
  r.channel ASC
LIMIT $row_limit;
