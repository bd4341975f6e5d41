-- rolling_mau (滚动月活跃用户数): Distinct users active in the 30 days ending that day; over longer ranges, or by week or month, that of the last day.
-- distinct active users of the 30 days ending the day

-- start = 2025-01-01, end = 2025-02-20
--   $current_from = 2025-01-22
--   $current_to = 2025-02-20
--   $row_limit = 1001
SELECT
  COALESCE(COUNT(*), 0) AS rolling_mau
FROM active_days AS f
WHERE
  f.event_date BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
  AND (
    f.first_row
    AND (
      f.next_day IS NULL OR f.next_day > CAST($current_to AS DATE)
    )
  )
LIMIT $row_limit;

-- start = 2025-01-01, end = 2025-02-20, grain = month, dimensions = ['channel'], compare = previous
--   $current_from = 2025-01-02
--   $current_to = 2025-02-20
--   $current_windows_2_period = ['2025-01-01', '2025-02-01']
--   $current_windows_2_unit = ['2025-01-01', '2025-02-01']
--   $current_windows_2_first = ['2025-01-02', '2025-01-22']
--   $current_windows_2_last = ['2025-01-31', '2025-02-20']
--   $current_windows_2_state = ['2025-01-31', '2025-02-20']
--   $base_from = 2024-12-22
--   $base_to = 2025-01-20
--   $base_windows_2_period = ['2025-02-01']
--   $base_windows_2_unit = ['2025-02-01']
--   $base_windows_2_first = ['2024-12-22']
--   $base_windows_2_last = ['2025-01-20']
--   $base_windows_2_state = ['2025-01-20']
--   $periods = ['2025-01-01', '2025-02-01']
--   $base_known = [False, True]
--   $row_limit = 1001
WITH current_windows_2 AS (
  SELECT
    UNNEST(CAST($current_windows_2_period AS DATE[])) AS period,
    UNNEST(CAST($current_windows_2_unit AS DATE[])) AS unit,
    UNNEST(CAST($current_windows_2_first AS DATE[])) AS first_day,
    UNNEST(CAST($current_windows_2_last AS DATE[])) AS last_day,
    UNNEST(CAST($current_windows_2_state AS DATE[])) AS state_day
), base_windows_2 AS (
  SELECT
    UNNEST(CAST($base_windows_2_period AS DATE[])) AS period,
    UNNEST(CAST($base_windows_2_unit AS DATE[])) AS unit,
    UNNEST(CAST($base_windows_2_first AS DATE[])) AS first_day,
    UNNEST(CAST($base_windows_2_last AS DATE[])) AS last_day,
    UNNEST(CAST($base_windows_2_state AS DATE[])) AS state_day
), periods AS (
  SELECT
    UNNEST(CAST($periods AS DATE[])) AS period,
    UNNEST(CAST($base_known AS BOOLEAN[])) AS base_known
), current_active_users_30_days AS (
  SELECT
    m.bucket AS period,
    m.channel AS channel,
    m.active_users_30_days AS active_users_30_days
  FROM (
    SELECT
      w.period AS bucket,
      u.channel AS channel,
      COUNT(*) AS active_users_30_days
    FROM active_days AS f
    JOIN (
      SELECT
        x.period AS period,
        x.first_day AS first_day,
        x.last_day AS last_day,
        CAST(UNNEST(GENERATE_SERIES(x.first_day, x.last_day, INTERVAL '1' DAY)) AS DATE) AS day
      FROM current_windows_2 AS x
    ) AS w
      ON w.day = f.event_date
    LEFT JOIN users AS u
      ON u.user_id = f.user_id
    WHERE
      f.event_date BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
      AND (
        f.first_row AND (
          f.next_day IS NULL OR f.next_day > w.last_day
        )
      )
    GROUP BY
      w.period,
      u.channel
  ) AS m
), base_active_users_30_days AS (
  SELECT
    m.bucket AS period,
    m.channel AS channel,
    m.active_users_30_days AS active_users_30_days
  FROM (
    SELECT
      w.period AS bucket,
      u.channel AS channel,
      COUNT(*) AS active_users_30_days
    FROM active_days AS f
    JOIN (
      SELECT
        x.period AS period,
        x.first_day AS first_day,
        x.last_day AS last_day,
        CAST(UNNEST(GENERATE_SERIES(x.first_day, x.last_day, INTERVAL '1' DAY)) AS DATE) AS day
      FROM base_windows_2 AS x
    ) AS w
      ON w.day = f.event_date
    LEFT JOIN users AS u
      ON u.user_id = f.user_id
    WHERE
      f.event_date BETWEEN CAST($base_from AS DATE) AND CAST($base_to AS DATE)
      AND (
        f.first_row AND (
          f.next_day IS NULL OR f.next_day > w.last_day
        )
      )
    GROUP BY
      w.period,
      u.channel
  ) AS m
), spine_keys AS (
  SELECT DISTINCT
    channel
  FROM current_active_users_30_days
  UNION
  SELECT DISTINCT
    channel
  FROM base_active_users_30_days
), figures AS (
  SELECT
    p.period AS period,
    k.channel AS channel,
    COALESCE(current_active_users_30_days.active_users_30_days, 0) AS rolling_mau,
    CASE
      WHEN p.base_known
      THEN COALESCE(base_active_users_30_days.active_users_30_days, 0)
    END AS rolling_mau__base
  FROM periods AS p
  CROSS JOIN spine_keys AS k
  LEFT JOIN current_active_users_30_days
    ON current_active_users_30_days.channel IS NOT DISTINCT FROM k.channel
    AND current_active_users_30_days.period = p.period
  LEFT JOIN base_active_users_30_days
    ON base_active_users_30_days.channel IS NOT DISTINCT FROM k.channel
    AND base_active_users_30_days.period = p.period
), compared AS (
  SELECT
    g.period AS period,
    g.channel AS channel,
    g.rolling_mau AS rolling_mau,
    g.rolling_mau__base AS rolling_mau__base,
    g.rolling_mau - g.rolling_mau__base AS rolling_mau__change,
    CAST(g.rolling_mau - g.rolling_mau__base AS DOUBLE) / CAST(NULLIF(g.rolling_mau__base, 0) AS DOUBLE) AS rolling_mau__change_pct
  FROM figures AS g
)
SELECT
  r.period AS period,
  r.channel AS channel,
  r.rolling_mau AS rolling_mau,
  r.rolling_mau__base AS rolling_mau__base,
  r.rolling_mau__change AS rolling_mau__change,
  r.rolling_mau__change_pct AS rolling_mau__change_pct
FROM compared AS r
ORDER BY
  r.period ASC,
  r.channel ASC
LIMIT $row_limit;
