-- stickiness (用户粘性（DAU/MAU）): Mean daily active users of a calendar month ÷ its monthly active users; over longer ranges the last complete month in it.
-- mean(DAU of the month) / MAU

-- start = 2025-01-01, end = 2025-02-20
--   $current_from = 2025-01-01
--   $current_to = 2025-01-31
--   $current_days = 31
--   $row_limit = 1001
WITH current_presence AS (
  SELECT
    m.mean_daily_active_users / CAST($current_days AS DOUBLE) AS mean_daily_active_users
  FROM (
    SELECT
      COUNT(*) AS mean_daily_active_users
    FROM active_days AS f
    WHERE
      f.event_date BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
      AND f.first_row
  ) AS m
), current_presence_by_month AS (
  SELECT
    COUNT(*) AS active_users
  FROM active_months AS f
  WHERE
    f.month BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
    AND f.first_row
)
SELECT
  CAST(COALESCE(current_presence.mean_daily_active_users, 0) AS DOUBLE) / CAST(NULLIF(COALESCE(current_presence_by_month.active_users, 0), 0) AS DOUBLE) AS stickiness,
  COALESCE(current_presence.mean_daily_active_users, 0) AS stickiness__numerator,
  COALESCE(current_presence_by_month.active_users, 0) AS stickiness__denominator
FROM current_presence
CROSS JOIN current_presence_by_month
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
    ) AS DOUBLE) AS mean_daily_active_users,
    m.active_users AS active_users
  FROM (
    SELECT
      CAST(DATE_TRUNC('MONTH', f.event_date) AS DATE) AS bucket,
      u.channel AS channel,
      COUNT(*) FILTER(WHERE
        f.first_row) AS mean_daily_active_users,
      COUNT(*) FILTER(WHERE
        f.first_row
        AND (
          f.next_day IS NULL
          OR f.next_day > LEAST(
            CAST(DATE_TRUNC('MONTH', f.event_date) + INTERVAL '1' MONTH AS DATE) - 1,
            CAST($current_to AS DATE)
          )
        )) AS active_users
    FROM active_days AS f
    LEFT JOIN users AS u
      ON u.user_id = f.user_id
    WHERE
      f.event_date BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
    GROUP BY
      CAST(DATE_TRUNC('MONTH', f.event_date) AS DATE),
      u.channel
    HAVING
      COUNT(*) FILTER(WHERE
        f.first_row) > 0
      OR COUNT(*) FILTER(WHERE
        f.first_row
        AND (
          f.next_day IS NULL
          OR f.next_day > LEAST(
            CAST(DATE_TRUNC('MONTH', f.event_date) + INTERVAL '1' MONTH AS DATE) - 1,
            CAST($current_to AS DATE)
          )
        )) > 0
  ) AS m
  JOIN current_windows AS w
    ON w.unit = m.bucket
), base_presence AS (
  SELECT
    w.period AS period,
    m.channel AS channel,
    m.mean_daily_active_users / CAST((
      DATE_DIFF('DAY', w.first_day, w.last_day) + 1
    ) AS DOUBLE) AS mean_daily_active_users,
    m.active_users AS active_users
  FROM (
    SELECT
      CAST(DATE_TRUNC('MONTH', f.event_date) AS DATE) AS bucket,
      u.channel AS channel,
      COUNT(*) FILTER(WHERE
        f.first_row) AS mean_daily_active_users,
      COUNT(*) FILTER(WHERE
        f.first_row
        AND (
          f.next_day IS NULL
          OR f.next_day > LEAST(
            CAST(DATE_TRUNC('MONTH', f.event_date) + INTERVAL '1' MONTH AS DATE) - 1,
            CAST($base_to AS DATE)
          )
        )) AS active_users
    FROM active_days AS f
    LEFT JOIN users AS u
      ON u.user_id = f.user_id
    WHERE
      f.event_date BETWEEN CAST($base_from AS DATE) AND CAST($base_to AS DATE)
    GROUP BY
      CAST(DATE_TRUNC('MONTH', f.event_date) AS DATE),
      u.channel
    HAVING
      COUNT(*) FILTER(WHERE
        f.first_row) > 0
      OR COUNT(*) FILTER(WHERE
        f.first_row
        AND (
          f.next_day IS NULL
          OR f.next_day > LEAST(
            CAST(DATE_TRUNC('MONTH', f.event_date) + INTERVAL '1' MONTH AS DATE) - 1,
            CAST($base_to AS DATE)
          )
        )) > 0
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
    CAST(COALESCE(current_presence.mean_daily_active_users, 0) AS DOUBLE) / CAST(NULLIF(COALESCE(current_presence.active_users, 0), 0) AS DOUBLE) AS stickiness,
    COALESCE(current_presence.mean_daily_active_users, 0) AS stickiness__numerator,
    COALESCE(current_presence.active_users, 0) AS stickiness__denominator,
    CASE
      WHEN p.base_known
      THEN CAST(COALESCE(base_presence.mean_daily_active_users, 0) AS DOUBLE) / CAST(NULLIF(COALESCE(base_presence.active_users, 0), 0) AS DOUBLE)
    END AS stickiness__base
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
    g.stickiness AS stickiness,
    g.stickiness__numerator AS stickiness__numerator,
    g.stickiness__denominator AS stickiness__denominator,
    g.stickiness__base AS stickiness__base,
    g.stickiness - g.stickiness__base AS stickiness__change,
    CAST(g.stickiness - g.stickiness__base AS DOUBLE) / CAST(NULLIF(g.stickiness__base, 0) AS DOUBLE) AS stickiness__change_pct
  FROM figures AS g
)
SELECT
  r.period AS period,
  r.channel AS channel,
  r.stickiness AS stickiness,
  r.stickiness__numerator AS stickiness__numerator,
  r.stickiness__denominator AS stickiness__denominator,
  r.stickiness__base AS stickiness__base,
  r.stickiness__change AS stickiness__change,
  r.stickiness__change_pct AS stickiness__change_pct
FROM compared AS r
ORDER BY
  r.period ASC,
  r.channel ASC
LIMIT $row_limit;
