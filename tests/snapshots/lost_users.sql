-- lost_users (流失用户数): On the last day of the period, users last active more than 60 days before it (registering counts as activity).
-- users with days since last active > 60 on the last day

-- start = 2025-01-01, end = 2025-04-10
--   $segment_name = lost
--   $away = 61
--   $current_windows_2_period = ['2025-01-01']
--   $current_windows_2_unit = ['2025-01-01']
--   $current_windows_2_first = ['2025-04-10']
--   $current_windows_2_last = ['2025-04-10']
--   $current_windows_2_state = ['2025-04-10']
--   $row_limit = 1001
WITH current_windows_2 AS (
  SELECT
    UNNEST(CAST($current_windows_2_period AS DATE[])) AS period,
    UNNEST(CAST($current_windows_2_unit AS DATE[])) AS unit,
    UNNEST(CAST($current_windows_2_first AS DATE[])) AS first_day,
    UNNEST(CAST($current_windows_2_last AS DATE[])) AS last_day,
    UNNEST(CAST($current_windows_2_state AS DATE[])) AS state_day
), current_lost_users_members AS (
  SELECT
    m.bucket AS bucket,
    m.user_id AS user_id,
    $segment_name AS segment
  FROM (
    SELECT
      d.bucket AS bucket,
      a.user_id AS user_id
    FROM (
      SELECT
        unit AS bucket,
        first_day AS day
      FROM current_windows_2
    ) AS d
    CROSS JOIN away_spells AS a
    WHERE
      a.last_day + $away <= d.day AND d.day < a.next_day
  ) AS m
)
SELECT
  COALESCE(COUNT(*), 0) AS lost_users
FROM current_lost_users_members AS f
LIMIT $row_limit;

-- start = 2025-01-01, end = 2025-04-10, grain = month, dimensions = ['channel'], compare = previous
--   $segment_name = lost
--   $away = 61
--   $current_windows_2_period = ['2025-01-01', '2025-02-01', '2025-03-01', '2025-04-01']
--   $current_windows_2_unit = ['2025-01-01', '2025-02-01', '2025-03-01', '2025-04-01']
--   $current_windows_2_first = ['2025-01-31', '2025-02-28', '2025-03-31', '2025-04-10']
--   $current_windows_2_last = ['2025-01-31', '2025-02-28', '2025-03-31', '2025-04-10']
--   $current_windows_2_state = ['2025-01-31', '2025-02-28', '2025-03-31', '2025-04-10']
--   $base_windows_2_period = ['2025-02-01', '2025-03-01', '2025-04-01']
--   $base_windows_2_unit = ['2025-02-01', '2025-03-01', '2025-04-01']
--   $base_windows_2_first = ['2025-01-31', '2025-02-28', '2025-03-10']
--   $base_windows_2_last = ['2025-01-31', '2025-02-28', '2025-03-10']
--   $base_windows_2_state = ['2025-01-31', '2025-02-28', '2025-03-10']
--   $periods = ['2025-01-01', '2025-02-01', '2025-03-01', '2025-04-01']
--   $base_known = [False, True, True, True]
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
), current_lost_users_members AS (
  SELECT
    m.bucket AS bucket,
    m.user_id AS user_id,
    $segment_name AS segment
  FROM (
    SELECT
      d.bucket AS bucket,
      a.user_id AS user_id
    FROM (
      SELECT
        period AS bucket,
        first_day AS day
      FROM current_windows_2
    ) AS d
    CROSS JOIN away_spells AS a
    WHERE
      a.last_day + $away <= d.day AND d.day < a.next_day
  ) AS m
), base_lost_users_members AS (
  SELECT
    m.bucket AS bucket,
    m.user_id AS user_id,
    $segment_name AS segment
  FROM (
    SELECT
      d.bucket AS bucket,
      a.user_id AS user_id
    FROM (
      SELECT
        period AS bucket,
        first_day AS day
      FROM base_windows_2
    ) AS d
    CROSS JOIN away_spells AS a
    WHERE
      a.last_day + $away <= d.day AND d.day < a.next_day
  ) AS m
), current_lost_users AS (
  SELECT
    m.bucket AS period,
    m.channel AS channel,
    m.lost_users AS lost_users
  FROM (
    SELECT
      w.period AS bucket,
      u.channel AS channel,
      COUNT(*) AS lost_users
    FROM current_lost_users_members AS f
    JOIN current_windows_2 AS w
      ON w.period = f.bucket
    LEFT JOIN users AS u
      ON u.user_id = f.user_id
    GROUP BY
      w.period,
      u.channel
  ) AS m
), base_lost_users AS (
  SELECT
    m.bucket AS period,
    m.channel AS channel,
    m.lost_users AS lost_users
  FROM (
    SELECT
      w.period AS bucket,
      u.channel AS channel,
      COUNT(*) AS lost_users
    FROM base_lost_users_members AS f
    JOIN base_windows_2 AS w
      ON w.period = f.bucket
    LEFT JOIN users AS u
      ON u.user_id = f.user_id
    GROUP BY
      w.period,
      u.channel
  ) AS m
), spine_keys AS (
  SELECT DISTINCT
    channel
  FROM current_lost_users
  UNION
  SELECT DISTINCT
    channel
  FROM base_lost_users
), figures AS (
  SELECT
    p.period AS period,
    k.channel AS channel,
    COALESCE(current_lost_users.lost_users, 0) AS lost_users,
    CASE WHEN p.base_known THEN COALESCE(base_lost_users.lost_users, 0) END AS lost_users__base
  FROM periods AS p
  CROSS JOIN spine_keys AS k
  LEFT JOIN current_lost_users
    ON current_lost_users.channel IS NOT DISTINCT FROM k.channel
    AND current_lost_users.period = p.period
  LEFT JOIN base_lost_users
    ON base_lost_users.channel IS NOT DISTINCT FROM k.channel
    AND base_lost_users.period = p.period
), compared AS (
  SELECT
    g.period AS period,
    g.channel AS channel,
    g.lost_users AS lost_users,
    g.lost_users__base AS lost_users__base,
    g.lost_users - g.lost_users__base AS lost_users__change,
    CAST(g.lost_users - g.lost_users__base AS DOUBLE) / CAST(NULLIF(g.lost_users__base, 0) AS DOUBLE) AS lost_users__change_pct
  FROM figures AS g
)
SELECT
  r.period AS period,
  r.channel AS channel,
  r.lost_users AS lost_users,
  r.lost_users__base AS lost_users__base,
  r.lost_users__change AS lost_users__change,
  r.lost_users__change_pct AS lost_users__change_pct
FROM compared AS r
ORDER BY
  r.period ASC,
  r.channel ASC
LIMIT $row_limit;
