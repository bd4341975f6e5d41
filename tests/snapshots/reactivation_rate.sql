-- reactivation_rate (唤醒率): Of users dormant on the day before the period starts, the share active in the period.
-- dormant users of the day before who are active in the period / dormant users of the day before

-- start = 2025-01-01, end = 2025-04-10
--   $current_from = 2025-01-01
--   $current_to = 2025-04-10
--   $segment_name = dormant_30_60
--   $away = 30
--   $away_2 = 60
--   $current_windows_2_period = ['2025-01-01']
--   $current_windows_2_unit = ['2025-01-01']
--   $current_windows_2_first = ['2024-12-31']
--   $current_windows_2_last = ['2024-12-31']
--   $current_windows_2_state = ['2025-04-10']
--   $row_limit = 1001
WITH current_windows_2 AS (
  SELECT
    UNNEST(CAST($current_windows_2_period AS DATE[])) AS period,
    UNNEST(CAST($current_windows_2_unit AS DATE[])) AS unit,
    UNNEST(CAST($current_windows_2_first AS DATE[])) AS first_day,
    UNNEST(CAST($current_windows_2_last AS DATE[])) AS last_day,
    UNNEST(CAST($current_windows_2_state AS DATE[])) AS state_day
), current_woken_users_members AS (
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
      a.last_day + $away <= d.day
      AND d.day < a.next_day
      AND d.day <= a.last_day + $away_2
  ) AS m
), current_dormant_before_members AS (
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
      a.last_day + $away <= d.day
      AND d.day < a.next_day
      AND d.day <= a.last_day + $away_2
  ) AS m
), current_woken_users AS (
  SELECT
    COUNT(*) AS woken_users
  FROM current_woken_users_members AS f
  WHERE
    f.user_id IN (
      SELECT
        a.user_id AS user_id
      FROM active_days AS a
      WHERE
        a.event_date BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
    )
), current_dormant_before AS (
  SELECT
    COUNT(*) AS dormant_before
  FROM current_dormant_before_members AS f
)
SELECT
  CAST(COALESCE(current_woken_users.woken_users, 0) AS DOUBLE) / CAST(NULLIF(COALESCE(current_dormant_before.dormant_before, 0), 0) AS DOUBLE) AS reactivation_rate,
  COALESCE(current_woken_users.woken_users, 0) AS reactivation_rate__numerator,
  COALESCE(current_dormant_before.dormant_before, 0) AS reactivation_rate__denominator
FROM current_woken_users
CROSS JOIN current_dormant_before
LIMIT $row_limit;

-- start = 2025-01-01, end = 2025-04-10, grain = month, dimensions = ['channel'], compare = previous
--   $current_from = 2025-01-01
--   $current_to = 2025-04-10
--   $segment_name = dormant_30_60
--   $away = 30
--   $away_2 = 60
--   $current_windows_2_period = ['2025-01-01', '2025-02-01', '2025-03-01', '2025-04-01']
--   $current_windows_2_unit = ['2025-01-01', '2025-02-01', '2025-03-01', '2025-04-01']
--   $current_windows_2_first = ['2024-12-31', '2025-01-31', '2025-02-28', '2025-03-31']
--   $current_windows_2_last = ['2024-12-31', '2025-01-31', '2025-02-28', '2025-03-31']
--   $current_windows_2_state = ['2025-01-31', '2025-02-28', '2025-03-31', '2025-04-10']
--   $current_windows_period = ['2025-01-01', '2025-02-01', '2025-03-01', '2025-04-01']
--   $current_windows_unit = ['2025-01-01', '2025-02-01', '2025-03-01', '2025-04-01']
--   $current_windows_first = ['2025-01-01', '2025-02-01', '2025-03-01', '2025-04-01']
--   $current_windows_last = ['2025-01-31', '2025-02-28', '2025-03-31', '2025-04-10']
--   $current_windows_state = ['2025-01-31', '2025-02-28', '2025-03-31', '2025-04-10']
--   $base_from = 2025-01-01
--   $base_to = 2025-03-10
--   $base_windows_2_period = ['2025-02-01', '2025-03-01', '2025-04-01']
--   $base_windows_2_unit = ['2025-02-01', '2025-03-01', '2025-04-01']
--   $base_windows_2_first = ['2024-12-31', '2025-01-31', '2025-02-28']
--   $base_windows_2_last = ['2024-12-31', '2025-01-31', '2025-02-28']
--   $base_windows_2_state = ['2025-01-31', '2025-02-28', '2025-03-10']
--   $base_windows_period = ['2025-02-01', '2025-03-01', '2025-04-01']
--   $base_windows_unit = ['2025-01-01', '2025-02-01', '2025-03-01']
--   $base_windows_first = ['2025-01-01', '2025-02-01', '2025-03-01']
--   $base_windows_last = ['2025-01-31', '2025-02-28', '2025-03-10']
--   $base_windows_state = ['2025-01-31', '2025-02-28', '2025-03-10']
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
), current_windows AS (
  SELECT
    UNNEST(CAST($current_windows_period AS DATE[])) AS period,
    UNNEST(CAST($current_windows_unit AS DATE[])) AS unit,
    UNNEST(CAST($current_windows_first AS DATE[])) AS first_day,
    UNNEST(CAST($current_windows_last AS DATE[])) AS last_day,
    UNNEST(CAST($current_windows_state AS DATE[])) AS state_day
), base_windows_2 AS (
  SELECT
    UNNEST(CAST($base_windows_2_period AS DATE[])) AS period,
    UNNEST(CAST($base_windows_2_unit AS DATE[])) AS unit,
    UNNEST(CAST($base_windows_2_first AS DATE[])) AS first_day,
    UNNEST(CAST($base_windows_2_last AS DATE[])) AS last_day,
    UNNEST(CAST($base_windows_2_state AS DATE[])) AS state_day
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
), current_woken_users_members AS (
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
      a.last_day + $away <= d.day
      AND d.day < a.next_day
      AND d.day <= a.last_day + $away_2
  ) AS m
), current_dormant_before_members AS (
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
      a.last_day + $away <= d.day
      AND d.day < a.next_day
      AND d.day <= a.last_day + $away_2
  ) AS m
), base_woken_users_members AS (
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
      a.last_day + $away <= d.day
      AND d.day < a.next_day
      AND d.day <= a.last_day + $away_2
  ) AS m
), base_dormant_before_members AS (
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
      a.last_day + $away <= d.day
      AND d.day < a.next_day
      AND d.day <= a.last_day + $away_2
  ) AS m
), current_woken_users AS (
  SELECT
    m.bucket AS period,
    m.channel AS channel,
    m.woken_users AS woken_users
  FROM (
    SELECT
      w.period AS bucket,
      u.channel AS channel,
      COUNT(*) AS woken_users
    FROM current_woken_users_members AS f
    JOIN current_windows_2 AS w
      ON w.period = f.bucket
    LEFT JOIN users AS u
      ON u.user_id = f.user_id
    WHERE
      (f.user_id, w.period) IN (
        SELECT
          a.user_id AS user_id,
          x.period AS bucket
        FROM active_days AS a
        JOIN current_windows AS x
          ON CAST(DATE_TRUNC('MONTH', a.event_date) AS DATE) = x.unit
        WHERE
          a.event_date BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
      )
    GROUP BY
      w.period,
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
      u.channel AS channel,
      COUNT(*) AS dormant_before
    FROM current_dormant_before_members AS f
    JOIN current_windows_2 AS w
      ON w.period = f.bucket
    LEFT JOIN users AS u
      ON u.user_id = f.user_id
    GROUP BY
      w.period,
      u.channel
  ) AS m
), base_woken_users AS (
  SELECT
    m.bucket AS period,
    m.channel AS channel,
    m.woken_users AS woken_users
  FROM (
    SELECT
      w.period AS bucket,
      u.channel AS channel,
      COUNT(*) AS woken_users
    FROM base_woken_users_members AS f
    JOIN base_windows_2 AS w
      ON w.period = f.bucket
    LEFT JOIN users AS u
      ON u.user_id = f.user_id
    WHERE
      (f.user_id, w.period) IN (
        SELECT
          a.user_id AS user_id,
          x.period AS bucket
        FROM active_days AS a
        JOIN base_windows AS x
          ON CAST(DATE_TRUNC('MONTH', a.event_date) AS DATE) = x.unit
        WHERE
          a.event_date BETWEEN CAST($base_from AS DATE) AND CAST($base_to AS DATE)
      )
    GROUP BY
      w.period,
      u.channel
  ) AS m
), base_dormant_before AS (
  SELECT
    m.bucket AS period,
    m.channel AS channel,
    m.dormant_before AS dormant_before
  FROM (
    SELECT
      w.period AS bucket,
      u.channel AS channel,
      COUNT(*) AS dormant_before
    FROM base_dormant_before_members AS f
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
