-- declining_users (活跃下滑预警用户数): At the end of the period, registered users whose time spent in the last 7 days is at most half of that in the 7 days before, which was at least 10 minutes.
-- users with minutes(last 7 days) <= 50% of minutes(7 days before) >= 10

-- start = 2025-01-01, end = 2025-02-10
--   $current_from = 2025-02-10
--   $row_limit = 1001
WITH current_declining_users_members AS (
  SELECT
    k.bucket AS bucket,
    k.user_id AS user_id
  FROM (
    SELECT
      CAST($current_from AS DATE) + (
        -40
      ) AS bucket,
      CAST($current_from AS DATE) + (
        0
      ) AS day,
      e.user_id AS user_id
    FROM user_days AS e
    WHERE
      e.event_date <= CAST($current_from AS DATE) + (
        0
      )
      AND e.event_date > CAST($current_from AS DATE) + (
        0
      ) - 14
    GROUP BY
      e.user_id
    HAVING
      COALESCE(
        SUM(e.seconds) FILTER(WHERE
          e.event_date <= CAST($current_from AS DATE) + (
            0
          ) - 7),
        0
      ) >= 600
      AND COALESCE(
        SUM(e.seconds) FILTER(WHERE
          e.event_date > CAST($current_from AS DATE) + (
            0
          ) - 7),
        0
      ) * 2 <= COALESCE(
        SUM(e.seconds) FILTER(WHERE
          e.event_date <= CAST($current_from AS DATE) + (
            0
          ) - 7),
        0
      )
  ) AS k
  JOIN users AS u
    ON u.user_id = k.user_id AND u.register_date <= k.day
)
SELECT
  COALESCE(COUNT(*), 0) AS declining_users
FROM current_declining_users_members AS f
LIMIT $row_limit;

-- start = 2025-01-01, end = 2025-02-10, grain = month, dimensions = ['channel'], compare = previous
--   $current_from = 2025-01-31
--   $current_windows_2_period = ['2025-01-01', '2025-02-01']
--   $current_windows_2_unit = ['2025-01-01', '2025-02-01']
--   $current_windows_2_first = ['2025-01-31', '2025-02-10']
--   $current_windows_2_last = ['2025-01-31', '2025-02-10']
--   $current_windows_2_state = ['2025-01-31', '2025-02-10']
--   $base_from = 2025-01-10
--   $base_windows_2_period = ['2025-02-01']
--   $base_windows_2_unit = ['2025-02-01']
--   $base_windows_2_first = ['2025-01-10']
--   $base_windows_2_last = ['2025-01-10']
--   $base_windows_2_state = ['2025-01-10']
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
), current_declining_users_members AS (
  SELECT
    k.bucket AS bucket,
    k.user_id AS user_id
  FROM (
    SELECT
      CAST($current_from AS DATE) + (
        -30
      ) AS bucket,
      CAST($current_from AS DATE) + (
        0
      ) AS day,
      e.user_id AS user_id
    FROM user_days AS e
    WHERE
      e.event_date <= CAST($current_from AS DATE) + (
        0
      )
      AND e.event_date > CAST($current_from AS DATE) + (
        0
      ) - 14
    GROUP BY
      e.user_id
    HAVING
      COALESCE(
        SUM(e.seconds) FILTER(WHERE
          e.event_date <= CAST($current_from AS DATE) + (
            0
          ) - 7),
        0
      ) >= 600
      AND COALESCE(
        SUM(e.seconds) FILTER(WHERE
          e.event_date > CAST($current_from AS DATE) + (
            0
          ) - 7),
        0
      ) * 2 <= COALESCE(
        SUM(e.seconds) FILTER(WHERE
          e.event_date <= CAST($current_from AS DATE) + (
            0
          ) - 7),
        0
      )
    UNION ALL
    SELECT
      CAST($current_from AS DATE) + (
        1
      ) AS bucket,
      CAST($current_from AS DATE) + (
        10
      ) AS day,
      e.user_id AS user_id
    FROM user_days AS e
    WHERE
      e.event_date <= CAST($current_from AS DATE) + (
        10
      )
      AND e.event_date > CAST($current_from AS DATE) + (
        10
      ) - 14
    GROUP BY
      e.user_id
    HAVING
      COALESCE(
        SUM(e.seconds) FILTER(WHERE
          e.event_date <= CAST($current_from AS DATE) + (
            10
          ) - 7),
        0
      ) >= 600
      AND COALESCE(
        SUM(e.seconds) FILTER(WHERE
          e.event_date > CAST($current_from AS DATE) + (
            10
          ) - 7),
        0
      ) * 2 <= COALESCE(
        SUM(e.seconds) FILTER(WHERE
          e.event_date <= CAST($current_from AS DATE) + (
            10
          ) - 7),
        0
      )
  ) AS k
  JOIN users AS u
    ON u.user_id = k.user_id AND u.register_date <= k.day
), base_declining_users_members AS (
  SELECT
    k.bucket AS bucket,
    k.user_id AS user_id
  FROM (
    SELECT
      CAST($base_from AS DATE) + (
        22
      ) AS bucket,
      CAST($base_from AS DATE) + (
        0
      ) AS day,
      e.user_id AS user_id
    FROM user_days AS e
    WHERE
      e.event_date <= CAST($base_from AS DATE) + (
        0
      )
      AND e.event_date > CAST($base_from AS DATE) + (
        0
      ) - 14
    GROUP BY
      e.user_id
    HAVING
      COALESCE(
        SUM(e.seconds) FILTER(WHERE
          e.event_date <= CAST($base_from AS DATE) + (
            0
          ) - 7),
        0
      ) >= 600
      AND COALESCE(
        SUM(e.seconds) FILTER(WHERE
          e.event_date > CAST($base_from AS DATE) + (
            0
          ) - 7),
        0
      ) * 2 <= COALESCE(
        SUM(e.seconds) FILTER(WHERE
          e.event_date <= CAST($base_from AS DATE) + (
            0
          ) - 7),
        0
      )
  ) AS k
  JOIN users AS u
    ON u.user_id = k.user_id AND u.register_date <= k.day
), current_declining_users AS (
  SELECT
    m.bucket AS period,
    m.channel AS channel,
    m.declining_users AS declining_users
  FROM (
    SELECT
      w.period AS bucket,
      u.channel AS channel,
      COUNT(*) AS declining_users
    FROM current_declining_users_members AS f
    JOIN current_windows_2 AS w
      ON w.period = f.bucket
    LEFT JOIN users AS u
      ON u.user_id = f.user_id
    GROUP BY
      w.period,
      u.channel
  ) AS m
), base_declining_users AS (
  SELECT
    m.bucket AS period,
    m.channel AS channel,
    m.declining_users AS declining_users
  FROM (
    SELECT
      w.period AS bucket,
      u.channel AS channel,
      COUNT(*) AS declining_users
    FROM base_declining_users_members AS f
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
  FROM current_declining_users
  UNION
  SELECT DISTINCT
    channel
  FROM base_declining_users
), figures AS (
  SELECT
    p.period AS period,
    k.channel AS channel,
    COALESCE(current_declining_users.declining_users, 0) AS declining_users,
    CASE WHEN p.base_known THEN COALESCE(base_declining_users.declining_users, 0) END AS declining_users__base
  FROM periods AS p
  CROSS JOIN spine_keys AS k
  LEFT JOIN current_declining_users
    ON current_declining_users.channel IS NOT DISTINCT FROM k.channel
    AND current_declining_users.period = p.period
  LEFT JOIN base_declining_users
    ON base_declining_users.channel IS NOT DISTINCT FROM k.channel
    AND base_declining_users.period = p.period
), compared AS (
  SELECT
    g.period AS period,
    g.channel AS channel,
    g.declining_users AS declining_users,
    g.declining_users__base AS declining_users__base,
    g.declining_users - g.declining_users__base AS declining_users__change,
    CAST(g.declining_users - g.declining_users__base AS DOUBLE) / CAST(NULLIF(g.declining_users__base, 0) AS DOUBLE) AS declining_users__change_pct
  FROM figures AS g
)
SELECT
  r.period AS period,
  r.channel AS channel,
  r.declining_users AS declining_users,
  r.declining_users__base AS declining_users__base,
  r.declining_users__change AS declining_users__change,
  r.declining_users__change_pct AS declining_users__change_pct
FROM compared AS r
ORDER BY
  r.period ASC,
  r.channel ASC
LIMIT $row_limit;
