-- mau (月活跃用户数): Distinct users active on at least one day of a calendar month; over longer ranges the last complete month in it.
-- distinct active users of the month

-- start = 2025-01-01, end = 2025-02-20
--   $current_from = 2025-01-01
--   $current_to = 2025-01-31
--   $row_limit = 1001
SELECT
  COALESCE(COUNT(*), 0) AS mau
FROM active_months AS f
WHERE
  f.month BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
  AND f.first_row
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
    m.active_users AS active_users
  FROM (
    SELECT
      CAST(DATE_TRUNC('MONTH', f.event_date) AS DATE) AS bucket,
      u.channel AS channel,
      COUNT(*) AS active_users
    FROM active_days AS f
    LEFT JOIN users AS u
      ON u.user_id = f.user_id
    WHERE
      f.event_date BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
      AND (
        f.first_row
        AND (
          f.next_day IS NULL
          OR f.next_day > LEAST(
            CAST(DATE_TRUNC('MONTH', f.event_date) + INTERVAL '1' MONTH AS DATE) - 1,
            CAST($current_to AS DATE)
          )
        )
      )
    GROUP BY
      CAST(DATE_TRUNC('MONTH', f.event_date) AS DATE),
      u.channel
  ) AS m
), base_presence AS (
  SELECT
    w.period AS period,
    m.channel AS channel,
    m.active_users AS active_users
  FROM (
    SELECT
      CAST(DATE_TRUNC('MONTH', f.event_date) AS DATE) AS bucket,
      u.channel AS channel,
      COUNT(*) AS active_users
    FROM active_days AS f
    LEFT JOIN users AS u
      ON u.user_id = f.user_id
    WHERE
      f.event_date BETWEEN CAST($base_from AS DATE) AND CAST($base_to AS DATE)
      AND (
        f.first_row
        AND (
          f.next_day IS NULL
          OR f.next_day > LEAST(
            CAST(DATE_TRUNC('MONTH', f.event_date) + INTERVAL '1' MONTH AS DATE) - 1,
            CAST($base_to AS DATE)
          )
        )
      )
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
    COALESCE(current_presence.active_users, 0) AS mau,
    CASE WHEN p.base_known THEN COALESCE(base_presence.active_users, 0) END AS mau__base
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
    g.mau AS mau,
    g.mau__base AS mau__base,
    g.mau - g.mau__base AS mau__change,
    CAST(g.mau - g.mau__base AS DOUBLE) / CAST(NULLIF(g.mau__base, 0) AS DOUBLE) AS mau__change_pct
  FROM figures AS g
)
SELECT
  r.period AS period,
  r.channel AS channel,
  r.mau AS mau,
  r.mau__base AS mau__base,
  r.mau__change AS mau__change,
  r.mau__change_pct AS mau__change_pct
FROM compared AS r
ORDER BY
  r.period ASC,
  r.channel ASC
LIMIT $row_limit;
