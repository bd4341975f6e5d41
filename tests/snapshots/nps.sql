-- nps (净推荐值（NPS）): Share of NPS scores 9-10 minus share of scores 0-6, times 100, of the period.
-- 100 * (promoters - detractors) / answers

-- start = 2025-01-01, end = 2025-01-31
--   $current_from = 2025-01-01
--   $current_to = 2025-01-31
--   $row_limit = 1001
SELECT
  100 * CAST(COALESCE(SUM(CASE WHEN f.score >= 9 THEN 1 WHEN f.score <= 6 THEN -1 ELSE 0 END), 0) AS DOUBLE) / CAST(NULLIF(COALESCE(COUNT(*), 0), 0) AS DOUBLE) AS nps,
  COALESCE(SUM(CASE WHEN f.score >= 9 THEN 1 WHEN f.score <= 6 THEN -1 ELSE 0 END), 0) AS nps__numerator,
  COALESCE(COUNT(*), 0) AS nps__denominator
FROM surveys AS f
WHERE
  f.answer_date BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
  AND (
    f.kind = 'nps' AND NOT f.score IS NULL
  )
LIMIT $row_limit;

-- start = 2025-01-01, end = 2025-01-31, grain = month, dimensions = ['channel'], compare = previous
--   $current_from = 2025-01-01
--   $current_to = 2025-01-31
--   $periods = ['2025-01-01']
--   $row_limit = 1001
WITH periods AS (
  SELECT
    UNNEST(CAST($periods AS DATE[])) AS period
), current_surveys AS (
  SELECT
    m.bucket AS period,
    m.channel AS channel,
    m.promoters_minus_detractors AS promoters_minus_detractors,
    m.nps_answers AS nps_answers
  FROM (
    SELECT
      CAST(DATE_TRUNC('MONTH', f.answer_date) AS DATE) AS bucket,
      u.channel AS channel,
      SUM(CASE WHEN f.score >= 9 THEN 1 WHEN f.score <= 6 THEN -1 ELSE 0 END) AS promoters_minus_detractors,
      COUNT(*) AS nps_answers
    FROM surveys AS f
    LEFT JOIN users AS u
      ON u.user_id = f.user_id
    WHERE
      f.answer_date BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
      AND (
        f.kind = 'nps' AND NOT f.score IS NULL
      )
    GROUP BY
      CAST(DATE_TRUNC('MONTH', f.answer_date) AS DATE),
      u.channel
  ) AS m
), spine_keys AS (
  SELECT DISTINCT
    channel
  FROM current_surveys
), figures AS (
  SELECT
    p.period AS period,
    k.channel AS channel,
    100 * CAST(COALESCE(current_surveys.promoters_minus_detractors, 0) AS DOUBLE) / CAST(NULLIF(COALESCE(current_surveys.nps_answers, 0), 0) AS DOUBLE) AS nps,
    COALESCE(current_surveys.promoters_minus_detractors, 0) AS nps__numerator,
    COALESCE(current_surveys.nps_answers, 0) AS nps__denominator,
    CAST(NULL AS DOUBLE) AS nps__base
  FROM periods AS p
  CROSS JOIN spine_keys AS k
  LEFT JOIN current_surveys
    ON current_surveys.channel IS NOT DISTINCT FROM k.channel
    AND current_surveys.period = p.period
), compared AS (
  SELECT
    g.period AS period,
    g.channel AS channel,
    g.nps AS nps,
    g.nps__numerator AS nps__numerator,
    g.nps__denominator AS nps__denominator,
    g.nps__base AS nps__base,
    g.nps - g.nps__base AS nps__change,
    CAST(g.nps - g.nps__base AS DOUBLE) / CAST(NULLIF(g.nps__base, 0) AS DOUBLE) AS nps__change_pct
  FROM figures AS g
)
SELECT
  r.period AS period,
  r.channel AS channel,
  r.nps AS nps,
  r.nps__numerator AS nps__numerator,
  r.nps__denominator AS nps__denominator,
  r.nps__base AS nps__base,
  r.nps__change AS nps__change,
  r.nps__change_pct AS nps__change_pct
FROM compared AS r
ORDER BY
  r.period ASC,
  r.channel ASC
LIMIT $row_limit;
