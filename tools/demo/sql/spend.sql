-- What acquisition cost. A day's spend on a channel follows its planned sign-ups; campaigns take the part of it that
-- gives them their planned return, and the rest is spent without one. Only summer_flash comes on top.
CREATE TEMP TABLE channel_cost AS
SELECT day, channel, fen_per_click, ctr,
    (plain_weight * getvariable('users') * unit_cost // total * (960000 + draw(day * 16 + position,
        90) % 80001) // 1000000)::BIGINT AS fen
FROM (SELECT *, sum(weight) OVER () AS total FROM sign_up) JOIN channels USING (channel)
WHERE unit_cost > 0 AND day >= 0;

-- What a campaign brought in, by the channel that it is paid for on: an acquiring one by its users' channel, a selling
-- one half on each of two channels.
CREATE TEMP TABLE earned AS
WITH sold AS (
    SELECT campaign_id, user_id, date_trunc('month', order_date)::DATE AS month,
        amount - coalesce(discount, 0) - coalesce(refund_amount, 0) AS net
    FROM orders WHERE campaign_id IS NOT NULL
)
SELECT s.campaign_id, u.channel, month, (sum(net) * 100)::BIGINT AS fen
FROM sold s JOIN users u USING (user_id) WHERE s.campaign_id IN (SELECT campaign_id FROM acquiring) GROUP BY ALL
UNION ALL
SELECT s.campaign_id, c.channel, month, (sum(net) * 100)::BIGINT // 2
FROM sold s CROSS JOIN (VALUES ('short_video'), ('feed_ads')) c(channel)
WHERE s.campaign_id IN (SELECT campaign_id FROM selling WHERE roi_pct IS NOT NULL) GROUP BY ALL;

CREATE TEMP TABLE campaign_windows AS
SELECT campaign_id, channel, (start_date - getvariable('origin'))::INTEGER AS first_day,
    (end_date - getvariable('origin'))::INTEGER AS last_day, roi_pct, 700 AS most
FROM acquiring
UNION ALL
SELECT DISTINCT campaign_id, channel, first_day, last_day, roi_pct, 300 FROM selling JOIN earned USING (campaign_id)
WHERE roi_pct IS NOT NULL;

-- Per mille of a channel's spend of a month that a campaign takes.
CREATE TEMP TABLE campaign_parts AS
WITH available AS (
    SELECT w.campaign_id, w.channel, date_trunc('month', getvariable('origin') + c.day)::DATE AS month,
        sum(c.fen)::BIGINT AS fen, any_value(w.roi_pct) AS roi_pct, any_value(w.most) AS most
    FROM campaign_windows w JOIN channel_cost c ON c.channel = w.channel AND c.day BETWEEN w.first_day AND w.last_day
    WHERE w.campaign_id <> 'summer_flash' GROUP BY ALL
)
SELECT a.campaign_id, a.channel, a.month, least(a.most, e.fen * 100 // a.roi_pct * 1000 // greatest(a.fen, 1)) AS part
FROM available a JOIN earned e USING (campaign_id, channel, month);

CREATE TEMP TABLE spending AS
WITH parts AS (
    SELECT c.day, c.channel, p.campaign_id, c.fen * p.part // 1000 AS fen
    FROM channel_cost c
    JOIN campaign_parts p ON p.channel = c.channel
        AND p.month = date_trunc('month', getvariable('origin') + c.day)::DATE
    JOIN campaign_windows w ON w.campaign_id = p.campaign_id AND w.channel = c.channel
        AND c.day BETWEEN w.first_day AND w.last_day
), taken AS (
    SELECT day, channel, sum(fen)::BIGINT AS fen FROM parts GROUP BY ALL
)
SELECT day, channel, campaign_id, fen FROM parts
UNION ALL
SELECT c.day, c.channel, NULL, c.fen - coalesce(t.fen, 0) FROM channel_cost c LEFT JOIN taken t USING (day, channel)
UNION ALL
SELECT c.day, c.channel, e.campaign_id, e.fen * 100 // w.roi_pct // (w.last_day - w.first_day + 1)
FROM earned e JOIN campaign_windows w USING (campaign_id, channel)
JOIN channel_cost c ON c.channel = e.channel AND c.day BETWEEN w.first_day AND w.last_day
WHERE e.campaign_id = 'summer_flash';

INSERT INTO channel_spend
SELECT getvariable('origin') + s.day, s.channel, s.campaign_id, list_extract(c.creatives, n.n),
    s.fen * n.part // 100 // (c.fen_per_click * n.price // 100) * 1000000
        // (c.ctr * n.appeal // 100 * (94 + draw(s.day * 64 + c.position * 4 + n.n, 91) % 13) // 100),
    s.fen * n.part // 100 // (c.fen_per_click * n.price // 100),
    yuan(CASE WHEN n.n = 1 THEN s.fen - s.fen * 33 // 100 - s.fen * 22 // 100 ELSE s.fen * n.part // 100 END)
FROM spending s JOIN channels c USING (channel) CROSS
    JOIN (VALUES (1, 45, 95, 112), (2, 33, 104, 96), (3, 22, 112, 78)) n(n, part, price, appeal)
WHERE s.fen > 0
ORDER BY s.day, c.position, s.campaign_id, n.n;

INSERT INTO campaigns
SELECT c.campaign_id, c.name, c.goal, c.channel, c.start_date, c.end_date,
    CASE WHEN coalesce(s.cost, 0) > 0 THEN (s.cost * 108)::BIGINT // 100000 * 1000 + 1000
         ELSE greatest(c.budget_yuan * getvariable('users') // 60000 // 100 * 100, 100) END
FROM campaign_list c
    LEFT JOIN (SELECT campaign_id, sum(cost) AS cost FROM channel_spend GROUP BY campaign_id) s USING (campaign_id)
ORDER BY c.start_date, c.campaign_id;
