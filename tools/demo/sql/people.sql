-- Who registers when, through which channel, on which device, for how long they stay: one row a user.
CREATE TEMP MACRO roll(id, purpose) AS hash(getvariable('seed')::BIGINT, (id)::BIGINT, (purpose)::INTEGER);
CREATE TEMP MACRO draw(id, purpose) AS (roll(id, purpose) % 1000000)::INTEGER;
-- One of n, by the size of the draw: remainders of two purposes are not independent of each other.
CREATE TEMP MACRO pick(id, purpose, n) AS (draw(id, purpose)::BIGINT * n // 1000000)::INTEGER;
CREATE TEMP MACRO yuan(fen) AS CAST(fen AS DECIMAL(16,0)) * 0.01::DECIMAL(3,2);

-- Whether the rank-th of n is within a share of them. The cell's own draw rounds it up or down, without bias.
CREATE TEMP MACRO quota(rank, n, share, cell, purpose) AS
    rank * 1000000 <= n * (share)::BIGINT + draw(cell, purpose);
-- Days differ by up to 4% of their people, as days do; what a day has more, its neighbour has less.
CREATE TEMP MACRO unlike(pair, purpose) AS draw(pair, purpose + 200) % 80001 - 40000;
CREATE TEMP MACRO jitter(n, day, purpose) AS
    (n * abs(unlike((day + 10000) // 2, purpose)) + 500000) // 1000000
        * sign(unlike((day + 10000) // 2, purpose)) * CASE WHEN (day + 10000) % 2 = 0 THEN 1 ELSE -1 END;
-- The same for days that follow one another: what one rounds away, the next makes good. upto counts all so far.
CREATE TEMP MACRO running_quota(rank, n, upto, share, day, stratum, purpose) AS
    rank <= (upto * (share)::BIGINT + draw(stratum, purpose)) // 1000000
        - ((upto - n) * (share)::BIGINT + draw(stratum, purpose)) // 1000000 + jitter(n, day, purpose);

-- Sign-ups of each day: the weights of all days cut into as many equal parts as there are users.
CREATE TEMP TABLE sign_up_days AS
WITH noisy AS (
    SELECT day, sum(weight)::HUGEINT * (975000 + draw(day, 1) % 50001) AS weight FROM sign_up GROUP BY day
), running AS (
    SELECT day, sum(weight) OVER (ORDER BY day) AS upto, sum(weight) OVER () AS total FROM noisy
), bounds AS (
    SELECT day, (upto * getvariable('users') // total)::BIGINT AS upto FROM running
)
SELECT day, coalesce(lag(upto) OVER (ORDER BY day), 0) AS first_index,
    upto - coalesce(lag(upto) OVER (ORDER BY day), 0) AS n
FROM bounds;

CREATE TEMP TABLE arrivals AS
WITH numbered AS (
    SELECT day, n, first_index + unnest(range(n)) AS index FROM sign_up_days WHERE n > 0
)
SELECT 10001 + index AS user_id, day, n,
    row_number() OVER (PARTITION BY day ORDER BY roll(index, 2)) - 1 AS channel_rank,
    row_number() OVER (PARTITION BY day ORDER BY roll(index, 3)) - 1 AS device_rank
FROM numbered;

-- Systematic draws: everybody of a day stands at an even distance on a line that channels (devices) divide. For devices
-- the line starts elsewhere every day by the golden section, so that the days of a week even out too.
CREATE TEMP TABLE channel_line AS
SELECT day, channel, quality,
    sum(weight) OVER (PARTITION BY day ORDER BY position) - weight AS low, sum(weight) OVER (PARTITION BY day) AS total
FROM sign_up JOIN channels USING (channel)
WHERE weight > 0;

CREATE TEMP TABLE people_devices AS
WITH placed AS (
    SELECT a.user_id, a.day,
        (a.channel_rank * t.total + (roll(a.day, 4) % t.total::UBIGINT)::HUGEINT) // a.n AS channel_at,
        ((a.device_rank * 1000000 + ((a.day + 10000)::BIGINT * 618034 + draw(0, 5)) % 1000000) // a.n)::BIGINT AS even
    FROM arrivals a JOIN (SELECT day, any_value(total) AS total FROM channel_line GROUP BY day) t USING (day)
), devices AS (
    -- While the captcha failed, fewer of the slice came through; the others keep their proportions.
    SELECT user_id, day, channel_at, CASE
        WHEN day NOT BETWEEN getvariable('incident_start') AND getvariable('incident_end') THEN even
        WHEN even * getvariable('incident_line') // 1000000 < getvariable('incident_slice')
            THEN even * getvariable('incident_line') // 1000000
        ELSE even * getvariable('incident_line') // 1000000 - getvariable('incident_slice') + getvariable('slice')
    END AS device_at
    FROM placed
)
SELECT d.user_id, d.day, c.channel, c.quality,
    CASE WHEN device_at < 400000 THEN 'android' WHEN device_at < 700000 THEN 'ios'
         WHEN device_at < 920000 THEN 'mini_program' ELSE 'web' END AS platform,
    CASE WHEN device_at < getvariable('slice') OR (device_at >= 400000 AND draw(d.user_id, 6) < 880000) THEN 0
        ELSE 60 END AS register_lag
FROM devices d ASOF JOIN channel_line c ON d.day = c.day AND d.channel_at >= c.low;

CREATE TEMP TABLE people_lives AS
WITH drawn AS (
    SELECT p.*, v.app_version, draw(user_id, 7) AS u,
        CASE WHEN p.day BETWEEN getvariable('march_start') AND getvariable('march_end')
            THEN CASE WHEN row_number() OVER (PARTITION BY p.day ORDER BY roll(user_id, 8)) % 2 = draw(p.day, 8) % 2
                THEN 'treatment' ELSE 'control' END END AS arm,
        CASE WHEN draw(user_id, 9) < 300000 THEN 130 WHEN draw(user_id, 9) < 600000 THEN 105
             WHEN draw(user_id, 9) < 820000 THEN 75 WHEN draw(user_id, 9) < 920000 THEN 45 ELSE 0 END AS pace,
        CASE WHEN draw(user_id, 10) < 220000 THEN 'shopper' WHEN draw(user_id, 10) < 260000 THEN 'creator'
             WHEN draw(user_id, 10) < 340000 THEN 'social' WHEN draw(user_id, 10) < 440000 THEN 'learner'
             ELSE 'reader' END AS persona
    FROM people_devices p
        LEFT JOIN live_versions v ON v.platform = p.platform AND v.lag = p.register_lag AND v.day = p.day
), shifted AS (
    SELECT *, (day >= getvariable('april') OR arm IS NOT DISTINCT FROM 'treatment')::INTEGER AS era,
        CASE WHEN quality >= 0 THEN u + (1000000 - u) * quality // 100 ELSE u * (100 + quality) // 100 END AS life_at
    FROM drawn
)
SELECT s.* EXCLUDE (u, life_at),
    (l.shortest + roll(user_id, 11) % (l.longest - l.shortest + 1)::UBIGINT)::INTEGER AS life,
    CASE WHEN s.day BETWEEN getvariable('incident_start') AND getvariable('incident_end')
        AND platform = 'android' AND app_version = '5.2.0' THEN 1 ELSE 0 END AS struck,
    CASE WHEN platform = 'android' AND app_version = '5.2.0' THEN 1 ELSE 0 END AS sliced
FROM shifted s ASOF JOIN life_line l ON s.era = l.era AND s.life_at >= l.low;

-- Who is there on day 1 and on day 7, who finishes the onboarding, who meets a core feature: by quota a day.
CREATE TEMP TABLE people_habits AS
WITH first_day AS (
    SELECT *, running_quota(
            row_number() OVER (PARTITION BY sliced, p.day ORDER BY life < 1, roll(user_id, 12)),
            count(*) OVER (PARTITION BY sliced, p.day), count(*) OVER (PARTITION BY sliced ORDER BY p.day),
            CASE WHEN struck = 1 THEN getvariable('incident_d1') ELSE c.d1_level END, p.day, sliced, 13) AS d1
    FROM people_lives p JOIN cohorts c USING (day)
), first_week AS (
    SELECT *,
        count(*) OVER (PARTITION BY era, day) AS n, count(*) OVER (PARTITION BY era ORDER BY day) AS upto,
        row_number() OVER (PARTITION BY era, day ORDER BY life < 7, roll(user_id, 14)) AS lasting,
        row_number() OVER (
            PARTITION BY era, day ORDER BY draw(user_id, 16) - 300000 * d1::INTEGER - 4000 * quality, user_id
        ) AS keen
    FROM first_day
), onboarded AS (
    SELECT * EXCLUDE (n, upto, lasting, keen),
        running_quota(lasting, n, upto,
            CASE WHEN era = 1 THEN getvariable('d7_after') ELSE getvariable('d7_before') END, day, era, 15) AS d7,
        running_quota(keen, n, upto,
            CASE WHEN arm IS NOT DISTINCT FROM 'treatment' THEN getvariable('activation_after') ELSE activation END,
            day, era, 17) AS activated
    FROM first_week
), curious AS (
    SELECT *, count(*) OVER (PARTITION BY day) AS n, count(*) OVER (ORDER BY day) AS upto,
        row_number() OVER (
            PARTITION BY day ORDER BY draw(user_id, 18) - 250000 * activated::INTEGER - 3000 * quality, user_id
        ) AS place
    FROM onboarded
)
SELECT * EXCLUDE (n, upto, place), running_quota(place, n, upto, penetration, day, 0, 19) AS penetrated,
    list_extract(getvariable('hours'), (draw(user_id, 20) % 100) + 1) * 3600 + draw(user_id, 21) % 3000 AS sod
FROM curious;

-- Inviters are people who stay: the later half of those who registered before.
CREATE TEMP TABLE hosts AS
SELECT user_id, day, row_number() OVER (ORDER BY user_id) AS place FROM people_habits WHERE life >= 200 AND pace >= 100;
CREATE TEMP TABLE hosts_before AS
SELECT day, max(place) AS place FROM hosts GROUP BY day;

CREATE TEMP TABLE people AS
WITH hosted AS (
    SELECT p.*, CASE WHEN channel = 'referral' THEN b.place
        - (roll(user_id, 22) % greatest(b.place // 2, 1)::UBIGINT)::BIGINT END AS host_place
    FROM people_habits p ASOF LEFT JOIN hosts_before b ON p.day > b.day
), placed AS (
    SELECT h.* EXCLUDE (channel, host_place), h2.user_id AS inviter_id,
        CASE WHEN channel = 'referral' AND h2.user_id IS NULL THEN 'organic' ELSE channel END AS channel
    FROM hosted h LEFT JOIN hosts h2 ON h2.place = h.host_place
)
SELECT p.*, (getvariable('origin') + p.day) AS register_date,
    CASE WHEN draw(p.user_id, 23) < k.share THEN k.campaign_id END AS campaign_id,
    CASE WHEN draw(p.user_id, 24) < 250000 THEN 60 WHEN draw(p.user_id, 24) < 500000 THEN 80
        WHEN draw(p.user_id, 24) < 750000 THEN 105
         WHEN draw(p.user_id, 24) < 920000 THEN 145 ELSE 260 END AS purse,
    draw(p.user_id, 25) < 110000 AS thrifty,
    list_extract(getvariable('update_lags'), draw(p.user_id, 26) % 3 + 1) AS update_lag
FROM placed p
    LEFT JOIN acquiring k ON k.channel = p.channel AND (getvariable('origin') + p.day) BETWEEN k.start_date AND k.end_date;

INSERT INTO users
SELECT user_id, register_date::TIMESTAMP + to_seconds(sod), register_date, channel, campaign_id, p.platform,
    p.app_version,
    CASE WHEN draw(user_id, 30) >= 15000 THEN province END,
    CASE WHEN draw(user_id, 30) >= 15000 THEN list_extract(tiers, pick(user_id, 31, len(tiers)) + 1) END,
    CASE WHEN draw(user_id, 32) < 540000 THEN 'f' WHEN draw(user_id, 32) < 920000 THEN 'm' ELSE 'unknown' END,
    CASE WHEN draw(user_id, 33) < 240000 THEN '18-24' WHEN draw(user_id, 33) < 520000 THEN '25-30'
        WHEN draw(user_id, 33) < 730000 THEN '31-35'
         WHEN draw(user_id, 33) < 890000 THEN '36-45' WHEN draw(user_id, 33) < 960000 THEN '46+' END,
    CASE WHEN draw(user_id, 34) >= 220000 THEN 1 + pick(user_id, 35, 12) END,
    CASE WHEN draw(user_id, 34) >= 220000 THEN 1 + pick(user_id, 36, 28) END,
    inviter_id,
    CASE WHEN draw(user_id, 37) < 600000 THEN draw(user_id, 38) % 20
        WHEN draw(user_id, 37) < 900000 THEN 20 + draw(user_id, 38) % 100
         WHEN draw(user_id, 37) < 975000 - 250000 * (persona = 'creator')::INTEGER THEN 120 + draw(user_id, 38) % 380
         WHEN draw(user_id, 37) < 998500 THEN 500 + draw(user_id, 38) % 4500 ELSE 5001 + draw(user_id, 38) % 120000 END
FROM (SELECT *, draw(user_id, 29) AS home FROM people) p ASOF JOIN provinces g ON p.home >= g.low
ORDER BY user_id;

INSERT INTO assignments
SELECT 'onboarding_3_tasks', user_id, arm, registered_at FROM people JOIN users USING (user_id) WHERE arm IS NOT NULL
ORDER BY user_id;
