-- What acquisition cost. A day's spend on a channel follows its planned sign-ups; campaigns take the part of it that
-- gives them their planned return, and the rest is spent without one. What selling campaigns cost comes on top.
CREATE TEMP TABLE channel_cost AS
SELECT day, channel, fen_per_click, ctr,
    (plain_weight * getvariable('users') * unit_cost // total * (960000 + draw(day * 16 + position, 90) % 80001) // 1000000)::BIGINT AS fen
FROM (SELECT *, sum(weight) OVER () AS total FROM sign_up) JOIN channels USING (channel)
WHERE unit_cost > 0 AND day >= 0;

CREATE TEMP TABLE campaign_windows AS
SELECT campaign_id, channel, start_date - getvariable('origin') AS first_day, end_date - getvariable('origin') AS last_day, roi_pct FROM acquiring;

-- Per mille of a channel's spend of a month that a campaign takes.
CREATE TEMP TABLE campaign_parts AS
WITH earned AS (
    SELECT o.campaign_id, u.channel, date_trunc('month', o.order_date)::DATE AS month,
        (sum(o.amount - coalesce(o.discount, 0) - coalesce(o.refund_amount, 0)) * 100)::BIGINT AS fen
    FROM orders o JOIN users u USING (user_id) JOIN (SELECT DISTINCT campaign_id FROM acquiring) a ON a.campaign_id = o.campaign_id
    GROUP BY ALL
), available AS (
    SELECT w.campaign_id, w.channel, date_trunc('month', getvariable('origin') + c.day)::DATE AS month, sum(c.fen)::BIGINT AS fen,
        any_value(w.roi_pct) AS roi_pct
    FROM campaign_windows w JOIN channel_cost c ON c.channel = w.channel AND c.day BETWEEN w.first_day AND w.last_day GROUP BY ALL
)
SELECT a.campaign_id, a.channel, a.month, least(800, e.fen * 100 // a.roi_pct * 1000 // greatest(a.fen, 1)) AS part
FROM available a JOIN earned e USING (campaign_id, channel, month);

CREATE TEMP TABLE spending AS
WITH parts AS (
    SELECT c.day, c.channel, p.campaign_id, c.fen * p.part // 1000 AS fen
    FROM channel_cost c JOIN campaign_parts p ON p.channel = c.channel AND p.month = date_trunc('month', getvariable('origin') + c.day)::DATE
    JOIN campaign_windows w ON w.campaign_id = p.campaign_id AND w.channel = c.channel AND c.day BETWEEN w.first_day AND w.last_day
), bought AS (
    -- Twice the days: each day's cost is split over two channels.
    SELECT k.campaign_id, k.first_day, k.last_day, (sum(o.amount - coalesce(o.discount, 0) - coalesce(o.refund_amount, 0)) * 100)::BIGINT
        * 100 // k.roi_pct // (2 * (k.last_day - k.first_day + 1)) AS fen
    FROM selling k JOIN orders o USING (campaign_id) WHERE k.roi_pct IS NOT NULL GROUP BY k.campaign_id, k.first_day, k.last_day, k.roi_pct
)
SELECT day, channel, campaign_id, fen FROM parts
UNION ALL
SELECT c.day, c.channel, NULL, c.fen - coalesce((SELECT sum(p.fen) FROM parts p WHERE p.day = c.day AND p.channel = c.channel), 0)::BIGINT FROM channel_cost c
UNION ALL
SELECT c.day, c.channel, b.campaign_id, b.fen
FROM channel_cost c JOIN bought b ON c.day BETWEEN b.first_day AND b.last_day WHERE c.channel IN ('short_video', 'feed_ads');

INSERT INTO channel_spend
SELECT getvariable('origin') + s.day, s.channel, s.campaign_id, list_extract(c.creatives, n.n),
    s.fen * n.part // 100 // (c.fen_per_click * n.price // 100) * 1000000
        // (c.ctr * n.appeal // 100 * (94 + draw(s.day * 64 + c.position * 4 + n.n, 91) % 13) // 100),
    s.fen * n.part // 100 // (c.fen_per_click * n.price // 100),
    yuan(CASE WHEN n.n = 1 THEN s.fen - s.fen * 33 // 100 - s.fen * 22 // 100 ELSE s.fen * n.part // 100 END)
FROM spending s JOIN channels c USING (channel) CROSS JOIN (VALUES (1, 45, 95, 112), (2, 33, 104, 96), (3, 22, 112, 78)) n(n, part, price, appeal)
WHERE s.fen > 0
ORDER BY s.day, c.position, s.campaign_id, n.n;

INSERT INTO campaigns
SELECT c.campaign_id, c.name, c.goal, c.channel, c.start_date, c.end_date,
    CASE WHEN coalesce(s.cost, 0) > 0 THEN (s.cost * 108)::BIGINT // 100000 * 1000 + 1000
         ELSE c.budget_yuan * getvariable('users') // 60000 // 100 * 100 + 100 END
FROM campaign_list c LEFT JOIN (SELECT campaign_id, sum(cost) AS cost FROM channel_spend GROUP BY campaign_id) s USING (campaign_id)
ORDER BY c.start_date, c.campaign_id;
