-- feature_penetration_d7 (新用户核心功能7日渗透率): Of users who registered in the period, the share with a core-feature event on days 0 to 6; users whose day 6 is not over are left out.
-- users with a feature on days 0-6 / users registered whose day 6 <= as_of

-- start = 2025-01-01, end = 2025-01-20
--   $current_from = 2025-01-01
--   $current_to = 2025-01-20
--   $as_of = 2025-01-20
--   $row_limit = 1001
WITH current_used_feature_days_0_6 AS (
  SELECT
    COUNT(*) AS used_feature_days_0_6
  FROM users AS f
  WHERE
    f.register_date BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
    AND f.register_date + 6 <= CAST($as_of AS DATE)
    AND f.user_id IN (
      SELECT
        c.user_id AS user_id
      FROM users AS c
      JOIN user_days AS a
        ON a.user_id = c.user_id
        AND a.event_date BETWEEN c.register_date + 0 AND c.register_date + 6
      WHERE
        c.register_date BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
        AND a.event_date BETWEEN CAST($current_from AS DATE) + 0 AND CAST($current_to AS DATE) + 6
        AND a.event_date <= CAST($as_of AS DATE)
        AND a.features > 0
    )
), current_registrations AS (
  SELECT
    COUNT(*) AS cohort_day_6
  FROM users AS f
  WHERE
    f.register_date BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
    AND f.register_date + 6 <= CAST($as_of AS DATE)
)
SELECT
  CAST(COALESCE(current_used_feature_days_0_6.used_feature_days_0_6, 0) AS DOUBLE) / CAST(NULLIF(COALESCE(current_registrations.cohort_day_6, 0), 0) AS DOUBLE) AS feature_penetration_d7,
  COALESCE(current_used_feature_days_0_6.used_feature_days_0_6, 0) AS feature_penetration_d7__numerator,
  COALESCE(current_registrations.cohort_day_6, 0) AS feature_penetration_d7__denominator
FROM current_used_feature_days_0_6
CROSS JOIN current_registrations
LIMIT $row_limit;

-- start = 2025-01-01, end = 2025-01-20, grain = month, dimensions = ['channel'], compare = previous
--   $current_from = 2025-01-01
--   $current_to = 2025-01-20
--   $as_of = 2025-01-20
--   $periods = ['2025-01-01']
--   $row_limit = 1001
WITH periods AS (
  SELECT
    UNNEST(CAST($periods AS DATE[])) AS period
), current_used_feature_days_0_6 AS (
  SELECT
    m.bucket AS period,
    m.channel AS channel,
    m.used_feature_days_0_6 AS used_feature_days_0_6
  FROM (
    SELECT
      CAST(DATE_TRUNC('MONTH', f.register_date) AS DATE) AS bucket,
      f.channel AS channel,
      COUNT(*) AS used_feature_days_0_6
    FROM users AS f
    WHERE
      f.register_date BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
      AND f.register_date + 6 <= CAST($as_of AS DATE)
      AND f.user_id IN (
        SELECT
          c.user_id AS user_id
        FROM users AS c
        JOIN user_days AS a
          ON a.user_id = c.user_id
          AND a.event_date BETWEEN c.register_date + 0 AND c.register_date + 6
        WHERE
          c.register_date BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
          AND a.event_date BETWEEN CAST($current_from AS DATE) + 0 AND CAST($current_to AS DATE) + 6
          AND a.event_date <= CAST($as_of AS DATE)
          AND a.features > 0
      )
    GROUP BY
      CAST(DATE_TRUNC('MONTH', f.register_date) AS DATE),
      f.channel
  ) AS m
), current_registrations AS (
  SELECT
    m.bucket AS period,
    m.channel AS channel,
    m.cohort_day_6 AS cohort_day_6
  FROM (
    SELECT
      CAST(DATE_TRUNC('MONTH', f.register_date) AS DATE) AS bucket,
      f.channel AS channel,
      COUNT(*) AS cohort_day_6
    FROM users AS f
    WHERE
      f.register_date BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
      AND f.register_date + 6 <= CAST($as_of AS DATE)
    GROUP BY
      CAST(DATE_TRUNC('MONTH', f.register_date) AS DATE),
      f.channel
  ) AS m
), spine_keys AS (
  SELECT DISTINCT
    channel
  FROM current_used_feature_days_0_6
  UNION
  SELECT DISTINCT
    channel
  FROM current_registrations
), figures AS (
  SELECT
    p.period AS period,
    k.channel AS channel,
    CAST(COALESCE(current_used_feature_days_0_6.used_feature_days_0_6, 0) AS DOUBLE) / CAST(NULLIF(COALESCE(current_registrations.cohort_day_6, 0), 0) AS DOUBLE) AS feature_penetration_d7,
    COALESCE(current_used_feature_days_0_6.used_feature_days_0_6, 0) AS feature_penetration_d7__numerator,
    COALESCE(current_registrations.cohort_day_6, 0) AS feature_penetration_d7__denominator,
    CAST(NULL AS DOUBLE) AS feature_penetration_d7__base
  FROM periods AS p
  CROSS JOIN spine_keys AS k
  LEFT JOIN current_used_feature_days_0_6
    ON current_used_feature_days_0_6.channel IS NOT DISTINCT FROM k.channel
    AND current_used_feature_days_0_6.period = p.period
  LEFT JOIN current_registrations
    ON current_registrations.channel IS NOT DISTINCT FROM k.channel
    AND current_registrations.period = p.period
), compared AS (
  SELECT
    g.period AS period,
    g.channel AS channel,
    g.feature_penetration_d7 AS feature_penetration_d7,
    g.feature_penetration_d7__numerator AS feature_penetration_d7__numerator,
    g.feature_penetration_d7__denominator AS feature_penetration_d7__denominator,
    g.feature_penetration_d7__base AS feature_penetration_d7__base,
    g.feature_penetration_d7 - g.feature_penetration_d7__base AS feature_penetration_d7__change,
    CAST(g.feature_penetration_d7 - g.feature_penetration_d7__base AS DOUBLE) / CAST(NULLIF(g.feature_penetration_d7__base, 0) AS DOUBLE) AS feature_penetration_d7__change_pct
  FROM figures AS g
)
SELECT
  r.period AS period,
  r.channel AS channel,
  r.feature_penetration_d7 AS feature_penetration_d7,
  r.feature_penetration_d7__numerator AS feature_penetration_d7__numerator,
  r.feature_penetration_d7__denominator AS feature_penetration_d7__denominator,
  r.feature_penetration_d7__base AS feature_penetration_d7__base,
  r.feature_penetration_d7__change AS feature_penetration_d7__change,
  r.feature_penetration_d7__change_pct AS feature_penetration_d7__change_pct
FROM compared AS r
ORDER BY
  r.period ASC,
  r.channel ASC
LIMIT $row_limit;
