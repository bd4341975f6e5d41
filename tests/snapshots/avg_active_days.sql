-- avg_active_days (人均活跃天数): Active user-days ÷ distinct active users of the period.
-- active user-days / active users

-- start = 2025-01-01, end = 2025-02-20
--   $current_from = 2025-01-01
--   $current_to = 2025-02-20
--   $row_limit = 1001
SELECT
  CAST(COALESCE(COUNT(*) FILTER(WHERE
    f.first_row), 0) AS DOUBLE) / CAST(NULLIF(
    COALESCE(
      COUNT(*) FILTER(WHERE
        f.first_row
        AND (
          f.next_day IS NULL OR f.next_day > CAST($current_to AS DATE)
        )),
      0
    ),
    0
  ) AS DOUBLE) AS avg_active_days,
  COALESCE(COUNT(*) FILTER(WHERE
    f.first_row), 0) AS avg_active_days__numerator,
  COALESCE(
    COUNT(*) FILTER(WHERE
      f.first_row
      AND (
        f.next_day IS NULL OR f.next_day > CAST($current_to AS DATE)
      )),
    0
  ) AS avg_active_days__denominator
FROM active_days AS f
WHERE
  f.event_date BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
LIMIT $row_limit;

-- start = 2025-01-01, end = 2025-02-20, grain = month, dimensions = ['channel'], compare = previous
--   $current_from = 2025-01-01
--   $current_to = 2025-02-20
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
), current_presence AS (
  SELECT
    m.bucket AS period,
    m.channel AS channel,
    m.active_user_days AS active_user_days,
    m.active_users AS active_users
  FROM (
    SELECT
      CAST(DATE_TRUNC('MONTH', f.event_date) AS DATE) AS bucket,
      u.channel AS channel,
      COUNT(*) FILTER(WHERE
        f.first_row) AS active_user_days,
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
), base_presence AS (
  SELECT
    w.period AS period,
    m.channel AS channel,
    m.active_user_days AS active_user_days,
    m.active_users AS active_users
  FROM (
    SELECT
      CAST(DATE_TRUNC('MONTH', f.event_date) AS DATE) AS bucket,
      u.channel AS channel,
      COUNT(*) FILTER(WHERE
        f.first_row) AS active_user_days,
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
    CAST(COALESCE(current_presence.active_user_days, 0) AS DOUBLE) / CAST(NULLIF(COALESCE(current_presence.active_users, 0), 0) AS DOUBLE) AS avg_active_days,
    COALESCE(current_presence.active_user_days, 0) AS avg_active_days__numerator,
    COALESCE(current_presence.active_users, 0) AS avg_active_days__denominator,
    CASE
      WHEN p.base_known
      THEN CAST(COALESCE(base_presence.active_user_days, 0) AS DOUBLE) / CAST(NULLIF(COALESCE(base_presence.active_users, 0), 0) AS DOUBLE)
    END AS avg_active_days__base
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
    g.avg_active_days AS avg_active_days,
    g.avg_active_days__numerator AS avg_active_days__numerator,
    g.avg_active_days__denominator AS avg_active_days__denominator,
    g.avg_active_days__base AS avg_active_days__base,
    g.avg_active_days - g.avg_active_days__base AS avg_active_days__change,
    CAST(g.avg_active_days - g.avg_active_days__base AS DOUBLE) / CAST(NULLIF(g.avg_active_days__base, 0) AS DOUBLE) AS avg_active_days__change_pct
  FROM figures AS g
)
SELECT
  r.period AS period,
  r.channel AS channel,
  r.avg_active_days AS avg_active_days,
  r.avg_active_days__numerator AS avg_active_days__numerator,
  r.avg_active_days__denominator AS avg_active_days__denominator,
  r.avg_active_days__base AS avg_active_days__base,
  r.avg_active_days__change AS avg_active_days__change,
  r.avg_active_days__change_pct AS avg_active_days__change_pct
FROM compared AS r
ORDER BY
  r.period ASC,
  r.channel ASC
LIMIT $row_limit;
