-- creators (创作者数): Distinct users who published content in the period.
-- distinct users with content_publish

-- start = 2024-12-01, end = 2025-02-09
--   $current_from = 2024-12-01
--   $current_to = 2025-02-09
--   $row_limit = 1001
SELECT
  COALESCE(COUNT(DISTINCT f.user_id), 0) AS creators
FROM user_days AS f
WHERE
  f.event_date BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
  AND f.contents > 0
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
    m.creators AS creators
  FROM (
    SELECT
      CAST(DATE_TRUNC('MONTH', f.event_date) AS DATE) AS bucket,
      u.channel AS channel,
      COUNT(DISTINCT f.user_id) AS creators
    FROM user_days AS f
    LEFT JOIN users AS u
      ON u.user_id = f.user_id
    WHERE
      f.event_date BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
      AND f.contents > 0
    GROUP BY
      CAST(DATE_TRUNC('MONTH', f.event_date) AS DATE),
      u.channel
  ) AS m
), base_doings AS (
  SELECT
    w.period AS period,
    m.channel AS channel,
    m.creators AS creators
  FROM (
    SELECT
      CAST(DATE_TRUNC('MONTH', f.event_date) AS DATE) AS bucket,
      u.channel AS channel,
      COUNT(DISTINCT f.user_id) AS creators
    FROM user_days AS f
    LEFT JOIN users AS u
      ON u.user_id = f.user_id
    WHERE
      f.event_date BETWEEN CAST($base_from AS DATE) AND CAST($base_to AS DATE)
      AND f.contents > 0
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
  FROM base_doings
), figures AS (
  SELECT
    p.period AS period,
    k.channel AS channel,
    COALESCE(current_doings.creators, 0) AS creators,
    CASE WHEN p.base_known THEN COALESCE(base_doings.creators, 0) END AS creators__base
  FROM periods AS p
  CROSS JOIN spine_keys AS k
  LEFT JOIN current_doings
    ON current_doings.channel IS NOT DISTINCT FROM k.channel
    AND current_doings.period = p.period
  LEFT JOIN base_doings
    ON base_doings.channel IS NOT DISTINCT FROM k.channel
    AND base_doings.period = p.period
), compared AS (
  SELECT
    g.period AS period,
    g.channel AS channel,
    g.creators AS creators,
    g.creators__base AS creators__base,
    g.creators - g.creators__base AS creators__change,
    CAST(g.creators - g.creators__base AS DOUBLE) / CAST(NULLIF(g.creators__base, 0) AS DOUBLE) AS creators__change_pct
  FROM figures AS g
)
SELECT
  r.period AS period,
  r.channel AS channel,
  r.creators AS creators,
  r.creators__base AS creators__base,
  r.creators__change AS creators__change,
  r.creators__change_pct AS creators__change_pct
FROM compared AS r
ORDER BY
  r.period ASC,
  r.channel ASC
LIMIT $row_limit;
