-- referral_share (裂变占比): Of users who registered in the period, the share with an inviter.
-- new users with an inviter / new users

-- start = 2025-01-01, end = 2025-01-31
--   $current_from = 2025-01-01
--   $current_to = 2025-01-31
--   $row_limit = 1001
SELECT
  CAST(COALESCE(COUNT(*) FILTER(WHERE
    NOT f.inviter_id IS NULL), 0) AS DOUBLE) / CAST(NULLIF(COALESCE(COUNT(*), 0), 0) AS DOUBLE) AS referral_share,
  COALESCE(COUNT(*) FILTER(WHERE
    NOT f.inviter_id IS NULL), 0) AS referral_share__numerator,
  COALESCE(COUNT(*), 0) AS referral_share__denominator
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
    m.referred_registrations AS referred_registrations,
    m.registrations AS registrations
  FROM (
    SELECT
      CAST(DATE_TRUNC('MONTH', f.register_date) AS DATE) AS bucket,
      f.channel AS channel,
      COUNT(*) FILTER(WHERE
        NOT f.inviter_id IS NULL) AS referred_registrations,
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
    CAST(COALESCE(current_registrations.referred_registrations, 0) AS DOUBLE) / CAST(NULLIF(COALESCE(current_registrations.registrations, 0), 0) AS DOUBLE) AS referral_share,
    COALESCE(current_registrations.referred_registrations, 0) AS referral_share__numerator,
    COALESCE(current_registrations.registrations, 0) AS referral_share__denominator,
    CAST(NULL AS DOUBLE) AS referral_share__base
  FROM periods AS p
  CROSS JOIN spine_keys AS k
  LEFT JOIN current_registrations
    ON current_registrations.channel IS NOT DISTINCT FROM k.channel
    AND current_registrations.period = p.period
), compared AS (
  SELECT
    g.period AS period,
    g.channel AS channel,
    g.referral_share AS referral_share,
    g.referral_share__numerator AS referral_share__numerator,
    g.referral_share__denominator AS referral_share__denominator,
    g.referral_share__base AS referral_share__base,
    g.referral_share - g.referral_share__base AS referral_share__change,
    CAST(g.referral_share - g.referral_share__base AS DOUBLE) / CAST(NULLIF(g.referral_share__base, 0) AS DOUBLE) AS referral_share__change_pct
  FROM figures AS g
)
SELECT
  r.period AS period,
  r.channel AS channel,
  r.referral_share AS referral_share,
  r.referral_share__numerator AS referral_share__numerator,
  r.referral_share__denominator AS referral_share__denominator,
  r.referral_share__base AS referral_share__base,
  r.referral_share__change AS referral_share__change,
  r.referral_share__change_pct AS referral_share__change_pct
FROM compared AS r
ORDER BY
  r.period ASC,
  r.channel ASC
LIMIT $row_limit;
