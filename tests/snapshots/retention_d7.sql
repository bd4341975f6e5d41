-- retention_d7 (7日留存率): Of users who registered in the period, the share active on exactly day 7 after registration; users whose day 7 is not over are left out.
-- users active on register_date + 7 / users registered with register_date + 7 <= as_of

-- start = 2025-01-01, end = 2025-01-25
--   $current_from = 2025-01-01
--   $current_to = 2025-01-25
--   $as_of = 2025-01-25
--   $row_limit = 1001
WITH current_returned_day_7 AS (
  SELECT
    COUNT(*) AS returned_day_7
  FROM users AS f
  WHERE
    f.register_date BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
    AND f.register_date + 7 <= CAST($as_of AS DATE)
    AND f.user_id IN (
      SELECT
        c.user_id AS user_id
      FROM users AS c
      JOIN active_days AS a
        ON a.user_id = c.user_id AND a.event_date = c.register_date + 7
      WHERE
        c.register_date BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
        AND a.event_date BETWEEN CAST($current_from AS DATE) + 7 AND CAST($current_to AS DATE) + 7
        AND a.event_date <= CAST($as_of AS DATE)
    )
), current_registrations AS (
  SELECT
    COUNT(*) AS cohort_day_7
  FROM users AS f
  WHERE
    f.register_date BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
    AND f.register_date + 7 <= CAST($as_of AS DATE)
)
SELECT
  CAST(COALESCE(current_returned_day_7.returned_day_7, 0) AS DOUBLE) / CAST(NULLIF(COALESCE(current_registrations.cohort_day_7, 0), 0) AS DOUBLE) AS retention_d7,
  COALESCE(current_returned_day_7.returned_day_7, 0) AS retention_d7__numerator,
  COALESCE(current_registrations.cohort_day_7, 0) AS retention_d7__denominator
FROM current_returned_day_7
CROSS JOIN current_registrations
LIMIT $row_limit;

-- start = 2025-01-01, end = 2025-01-25, grain = month, dimensions = ['channel'], compare = previous
--   $current_from = 2025-01-01
--   $current_to = 2025-01-25
--   $as_of = 2025-01-25
--   $periods = ['2025-01-01']
--   $row_limit = 1001
WITH periods AS (
  SELECT
    UNNEST(CAST($periods AS DATE[])) AS period
), current_returned_day_7 AS (
  SELECT
    m.bucket AS period,
    m.channel AS channel,
    m.returned_day_7 AS returned_day_7
  FROM (
    SELECT
      CAST(DATE_TRUNC('MONTH', f.register_date) AS DATE) AS bucket,
      f.channel AS channel,
      COUNT(*) AS returned_day_7
    FROM users AS f
    WHERE
      f.register_date BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
      AND f.register_date + 7 <= CAST($as_of AS DATE)
      AND f.user_id IN (
        SELECT
          c.user_id AS user_id
        FROM users AS c
        JOIN active_days AS a
          ON a.user_id = c.user_id AND a.event_date = c.register_date + 7
        WHERE
          c.register_date BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
          AND a.event_date BETWEEN CAST($current_from AS DATE) + 7 AND CAST($current_to AS DATE) + 7
          AND a.event_date <= CAST($as_of AS DATE)
      )
    GROUP BY
      CAST(DATE_TRUNC('MONTH', f.register_date) AS DATE),
      f.channel
  ) AS m
), current_registrations AS (
  SELECT
    m.bucket AS period,
    m.channel AS channel,
    m.cohort_day_7 AS cohort_day_7
  FROM (
    SELECT
      CAST(DATE_TRUNC('MONTH', f.register_date) AS DATE) AS bucket,
      f.channel AS channel,
      COUNT(*) AS cohort_day_7
    FROM users AS f
    WHERE
      f.register_date BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
      AND f.register_date + 7 <= CAST($as_of AS DATE)
    GROUP BY
      CAST(DATE_TRUNC('MONTH', f.register_date) AS DATE),
      f.channel
  ) AS m
), spine_keys AS (
  SELECT DISTINCT
    channel
  FROM current_returned_day_7
  UNION
  SELECT DISTINCT
    channel
  FROM current_registrations
), figures AS (
  SELECT
    p.period AS period,
    k.channel AS channel,
    CAST(COALESCE(current_returned_day_7.returned_day_7, 0) AS DOUBLE) / CAST(NULLIF(COALESCE(current_registrations.cohort_day_7, 0), 0) AS DOUBLE) AS retention_d7,
    COALESCE(current_returned_day_7.returned_day_7, 0) AS retention_d7__numerator,
    COALESCE(current_registrations.cohort_day_7, 0) AS retention_d7__denominator,
    CAST(NULL AS DOUBLE) AS retention_d7__base
  FROM periods AS p
  CROSS JOIN spine_keys AS k
  LEFT JOIN current_returned_day_7
    ON current_returned_day_7.channel IS NOT DISTINCT FROM k.channel
    AND current_returned_day_7.period = p.period
  LEFT JOIN current_registrations
    ON current_registrations.channel IS NOT DISTINCT FROM k.channel
    AND current_registrations.period = p.period
), compared AS (
  SELECT
    g.period AS period,
    g.channel AS channel,
    g.retention_d7 AS retention_d7,
    g.retention_d7__numerator AS retention_d7__numerator,
    g.retention_d7__denominator AS retention_d7__denominator,
    g.retention_d7__base AS retention_d7__base,
    g.retention_d7 - g.retention_d7__base AS retention_d7__change,
    CAST(g.retention_d7 - g.retention_d7__base AS DOUBLE) / CAST(NULLIF(g.retention_d7__base, 0) AS DOUBLE) AS retention_d7__change_pct
  FROM figures AS g
)
SELECT
  r.period AS period,
  r.channel AS channel,
  r.retention_d7 AS retention_d7,
  r.retention_d7__numerator AS retention_d7__numerator,
  r.retention_d7__denominator AS retention_d7__denominator,
  r.retention_d7__base AS retention_d7__base,
  r.retention_d7__change AS retention_d7__change,
  r.retention_d7__change_pct AS retention_d7__change_pct
FROM compared AS r
ORDER BY
  r.period ASC,
  r.channel ASC
LIMIT $row_limit;
