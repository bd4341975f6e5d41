-- total_users (累计注册用户): Users registered by the end of the period.
-- count of users with register_date <= last day

-- start = 2025-01-01, end = 2025-02-20
--   $current_day = 2025-02-20
--   $row_limit = 1001
SELECT
  COALESCE(COUNT(*), 0) AS total_users
FROM users AS f
WHERE
  f.register_date <= CAST($current_day AS DATE)
LIMIT $row_limit;

-- start = 2025-01-01, end = 2025-02-20, grain = month, dimensions = ['channel'], compare = previous
--   $current_from = 2025-01-31
--   $current_to = 2025-02-20
--   $current_windows_2_period = ['2025-01-01', '2025-02-01']
--   $current_windows_2_unit = ['2025-01-01', '2025-02-01']
--   $current_windows_2_first = ['2025-01-31', '2025-02-20']
--   $current_windows_2_last = ['2025-01-31', '2025-02-20']
--   $current_windows_2_state = ['2025-01-31', '2025-02-20']
--   $base_from = 2025-01-20
--   $base_to = 2025-01-20
--   $base_windows_2_period = ['2025-02-01']
--   $base_windows_2_unit = ['2025-02-01']
--   $base_windows_2_first = ['2025-01-20']
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
), current_total_users AS (
  SELECT
    m.bucket AS period,
    m.channel AS channel,
    m.total_users AS total_users
  FROM (
    SELECT
      w.period AS bucket,
      c.channel AS channel,
      c.users AS total_users
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
            f.channel AS channel
          FROM users AS f
          WHERE
            f.register_date <= CAST($current_from AS DATE) - 0
          GROUP BY
            f.channel
          UNION ALL
          SELECT
            f.register_date + 0 AS day,
            COUNT(*) AS step,
            f.channel AS channel
          FROM users AS f
          WHERE
            f.register_date BETWEEN CAST($current_from AS DATE) - 0 + 1 AND CAST($current_to AS DATE) - 0
          GROUP BY
            f.register_date + 0,
            f.channel
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
), base_total_users AS (
  SELECT
    m.bucket AS period,
    m.channel AS channel,
    m.total_users AS total_users
  FROM (
    SELECT
      w.period AS bucket,
      c.channel AS channel,
      c.users AS total_users
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
            f.channel AS channel
          FROM users AS f
          WHERE
            f.register_date <= CAST($base_from AS DATE) - 0
          GROUP BY
            f.channel
          UNION ALL
          SELECT
            f.register_date + 0 AS day,
            COUNT(*) AS step,
            f.channel AS channel
          FROM users AS f
          WHERE
            f.register_date BETWEEN CAST($base_from AS DATE) - 0 + 1 AND CAST($base_to AS DATE) - 0
          GROUP BY
            f.register_date + 0,
            f.channel
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
  FROM current_total_users
  UNION
  SELECT DISTINCT
    channel
  FROM base_total_users
), figures AS (
  SELECT
    p.period AS period,
    k.channel AS channel,
    COALESCE(current_total_users.total_users, 0) AS total_users,
    CASE WHEN p.base_known THEN COALESCE(base_total_users.total_users, 0) END AS total_users__base
  FROM periods AS p
  CROSS JOIN spine_keys AS k
  LEFT JOIN current_total_users
    ON current_total_users.channel IS NOT DISTINCT FROM k.channel
    AND current_total_users.period = p.period
  LEFT JOIN base_total_users
    ON base_total_users.channel IS NOT DISTINCT FROM k.channel
    AND base_total_users.period = p.period
), compared AS (
  SELECT
    g.period AS period,
    g.channel AS channel,
    g.total_users AS total_users,
    g.total_users__base AS total_users__base,
    g.total_users - g.total_users__base AS total_users__change,
    CAST(g.total_users - g.total_users__base AS DOUBLE) / CAST(NULLIF(g.total_users__base, 0) AS DOUBLE) AS total_users__change_pct
  FROM figures AS g
)
SELECT
  r.period AS period,
  r.channel AS channel,
  r.total_users AS total_users,
  r.total_users__base AS total_users__base,
  r.total_users__change AS total_users__change,
  r.total_users__change_pct AS total_users__change_pct
FROM compared AS r
ORDER BY
  r.period ASC,
  r.channel ASC
LIMIT $row_limit;
