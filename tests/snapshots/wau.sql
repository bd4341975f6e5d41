-- wau (周活跃用户数): Distinct users active on at least one day of a calendar week (Monday to Sunday); over longer ranges the last complete week in it.
-- distinct active users of the week

-- start = 2025-01-01, end = 2025-02-20
--   $current_from = 2025-02-10
--   $current_to = 2025-02-16
--   $row_limit = 1001
SELECT
  COALESCE(COUNT(*), 0) AS wau
FROM active_weeks AS f
WHERE
  f.week BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
  AND f.first_row
LIMIT $row_limit;

-- start = 2025-01-01, end = 2025-02-20, grain = month, dimensions = ['channel'], compare = previous
--   $current_from = 2025-01-20
--   $current_to = 2025-02-16
--   $current_windows_period = ['2025-01-01', '2025-02-01']
--   $current_windows_unit = ['2025-01-20', '2025-02-10']
--   $current_windows_first = ['2025-01-20', '2025-02-10']
--   $current_windows_last = ['2025-01-26', '2025-02-16']
--   $current_windows_state = ['2025-01-31', '2025-02-20']
--   $base_from = 2025-01-13
--   $base_to = 2025-01-19
--   $base_windows_period = ['2025-02-01']
--   $base_windows_unit = ['2025-01-13']
--   $base_windows_first = ['2025-01-13']
--   $base_windows_last = ['2025-01-19']
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
), current_presence_by_week AS (
  SELECT
    w.period AS period,
    m.channel AS channel,
    m.active_users AS active_users
  FROM (
    SELECT
      f.week AS bucket,
      u.channel AS channel,
      COUNT(*) AS active_users
    FROM active_weeks AS f
    LEFT JOIN users AS u
      ON u.user_id = f.user_id
    WHERE
      f.week BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
      AND f.week IN (
        SELECT
          x.unit
        FROM current_windows AS x
      )
      AND f.first_row
    GROUP BY
      f.week,
      u.channel
  ) AS m
  JOIN current_windows AS w
    ON w.unit = m.bucket
), base_presence_by_week AS (
  SELECT
    w.period AS period,
    m.channel AS channel,
    m.active_users AS active_users
  FROM (
    SELECT
      f.week AS bucket,
      u.channel AS channel,
      COUNT(*) AS active_users
    FROM active_weeks AS f
    LEFT JOIN users AS u
      ON u.user_id = f.user_id
    WHERE
      f.week BETWEEN CAST($base_from AS DATE) AND CAST($base_to AS DATE)
      AND f.first_row
    GROUP BY
      f.week,
      u.channel
  ) AS m
  JOIN base_windows AS w
    ON w.unit = m.bucket
), spine_keys AS (
  SELECT DISTINCT
    channel
  FROM current_presence_by_week
  UNION
  SELECT DISTINCT
    channel
  FROM base_presence_by_week
), figures AS (
  SELECT
    p.period AS period,
    k.channel AS channel,
    COALESCE(current_presence_by_week.active_users, 0) AS wau,
    CASE WHEN p.base_known THEN COALESCE(base_presence_by_week.active_users, 0) END AS wau__base
  FROM periods AS p
  CROSS JOIN spine_keys AS k
  LEFT JOIN current_presence_by_week
    ON current_presence_by_week.channel IS NOT DISTINCT FROM k.channel
    AND current_presence_by_week.period = p.period
  LEFT JOIN base_presence_by_week
    ON base_presence_by_week.channel IS NOT DISTINCT FROM k.channel
    AND base_presence_by_week.period = p.period
), compared AS (
  SELECT
    g.period AS period,
    g.channel AS channel,
    g.wau AS wau,
    g.wau__base AS wau__base,
    g.wau - g.wau__base AS wau__change,
    CAST(g.wau - g.wau__base AS DOUBLE) / CAST(NULLIF(g.wau__base, 0) AS DOUBLE) AS wau__change_pct
  FROM figures AS g
)
SELECT
  r.period AS period,
  r.channel AS channel,
  r.wau AS wau,
  r.wau__base AS wau__base,
  r.wau__change AS wau__change,
  r.wau__change_pct AS wau__change_pct
FROM compared AS r
ORDER BY
  r.period ASC,
  r.channel ASC
LIMIT $row_limit;
