-- register_conversion (注册转化率): Of distinct users who started to register in the period, the share who registered within 24 hours (by the day of starting).
-- users with register within 24 h of register_start / users with register_start

-- start = 2025-01-01, end = 2025-01-31
--   $current_from = 2025-01-01
--   $current_to = 2025-01-31
--   $next_event = register
--   $as_of = 2025-01-31
--   $row_limit = 1001
SELECT
  CAST(COALESCE(COUNT(DISTINCT f.user_id) FILTER(WHERE
    NOT n.user_id IS NULL), 0) AS DOUBLE) / CAST(NULLIF(COALESCE(COUNT(DISTINCT f.user_id), 0), 0) AS DOUBLE) AS register_conversion,
  COALESCE(COUNT(DISTINCT f.user_id) FILTER(WHERE
    NOT n.user_id IS NULL), 0) AS register_conversion__numerator,
  COALESCE(COUNT(DISTINCT f.user_id), 0) AS register_conversion__denominator
FROM events AS f
LEFT JOIN (
  SELECT
    e.user_id AS user_id,
    e.ts AS ts
  FROM events AS e
  WHERE
    e.event = $next_event
    AND e.event_date BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE) + 1
    AND e.event_date <= CAST($as_of AS DATE)
) AS n
  ON n.user_id = f.user_id AND n.ts >= f.ts AND n.ts <= f.ts + INTERVAL '24' HOUR
WHERE
  f.event_date BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
  AND (
    f.event = 'register_start'
  )
LIMIT $row_limit;

-- start = 2025-01-01, end = 2025-01-31, grain = month, dimensions = ['platform'], compare = previous
--   $current_from = 2025-01-01
--   $current_to = 2025-01-31
--   $next_event = register
--   $as_of = 2025-01-31
--   $periods = ['2025-01-01']
--   $row_limit = 1001
WITH periods AS (
  SELECT
    UNNEST(CAST($periods AS DATE[])) AS period
), current_registered_within_a_day AS (
  SELECT
    m.bucket AS period,
    m.platform AS platform,
    m.registered_within_a_day AS registered_within_a_day,
    m.register_starters AS register_starters
  FROM (
    SELECT
      CAST(DATE_TRUNC('MONTH', f.event_date) AS DATE) AS bucket,
      f.platform AS platform,
      COUNT(DISTINCT f.user_id) FILTER(WHERE
        NOT n.user_id IS NULL) AS registered_within_a_day,
      COUNT(DISTINCT f.user_id) AS register_starters
    FROM events AS f
    LEFT JOIN (
      SELECT
        e.user_id AS user_id,
        e.ts AS ts
      FROM events AS e
      WHERE
        e.event = $next_event
        AND e.event_date BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE) + 1
        AND e.event_date <= CAST($as_of AS DATE)
    ) AS n
      ON n.user_id = f.user_id AND n.ts >= f.ts AND n.ts <= f.ts + INTERVAL '24' HOUR
    WHERE
      f.event_date BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
      AND (
        f.event = 'register_start'
      )
    GROUP BY
      CAST(DATE_TRUNC('MONTH', f.event_date) AS DATE),
      f.platform
  ) AS m
), spine_keys AS (
  SELECT DISTINCT
    platform
  FROM current_registered_within_a_day
), figures AS (
  SELECT
    p.period AS period,
    k.platform AS platform,
    CAST(COALESCE(current_registered_within_a_day.registered_within_a_day, 0) AS DOUBLE) / CAST(NULLIF(COALESCE(current_registered_within_a_day.register_starters, 0), 0) AS DOUBLE) AS register_conversion,
    COALESCE(current_registered_within_a_day.registered_within_a_day, 0) AS register_conversion__numerator,
    COALESCE(current_registered_within_a_day.register_starters, 0) AS register_conversion__denominator,
    CAST(NULL AS DOUBLE) AS register_conversion__base
  FROM periods AS p
  CROSS JOIN spine_keys AS k
  LEFT JOIN current_registered_within_a_day
    ON current_registered_within_a_day.platform IS NOT DISTINCT FROM k.platform
    AND current_registered_within_a_day.period = p.period
), compared AS (
  SELECT
    g.period AS period,
    g.platform AS platform,
    g.register_conversion AS register_conversion,
    g.register_conversion__numerator AS register_conversion__numerator,
    g.register_conversion__denominator AS register_conversion__denominator,
    g.register_conversion__base AS register_conversion__base,
    g.register_conversion - g.register_conversion__base AS register_conversion__change,
    CAST(g.register_conversion - g.register_conversion__base AS DOUBLE) / CAST(NULLIF(g.register_conversion__base, 0) AS DOUBLE) AS register_conversion__change_pct
  FROM figures AS g
)
SELECT
  r.period AS period,
  r.platform AS platform,
  r.register_conversion AS register_conversion,
  r.register_conversion__numerator AS register_conversion__numerator,
  r.register_conversion__denominator AS register_conversion__denominator,
  r.register_conversion__base AS register_conversion__base,
  r.register_conversion__change AS register_conversion__change,
  r.register_conversion__change_pct AS register_conversion__change_pct
FROM compared AS r
ORDER BY
  r.period ASC,
  r.platform ASC
LIMIT $row_limit;
