-- One calendar month of messages. Whoever clicks is there that day; how many click is a quota of each day and medium.
CREATE OR REPLACE TEMP TABLE month_messages AS
WITH around AS (
    SELECT DISTINCT user_id FROM lives
    WHERE first_day <= getvariable('month_last') AND last_day >= getvariable('month_first')
), wanted AS (
    SELECT p.user_id, p.day AS register_day, s.slot,
        roll(p.user_id * 32 + getvariable('month_number'), 100 + s.slot) AS h
    FROM people p LEFT JOIN around a USING (user_id) CROSS JOIN (VALUES (1), (2), (3)) s(slot)
    WHERE p.day <= getvariable('month_last') AND CASE
        WHEN a.user_id IS NULL THEN s.slot = 1 AND draw(p.user_id * 32 + getvariable('month_number'), 99) < 150000
            ELSE true END
), sent AS (
    SELECT user_id, register_day, slot, h,
        (getvariable('month_first') + ((h >> 8) % (getvariable('month_last') - getvariable('month_first') + 1)::UBIGINT))::INTEGER AS day,
        CASE WHEN h % 100 < 50 THEN 'push' WHEN h % 100 < 62 THEN 'sms' WHEN h % 100 < 80 THEN 'email'
            WHEN h % 100 < 97 THEN 'wecom' ELSE 'call' END AS medium
    FROM wanted
), delivered AS (
    SELECT s.*, d.user_id IS NOT NULL AS present,
        (h >> 20) % 1000 < CASE medium WHEN 'push' THEN 940 WHEN 'sms' THEN 970 WHEN 'email' THEN 960
            WHEN 'wecom' THEN 950 ELSE 720 END AS arrives,
        CASE medium WHEN 'push' THEN 75 WHEN 'sms' THEN 90 WHEN 'email' THEN 80 WHEN 'wecom' THEN 210
            ELSE 34 END AS pull
    FROM sent s LEFT JOIN days d ON d.user_id = s.user_id AND d.day = s.day
    WHERE s.day > register_day AND (h >> 50) % 31 <= (getvariable('month_last') - getvariable('month_first'))::UBIGINT
), ranked AS (
    SELECT m.*, r.click * pull // 100 AS click,
        row_number() OVER (PARTITION BY m.day, medium, arrives ORDER BY NOT present, roll(m.user_id * 4 + slot, 104)) AS rank,
        count(*) OVER (PARTITION BY m.day, medium, arrives) AS n
    FROM delivered m JOIN rates r ON r.day = m.day
), clicking AS (
    SELECT *, arrives AND quota(rank, n, click, day * 8 + pull, 105) AS clicks FROM ranked
)
SELECT user_id, slot, day, medium, h, arrives, clicks,
    arrives AND (clicks OR (h >> 30) % 1000000 < 100000 + click // 2) AS opens,
    arrives AND (h >> 16) % 1000 < CASE WHEN medium IN ('sms', 'email') THEN 5 ELSE 2 END AS leaves,
    CASE WHEN day - register_day < 30 AND day >= getvariable('july') THEN 'spark'
         WHEN (h >> 40) % 100 < 30 THEN 'weekly_digest' WHEN (h >> 40) % 100 < 42 THEN 'member_day' END AS campaign_id
FROM clicking;

INSERT INTO month_messages
WITH waves AS (
    SELECT w.*, v.wave, CASE WHEN v.wave = 1 THEN first_day
        ELSE second_day END AS day, roll(w.user_id * 4 + v.wave, 110) AS h,
        returns AND (first_wave = (v.wave = 1)) AS answers
    FROM winback w CROSS JOIN (VALUES (1), (2)) v(wave)
    WHERE CASE WHEN v.wave = 1 THEN first_day
        ELSE second_day END BETWEEN getvariable('month_first') AND getvariable('month_last')
), ranked AS (
    SELECT *, answers OR h % 100 < 95 AS arrives,
        row_number() OVER (PARTITION BY wave, variant, answers OR h % 100 < 95 ORDER BY NOT answers, roll(user_id, 111)) AS rank,
        count(*) OVER (PARTITION BY wave, variant, answers OR h % 100 < 95) AS n
    FROM waves
), clicking AS (
    SELECT *, arrives
        AND quota(rank, n, CASE WHEN variant = 'treatment' THEN 160000
            ELSE 55000 END, wave * 2 + (variant = 'control')::INTEGER, 112) AS clicks FROM ranked
)
SELECT user_id, 10 + wave, day, CASE WHEN h % 10 < 6 THEN 'sms'
    ELSE 'push' END, h, arrives, clicks, arrives AND (clicks OR (h >> 30) % 100 < 12),
    arrives AND (h >> 16) % 1000 < 6, campaign_id
FROM clicking;

INSERT INTO messages
WITH timed AS (
    SELECT *, (getvariable('origin') + day)::TIMESTAMP + to_seconds((32400 + (h >> 24) % 41000)::BIGINT) AS sent_at
    FROM month_messages
)
SELECT (SELECT coalesce(max(message_id), 3000000) FROM messages) + row_number() OVER (ORDER BY day, user_id, slot), user_id, campaign_id, medium,
    sent_at, sent_at::DATE, CASE WHEN arrives THEN sent_at + to_seconds((1 + h % 90)::BIGINT) END,
    CASE WHEN opens THEN sent_at + to_seconds((100 + (h >> 12) % 9000)::BIGINT) END,
    CASE WHEN clicks THEN sent_at + to_seconds((105 + (h >> 12) % 9000 + (h >> 33) % 120)::BIGINT) END, leaves
FROM timed ORDER BY day, user_id, slot;
