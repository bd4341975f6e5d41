-- monthly_retention (月留存率): Of users active in the previous calendar month, the share active in this one; over longer ranges the last complete month in it.
-- users active in both months / users active in the month before

-- start = 2025-01-01, end = 2025-02-20
--   $current_from = 2024-12-01
--   $current_to = 2024-12-31
--   $current_from_2 = 2025-01-01
--   $current_to_2 = 2025-01-31
--   $row_limit = 1001
SELECT
  CAST(COALESCE(COUNT(*) FILTER(WHERE
    NOT n.user_id IS NULL), 0) AS DOUBLE) / CAST(NULLIF(COALESCE(COUNT(*), 0), 0) AS DOUBLE) AS monthly_retention,
  COALESCE(COUNT(*) FILTER(WHERE
    NOT n.user_id IS NULL), 0) AS monthly_retention__numerator,
  COALESCE(COUNT(*), 0) AS monthly_retention__denominator
FROM active_months AS f
LEFT JOIN (
  SELECT
    a.user_id AS user_id
  FROM active_months AS a
  WHERE
    a.first_row
    AND a.month BETWEEN CAST($current_from_2 AS DATE) AND CAST($current_to_2 AS DATE)
) AS n
  ON n.user_id = f.user_id
WHERE
  f.month BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
  AND (
    f.first_row
  )
LIMIT $row_limit;

-- start = 2025-01-01, end = 2025-02-20, grain = month, dimensions = ['channel'], compare = previous
--   $current_from = 2024-12-01
--   $current_to = 2025-01-31
--   $current_from_2 = 2025-01-01
--   $current_to_2 = 2025-02-20
--   $current_windows_2_period = ['2025-01-01', '2025-02-01']
--   $current_windows_2_unit = ['2024-12-01', '2025-01-01']
--   $current_windows_2_first = ['2024-12-01', '2025-01-01']
--   $current_windows_2_last = ['2024-12-31', '2025-01-31']
--   $current_windows_2_state = ['2025-01-31', '2025-02-20']
--   $current_windows_period = ['2025-01-01', '2025-02-01']
--   $current_windows_unit = ['2025-01-01', '2025-02-01']
--   $current_windows_first = ['2025-01-01', '2025-02-01']
--   $current_windows_last = ['2025-01-31', '2025-02-20']
--   $current_windows_state = ['2025-01-31', '2025-02-20']
--   $base_from = 2024-12-01
--   $base_to = 2024-12-31
--   $base_from_2 = 2025-01-01
--   $base_to_2 = 2025-01-20
--   $base_windows_2_period = ['2025-02-01']
--   $base_windows_2_unit = ['2024-12-01']
--   $base_windows_2_first = ['2024-12-01']
--   $base_windows_2_last = ['2024-12-31']
--   $base_windows_2_state = ['2025-01-20']
--   $base_windows_period = ['2025-02-01']
--   $base_windows_unit = ['2025-01-01']
--   $base_windows_first = ['2025-01-01']
--   $base_windows_last = ['2025-01-20']
--   $base_windows_state = ['2025-01-20']
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
), current_kept_from_previous AS (
  SELECT
    w.period AS period,
    m.channel AS channel,
    m.kept_from_previous AS kept_from_previous
  FROM (
    SELECT
      f.month AS bucket,
      u.channel AS channel,
      COUNT(*) AS kept_from_previous
    FROM active_months AS f
    LEFT JOIN users AS u
      ON u.user_id = f.user_id
    WHERE
      f.month BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
      AND (f.user_id, f.month) IN (
        SELECT
          a.user_id AS user_id,
          p.unit AS bucket
        FROM active_days AS a
        JOIN current_windows AS x
          ON CAST(DATE_TRUNC('MONTH', a.event_date) AS DATE) = x.unit
        JOIN current_windows_2 AS p
          ON p.period = x.period
        WHERE
          a.event_date BETWEEN CAST($current_from_2 AS DATE) AND CAST($current_to_2 AS DATE)
      )
      AND f.first_row
    GROUP BY
      f.month,
      u.channel
  ) AS m
  JOIN current_windows_2 AS w
    ON w.unit = m.bucket
), current_active_in_previous AS (
  SELECT
    w.period AS period,
    m.channel AS channel,
    m.active_in_previous AS active_in_previous
  FROM (
    SELECT
      f.month AS bucket,
      u.channel AS channel,
      COUNT(*) AS active_in_previous
    FROM active_months AS f
    LEFT JOIN users AS u
      ON u.user_id = f.user_id
    WHERE
      f.month BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
      AND f.first_row
    GROUP BY
      f.month,
      u.channel
  ) AS m
  JOIN current_windows_2 AS w
    ON w.unit = m.bucket
), base_kept_from_previous AS (
  SELECT
    w.period AS period,
    m.channel AS channel,
    m.kept_from_previous AS kept_from_previous
  FROM (
    SELECT
      f.month AS bucket,
      u.channel AS channel,
      COUNT(*) AS kept_from_previous
    FROM active_months AS f
    LEFT JOIN users AS u
      ON u.user_id = f.user_id
    WHERE
      f.month BETWEEN CAST($base_from AS DATE) AND CAST($base_to AS DATE)
      AND (f.user_id, f.month) IN (
        SELECT
          a.user_id AS user_id,
          p.unit AS bucket
        FROM active_days AS a
        JOIN base_windows AS x
          ON CAST(DATE_TRUNC('MONTH', a.event_date) AS DATE) = x.unit
        JOIN base_windows_2 AS p
          ON p.period = x.period
        WHERE
          a.event_date BETWEEN CAST($base_from_2 AS DATE) AND CAST($base_to_2 AS DATE)
      )
      AND f.first_row
    GROUP BY
      f.month,
      u.channel
  ) AS m
  JOIN base_windows_2 AS w
    ON w.unit = m.bucket
), base_active_in_previous AS (
  SELECT
    w.period AS period,
    m.channel AS channel,
    m.active_in_previous AS active_in_previous
  FROM (
    SELECT
      f.month AS bucket,
      u.channel AS channel,
      COUNT(*) AS active_in_previous
    FROM active_months AS f
    LEFT JOIN users AS u
      ON u.user_id = f.user_id
    WHERE
      f.month BETWEEN CAST($base_from AS DATE) AND CAST($base_to AS DATE)
      AND f.first_row
    GROUP BY
      f.month,
      u.channel
  ) AS m
  JOIN base_windows_2 AS w
    ON w.unit = m.bucket
), spine_keys AS (
  SELECT DISTINCT
    channel
  FROM current_kept_from_previous
  UNION
  SELECT DISTINCT
    channel
  FROM current_active_in_previous
  UNION
  SELECT DISTINCT
    channel
  FROM base_kept_from_previous
  UNION
  SELECT DISTINCT
    channel
  FROM base_active_in_previous
), figures AS (
  SELECT
    p.period AS period,
    k.channel AS channel,
    CAST(COALESCE(current_kept_from_previous.kept_from_previous, 0) AS DOUBLE) / CAST(NULLIF(COALESCE(current_active_in_previous.active_in_previous, 0), 0) AS DOUBLE) AS monthly_retention,
    COALESCE(current_kept_from_previous.kept_from_previous, 0) AS monthly_retention__numerator,
    COALESCE(current_active_in_previous.active_in_previous, 0) AS monthly_retention__denominator,
    CASE
      WHEN p.base_known
      THEN CAST(COALESCE(base_kept_from_previous.kept_from_previous, 0) AS DOUBLE) / CAST(NULLIF(COALESCE(base_active_in_previous.active_in_previous, 0), 0) AS DOUBLE)
    END AS monthly_retention__base
  FROM periods AS p
  CROSS JOIN spine_keys AS k
  LEFT JOIN current_kept_from_previous
    ON current_kept_from_previous.channel IS NOT DISTINCT FROM k.channel
    AND current_kept_from_previous.period = p.period
  LEFT JOIN current_active_in_previous
    ON current_active_in_previous.channel IS NOT DISTINCT FROM k.channel
    AND current_active_in_previous.period = p.period
  LEFT JOIN base_kept_from_previous
    ON base_kept_from_previous.channel IS NOT DISTINCT FROM k.channel
    AND base_kept_from_previous.period = p.period
  LEFT JOIN base_active_in_previous
    ON base_active_in_previous.channel IS NOT DISTINCT FROM k.channel
    AND base_active_in_previous.period = p.period
), compared AS (
  SELECT
    g.period AS period,
    g.channel AS channel,
    g.monthly_retention AS monthly_retention,
    g.monthly_retention__numerator AS monthly_retention__numerator,
    g.monthly_retention__denominator AS monthly_retention__denominator,
    g.monthly_retention__base AS monthly_retention__base,
    g.monthly_retention - g.monthly_retention__base AS monthly_retention__change,
    CAST(g.monthly_retention - g.monthly_retention__base AS DOUBLE) / CAST(NULLIF(g.monthly_retention__base, 0) AS DOUBLE) AS monthly_retention__change_pct
  FROM figures AS g
)
SELECT
  r.period AS period,
  r.channel AS channel,
  r.monthly_retention AS monthly_retention,
  r.monthly_retention__numerator AS monthly_retention__numerator,
  r.monthly_retention__denominator AS monthly_retention__denominator,
  r.monthly_retention__base AS monthly_retention__base,
  r.monthly_retention__change AS monthly_retention__change,
  r.monthly_retention__change_pct AS monthly_retention__change_pct
FROM compared AS r
ORDER BY
  r.period ASC,
  r.channel ASC
LIMIT $row_limit;
