-- churn_rate (流失率): Of users active in the previous calendar month, the share not active in this one: 1 − monthly retention.
-- users active in the month before but not in this one / users active in the month before

-- start = 2025-01-01, end = 2025-02-20
--   $current_from = 2024-12-01
--   $current_to = 2024-12-31
--   $current_from_2 = 2025-01-01
--   $current_to_2 = 2025-01-31
--   $row_limit = 1001
SELECT
  CAST(COALESCE(COUNT(*) FILTER(WHERE
    n.user_id IS NULL), 0) AS DOUBLE) / CAST(NULLIF(COALESCE(COUNT(*), 0), 0) AS DOUBLE) AS churn_rate,
  COALESCE(COUNT(*) FILTER(WHERE
    n.user_id IS NULL), 0) AS churn_rate__numerator,
  COALESCE(COUNT(*), 0) AS churn_rate__denominator
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
), current_gone_from_previous AS (
  SELECT
    w.period AS period,
    m.channel AS channel,
    m.gone_from_previous AS gone_from_previous
  FROM (
    SELECT
      f.month AS bucket,
      u.channel AS channel,
      COUNT(*) AS gone_from_previous
    FROM active_months AS f
    LEFT JOIN users AS u
      ON u.user_id = f.user_id
    WHERE
      f.month BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
      AND NOT (f.user_id, f.month) IN (
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
), base_gone_from_previous AS (
  SELECT
    w.period AS period,
    m.channel AS channel,
    m.gone_from_previous AS gone_from_previous
  FROM (
    SELECT
      f.month AS bucket,
      u.channel AS channel,
      COUNT(*) AS gone_from_previous
    FROM active_months AS f
    LEFT JOIN users AS u
      ON u.user_id = f.user_id
    WHERE
      f.month BETWEEN CAST($base_from AS DATE) AND CAST($base_to AS DATE)
      AND NOT (f.user_id, f.month) IN (
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
  FROM current_gone_from_previous
  UNION
  SELECT DISTINCT
    channel
  FROM current_active_in_previous
  UNION
  SELECT DISTINCT
    channel
  FROM base_gone_from_previous
  UNION
  SELECT DISTINCT
    channel
  FROM base_active_in_previous
), figures AS (
  SELECT
    p.period AS period,
    k.channel AS channel,
    CAST(COALESCE(current_gone_from_previous.gone_from_previous, 0) AS DOUBLE) / CAST(NULLIF(COALESCE(current_active_in_previous.active_in_previous, 0), 0) AS DOUBLE) AS churn_rate,
    COALESCE(current_gone_from_previous.gone_from_previous, 0) AS churn_rate__numerator,
    COALESCE(current_active_in_previous.active_in_previous, 0) AS churn_rate__denominator,
    CASE
      WHEN p.base_known
      THEN CAST(COALESCE(base_gone_from_previous.gone_from_previous, 0) AS DOUBLE) / CAST(NULLIF(COALESCE(base_active_in_previous.active_in_previous, 0), 0) AS DOUBLE)
    END AS churn_rate__base
  FROM periods AS p
  CROSS JOIN spine_keys AS k
  LEFT JOIN current_gone_from_previous
    ON current_gone_from_previous.channel IS NOT DISTINCT FROM k.channel
    AND current_gone_from_previous.period = p.period
  LEFT JOIN current_active_in_previous
    ON current_active_in_previous.channel IS NOT DISTINCT FROM k.channel
    AND current_active_in_previous.period = p.period
  LEFT JOIN base_gone_from_previous
    ON base_gone_from_previous.channel IS NOT DISTINCT FROM k.channel
    AND base_gone_from_previous.period = p.period
  LEFT JOIN base_active_in_previous
    ON base_active_in_previous.channel IS NOT DISTINCT FROM k.channel
    AND base_active_in_previous.period = p.period
), compared AS (
  SELECT
    g.period AS period,
    g.channel AS channel,
    g.churn_rate AS churn_rate,
    g.churn_rate__numerator AS churn_rate__numerator,
    g.churn_rate__denominator AS churn_rate__denominator,
    g.churn_rate__base AS churn_rate__base,
    g.churn_rate - g.churn_rate__base AS churn_rate__change,
    CAST(g.churn_rate - g.churn_rate__base AS DOUBLE) / CAST(NULLIF(g.churn_rate__base, 0) AS DOUBLE) AS churn_rate__change_pct
  FROM figures AS g
)
SELECT
  r.period AS period,
  r.channel AS channel,
  r.churn_rate AS churn_rate,
  r.churn_rate__numerator AS churn_rate__numerator,
  r.churn_rate__denominator AS churn_rate__denominator,
  r.churn_rate__base AS churn_rate__base,
  r.churn_rate__change AS churn_rate__change,
  r.churn_rate__change_pct AS churn_rate__change_pct
FROM compared AS r
ORDER BY
  r.period ASC,
  r.channel ASC
LIMIT $row_limit;
