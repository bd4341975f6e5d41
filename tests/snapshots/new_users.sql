-- new_users (新增注册用户): Users who completed registration in the period, by registration date.
-- count of users by register_date

-- start = 2025-01-01, end = 2025-01-31
--   $current_from = 2025-01-01
--   $current_to = 2025-01-31
--   $row_limit = 1001
SELECT
  COALESCE(COUNT(*), 0) AS new_users
FROM users AS f
WHERE
  f.register_date BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
LIMIT $row_limit;

-- start = 2025-01-01, end = 2025-01-31, grain = month, dimensions = ['channel'], compare = previous
--   $current_from = 2025-01-01
--   $current_to = 2025-01-31
--   $periods = ['2025-01-01']
--   $row_limit = 1001
WITH periods AS (
  SELECT
    UNNEST(CAST($periods AS DATE[])) AS period
), current_registrations AS (
  SELECT
    m.bucket AS period,
    m.channel AS channel,
    m.registrations AS registrations
  FROM (
    SELECT
      CAST(DATE_TRUNC('MONTH', f.register_date) AS DATE) AS bucket,
      f.channel AS channel,
      COUNT(*) AS registrations
    FROM users AS f
    WHERE
      f.register_date BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
    GROUP BY
      CAST(DATE_TRUNC('MONTH', f.register_date) AS DATE),
      f.channel
  ) AS m
), spine_keys AS (
  SELECT DISTINCT
    channel
  FROM current_registrations
), figures AS (
  SELECT
    p.period AS period,
    k.channel AS channel,
    COALESCE(current_registrations.registrations, 0) AS new_users,
    CAST(NULL AS DOUBLE) AS new_users__base
  FROM periods AS p
  CROSS JOIN spine_keys AS k
  LEFT JOIN current_registrations
    ON current_registrations.channel IS NOT DISTINCT FROM k.channel
    AND current_registrations.period = p.period
), compared AS (
  SELECT
    g.period AS period,
    g.channel AS channel,
    g.new_users AS new_users,
    g.new_users__base AS new_users__base,
    g.new_users - g.new_users__base AS new_users__change,
    CAST(g.new_users - g.new_users__base AS DOUBLE) / CAST(NULLIF(g.new_users__base, 0) AS DOUBLE) AS new_users__change_pct
  FROM figures AS g
)
SELECT
  r.period AS period,
  r.channel AS channel,
  r.new_users AS new_users,
  r.new_users__base AS new_users__base,
  r.new_users__change AS new_users__change,
  r.new_users__change_pct AS new_users__change_pct
FROM compared AS r
ORDER BY
  r.period ASC,
  r.channel ASC
LIMIT $row_limit;
