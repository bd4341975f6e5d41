-- One calendar month of checkouts: renewals that fall due, passes begun, who pays, and the orders that come of it.
CREATE OR REPLACE TEMP TABLE due AS
WITH falling AS (
    SELECT s.user_id, s.plan, s.last_day, min_by(d.day, roll(s.user_id, d.day)) AS chosen
    FROM subscriptions s LEFT JOIN days d ON d.user_id = s.user_id
        AND d.day BETWEEN greatest(s.last_day - 3, getvariable('month_first'))
            AND least(s.last_day + 7, getvariable('month_last'))
    WHERE s.last_day BETWEEN getvariable('month_first') AND getvariable('month_last')
    GROUP BY ALL
), ranked AS (
    SELECT *,
        row_number() OVER (PARTITION BY last_day // 8 ORDER BY chosen IS NULL, roll(user_id, last_day + 10000)) AS rank,
        count(*) OVER (PARTITION BY last_day // 8) AS n
    FROM falling
)
SELECT user_id, plan, last_day, chosen AS day FROM ranked
WHERE chosen IS NOT NULL AND quota(rank, n, getvariable('renewal'), last_day // 8, 64);

UPDATE subscriptions SET renewed_day = due.day FROM due
WHERE due.user_id = subscriptions.user_id AND due.last_day = subscriptions.last_day;
INSERT INTO subscriptions
SELECT user_id, plan, greatest(day, last_day + 1), greatest(day, last_day + 1) + plan_days(plan), NULL,
    plan_seats(user_id, plan) FROM due;

-- Users pay or do not pay in a month as a whole: so the share that converts is the same by day, week and month.
CREATE OR REPLACE TEMP TABLE month_passes AS
WITH begun AS (
    SELECT d.user_id, d.day, NULL AS plan FROM days d JOIN people p USING (user_id) JOIN rates r ON r.day = d.day
    WHERE d.day BETWEEN getvariable('month_first') AND getvariable('month_last')
        AND NOT (d.day = p.day AND p.sod > 79000)
        AND (hash(getvariable('seed')::BIGINT, d.user_id, d.day, 65::INTEGER) % 1000000)::INTEGER
            < CASE WHEN persona = 'shopper' THEN 78000 ELSE 25000 END * r.desire // 1000
                * (CASE WHEN d.day - p.day < 14 THEN 190 ELSE 100 END + quality) // 100
        AND NOT EXISTS (SELECT 1 FROM due WHERE due.user_id = d.user_id AND due.day = d.day)
    UNION ALL
    SELECT user_id, day, plan FROM due
), visitors AS (
    SELECT user_id, min(day) AS first_day, bool_or(plan IS NOT NULL) AS renews FROM begun GROUP BY user_id
), ranked AS (
    SELECT v.*, row_number() OVER (PARTITION BY first_day ORDER BY NOT renews,
            draw(user_id * 32 + getvariable('month_number'), 66) - 450000 * (purse >= 145)::INTEGER, user_id) AS rank,
        count(*) OVER (PARTITION BY first_day) AS n
    FROM visitors v JOIN people USING (user_id)
), deciding AS (
    SELECT user_id, renews OR quota(rank, n, getvariable('payment'), first_day, 67) AS pays FROM ranked
)
SELECT b.user_id, b.day, b.plan, pays, roll(b.user_id, b.day + 20000) AS h, p.day AS register_day,
    CASE WHEN b.day = p.day THEN p.sod + 900 + (roll(b.user_id, b.day + 30000) % 5000)::INTEGER
         ELSE list_extract(getvariable('hours'), (roll(b.user_id, b.day + 30000) % 100)::INTEGER + 1) * 3600
             + (roll(b.user_id, b.day + 40000) % 3000)::INTEGER END AS sod
FROM begun b JOIN deciding USING (user_id) JOIN people p USING (user_id);

-- A first membership goes to people who stay and have none.
CREATE OR REPLACE TEMP TABLE joining AS
SELECT m.user_id, min(m.day) AS day, plan_of(m.user_id) AS plan
FROM month_passes m JOIN people p USING (user_id)
WHERE pays AND m.plan IS NULL AND p.pace >= 100 AND p.day + p.life > m.day + 200 AND m.h % 1000 < 260
    AND NOT EXISTS (SELECT 1 FROM subscriptions s WHERE s.user_id = m.user_id AND s.last_day >= m.day - 10)
GROUP BY m.user_id;
INSERT INTO subscriptions
SELECT user_id, plan, day, day + plan_days(plan), NULL, plan_seats(user_id, plan) FROM joining;

CREATE OR REPLACE TEMP TABLE month_orders AS
WITH sold AS (
    SELECT m.user_id, m.day, m.sod, coalesce(m.plan, j.plan) AS plan, m.h, (m.h >> 20) % 1000 AS kind_at,
        (m.h >> 32) % 1000 AS goods_at,
        p.purse, p.thrifty, p.campaign_id AS acquiring, m.register_day
    FROM month_passes m JOIN people p USING (user_id) LEFT JOIN joining j ON j.user_id = m.user_id AND j.day = m.day
    WHERE pays
), typed AS (
    SELECT s.*, CASE WHEN plan IS NOT NULL THEN 'membership' WHEN kind_at < 95 THEN 'service'
        ELSE 'goods' END AS product_type, g.category, g.fen
    FROM sold s ASOF JOIN goods g ON s.goods_at >= g.low
), tagged AS (
    SELECT t.*, CASE
            WHEN acquiring IS NOT NULL AND t.day - register_day < 30 THEN acquiring
            WHEN w.returns AND t.day BETWEEN w.return_day AND w.return_day + 29 THEN w.campaign_id
            WHEN (h >> 42) % 1000 < k.share THEN k.campaign_id END AS campaign_id
    FROM typed t LEFT JOIN selling k ON t.day BETWEEN k.first_day AND k.last_day
        LEFT JOIN winback w ON w.user_id = t.user_id
), priced AS (
    SELECT *, CASE WHEN product_type = 'membership' THEN plan_fen(plan)
            WHEN product_type = 'service' THEN fen * purse // 100 * 8 // 10
            ELSE fen * purse // 100 * (60 + (h >> 10) % 90)::INTEGER // 100 END
            * CASE WHEN product_type = 'goods' AND day IN (getvariable('double11_a'), getvariable('double11_b'))
                THEN 125 ELSE 100 END // 100 AS amount,
        CASE WHEN product_type = 'membership' THEN 0
            WHEN campaign_id = 'summer_flash' THEN 15 + (h >> 5) % 20
            WHEN thrifty THEN 20 + (h >> 5) % 20
            WHEN (h >> 12) % 100 < 55 THEN 4 + (h >> 5) % 16 ELSE 0 END::INTEGER AS discount_pct
    FROM tagged
)
SELECT *, (SELECT coalesce(max(order_id), 500000) FROM orders) + row_number() OVER (ORDER BY day, sod, user_id) AS order_id,
    amount * discount_pct // 100 AS discount,
    CASE WHEN product_type <> 'membership' AND (h >> 7) % 1000 < 46
        THEN day + 1 + ((h >> 15) % 15)::INTEGER END AS refund_day
FROM priced;

INSERT INTO orders
SELECT order_id, user_id, paid_at, paid_at::DATE, yuan(amount), CASE WHEN discount > 0 THEN yuan(discount) END,
    CASE WHEN refund_day <= getvariable('last_day')
        THEN yuan(CASE WHEN h % 10 < 7 THEN amount - discount ELSE (amount - discount) // 2 END) END,
    CASE WHEN refund_day <= getvariable('last_day')
        THEN (getvariable('origin') + refund_day)::TIMESTAMP + to_seconds((32400 + (h >> 9) % 43200)::BIGINT) END,
    CASE WHEN product_type <> 'membership' THEN category END, product_type, campaign_id
FROM (SELECT *, (getvariable('origin') + day)::TIMESTAMP + to_seconds(sod + 30 + (h % 300)::INTEGER) AS paid_at
    FROM month_orders)
ORDER BY order_id;

INSERT INTO passes
SELECT m.user_id, m.day, m.sod, CASE WHEN pays THEN 4 WHEN m.h % 100 < 42 THEN 1 WHEN m.h % 100 < 76 THEN 2
    ELSE 3 END, o.order_id
FROM month_passes m LEFT JOIN month_orders o ON o.user_id = m.user_id AND o.day = m.day;
