-- tickets (工单数): Tickets opened in the period.
-- count of tickets by open_date

-- start = 2025-01-01, end = 2025-01-31
--   $current_from = 2025-01-01
--   $current_to = 2025-01-31
--   $row_limit = 1001
SELECT
  COALESCE(COUNT(*), 0) AS tickets
FROM tickets AS f
WHERE
  f.open_date BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
LIMIT $row_limit;

-- start = 2025-01-01, end = 2025-01-31, grain = month, dimensions = ['channel'], compare = previous
--   $current_from = 2025-01-01
--   $current_to = 2025-01-31
--   $periods = ['2025-01-01']
--   $row_limit = 1001
WITH periods AS (
  SELECT
    UNNEST(CAST($periods AS DATE[])) AS period
), current_tickets AS (
  SELECT
    m.bucket AS period,
    m.channel AS channel,
    m.tickets AS tickets
  FROM (
    SELECT
      CAST(DATE_TRUNC('MONTH', f.open_date) AS DATE) AS bucket,
      u.channel AS channel,
      COUNT(*) AS tickets
    FROM tickets AS f
    LEFT JOIN users AS u
      ON u.user_id = f.user_id
    WHERE
      f.open_date BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
    GROUP BY
      CAST(DATE_TRUNC('MONTH', f.open_date) AS DATE),
      u.channel
  ) AS m
), spine_keys AS (
  SELECT DISTINCT
    channel
  FROM current_tickets
), figures AS (
  SELECT
    p.period AS period,
    k.channel AS channel,
    COALESCE(current_tickets.tickets, 0) AS tickets,
    CAST(NULL AS DOUBLE) AS tickets__base
  FROM periods AS p
  CROSS JOIN spine_keys AS k
  LEFT JOIN current_tickets
    ON current_tickets.channel IS NOT DISTINCT FROM k.channel
    AND current_tickets.period = p.period
), compared AS (
  SELECT
    g.period AS period,
    g.channel AS channel,
    g.tickets AS tickets,
    g.tickets__base AS tickets__base,
    g.tickets - g.tickets__base AS tickets__change,
    CAST(g.tickets - g.tickets__base AS DOUBLE) / CAST(NULLIF(g.tickets__base, 0) AS DOUBLE) AS tickets__change_pct
  FROM figures AS g
)
SELECT
  r.period AS period,
  r.channel AS channel,
  r.tickets AS tickets,
  r.tickets__base AS tickets__base,
  r.tickets__change AS tickets__change,
  r.tickets__change_pct AS tickets__change_pct
FROM compared AS r
ORDER BY
  r.period ASC,
  r.channel ASC
LIMIT $row_limit;
