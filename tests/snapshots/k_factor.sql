-- k_factor (K因子): Accepted invites of the period ÷ distinct active users.
-- accepted invites / active users

-- start = 2025-01-01, end = 2025-01-31
--   $current_from = 2025-01-01
--   $current_to = 2025-01-31
--   $row_limit = 1001
WITH current_invites AS (
  SELECT
    COUNT(*) AS accepted_invites
  FROM invites AS f
  WHERE
    f.invite_date BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
    AND NOT f.accepted_at IS NULL
), current_presence_by_month AS (
  SELECT
    COUNT(*) AS active_users
  FROM active_months AS f
  WHERE
    f.month BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
    AND f.first_row
)
SELECT
  CAST(COALESCE(current_invites.accepted_invites, 0) AS DOUBLE) / CAST(NULLIF(COALESCE(current_presence_by_month.active_users, 0), 0) AS DOUBLE) AS k_factor,
  COALESCE(current_invites.accepted_invites, 0) AS k_factor__numerator,
  COALESCE(current_presence_by_month.active_users, 0) AS k_factor__denominator
FROM current_invites
CROSS JOIN current_presence_by_month
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
    m.accepted_invites AS accepted_invites
  FROM (
    SELECT
      CAST(DATE_TRUNC('MONTH', f.invite_date) AS DATE) AS bucket,
      u.channel AS channel,
      COUNT(*) AS accepted_invites
    FROM invites AS f
    LEFT JOIN users AS u
      ON u.user_id = f.inviter_id
    WHERE
      f.invite_date BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
      AND NOT f.accepted_at IS NULL
    GROUP BY
      CAST(DATE_TRUNC('MONTH', f.invite_date) AS DATE),
      u.channel
  ) AS m
), current_presence_by_month AS (
  SELECT
    m.bucket AS period,
    m.channel AS channel,
    m.active_users AS active_users
  FROM (
    SELECT
      f.month AS bucket,
      u.channel AS channel,
      COUNT(*) AS active_users
    FROM active_months AS f
    LEFT JOIN users AS u
      ON u.user_id = f.user_id
    WHERE
      f.month BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
      AND f.first_row
    GROUP BY
      f.month,
      u.channel
  ) AS m
), spine_keys AS (
  SELECT DISTINCT
    channel
  FROM current_invites
  UNION
  SELECT DISTINCT
    channel
  FROM current_presence_by_month
), figures AS (
  SELECT
    p.period AS period,
    k.channel AS channel,
    CAST(COALESCE(current_invites.accepted_invites, 0) AS DOUBLE) / CAST(NULLIF(COALESCE(current_presence_by_month.active_users, 0), 0) AS DOUBLE) AS k_factor,
    COALESCE(current_invites.accepted_invites, 0) AS k_factor__numerator,
    COALESCE(current_presence_by_month.active_users, 0) AS k_factor__denominator,
    CAST(NULL AS DOUBLE) AS k_factor__base
  FROM periods AS p
  CROSS JOIN spine_keys AS k
  LEFT JOIN current_invites
    ON current_invites.channel IS NOT DISTINCT FROM k.channel
    AND current_invites.period = p.period
  LEFT JOIN current_presence_by_month
    ON current_presence_by_month.channel IS NOT DISTINCT FROM k.channel
    AND current_presence_by_month.period = p.period
), compared AS (
  SELECT
    g.period AS period,
    g.channel AS channel,
    g.k_factor AS k_factor,
    g.k_factor__numerator AS k_factor__numerator,
    g.k_factor__denominator AS k_factor__denominator,
    g.k_factor__base AS k_factor__base,
    g.k_factor - g.k_factor__base AS k_factor__change,
    CAST(g.k_factor - g.k_factor__base AS DOUBLE) / CAST(NULLIF(g.k_factor__base, 0) AS DOUBLE) AS k_factor__change_pct
  FROM figures AS g
)
SELECT
  r.period AS period,
  r.channel AS channel,
  r.k_factor AS k_factor,
  r.k_factor__numerator AS k_factor__numerator,
  r.k_factor__denominator AS k_factor__denominator,
  r.k_factor__base AS k_factor__base,
  r.k_factor__change AS k_factor__change,
  r.k_factor__change_pct AS k_factor__change_pct
FROM compared AS r
ORDER BY
  r.period ASC,
  r.channel ASC
LIMIT $row_limit;
