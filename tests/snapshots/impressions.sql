-- impressions (广告曝光): Ad impressions of the period.
-- sum(channel_spend.impressions) by spend_date

-- start = 2025-01-01, end = 2025-04-10
--   $current_from = 2025-01-01
--   $current_to = 2025-04-10
--   $row_limit = 1001
SELECT
  COALESCE(SUM(f.impressions), 0) AS impressions
FROM channel_spend AS f
WHERE
  f.spend_date BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
LIMIT $row_limit;

-- start = 2025-01-01, end = 2025-04-10, grain = month, dimensions = ['channel'], compare = previous
--   $current_from = 2025-01-01
--   $current_to = 2025-04-10
--   $base_from = 2025-01-01
--   $base_to = 2025-03-10
--   $base_windows_period = ['2025-02-01', '2025-03-01', '2025-04-01']
--   $base_windows_unit = ['2025-01-01', '2025-02-01', '2025-03-01']
--   $base_windows_first = ['2025-01-01', '2025-02-01', '2025-03-01']
--   $base_windows_last = ['2025-01-31', '2025-02-28', '2025-03-10']
--   $base_windows_state = ['2025-01-31', '2025-02-28', '2025-03-10']
--   $periods = ['2025-01-01', '2025-02-01', '2025-03-01', '2025-04-01']
--   $base_known = [False, True, True, True]
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
), current_spend AS (
  SELECT
    m.bucket AS period,
    m.channel AS channel,
    m.impressions AS impressions
  FROM (
    SELECT
      CAST(DATE_TRUNC('MONTH', f.spend_date) AS DATE) AS bucket,
      f.channel AS channel,
      SUM(f.impressions) AS impressions
    FROM channel_spend AS f
    WHERE
      f.spend_date BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
    GROUP BY
      CAST(DATE_TRUNC('MONTH', f.spend_date) AS DATE),
      f.channel
  ) AS m
), base_spend AS (
  SELECT
    w.period AS period,
    m.channel AS channel,
    m.impressions AS impressions
  FROM (
    SELECT
      CAST(DATE_TRUNC('MONTH', f.spend_date) AS DATE) AS bucket,
      f.channel AS channel,
      SUM(f.impressions) AS impressions
    FROM channel_spend AS f
    WHERE
      f.spend_date BETWEEN CAST($base_from AS DATE) AND CAST($base_to AS DATE)
    GROUP BY
      CAST(DATE_TRUNC('MONTH', f.spend_date) AS DATE),
      f.channel
  ) AS m
  JOIN base_windows AS w
    ON w.unit = m.bucket
), spine_keys AS (
  SELECT DISTINCT
    channel
  FROM current_spend
  UNION
  SELECT DISTINCT
    channel
  FROM base_spend
), figures AS (
  SELECT
    p.period AS period,
    k.channel AS channel,
    COALESCE(current_spend.impressions, 0) AS impressions,
    CASE WHEN p.base_known THEN COALESCE(base_spend.impressions, 0) END AS impressions__base
  FROM periods AS p
  CROSS JOIN spine_keys AS k
  LEFT JOIN current_spend
    ON current_spend.channel IS NOT DISTINCT FROM k.channel
    AND current_spend.period = p.period
  LEFT JOIN base_spend
    ON base_spend.channel IS NOT DISTINCT FROM k.channel
    AND base_spend.period = p.period
), compared AS (
  SELECT
    g.period AS period,
    g.channel AS channel,
    g.impressions AS impressions,
    g.impressions__base AS impressions__base,
    g.impressions - g.impressions__base AS impressions__change,
    CAST(g.impressions - g.impressions__base AS DOUBLE) / CAST(NULLIF(g.impressions__base, 0) AS DOUBLE) AS impressions__change_pct
  FROM figures AS g
)
SELECT
  r.period AS period,
  r.channel AS channel,
  r.impressions AS impressions,
  r.impressions__base AS impressions__base,
  r.impressions__change AS impressions__change,
  r.impressions__change_pct AS impressions__change_pct
FROM compared AS r
ORDER BY
  r.period ASC,
  r.channel ASC
LIMIT $row_limit;
