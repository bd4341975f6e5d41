-- invites_per_user (人均邀请数): Invites sent ÷ distinct inviters of the period.
-- invites / distinct inviters

-- start = 2025-01-01, end = 2025-01-31
--   $current_from = 2025-01-01
--   $current_to = 2025-01-31
--   $row_limit = 1001
SELECT
  CAST(COALESCE(COUNT(*), 0) AS DOUBLE) / CAST(NULLIF(COALESCE(COUNT(DISTINCT f.inviter_id), 0), 0) AS DOUBLE) AS invites_per_user,
  COALESCE(COUNT(*), 0) AS invites_per_user__numerator,
  COALESCE(COUNT(DISTINCT f.inviter_id), 0) AS invites_per_user__denominator
FROM invites AS f
WHERE
  f.invite_date BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
LIMIT $row_limit;

-- start = 2025-01-01, end = 2025-01-31, grain = month, dimensions = ['channel'], compare = previous
--   $current_from = 2025-01-01
--   $current_to = 2025-01-31
--   $periods = ['2025-01-01']
--   $row_limit = 1001
WITH periods AS (
  SELECT
    UNNEST(CAST($periods AS DATE[])) AS period
), current_invites AS (
  SELECT
    m.bucket AS period,
    m.channel AS channel,
    m.invites AS invites,
    m.inviters AS inviters
  FROM (
    SELECT
      CAST(DATE_TRUNC('MONTH', f.invite_date) AS DATE) AS bucket,
      u.channel AS channel,
      COUNT(*) AS invites,
      COUNT(DISTINCT f.inviter_id) AS inviters
    FROM invites AS f
    LEFT JOIN users AS u
      ON u.user_id = f.inviter_id
    WHERE
      f.invite_date BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
    GROUP BY
      CAST(DATE_TRUNC('MONTH', f.invite_date) AS DATE),
      u.channel
  ) AS m
), spine_keys AS (
  SELECT DISTINCT
    channel
  FROM current_invites
), figures AS (
  SELECT
    p.period AS period,
    k.channel AS channel,
    CAST(COALESCE(current_invites.invites, 0) AS DOUBLE) / CAST(NULLIF(COALESCE(current_invites.inviters, 0), 0) AS DOUBLE) AS invites_per_user,
    COALESCE(current_invites.invites, 0) AS invites_per_user__numerator,
    COALESCE(current_invites.inviters, 0) AS invites_per_user__denominator,
    CAST(NULL AS DOUBLE) AS invites_per_user__base
  FROM periods AS p
  CROSS JOIN spine_keys AS k
  LEFT JOIN current_invites
    ON current_invites.channel IS NOT DISTINCT FROM k.channel
    AND current_invites.period = p.period
), compared AS (
  SELECT
    g.period AS period,
    g.channel AS channel,
    g.invites_per_user AS invites_per_user,
    g.invites_per_user__numerator AS invites_per_user__numerator,
    g.invites_per_user__denominator AS invites_per_user__denominator,
    g.invites_per_user__base AS invites_per_user__base,
    g.invites_per_user - g.invites_per_user__base AS invites_per_user__change,
    CAST(g.invites_per_user - g.invites_per_user__base AS DOUBLE) / CAST(NULLIF(g.invites_per_user__base, 0) AS DOUBLE) AS invites_per_user__change_pct
  FROM figures AS g
)
SELECT
  r.period AS period,
  r.channel AS channel,
  r.invites_per_user AS invites_per_user,
  r.invites_per_user__numerator AS invites_per_user__numerator,
  r.invites_per_user__denominator AS invites_per_user__denominator,
  r.invites_per_user__base AS invites_per_user__base,
  r.invites_per_user__change AS invites_per_user__change,
  r.invites_per_user__change_pct AS invites_per_user__change_pct
FROM compared AS r
ORDER BY
  r.period ASC,
  r.channel ASC
LIMIT $row_limit;
