-- renewal_rate (会员续订率): Of memberships expiring in the period, the share renewed no later than 7 days after; those that expired less than 7 days ago are left out.
-- memberships with renewed_on <= expires_on + 7 / memberships with expires_on in the period and expires_on + 7 <= as_of

-- start = 2025-01-01, end = 2025-03-10
--   $current_from = 2025-01-01
--   $current_to = 2025-03-10
--   $as_of = 2025-03-10
--   $row_limit = 1001
SELECT
  CAST(COALESCE(COUNT(*) FILTER(WHERE
    f.renewed_on <= f.expires_on + 7), 0) AS DOUBLE) / CAST(NULLIF(COALESCE(COUNT(*), 0), 0) AS DOUBLE) AS renewal_rate,
  COALESCE(COUNT(*) FILTER(WHERE
    f.renewed_on <= f.expires_on + 7), 0) AS renewal_rate__numerator,
  COALESCE(COUNT(*), 0) AS renewal_rate__denominator
FROM memberships AS f
WHERE
  f.expires_on BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
  AND f.expires_on + 7 <= CAST($as_of AS DATE)
LIMIT $row_limit;

-- start = 2025-01-01, end = 2025-03-10, grain = month, dimensions = ['channel'], compare = previous
--   $current_from = 2025-01-01
--   $current_to = 2025-03-10
--   $as_of = 2025-03-10
--   $base_from = 2025-01-01
--   $base_to = 2025-02-10
--   $base_windows_period = ['2025-02-01', '2025-03-01']
--   $base_windows_unit = ['2025-01-01', '2025-02-01']
--   $base_windows_first = ['2025-01-01', '2025-02-01']
--   $base_windows_last = ['2025-01-31', '2025-02-10']
--   $base_windows_state = ['2025-01-31', '2025-02-10']
--   $periods = ['2025-01-01', '2025-02-01', '2025-03-01']
--   $base_known = [False, True, True]
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
), current_memberships AS (
  SELECT
    m.bucket AS period,
    m.channel AS channel,
    m.renewed_memberships AS renewed_memberships,
    m.expired_memberships AS expired_memberships
  FROM (
    SELECT
      CAST(DATE_TRUNC('MONTH', f.expires_on) AS DATE) AS bucket,
      u.channel AS channel,
      COUNT(*) FILTER(WHERE
        f.renewed_on <= f.expires_on + 7) AS renewed_memberships,
      COUNT(*) AS expired_memberships
    FROM memberships AS f
    LEFT JOIN users AS u
      ON u.user_id = f.user_id
    WHERE
      f.expires_on BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
      AND f.expires_on + 7 <= CAST($as_of AS DATE)
    GROUP BY
      CAST(DATE_TRUNC('MONTH', f.expires_on) AS DATE),
      u.channel
  ) AS m
), base_memberships AS (
  SELECT
    w.period AS period,
    m.channel AS channel,
    m.renewed_memberships AS renewed_memberships,
    m.expired_memberships AS expired_memberships
  FROM (
    SELECT
      CAST(DATE_TRUNC('MONTH', f.expires_on) AS DATE) AS bucket,
      u.channel AS channel,
      COUNT(*) FILTER(WHERE
        f.renewed_on <= f.expires_on + 7) AS renewed_memberships,
      COUNT(*) AS expired_memberships
    FROM memberships AS f
    LEFT JOIN users AS u
      ON u.user_id = f.user_id
    WHERE
      f.expires_on BETWEEN CAST($base_from AS DATE) AND CAST($base_to AS DATE)
      AND f.expires_on + 7 <= CAST($as_of AS DATE)
    GROUP BY
      CAST(DATE_TRUNC('MONTH', f.expires_on) AS DATE),
      u.channel
  ) AS m
  JOIN base_windows AS w
    ON w.unit = m.bucket
), spine_keys AS (
  SELECT DISTINCT
    channel
  FROM current_memberships
  UNION
  SELECT DISTINCT
    channel
  FROM base_memberships
), figures AS (
  SELECT
    p.period AS period,
    k.channel AS channel,
    CAST(COALESCE(current_memberships.renewed_memberships, 0) AS DOUBLE) / CAST(NULLIF(COALESCE(current_memberships.expired_memberships, 0), 0) AS DOUBLE) AS renewal_rate,
    COALESCE(current_memberships.renewed_memberships, 0) AS renewal_rate__numerator,
    COALESCE(current_memberships.expired_memberships, 0) AS renewal_rate__denominator,
    CASE
      WHEN p.base_known
      THEN CAST(COALESCE(base_memberships.renewed_memberships, 0) AS DOUBLE) / CAST(NULLIF(COALESCE(base_memberships.expired_memberships, 0), 0) AS DOUBLE)
    END AS renewal_rate__base
  FROM periods AS p
  CROSS JOIN spine_keys AS k
  LEFT JOIN current_memberships
    ON current_memberships.channel IS NOT DISTINCT FROM k.channel
    AND current_memberships.period = p.period
  LEFT JOIN base_memberships
    ON base_memberships.channel IS NOT DISTINCT FROM k.channel
    AND base_memberships.period = p.period
), compared AS (
  SELECT
    g.period AS period,
    g.channel AS channel,
    g.renewal_rate AS renewal_rate,
    g.renewal_rate__numerator AS renewal_rate__numerator,
    g.renewal_rate__denominator AS renewal_rate__denominator,
    g.renewal_rate__base AS renewal_rate__base,
    g.renewal_rate - g.renewal_rate__base AS renewal_rate__change,
    CAST(g.renewal_rate - g.renewal_rate__base AS DOUBLE) / CAST(NULLIF(g.renewal_rate__base, 0) AS DOUBLE) AS renewal_rate__change_pct
  FROM figures AS g
)
SELECT
  r.period AS period,
  r.channel AS channel,
  r.renewal_rate AS renewal_rate,
  r.renewal_rate__numerator AS renewal_rate__numerator,
  r.renewal_rate__denominator AS renewal_rate__denominator,
  r.renewal_rate__base AS renewal_rate__base,
  r.renewal_rate__change AS renewal_rate__change,
  r.renewal_rate__change_pct AS renewal_rate__change_pct
FROM compared AS r
ORDER BY
  r.period ASC,
  r.channel ASC
LIMIT $row_limit;
