-- invite_acceptance (邀请接受率): Of invites sent in the period, the share accepted (by the day they were sent).
-- accepted invites / invites

-- start = 2025-01-01, end = 2025-01-31
--   $current_from = 2025-01-01
--   $current_to = 2025-01-31
--   $row_limit = 1001
SELECT
  CAST(COALESCE(COUNT(*) FILTER(WHERE
    NOT f.accepted_at IS NULL), 0) AS DOUBLE) / CAST(NULLIF(COALESCE(COUNT(*), 0), 0) AS DOUBLE) AS invite_acceptance,
  COALESCE(COUNT(*) FILTER(WHERE
    NOT f.accepted_at IS NULL), 0) AS invite_acceptance__numerator,
  COALESCE(COUNT(*), 0) AS invite_acceptance__denominator
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
    m.accepted_invites AS accepted_invites,
    m.invites AS invites
  FROM (
    SELECT
      CAST(DATE_TRUNC('MONTH', f.invite_date) AS DATE) AS bucket,
      u.channel AS channel,
      COUNT(*) FILTER(WHERE
        NOT f.accepted_at IS NULL) AS accepted_invites,
      COUNT(*) AS invites
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
    CAST(COALESCE(current_invites.accepted_invites, 0) AS DOUBLE) / CAST(NULLIF(COALESCE(current_invites.invites, 0), 0) AS DOUBLE) AS invite_acceptance,
    COALESCE(current_invites.accepted_invites, 0) AS invite_acceptance__numerator,
    COALESCE(current_invites.invites, 0) AS invite_acceptance__denominator,
    CAST(NULL AS DOUBLE) AS invite_acceptance__base
  FROM periods AS p
  CROSS JOIN spine_keys AS k
  LEFT JOIN current_invites
    ON current_invites.channel IS NOT DISTINCT FROM k.channel
    AND current_invites.period = p.period
), compared AS (
  SELECT
    g.period AS period,
    g.channel AS channel,
    g.invite_acceptance AS invite_acceptance,
    g.invite_acceptance__numerator AS invite_acceptance__numerator,
    g.invite_acceptance__denominator AS invite_acceptance__denominator,
    g.invite_acceptance__base AS invite_acceptance__base,
    g.invite_acceptance - g.invite_acceptance__base AS invite_acceptance__change,
    CAST(g.invite_acceptance - g.invite_acceptance__base AS DOUBLE) / CAST(NULLIF(g.invite_acceptance__base, 0) AS DOUBLE) AS invite_acceptance__change_pct
  FROM figures AS g
)
SELECT
  r.period AS period,
  r.channel AS channel,
  r.invite_acceptance AS invite_acceptance,
  r.invite_acceptance__numerator AS invite_acceptance__numerator,
  r.invite_acceptance__denominator AS invite_acceptance__denominator,
  r.invite_acceptance__base AS invite_acceptance__base,
  r.invite_acceptance__change AS invite_acceptance__change,
  r.invite_acceptance__change_pct AS invite_acceptance__change_pct
FROM compared AS r
ORDER BY
  r.period ASC,
  r.channel ASC
LIMIT $row_limit;
