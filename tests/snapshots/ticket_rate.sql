-- ticket_rate (工单率): Tickets opened ÷ distinct active users of the period.
-- tickets / active users

-- start = 2025-01-01, end = 2025-01-31
--   $current_from = 2025-01-01
--   $current_to = 2025-01-31
--   $row_limit = 1001
WITH current_tickets AS (
  SELECT
    COUNT(*) AS tickets
  FROM tickets AS f
  WHERE
    f.open_date BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
), current_presence_by_month AS (
  SELECT
    COUNT(*) AS active_users
  FROM active_months AS f
  WHERE
    f.month BETWEEN CAST($current_from AS DATE) AND CAST($current_to AS DATE)
    AND f.first_row
)
SELECT
  CAST(COALESCE(current_tickets.tickets, 0) AS DOUBLE) / CAST(NULLIF(COALESCE(current_presence_by_month.active_users, 0), 0) AS DOUBLE) AS ticket_rate,
  COALESCE(current_tickets.tickets, 0) AS ticket_rate__numerator,
  COALESCE(current_presence_by_month.active_users, 0) AS ticket_rate__denominator
FROM current_tickets
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
  FROM current_tickets
  UNION
  SELECT DISTINCT
    channel
  FROM current_presence_by_month
), figures AS (
  SELECT
    p.period AS period,
    k.channel AS channel,
    CAST(COALESCE(current_tickets.tickets, 0) AS DOUBLE) / CAST(NULLIF(COALESCE(current_presence_by_month.active_users, 0), 0) AS DOUBLE) AS ticket_rate,
    COALESCE(current_tickets.tickets, 0) AS ticket_rate__numerator,
    COALESCE(current_presence_by_month.active_users, 0) AS ticket_rate__denominator,
    CAST(NULL AS DOUBLE) AS ticket_rate__base
  FROM periods AS p
  CROSS JOIN spine_keys AS k
  LEFT JOIN current_tickets
    ON current_tickets.channel IS NOT DISTINCT FROM k.channel
    AND current_tickets.period = p.period
  LEFT JOIN current_presence_by_month
    ON current_presence_by_month.channel IS NOT DISTINCT FROM k.channel
    AND current_presence_by_month.period = p.period
), compared AS (
  SELECT
    g.period AS period,
    g.channel AS channel,
    g.ticket_rate AS ticket_rate,
    g.ticket_rate__numerator AS ticket_rate__numerator,
    g.ticket_rate__denominator AS ticket_rate__denominator,
    g.ticket_rate__base AS ticket_rate__base,
    g.ticket_rate - g.ticket_rate__base AS ticket_rate__change,
    CAST(g.ticket_rate - g.ticket_rate__base AS DOUBLE) / CAST(NULLIF(g.ticket_rate__base, 0) AS DOUBLE) AS ticket_rate__change_pct
  FROM figures AS g
)
SELECT
  r.period AS period,
  r.channel AS channel,
  r.ticket_rate AS ticket_rate,
  r.ticket_rate__numerator AS ticket_rate__numerator,
  r.ticket_rate__denominator AS ticket_rate__denominator,
  r.ticket_rate__base AS ticket_rate__base,
  r.ticket_rate__change AS ticket_rate__change,
  r.ticket_rate__change_pct AS ticket_rate__change_pct
FROM compared AS r
ORDER BY
  r.period ASC,
  r.channel ASC
LIMIT $row_limit;
