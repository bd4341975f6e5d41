-- campaign_roi (活动ROI): Net revenue of orders that carry the campaign ÷ the campaign’s spend, both in the period; without a split over all campaigns with spend.
-- revenue of orders with the campaign / cost of the campaign

-- start = 2025-01-01, end = 2025-02-28
--   $current_from = 2025-01-01
--   $current_to = 2025-02-28
--   $row_limit = 1001
WITH current_orders AS (
  SELECT
    SUM(f.amount - COALESCE(f.discount, 0) - COALESCE(f.refund_amount, 0)) AS campaign_revenue
  FROM orders AS f
  WHERE
    f.order_date BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
    AND NOT f.campaign_id IS NULL
    AND f.campaign_id IN (
      SELECT
        f.campaign_id AS campaign
      FROM channel_spend AS f
      WHERE
        f.spend_date BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
      GROUP BY
        f.campaign_id
      HAVING
        SUM(f.cost) > 0
    )
), current_spend AS (
  SELECT
    SUM(f.cost) AS campaign_cost
  FROM channel_spend AS f
  WHERE
    f.spend_date BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
    AND NOT f.campaign_id IS NULL
)
SELECT
  CAST(COALESCE(current_orders.campaign_revenue, 0) AS DOUBLE) / CAST(NULLIF(COALESCE(current_spend.campaign_cost, 0), 0) AS DOUBLE) AS campaign_roi,
  COALESCE(current_orders.campaign_revenue, 0) AS campaign_roi__numerator,
  COALESCE(current_spend.campaign_cost, 0) AS campaign_roi__denominator
FROM current_orders
CROSS JOIN current_spend
LIMIT $row_limit;

-- start = 2025-01-01, end = 2025-02-28, grain = month, dimensions = ['campaign'], compare = previous
--   $current_from = 2025-01-01
--   $current_to = 2025-02-28
--   $base_from = 2025-01-01
--   $base_to = 2025-01-31
--   $base_windows_period = ['2025-02-01']
--   $base_windows_unit = ['2025-01-01']
--   $base_windows_first = ['2025-01-01']
--   $base_windows_last = ['2025-01-31']
--   $base_windows_state = ['2025-01-31']
--   $periods = ['2025-01-01', '2025-02-01']
--   $base_known = [False, True]
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
), current_orders AS (
  SELECT
    m.bucket AS period,
    m.campaign AS campaign,
    m.campaign_revenue AS campaign_revenue
  FROM (
    SELECT
      CAST(DATE_TRUNC('MONTH', f.order_date) AS DATE) AS bucket,
      f.campaign_id AS campaign,
      SUM(f.amount - COALESCE(f.discount, 0) - COALESCE(f.refund_amount, 0)) AS campaign_revenue
    FROM orders AS f
    WHERE
      f.order_date BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
      AND NOT f.campaign_id IS NULL
    GROUP BY
      CAST(DATE_TRUNC('MONTH', f.order_date) AS DATE),
      f.campaign_id
  ) AS m
), current_spend AS (
  SELECT
    m.bucket AS period,
    m.campaign AS campaign,
    m.campaign_cost AS campaign_cost
  FROM (
    SELECT
      CAST(DATE_TRUNC('MONTH', f.spend_date) AS DATE) AS bucket,
      f.campaign_id AS campaign,
      SUM(f.cost) AS campaign_cost
    FROM channel_spend AS f
    WHERE
      f.spend_date BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
      AND NOT f.campaign_id IS NULL
    GROUP BY
      CAST(DATE_TRUNC('MONTH', f.spend_date) AS DATE),
      f.campaign_id
  ) AS m
), base_orders AS (
  SELECT
    w.period AS period,
    m.campaign AS campaign,
    m.campaign_revenue AS campaign_revenue
  FROM (
    SELECT
      CAST(DATE_TRUNC('MONTH', f.order_date) AS DATE) AS bucket,
      f.campaign_id AS campaign,
      SUM(f.amount - COALESCE(f.discount, 0) - COALESCE(f.refund_amount, 0)) AS campaign_revenue
    FROM orders AS f
    WHERE
      f.order_date BETWEEN CAST($base_from AS DATE) AND CAST($base_to AS DATE)
      AND NOT f.campaign_id IS NULL
    GROUP BY
      CAST(DATE_TRUNC('MONTH', f.order_date) AS DATE),
      f.campaign_id
  ) AS m
  JOIN base_windows AS w
    ON w.unit = m.bucket
), base_spend AS (
  SELECT
    w.period AS period,
    m.campaign AS campaign,
    m.campaign_cost AS campaign_cost
  FROM (
    SELECT
      CAST(DATE_TRUNC('MONTH', f.spend_date) AS DATE) AS bucket,
      f.campaign_id AS campaign,
      SUM(f.cost) AS campaign_cost
    FROM channel_spend AS f
    WHERE
      f.spend_date BETWEEN CAST($base_from AS DATE) AND CAST($base_to AS DATE)
      AND NOT f.campaign_id IS NULL
    GROUP BY
      CAST(DATE_TRUNC('MONTH', f.spend_date) AS DATE),
      f.campaign_id
  ) AS m
  JOIN base_windows AS w
    ON w.unit = m.bucket
), spine_keys AS (
  SELECT DISTINCT
    campaign
  FROM current_orders
  UNION
  SELECT DISTINCT
    campaign
  FROM current_spend
  UNION
  SELECT DISTINCT
    campaign
  FROM base_orders
  UNION
  SELECT DISTINCT
    campaign
  FROM base_spend
), figures AS (
  SELECT
    p.period AS period,
    k.campaign AS campaign,
    CAST(COALESCE(current_orders.campaign_revenue, 0) AS DOUBLE) / CAST(NULLIF(COALESCE(current_spend.campaign_cost, 0), 0) AS DOUBLE) AS campaign_roi,
    COALESCE(current_orders.campaign_revenue, 0) AS campaign_roi__numerator,
    COALESCE(current_spend.campaign_cost, 0) AS campaign_roi__denominator,
    CASE
      WHEN p.base_known
      THEN CAST(COALESCE(base_orders.campaign_revenue, 0) AS DOUBLE) / CAST(NULLIF(COALESCE(base_spend.campaign_cost, 0), 0) AS DOUBLE)
    END AS campaign_roi__base
  FROM periods AS p
  CROSS JOIN spine_keys AS k
  LEFT JOIN current_orders
    ON current_orders.campaign IS NOT DISTINCT FROM k.campaign
    AND current_orders.period = p.period
  LEFT JOIN current_spend
    ON current_spend.campaign IS NOT DISTINCT FROM k.campaign
    AND current_spend.period = p.period
  LEFT JOIN base_orders
    ON base_orders.campaign IS NOT DISTINCT FROM k.campaign
    AND base_orders.period = p.period
  LEFT JOIN base_spend
    ON base_spend.campaign IS NOT DISTINCT FROM k.campaign
    AND base_spend.period = p.period
), compared AS (
  SELECT
    g.period AS period,
    g.campaign AS campaign,
    g.campaign_roi AS campaign_roi,
    g.campaign_roi__numerator AS campaign_roi__numerator,
    g.campaign_roi__denominator AS campaign_roi__denominator,
    g.campaign_roi__base AS campaign_roi__base,
    g.campaign_roi - g.campaign_roi__base AS campaign_roi__change,
    CAST(g.campaign_roi - g.campaign_roi__base AS DOUBLE) / CAST(NULLIF(g.campaign_roi__base, 0) AS DOUBLE) AS campaign_roi__change_pct
  FROM figures AS g
)
SELECT
  r.period AS period,
  r.campaign AS campaign,
  r.campaign_roi AS campaign_roi,
  r.campaign_roi__numerator AS campaign_roi__numerator,
  r.campaign_roi__denominator AS campaign_roi__denominator,
  r.campaign_roi__base AS campaign_roi__base,
  r.campaign_roi__change AS campaign_roi__change,
  r.campaign_roi__change_pct AS campaign_roi__change_pct
FROM compared AS r
ORDER BY
  r.period ASC,
  r.campaign ASC
LIMIT $row_limit;
