-- reactivation_rate (唤醒率): Of users dormant on the day before the period starts, the share active in the period.
-- dormant users of the day before who are active in the period / dormant users of the day before

-- start = 2025-01-01, end = 2025-04-10
--   $current_day = 2024-12-31
--   $current_last = 2025-04-10
--   $row_limit = 1001
SELECT
  CAST(COALESCE(COUNT(*) FILTER(WHERE
    f.next_day <= CAST($current_last AS DATE)), 0) AS DOUBLE) / CAST(NULLIF(COALESCE(COUNT(*), 0), 0) AS DOUBLE) AS reactivation_rate,
  COALESCE(COUNT(*) FILTER(WHERE
    f.next_day <= CAST($current_last AS DATE)), 0) AS reactivation_rate__numerator,
  COALESCE(COUNT(*), 0) AS reactivation_rate__denominator
FROM away_spells AS f
WHERE
  f.last_day <= CAST($current_day AS DATE) - 30
  AND f.last_day >= CAST($current_day AS DATE) - 60
  AND f.next_day > CAST($current_day AS DATE)
LIMIT $row_limit;

-- start = 2025-01-01, end = 2025-04-10, grain = month, dimensions = ['channel'], compare = previous
--   $current_from = 2025-01-01
--   $current_to = 2025-04-10
--   $current_from_2 = 2024-12-31
--   $current_to_2 = 2025-03-31
--   $current_windows_2_period = ['2025-01-01', '2025-02-01', '2025-03-01', '2025-04-01']
--   $current_windows_2_unit = ['2025-01-01', '2025-02-01', '2025-03-01', '2025-04-01']
--   $current_windows_2_first = ['2024-12-31', '2025-01-31', '2025-02-28', '2025-03-31']
--   $current_windows_2_last = ['2024-12-31', '2025-01-31', '2025-02-28', '2025-03-31']
--   $current_windows_2_state = ['2025-01-31', '2025-02-28', '2025-03-31', '2025-04-10']
--   $base_from = 2025-01-01
--   $base_to = 2025-03-10
--   $base_windows_period = ['2025-02-01', '2025-03-01', '2025-04-01']
--   $base_windows_unit = ['2025-01-01', '2025-02-01', '2025-03-01']
--   $base_windows_first = ['2025-01-01', '2025-02-01', '2025-03-01']
--   $base_windows_last = ['2025-01-31', '2025-02-28', '2025-03-10']
--   $base_windows_state = ['2025-01-31', '2025-02-28', '2025-03-10']
--   $base_from_2 = 2024-12-31
--   $base_to_2 = 2025-02-28
--   $base_windows_2_period = ['2025-02-01', '2025-03-01', '2025-04-01']
--   $base_windows_2_unit = ['2025-02-01', '2025-03-01', '2025-04-01']
--   $base_windows_2_first = ['2024-12-31', '2025-01-31', '2025-02-28']
--   $base_windows_2_last = ['2024-12-31', '2025-01-31', '2025-02-28']
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
), base_windows AS (
  SELECT
    UNNEST(CAST($base_windows_period AS DATE[])) AS period,
    UNNEST(CAST($base_windows_unit AS DATE[])) AS unit,
    UNNEST(CAST($base_windows_first AS DATE[])) AS first_day,
    UNNEST(CAST($base_windows_last AS DATE[])) AS last_day,
    UNNEST(CAST($base_windows_state AS DATE[])) AS state_day
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
), current_woken_users AS (
  SELECT
    m.bucket AS period,
    m.channel AS channel,
    m.woken_users AS woken_users
  FROM (
    SELECT
      CAST(DATE_TRUNC('MONTH', f.next_day) AS DATE) AS bucket,
      u.channel AS channel,
      COUNT(*) AS woken_users
    FROM away_spells AS f
    LEFT JOIN users AS u
      ON u.user_id = f.user_id
    WHERE
      f.next_day BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
      AND f.last_day >= CAST($current_from AS DATE) - 61
      AND f.last_day <= CAST($current_to AS DATE) - 31
      AND f.last_day <= GREATEST(CAST(DATE_TRUNC('MONTH', f.next_day) AS DATE), CAST($current_from AS DATE)) - 1 - 30
      AND f.last_day >= GREATEST(CAST(DATE_TRUNC('MONTH', f.next_day) AS DATE), CAST($current_from AS DATE)) - 1 - 60
      AND f.next_day > GREATEST(CAST(DATE_TRUNC('MONTH', f.next_day) AS DATE), CAST($current_from AS DATE)) - 1
    GROUP BY
      CAST(DATE_TRUNC('MONTH', f.next_day) AS DATE),
      u.channel
  ) AS m
), current_dormant_before AS (
  SELECT
    m.bucket AS period,
    m.channel AS channel,
    m.dormant_before AS dormant_before
  FROM (
    SELECT
      w.period AS bucket,
      c.channel AS channel,
      c.users AS dormant_before
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
            CAST($current_from_2 AS DATE) AS day,
            COUNT(*) AS step,
            u.channel AS channel
          FROM away_spells AS f
          LEFT JOIN users AS u
            ON u.user_id = f.user_id
          WHERE
            f.last_day <= CAST($current_from_2 AS DATE) - 30
            AND f.last_day >= CAST($current_from_2 AS DATE) - 60
            AND f.next_day > CAST($current_from_2 AS DATE)
          GROUP BY
            u.channel
          UNION ALL
          SELECT
            f.last_day + 30 AS day,
            COUNT(*) AS step,
            u.channel AS channel
          FROM away_spells AS f
          LEFT JOIN users AS u
            ON u.user_id = f.user_id
          WHERE
            f.last_day BETWEEN CAST($current_from_2 AS DATE) - 30 + 1 AND CAST($current_to_2 AS DATE) - 30
            AND f.next_day > f.last_day + 30
          GROUP BY
            f.last_day + 30,
            u.channel
          UNION ALL
          SELECT
            LEAST(f.next_day, f.last_day + 61) AS day,
            0 - COUNT(*) AS step,
            u.channel AS channel
          FROM away_spells AS f
          LEFT JOIN users AS u
            ON u.user_id = f.user_id
          WHERE
            LEAST(f.next_day, f.last_day + 61) BETWEEN CAST($current_from_2 AS DATE) + 1 AND CAST($current_to_2 AS DATE)
            AND f.last_day <= CAST($current_to_2 AS DATE) - 30
            AND f.last_day >= CAST($current_from_2 AS DATE) - 60
            AND f.next_day > CAST($current_from_2 AS DATE)
            AND f.next_day > f.last_day + 30
          GROUP BY
            LEAST(f.next_day, f.last_day + 61),
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
), base_woken_users AS (
  SELECT
    w.period AS period,
    m.channel AS channel,
    m.woken_users AS woken_users
  FROM (
    SELECT
      CAST(DATE_TRUNC('MONTH', f.next_day) AS DATE) AS bucket,
      u.channel AS channel,
      COUNT(*) AS woken_users
    FROM away_spells AS f
    LEFT JOIN users AS u
      ON u.user_id = f.user_id
    WHERE
      f.next_day BETWEEN CAST($base_from AS DATE) AND CAST($base_to AS DATE)
      AND f.last_day >= CAST($base_from AS DATE) - 61
      AND f.last_day <= CAST($base_to AS DATE) - 31
      AND f.last_day <= GREATEST(CAST(DATE_TRUNC('MONTH', f.next_day) AS DATE), CAST($base_from AS DATE)) - 1 - 30
      AND f.last_day >= GREATEST(CAST(DATE_TRUNC('MONTH', f.next_day) AS DATE), CAST($base_from AS DATE)) - 1 - 60
      AND f.next_day > GREATEST(CAST(DATE_TRUNC('MONTH', f.next_day) AS DATE), CAST($base_from AS DATE)) - 1
    GROUP BY
      CAST(DATE_TRUNC('MONTH', f.next_day) AS DATE),
      u.channel
  ) AS m
  JOIN base_windows AS w
    ON w.unit = m.bucket
), base_dormant_before AS (
  SELECT
    m.bucket AS period,
    m.channel AS channel,
    m.dormant_before AS dormant_before
  FROM (
    SELECT
      w.period AS bucket,
      c.channel AS channel,
      c.users AS dormant_before
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
            CAST($base_from_2 AS DATE) AS day,
            COUNT(*) AS step,
            u.channel AS channel
          FROM away_spells AS f
          LEFT JOIN users AS u
            ON u.user_id = f.user_id
          WHERE
            f.last_day <= CAST($base_from_2 AS DATE) - 30
            AND f.last_day >= CAST($base_from_2 AS DATE) - 60
            AND f.next_day > CAST($base_from_2 AS DATE)
          GROUP BY
            u.channel
          UNION ALL
          SELECT
            f.last_day + 30 AS day,
            COUNT(*) AS step,
            u.channel AS channel
          FROM away_spells AS f
          LEFT JOIN users AS u
            ON u.user_id = f.user_id
          WHERE
            f.last_day BETWEEN CAST($base_from_2 AS DATE) - 30 + 1 AND CAST($base_to_2 AS DATE) - 30
            AND f.next_day > f.last_day + 30
          GROUP BY
            f.last_day + 30,
            u.channel
          UNION ALL
          SELECT
            LEAST(f.next_day, f.last_day + 61) AS day,
            0 - COUNT(*) AS step,
            u.channel AS channel
          FROM away_spells AS f
          LEFT JOIN users AS u
            ON u.user_id = f.user_id
          WHERE
            LEAST(f.next_day, f.last_day + 61) BETWEEN CAST($base_from_2 AS DATE) + 1 AND CAST($base_to_2 AS DATE)
            AND f.last_day <= CAST($base_to_2 AS DATE) - 30
            AND f.last_day >= CAST($base_from_2 AS DATE) - 60
            AND f.next_day > CAST($base_from_2 AS DATE)
            AND f.next_day > f.last_day + 30
          GROUP BY
            LEAST(f.next_day, f.last_day + 61),
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
  FROM current_woken_users
  UNION
  SELECT DISTINCT
    channel
  FROM current_dormant_before
  UNION
  SELECT DISTINCT
    channel
  FROM base_woken_users
  UNION
  SELECT DISTINCT
    channel
  FROM base_dormant_before
), figures AS (
  SELECT
    p.period AS period,
    k.channel AS channel,
    CAST(COALESCE(current_woken_users.woken_users, 0) AS DOUBLE) / CAST(NULLIF(COALESCE(current_dormant_before.dormant_before, 0), 0) AS DOUBLE) AS reactivation_rate,
    COALESCE(current_woken_users.woken_users, 0) AS reactivation_rate__numerator,
    COALESCE(current_dormant_before.dormant_before, 0) AS reactivation_rate__denominator,
    CASE
      WHEN p.base_known
      THEN CAST(COALESCE(base_woken_users.woken_users, 0) AS DOUBLE) / CAST(NULLIF(COALESCE(base_dormant_before.dormant_before, 0), 0) AS DOUBLE)
    END AS reactivation_rate__base
  FROM periods AS p
  CROSS JOIN spine_keys AS k
  LEFT JOIN current_woken_users
    ON current_woken_users.channel IS NOT DISTINCT FROM k.channel
    AND current_woken_users.period = p.period
  LEFT JOIN current_dormant_before
    ON current_dormant_before.channel IS NOT DISTINCT FROM k.channel
    AND current_dormant_before.period = p.period
  LEFT JOIN base_woken_users
    ON base_woken_users.channel IS NOT DISTINCT FROM k.channel
    AND base_woken_users.period = p.period
  LEFT JOIN base_dormant_before
    ON base_dormant_before.channel IS NOT DISTINCT FROM k.channel
    AND base_dormant_before.period = p.period
), compared AS (
  SELECT
    g.period AS period,
    g.channel AS channel,
    g.reactivation_rate AS reactivation_rate,
    g.reactivation_rate__numerator AS reactivation_rate__numerator,
    g.reactivation_rate__denominator AS reactivation_rate__denominator,
    g.reactivation_rate__base AS reactivation_rate__base,
    g.reactivation_rate - g.reactivation_rate__base AS reactivation_rate__change,
    CAST(g.reactivation_rate - g.reactivation_rate__base AS DOUBLE) / CAST(NULLIF(g.reactivation_rate__base, 0) AS DOUBLE) AS reactivation_rate__change_pct
  FROM figures AS g
)
SELECT
  r.period AS period,
  r.channel AS channel,
  r.reactivation_rate AS reactivation_rate,
  r.reactivation_rate__numerator AS reactivation_rate__numerator,
  r.reactivation_rate__denominator AS reactivation_rate__denominator,
  r.reactivation_rate__base AS reactivation_rate__base,
  r.reactivation_rate__change AS reactivation_rate__change,
  r.reactivation_rate__change_pct AS reactivation_rate__change_pct
FROM compared AS r
ORDER BY
  r.period ASC,
  r.channel ASC
LIMIT $row_limit;
