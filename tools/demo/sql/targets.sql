-- Targets as a plan would set them: near what came, rounded, some met and some missed.
INSERT INTO targets
WITH months AS (
    SELECT (getvariable('origin') + INTERVAL (m) MONTH)::DATE AS period FROM range(18) r(m)
), daily AS (
    SELECT event_date, count(DISTINCT user_id) AS dau FROM events
    WHERE event NOT IN ('register_start', 'captcha_fail') GROUP BY 1
), monthly_users AS (
    SELECT date_trunc('month', event_date)::DATE AS period, count(DISTINCT user_id) AS mau FROM events
    WHERE event NOT IN ('register_start', 'captcha_fail') GROUP BY 1
), figures AS (
    SELECT 'dau' AS metric, date_trunc('month', event_date)::DATE AS period, sum(dau)::BIGINT AS up, count(*) AS down,
        1 AS scale FROM daily GROUP BY ALL
    UNION ALL SELECT 'mau', period, mau, 1, 1 FROM monthly_users
    UNION ALL SELECT 'new_users', date_trunc('month', register_date)::DATE, count(*), 1, 1 FROM users GROUP BY ALL
    UNION ALL SELECT 'gmv', date_trunc('month', order_date)::DATE, sum(amount)::BIGINT, 1, 1 FROM orders GROUP BY ALL
    UNION ALL SELECT 'revenue', date_trunc('month', order_date)::DATE,
        sum(amount - coalesce(discount, 0) - coalesce(refund_amount, 0))::BIGINT, 1, 1 FROM orders GROUP BY ALL
    UNION ALL SELECT 'orders', date_trunc('month', order_date)::DATE, count(*), 1, 1 FROM orders GROUP BY ALL
    UNION ALL SELECT 'paying_users', date_trunc('month', order_date)::DATE, count(DISTINCT user_id), 1, 1 FROM orders
    GROUP BY ALL
    UNION ALL SELECT 'retention_d7', date_trunc('month', getvariable('origin') + day)::DATE, count(*) FILTER (d7),
        count(*), 1000 FROM people WHERE day >= 0 GROUP BY ALL
    UNION ALL SELECT 'retention_d1', date_trunc('month', getvariable('origin') + day)::DATE, count(*) FILTER (d1),
        count(*), 1000 FROM people WHERE day >= 0 GROUP BY ALL
    UNION ALL SELECT 'activation_rate', date_trunc('month', getvariable('origin') + day)::DATE,
        count(*) FILTER (activated), count(*), 1000 FROM people WHERE day >= 0 GROUP BY ALL
    UNION ALL SELECT 'feature_penetration_d7', date_trunc('month', getvariable('origin') + day)::DATE,
        count(*) FILTER (penetrated), count(*), 1000 FROM people WHERE day >= 0 GROUP BY ALL
    UNION ALL SELECT 'referral_share', date_trunc('month', register_date)::DATE, count(inviter_id), count(*), 1000
    FROM users GROUP BY ALL
    UNION ALL SELECT 'payment_conversion', date_trunc('month', getvariable('origin') + day)::DATE,
        count(DISTINCT user_id) FILTER (steps = 4), count(DISTINCT user_id), 1000 FROM passes GROUP BY ALL
    UNION ALL SELECT 'cac', date_trunc('month', spend_date)::DATE, (sum(cost) * 100)::BIGINT, (SELECT count(*)
        FROM users u WHERE u.channel <> 'organic'
        AND date_trunc('month', u.register_date) = date_trunc('month', s.spend_date)), 1 FROM channel_spend s
            GROUP BY ALL
    UNION ALL SELECT 'stickiness', m.period, (SELECT sum(dau)::BIGINT // count(*) FROM daily
        WHERE date_trunc('month', event_date) = m.period), m.mau, 1000 FROM monthly_users m
), planned AS (
    SELECT f.metric, f.period, 'month' AS grain, f.scale,
        f.up * f.scale * (940 + hash(f.metric, f.period,
            getvariable('seed')) % 121)::BIGINT // 1000 // greatest(f.down, 1) AS value
    FROM figures f JOIN months m ON m.period = f.period
), rounded AS (
    SELECT metric, period, grain, scale, CASE WHEN value >= 100000 THEN value // 1000 * 1000
        WHEN value >= 10000 THEN value // 100 * 100
        WHEN value >= 1000 AND scale = 1 THEN value // 10 * 10 ELSE value END AS value FROM planned
), quarters AS (
    SELECT metric, date_trunc('quarter', period)::DATE AS period, 'quarter' AS grain, scale,
        sum(value)::BIGINT AS value FROM rounded
    WHERE metric IN ('gmv', 'revenue', 'orders', 'new_users') GROUP BY ALL
), years AS (
    SELECT metric, date_trunc('year', period)::DATE AS period, 'year' AS grain, scale, sum(value)::BIGINT AS value
    FROM quarters
    GROUP BY ALL HAVING count(*) = 4
)
SELECT metric, period, grain, CASE WHEN metric = 'cac' THEN value / 100 ELSE value / scale END
FROM (SELECT * FROM rounded UNION ALL SELECT * FROM quarters UNION ALL SELECT * FROM years) ORDER BY grain, metric,
    period;
