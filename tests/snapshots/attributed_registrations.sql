-- attributed_registrations (归因注册数): Registrations of the period credited to the channels of the touches within 30 days before them, by model; none goes to organic. Models: last touch (default), first touch, linear, time decay (half-life 7 days), position (40-20-40).
-- sum of credits; the credits of one registration add up to 1

-- start = 2025-01-01, end = 2025-02-28
--   $current_from = 2025-01-01
--   $current_to = 2025-02-28
--   $row_limit = 1001
SELECT
  COALESCE(COUNT(*), 0) AS attributed_registrations
FROM users AS f
WHERE
  f.register_date BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
LIMIT $row_limit;

-- start = 2025-01-01, end = 2025-02-28, grain = month, dimensions = ['channel'], compare = previous
--   $current_from = 2025-01-01
--   $current_to = 2025-02-28
--   $base_from = 2025-01-01
--   $base_to = 2025-01-31
--   $base_windows_period = ['2025-02-01']
--   $base_windows_unit = ['2025-01-01']
--   $base_windows_first = ['2025-01-01']
--   $base_windows_last = ['2025-01-31']
--   $base_windows_state = ['2025-01-31']
--   $periods = ['2025-01-01', '2025-02-01']
--   $base_known = [False, True]
--   $row_limit = 1001
WITH base_windows AS (
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
), current_credits_credits AS (
  SELECT
    s.user_id AS user_id,
    s.register_date AS register_date,
    s.channel AS channel,
    s.credit AS credit
  FROM (
    SELECT
      t.user_id AS user_id,
      t.register_date AS register_date,
      CASE WHEN t.toucher IS NULL THEN 'organic' ELSE t.channel END AS channel,
      CASE WHEN t.place >= t.touches THEN 1 ELSE 0 END AS credit
    FROM (
      SELECT
        u.user_id AS user_id,
        u.register_date AS register_date,
        u.registered_at AS registered_at,
        h.user_id AS toucher,
        h.touched_at AS touched_at,
        h.channel AS channel,
        ROW_NUMBER() OVER (PARTITION BY u.user_id ORDER BY h.touched_at, h.channel, h.campaign_id, h.kind) AS place,
        COUNT(h.user_id) OVER (PARTITION BY u.user_id) AS touches
      FROM users AS u
      LEFT JOIN touches AS h
        ON h.user_id = u.user_id
        AND h.touched_at BETWEEN u.registered_at - INTERVAL '30' DAY AND u.registered_at
        AND h.touch_date BETWEEN CAST($current_from AS DATE) - 31 AND CAST($current_to AS DATE) + 1
      WHERE
        u.register_date BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
    ) AS t
  ) AS s
  WHERE
    s.credit > 0
), base_credits_credits AS (
  SELECT
    s.user_id AS user_id,
    s.register_date AS register_date,
    s.channel AS channel,
    s.credit AS credit
  FROM (
    SELECT
      t.user_id AS user_id,
      t.register_date AS register_date,
      CASE WHEN t.toucher IS NULL THEN 'organic' ELSE t.channel END AS channel,
      CASE WHEN t.place >= t.touches THEN 1 ELSE 0 END AS credit
    FROM (
      SELECT
        u.user_id AS user_id,
        u.register_date AS register_date,
        u.registered_at AS registered_at,
        h.user_id AS toucher,
        h.touched_at AS touched_at,
        h.channel AS channel,
        ROW_NUMBER() OVER (PARTITION BY u.user_id ORDER BY h.touched_at, h.channel, h.campaign_id, h.kind) AS place,
        COUNT(h.user_id) OVER (PARTITION BY u.user_id) AS touches
      FROM users AS u
      LEFT JOIN touches AS h
        ON h.user_id = u.user_id
        AND h.touched_at BETWEEN u.registered_at - INTERVAL '30' DAY AND u.registered_at
        AND h.touch_date BETWEEN CAST($base_from AS DATE) - 31 AND CAST($base_to AS DATE) + 1
      WHERE
        u.register_date BETWEEN CAST($base_from AS DATE) AND CAST($base_to AS DATE)
    ) AS t
  ) AS s
  WHERE
    s.credit > 0
), current_credits AS (
  SELECT
    m.bucket AS period,
    m.channel AS channel,
    m.attributed_registrations AS attributed_registrations
  FROM (
    SELECT
      CAST(DATE_TRUNC('MONTH', f.register_date) AS DATE) AS bucket,
      f.channel AS channel,
      SUM(f.credit) AS attributed_registrations
    FROM current_credits_credits AS f
    WHERE
      f.register_date BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
    GROUP BY
      CAST(DATE_TRUNC('MONTH', f.register_date) AS DATE),
      f.channel
  ) AS m
), base_credits AS (
  SELECT
    w.period AS period,
    m.channel AS channel,
    m.attributed_registrations AS attributed_registrations
  FROM (
    SELECT
      CAST(DATE_TRUNC('MONTH', f.register_date) AS DATE) AS bucket,
      f.channel AS channel,
      SUM(f.credit) AS attributed_registrations
    FROM base_credits_credits AS f
    WHERE
      f.register_date BETWEEN CAST($base_from AS DATE) AND CAST($base_to AS DATE)
    GROUP BY
      CAST(DATE_TRUNC('MONTH', f.register_date) AS DATE),
      f.channel
  ) AS m
  JOIN base_windows AS w
    ON w.unit = m.bucket
), spine_keys AS (
  SELECT DISTINCT
    channel
  FROM current_credits
  UNION
  SELECT DISTINCT
    channel
  FROM base_credits
), figures AS (
  SELECT
    p.period AS period,
    k.channel AS channel,
    COALESCE(current_credits.attributed_registrations, 0) AS attributed_registrations,
    CASE WHEN p.base_known THEN COALESCE(base_credits.attributed_registrations, 0) END AS attributed_registrations__base
  FROM periods AS p
  CROSS JOIN spine_keys AS k
  LEFT JOIN current_credits
    ON current_credits.channel IS NOT DISTINCT FROM k.channel
    AND current_credits.period = p.period
  LEFT JOIN base_credits
    ON base_credits.channel IS NOT DISTINCT FROM k.channel
    AND base_credits.period = p.period
), compared AS (
  SELECT
    g.period AS period,
    g.channel AS channel,
    g.attributed_registrations AS attributed_registrations,
    g.attributed_registrations__base AS attributed_registrations__base,
    g.attributed_registrations - g.attributed_registrations__base AS attributed_registrations__change,
    CAST(g.attributed_registrations - g.attributed_registrations__base AS DOUBLE) / CAST(NULLIF(g.attributed_registrations__base, 0) AS DOUBLE) AS attributed_registrations__change_pct
  FROM figures AS g
)
SELECT
  r.period AS period,
  r.channel AS channel,
  r.attributed_registrations AS attributed_registrations,
  r.attributed_registrations__base AS attributed_registrations__base,
  r.attributed_registrations__change AS attributed_registrations__change,
  r.attributed_registrations__change_pct AS attributed_registrations__change_pct
FROM compared AS r
ORDER BY
  r.period ASC,
  r.channel ASC
LIMIT $row_limit;
