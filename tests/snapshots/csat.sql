-- csat (满意度（CSAT）): Share of scores 4-5 on the 1-5 scale, of satisfaction answers of the period.
-- answers 4-5 / answers

-- start = 2025-01-01, end = 2025-01-31
--   $current_from = 2025-01-01
--   $current_to = 2025-01-31
--   $row_limit = 1001
SELECT
  CAST(COALESCE(COUNT(*) FILTER(WHERE
    f.kind = 'csat' AND f.score >= 4), 0) AS DOUBLE) / CAST(NULLIF(COALESCE(COUNT(*) FILTER(WHERE
    f.kind = 'csat' AND NOT f.score IS NULL), 0), 0) AS DOUBLE) AS csat,
  COALESCE(COUNT(*) FILTER(WHERE
    f.kind = 'csat' AND f.score >= 4), 0) AS csat__numerator,
  COALESCE(COUNT(*) FILTER(WHERE
    f.kind = 'csat' AND NOT f.score IS NULL), 0) AS csat__denominator
FROM surveys AS f
WHERE
  f.answer_date BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
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
    m.satisfied_answers AS satisfied_answers,
    m.csat_answers AS csat_answers
  FROM (
    SELECT
      CAST(DATE_TRUNC('MONTH', f.answer_date) AS DATE) AS bucket,
      u.channel AS channel,
      COUNT(*) FILTER(WHERE
        f.kind = 'csat' AND f.score >= 4) AS satisfied_answers,
      COUNT(*) FILTER(WHERE
        f.kind = 'csat' AND NOT f.score IS NULL) AS csat_answers
    FROM surveys AS f
    LEFT JOIN users AS u
      ON u.user_id = f.user_id
    WHERE
      f.answer_date BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
    GROUP BY
      CAST(DATE_TRUNC('MONTH', f.answer_date) AS DATE),
      u.channel
    HAVING
      COUNT(*) FILTER(WHERE
        f.kind = 'csat' AND f.score >= 4) > 0
      OR COUNT(*) FILTER(WHERE
        f.kind = 'csat' AND NOT f.score IS NULL) > 0
  ) AS m
), spine_keys AS (
  SELECT DISTINCT
    channel
  FROM current_surveys
), figures AS (
  SELECT
    p.period AS period,
    k.channel AS channel,
    CAST(COALESCE(current_surveys.satisfied_answers, 0) AS DOUBLE) / CAST(NULLIF(COALESCE(current_surveys.csat_answers, 0), 0) AS DOUBLE) AS csat,
    COALESCE(current_surveys.satisfied_answers, 0) AS csat__numerator,
    COALESCE(current_surveys.csat_answers, 0) AS csat__denominator,
    CAST(NULL AS DOUBLE) AS csat__base
  FROM periods AS p
  CROSS JOIN spine_keys AS k
  LEFT JOIN current_surveys
    ON current_surveys.channel IS NOT DISTINCT FROM k.channel
    AND current_surveys.period = p.period
), compared AS (
  SELECT
    g.period AS period,
    g.channel AS channel,
    g.csat AS csat,
    g.csat__numerator AS csat__numerator,
    g.csat__denominator AS csat__denominator,
    g.csat__base AS csat__base,
    g.csat - g.csat__base AS csat__change,
    CAST(g.csat - g.csat__base AS DOUBLE) / CAST(NULLIF(g.csat__base, 0) AS DOUBLE) AS csat__change_pct
  FROM figures AS g
)
SELECT
  r.period AS period,
  r.channel AS channel,
  r.csat AS csat,
  r.csat__numerator AS csat__numerator,
  r.csat__denominator AS csat__denominator,
  r.csat__base AS csat__base,
  r.csat__change AS csat__change,
  r.csat__change_pct AS csat__change_pct
FROM compared AS r
ORDER BY
  r.period ASC,
  r.channel ASC
LIMIT $row_limit;
