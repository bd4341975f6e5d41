-- lost_users (流失用户数): On the last day of the period, users last active more than 60 days before it (registering counts as activity).
-- users with days since last active > 60 on the last day

-- start = 2025-01-01, end = 2025-04-10
--   $current_day = 2025-04-10
--   $row_limit = 1001
SELECT
  COALESCE(COUNT(*), 0) AS lost_users
FROM away_spells AS f
WHERE
  f.last_day <= CAST($current_day AS DATE) - 61
  AND f.next_day > CAST($current_day AS DATE)
LIMIT $row_limit;

-- start = 2025-01-01, end = 2025-04-10, grain = month, dimensions = ['channel'], compare = previous
--   $current_from = 2025-01-31
--   $current_to = 2025-04-10
--   $current_windows_2_period = ['2025-01-01', '2025-02-01', '2025-03-01', '2025-04-01']
--   $current_windows_2_unit = ['2025-01-01', '2025-02-01', '2025-03-01', '2025-04-01']
--   $current_windows_2_first = ['2025-01-31', '2025-02-28', '2025-03-31', '2025-04-10']
--   $current_windows_2_last = ['2025-01-31', '2025-02-28', '2025-03-31', '2025-04-10']
--   $current_windows_2_state = ['2025-01-31', '2025-02-28', '2025-03-31', '2025-04-10']
--   $base_from = 2025-01-31
--   $base_to = 2025-03-10
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
), current_lost_users AS (
  SELECT
    m.bucket AS period,
    m.channel AS channel,
    m.lost_users AS lost_users
  FROM (
    SELECT
      w.period AS bucket,
      c.channel AS channel,
      c.users AS lost_users
    FROM (
      SELECT
        r.day AS day,
        LEAD(r.day) OVER (PARTITION BY r.channel ORDER BY r.day) AS until,
        SUM(r.step) OVER (PARTITION BY r.channel ORDER BY r.day) AS users,
        r.channel AS channel
      FROM (
        SELECT
          s.day AS day,
          SUM(s.step) AS step,
          s.channel AS channel
        FROM (
          SELECT
            CAST($current_from AS DATE) AS day,
            COUNT(*) AS step,
            u.channel AS channel
          FROM away_spells AS f
          LEFT JOIN users AS u
            ON u.user_id = f.user_id
          WHERE
            f.last_day <= CAST($current_from AS DATE) - 61
            AND f.next_day > CAST($current_from AS DATE)
          GROUP BY
            u.channel
          UNION ALL
          SELECT
            f.last_day + 61 AS day,
            COUNT(*) AS step,
            u.channel AS channel
          FROM away_spells AS f
          LEFT JOIN users AS u
            ON u.user_id = f.user_id
          WHERE
            f.last_day BETWEEN CAST($current_from AS DATE) - 61 + 1 AND CAST($current_to AS DATE) - 61
            AND f.next_day > f.last_day + 61
          GROUP BY
            f.last_day + 61,
            u.channel
          UNION ALL
          SELECT
            f.next_day AS day,
            0 - COUNT(*) AS step,
            u.channel AS channel
          FROM away_spells AS f
          LEFT JOIN users AS u
            ON u.user_id = f.user_id
          WHERE
            f.next_day BETWEEN CAST($current_from AS DATE) + 1 AND CAST($current_to AS DATE)
            AND f.last_day <= CAST($current_to AS DATE) - 61
            AND f.next_day > CAST($current_from AS DATE)
            AND f.next_day > f.last_day + 61
          GROUP BY
            f.next_day,
            u.channel
        ) AS s
        GROUP BY
          s.day,
          s.channel
      ) AS r
    ) AS c
    JOIN current_windows_2 AS w
      ON w.last_day >= c.day AND (
        w.last_day < c.until OR c.until IS NULL
      )
    WHERE
      c.users > 0
  ) AS m
), base_lost_users AS (
  SELECT
    m.bucket AS period,
    m.channel AS channel,
    m.lost_users AS lost_users
  FROM (
    SELECT
      w.period AS bucket,
      c.channel AS channel,
      c.users AS lost_users
    FROM (
      SELECT
        r.day AS day,
        LEAD(r.day) OVER (PARTITION BY r.channel ORDER BY r.day) AS until,
        SUM(r.step) OVER (PARTITION BY r.channel ORDER BY r.day) AS users,
        r.channel AS channel
      FROM (
        SELECT
          s.day AS day,
          SUM(s.step) AS step,
          s.channel AS channel
        FROM (
          SELECT
            CAST($base_from AS DATE) AS day,
            COUNT(*) AS step,
            u.channel AS channel
          FROM away_spells AS f
          LEFT JOIN users AS u
            ON u.user_id = f.user_id
          WHERE
            f.last_day <= CAST($base_from AS DATE) - 61
            AND f.next_day > CAST($base_from AS DATE)
          GROUP BY
            u.channel
          UNION ALL
          SELECT
            f.last_day + 61 AS day,
            COUNT(*) AS step,
            u.channel AS channel
          FROM away_spells AS f
          LEFT JOIN users AS u
            ON u.user_id = f.user_id
          WHERE
            f.last_day BETWEEN CAST($base_from AS DATE) - 61 + 1 AND CAST($base_to AS DATE) - 61
            AND f.next_day > f.last_day + 61
          GROUP BY
            f.last_day + 61,
            u.channel
          UNION ALL
          SELECT
            f.next_day AS day,
            0 - COUNT(*) AS step,
            u.channel AS channel
          FROM away_spells AS f
          LEFT JOIN users AS u
            ON u.user_id = f.user_id
          WHERE
            f.next_day BETWEEN CAST($base_from AS DATE) + 1 AND CAST($base_to AS DATE)
            AND f.last_day <= CAST($base_to AS DATE) - 61
            AND f.next_day > CAST($base_from AS DATE)
            AND f.next_day > f.last_day + 61
          GROUP BY
            f.next_day,
            u.channel
        ) AS s
        GROUP BY
          s.day,
          s.channel
      ) AS r
    ) AS c
    JOIN base_windows_2 AS w
      ON w.last_day >= c.day AND (
        w.last_day < c.until OR c.until IS NULL
      )
    WHERE
      c.users > 0
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
