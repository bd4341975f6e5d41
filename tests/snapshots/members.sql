-- members (会员数): Distinct users with a membership valid on the last day of the period.
-- distinct users with started_on <= last day <= expires_on

-- start = 2025-01-01, end = 2025-03-10
--   $current_day = 2025-03-10
--   $row_limit = 1001
SELECT
  COALESCE(COUNT(DISTINCT f.user_id), 0) AS members
FROM memberships AS f
WHERE
  f.started_on <= CAST($current_day AS DATE)
  AND CAST($current_day AS DATE) <= f.expires_on
LIMIT $row_limit;

-- start = 2025-01-01, end = 2025-03-10, grain = month, dimensions = ['channel'], compare = previous
--   $current_windows_2_period = ['2025-01-01', '2025-02-01', '2025-03-01']
--   $current_windows_2_unit = ['2025-01-01', '2025-02-01', '2025-03-01']
--   $current_windows_2_first = ['2025-01-31', '2025-02-28', '2025-03-10']
--   $current_windows_2_last = ['2025-01-31', '2025-02-28', '2025-03-10']
--   $current_windows_2_state = ['2025-01-31', '2025-02-28', '2025-03-10']
--   $base_windows_2_period = ['2025-02-01', '2025-03-01']
--   $base_windows_2_unit = ['2025-02-01', '2025-03-01']
--   $base_windows_2_first = ['2025-01-31', '2025-02-10']
--   $base_windows_2_last = ['2025-01-31', '2025-02-10']
--   $base_windows_2_state = ['2025-01-31', '2025-02-10']
--   $periods = ['2025-01-01', '2025-02-01', '2025-03-01']
--   $base_known = [False, True, True]
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
), current_members AS (
  SELECT
    m.bucket AS period,
    m.channel AS channel,
    m.members AS members
  FROM (
    SELECT
      w.period AS bucket,
      u.channel AS channel,
      COUNT(DISTINCT f.user_id) AS members
    FROM memberships AS f
    JOIN current_windows_2 AS w
      ON f.started_on <= w.first_day AND w.first_day <= f.expires_on
    LEFT JOIN users AS u
      ON u.user_id = f.user_id
    GROUP BY
      w.period,
      u.channel
  ) AS m
), base_members AS (
  SELECT
    m.bucket AS period,
    m.channel AS channel,
    m.members AS members
  FROM (
    SELECT
      w.period AS bucket,
      u.channel AS channel,
      COUNT(DISTINCT f.user_id) AS members
    FROM memberships AS f
    JOIN base_windows_2 AS w
      ON f.started_on <= w.first_day AND w.first_day <= f.expires_on
    LEFT JOIN users AS u
      ON u.user_id = f.user_id
    GROUP BY
      w.period,
      u.channel
  ) AS m
), spine_keys AS (
  SELECT DISTINCT
    channel
  FROM current_members
  UNION
  SELECT DISTINCT
    channel
  FROM base_members
), figures AS (
  SELECT
    p.period AS period,
    k.channel AS channel,
    COALESCE(current_members.members, 0) AS members,
    CASE WHEN p.base_known THEN COALESCE(base_members.members, 0) END AS members__base
  FROM periods AS p
  CROSS JOIN spine_keys AS k
  LEFT JOIN current_members
    ON current_members.channel IS NOT DISTINCT FROM k.channel
    AND current_members.period = p.period
  LEFT JOIN base_members
    ON base_members.channel IS NOT DISTINCT FROM k.channel
    AND base_members.period = p.period
), compared AS (
  SELECT
    g.period AS period,
    g.channel AS channel,
    g.members AS members,
    g.members__base AS members__base,
    g.members - g.members__base AS members__change,
    CAST(g.members - g.members__base AS DOUBLE) / CAST(NULLIF(g.members__base, 0) AS DOUBLE) AS members__change_pct
  FROM figures AS g
)
SELECT
  r.period AS period,
  r.channel AS channel,
  r.members AS members,
  r.members__base AS members__base,
  r.members__change AS members__change,
  r.members__change_pct AS members__change_pct
FROM compared AS r
ORDER BY
  r.period ASC,
  r.channel ASC
LIMIT $row_limit;
