-- activation_rate (新用户激活率): Of users who registered in the period, the share who completed all three onboarding tasks within 3 days (days 0 to 2); users whose day 2 is not over are left out.
-- users with profile_complete, first_interaction and claim_gift on days 0-2 / users registered whose day 2 <= as_of

-- start = 2025-01-01, end = 2025-01-10
--   $current_from = 2025-01-01
--   $current_to = 2025-01-10
--   $as_of = 2025-01-10
--   $row_limit = 1001
WITH current_activated_days_0_2 AS (
  SELECT
    COUNT(*) AS activated_days_0_2
  FROM users AS f
  WHERE
    f.register_date BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
    AND f.register_date + 2 <= CAST($as_of AS DATE)
    AND f.user_id IN (
      SELECT
        c.user_id AS user_id
      FROM users AS c
      JOIN events AS a
        ON a.user_id = c.user_id
        AND a.event_date BETWEEN c.register_date + 0 AND c.register_date + 2
      WHERE
        c.register_date BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
        AND a.event_date BETWEEN CAST($current_from AS DATE) + 0 AND CAST($current_to AS DATE) + 2
        AND a.event_date <= CAST($as_of AS DATE)
        AND a.event IN ('profile_complete', 'first_interaction', 'claim_gift')
      GROUP BY
        c.user_id
      HAVING
        COUNT(DISTINCT a.event) >= 3
    )
), current_registrations AS (
  SELECT
    COUNT(*) AS cohort_days_0_2
  FROM users AS f
  WHERE
    f.register_date BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
    AND f.register_date + 2 <= CAST($as_of AS DATE)
)
SELECT
  CAST(COALESCE(current_activated_days_0_2.activated_days_0_2, 0) AS DOUBLE) / CAST(NULLIF(COALESCE(current_registrations.cohort_days_0_2, 0), 0) AS DOUBLE) AS activation_rate,
  COALESCE(current_activated_days_0_2.activated_days_0_2, 0) AS activation_rate__numerator,
  COALESCE(current_registrations.cohort_days_0_2, 0) AS activation_rate__denominator
FROM current_activated_days_0_2
CROSS JOIN current_registrations
LIMIT $row_limit;

-- start = 2025-01-01, end = 2025-01-10, grain = month, dimensions = ['channel'], compare = previous
--   $current_from = 2025-01-01
--   $current_to = 2025-01-10
--   $as_of = 2025-01-10
--   $periods = ['2025-01-01']
--   $row_limit = 1001
WITH periods AS (
  SELECT
    UNNEST(CAST($periods AS DATE[])) AS period
), current_activated_days_0_2 AS (
  SELECT
    m.bucket AS period,
    m.channel AS channel,
    m.activated_days_0_2 AS activated_days_0_2
  FROM (
    SELECT
      CAST(DATE_TRUNC('MONTH', f.register_date) AS DATE) AS bucket,
      f.channel AS channel,
      COUNT(*) AS activated_days_0_2
    FROM users AS f
    WHERE
      f.register_date BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
      AND f.register_date + 2 <= CAST($as_of AS DATE)
      AND f.user_id IN (
        SELECT
          c.user_id AS user_id
        FROM users AS c
        JOIN events AS a
          ON a.user_id = c.user_id
          AND a.event_date BETWEEN c.register_date + 0 AND c.register_date + 2
        WHERE
          c.register_date BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
          AND a.event_date BETWEEN CAST($current_from AS DATE) + 0 AND CAST($current_to AS DATE) + 2
          AND a.event_date <= CAST($as_of AS DATE)
          AND a.event IN ('profile_complete', 'first_interaction', 'claim_gift')
        GROUP BY
          c.user_id
        HAVING
          COUNT(DISTINCT a.event) >= 3
      )
    GROUP BY
      CAST(DATE_TRUNC('MONTH', f.register_date) AS DATE),
      f.channel
  ) AS m
), current_registrations AS (
  SELECT
    m.bucket AS period,
    m.channel AS channel,
    m.cohort_days_0_2 AS cohort_days_0_2
  FROM (
    SELECT
      CAST(DATE_TRUNC('MONTH', f.register_date) AS DATE) AS bucket,
      f.channel AS channel,
      COUNT(*) AS cohort_days_0_2
    FROM users AS f
    WHERE
      f.register_date BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
      AND f.register_date + 2 <= CAST($as_of AS DATE)
    GROUP BY
      CAST(DATE_TRUNC('MONTH', f.register_date) AS DATE),
      f.channel
  ) AS m
), spine_keys AS (
  SELECT DISTINCT
    channel
  FROM current_activated_days_0_2
  UNION
  SELECT DISTINCT
    channel
  FROM current_registrations
), figures AS (
  SELECT
    p.period AS period,
    k.channel AS channel,
    CAST(COALESCE(current_activated_days_0_2.activated_days_0_2, 0) AS DOUBLE) / CAST(NULLIF(COALESCE(current_registrations.cohort_days_0_2, 0), 0) AS DOUBLE) AS activation_rate,
    COALESCE(current_activated_days_0_2.activated_days_0_2, 0) AS activation_rate__numerator,
    COALESCE(current_registrations.cohort_days_0_2, 0) AS activation_rate__denominator,
    CAST(NULL AS DOUBLE) AS activation_rate__base
  FROM periods AS p
  CROSS JOIN spine_keys AS k
  LEFT JOIN current_activated_days_0_2
    ON current_activated_days_0_2.channel IS NOT DISTINCT FROM k.channel
    AND current_activated_days_0_2.period = p.period
  LEFT JOIN current_registrations
    ON current_registrations.channel IS NOT DISTINCT FROM k.channel
    AND current_registrations.period = p.period
), compared AS (
  SELECT
    g.period AS period,
    g.channel AS channel,
    g.activation_rate AS activation_rate,
    g.activation_rate__numerator AS activation_rate__numerator,
    g.activation_rate__denominator AS activation_rate__denominator,
    g.activation_rate__base AS activation_rate__base,
    g.activation_rate - g.activation_rate__base AS activation_rate__change,
    CAST(g.activation_rate - g.activation_rate__base AS DOUBLE) / CAST(NULLIF(g.activation_rate__base, 0) AS DOUBLE) AS activation_rate__change_pct
  FROM figures AS g
)
SELECT
  r.period AS period,
  r.channel AS channel,
  r.activation_rate AS activation_rate,
  r.activation_rate__numerator AS activation_rate__numerator,
  r.activation_rate__denominator AS activation_rate__denominator,
  r.activation_rate__base AS activation_rate__base,
  r.activation_rate__change AS activation_rate__change,
  r.activation_rate__change_pct AS activation_rate__change_pct
FROM compared AS r
ORDER BY
  r.period ASC,
  r.channel ASC
LIMIT $row_limit;
