-- weekly_retention (周留存率): Of users active in the previous calendar week, the share active in this one; over longer ranges the last complete week in it.
-- users active in both weeks / users active in the week before

-- start = 2025-01-01, end = 2025-02-20
--   $current_from = 2025-02-03
--   $current_to = 2025-02-09
--   $current_from_2 = 2025-02-10
--   $current_to_2 = 2025-02-16
--   $row_limit = 1001
SELECT
  CAST(COALESCE(COUNT(*) FILTER(WHERE
    NOT n.user_id IS NULL), 0) AS DOUBLE) / CAST(NULLIF(COALESCE(COUNT(*), 0), 0) AS DOUBLE) AS weekly_retention,
  COALESCE(COUNT(*) FILTER(WHERE
    NOT n.user_id IS NULL), 0) AS weekly_retention__numerator,
  COALESCE(COUNT(*), 0) AS weekly_retention__denominator
FROM active_weeks AS f
LEFT JOIN (
  SELECT
    a.user_id AS user_id
  FROM active_weeks AS a
  WHERE
    a.first_row
    AND a.week BETWEEN CAST($current_from_2 AS DATE) AND CAST($current_to_2 AS DATE)
) AS n
  ON n.user_id = f.user_id
WHERE
  f.week BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
  AND (
    f.first_row
  )
LIMIT $row_limit;

-- start = 2025-01-01, end = 2025-02-20, grain = month, dimensions = ['channel'], compare = previous
--   $current_from = 2025-01-13
--   $current_to = 2025-02-09
--   $current_from_2 = 2025-01-20
--   $current_to_2 = 2025-02-16
--   $current_windows_2_period = ['2025-01-01', '2025-02-01']
--   $current_windows_2_unit = ['2025-01-13', '2025-02-03']
--   $current_windows_2_first = ['2025-01-13', '2025-02-03']
--   $current_windows_2_last = ['2025-01-19', '2025-02-09']
--   $current_windows_2_state = ['2025-01-31', '2025-02-20']
--   $base_from = 2025-01-06
--   $base_to = 2025-01-12
--   $base_from_2 = 2025-01-13
--   $base_to_2 = 2025-01-19
--   $base_windows_2_period = ['2025-02-01']
--   $base_windows_2_unit = ['2025-01-06']
--   $base_windows_2_first = ['2025-01-06']
--   $base_windows_2_last = ['2025-01-12']
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
), current_kept_from_previous AS (
  SELECT
    w.period AS period,
    m.channel AS channel,
    m.kept_from_previous AS kept_from_previous,
    m.active_in_previous AS active_in_previous
  FROM (
    SELECT
      f.week AS bucket,
      u.channel AS channel,
      COUNT(*) FILTER(WHERE
        NOT n.user_id IS NULL) AS kept_from_previous,
      COUNT(*) AS active_in_previous
    FROM active_weeks AS f
    LEFT JOIN users AS u
      ON u.user_id = f.user_id
    LEFT JOIN (
      SELECT
        a.user_id AS user_id,
        CAST(a.week - INTERVAL '1' WEEK AS DATE) AS unit
      FROM active_weeks AS a
      WHERE
        a.first_row
        AND a.week BETWEEN CAST($current_from_2 AS DATE) AND CAST($current_to_2 AS DATE)
    ) AS n
      ON n.user_id = f.user_id AND n.unit = f.week
    WHERE
      f.week BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
      AND f.week IN (
        SELECT
          x.unit
        FROM current_windows_2 AS x
      )
      AND (
        f.first_row
      )
    GROUP BY
      f.week,
      u.channel
  ) AS m
  JOIN current_windows_2 AS w
    ON w.unit = m.bucket
), base_kept_from_previous AS (
  SELECT
    w.period AS period,
    m.channel AS channel,
    m.kept_from_previous AS kept_from_previous,
    m.active_in_previous AS active_in_previous
  FROM (
    SELECT
      f.week AS bucket,
      u.channel AS channel,
      COUNT(*) FILTER(WHERE
        NOT n.user_id IS NULL) AS kept_from_previous,
      COUNT(*) AS active_in_previous
    FROM active_weeks AS f
    LEFT JOIN users AS u
      ON u.user_id = f.user_id
    LEFT JOIN (
      SELECT
        a.user_id AS user_id,
        CAST(a.week - INTERVAL '1' WEEK AS DATE) AS unit
      FROM active_weeks AS a
      WHERE
        a.first_row
        AND a.week BETWEEN CAST($base_from_2 AS DATE) AND CAST($base_to_2 AS DATE)
    ) AS n
      ON n.user_id = f.user_id AND n.unit = f.week
    WHERE
      f.week BETWEEN CAST($base_from AS DATE) AND CAST($base_to AS DATE)
      AND (
        f.first_row
      )
    GROUP BY
      f.week,
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
  FROM base_kept_from_previous
), figures AS (
  SELECT
    p.period AS period,
    k.channel AS channel,
    CAST(COALESCE(current_kept_from_previous.kept_from_previous, 0) AS DOUBLE) / CAST(NULLIF(COALESCE(current_kept_from_previous.active_in_previous, 0), 0) AS DOUBLE) AS weekly_retention,
    COALESCE(current_kept_from_previous.kept_from_previous, 0) AS weekly_retention__numerator,
    COALESCE(current_kept_from_previous.active_in_previous, 0) AS weekly_retention__denominator,
    CASE
      WHEN p.base_known
      THEN CAST(COALESCE(base_kept_from_previous.kept_from_previous, 0) AS DOUBLE) / CAST(NULLIF(COALESCE(base_kept_from_previous.active_in_previous, 0), 0) AS DOUBLE)
    END AS weekly_retention__base
  FROM periods AS p
  CROSS JOIN spine_keys AS k
  LEFT JOIN current_kept_from_previous
    ON current_kept_from_previous.channel IS NOT DISTINCT FROM k.channel
    AND current_kept_from_previous.period = p.period
  LEFT JOIN base_kept_from_previous
    ON base_kept_from_previous.channel IS NOT DISTINCT FROM k.channel
    AND base_kept_from_previous.period = p.period
), compared AS (
  SELECT
    g.period AS period,
    g.channel AS channel,
    g.weekly_retention AS weekly_retention,
    g.weekly_retention__numerator AS weekly_retention__numerator,
    g.weekly_retention__denominator AS weekly_retention__denominator,
    g.weekly_retention__base AS weekly_retention__base,
    g.weekly_retention - g.weekly_retention__base AS weekly_retention__change,
    CAST(g.weekly_retention - g.weekly_retention__base AS DOUBLE) / CAST(NULLIF(g.weekly_retention__base, 0) AS DOUBLE) AS weekly_retention__change_pct
  FROM figures AS g
)
SELECT
  r.period AS period,
  r.channel AS channel,
  r.weekly_retention AS weekly_retention,
  r.weekly_retention__numerator AS weekly_retention__numerator,
  r.weekly_retention__denominator AS weekly_retention__denominator,
  r.weekly_retention__base AS weekly_retention__base,
  r.weekly_retention__change AS weekly_retention__change,
  r.weekly_retention__change_pct AS weekly_retention__change_pct
FROM compared AS r
ORDER BY
  r.period ASC,
  r.channel ASC
LIMIT $row_limit;
