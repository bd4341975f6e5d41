-- invites (邀请数): Invites sent in the period.
-- count of invites by invite_date

-- start = 2025-01-01, end = 2025-01-31
--   $current_from = 2025-01-01
--   $current_to = 2025-01-31
--   $row_limit = 1001
SELECT
  COALESCE(COUNT(*), 0) AS invites
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
    m.invites AS invites
  FROM (
    SELECT
      CAST(DATE_TRUNC('MONTH', f.invite_date) AS DATE) AS bucket,
      u.channel AS channel,
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
    COALESCE(current_invites.invites, 0) AS invites,
    CAST(NULL AS DOUBLE) AS invites__base
  FROM periods AS p
  CROSS JOIN spine_keys AS k
  LEFT JOIN current_invites
    ON current_invites.channel IS NOT DISTINCT FROM k.channel
    AND current_invites.period = p.period
), compared AS (
  SELECT
    g.period AS period,
    g.channel AS channel,
    g.invites AS invites,
    g.invites__base AS invites__base,
    g.invites - g.invites__base AS invites__change,
    CAST(g.invites - g.invites__base AS DOUBLE) / CAST(NULLIF(g.invites__base, 0) AS DOUBLE) AS invites__change_pct
  FROM figures AS g
)
SELECT
  r.period AS period,
  r.channel AS channel,
  r.invites AS invites,
  r.invites__base AS invites__base,
  r.invites__change AS invites__change,
  r.invites__change_pct AS invites__change_pct
FROM compared AS r
ORDER BY
  r.period ASC,
  r.channel ASC
LIMIT $row_limit;
