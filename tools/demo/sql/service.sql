-- What users say: surveys and tickets, from people who were there that day; and an experiment that changed nothing.
INSERT INTO surveys
WITH asked AS (
    SELECT d.user_id, d.day, roll(d.user_id, d.day + 50000) AS h FROM days d JOIN people p USING (user_id)
    WHERE d.day > p.day + 1
), chosen AS (
    SELECT *, CASE WHEN h % 10000 < 22 THEN 'nps'
        ELSE 'csat' END AS kind, ((h >> 20) % 1000)::INTEGER - day // 5 AS u, (h >> 40) % 100 AS v FROM asked
        WHERE h % 10000 < 42
), scored AS (
    SELECT *, CASE
        WHEN kind = 'nps' THEN CASE WHEN u < 430 THEN 9 + (v < 45)::INTEGER WHEN u < 740 THEN 7 + (v < 60)::INTEGER
            WHEN v < 80 THEN 4 + (v % 3) ELSE v % 4 END
        ELSE CASE WHEN u < 440 THEN 5 WHEN u < 760 THEN 4 WHEN u < 880 THEN 3 WHEN u < 950 THEN 2
            ELSE 1 END END AS score
    FROM chosen
)
SELECT user_id, answered_at, answered_at::DATE, kind, score
FROM (SELECT *, (getvariable('origin') + day)::TIMESTAMP + to_seconds((36000 + (h >> 30) % 43000)::BIGINT) AS answered_at FROM scored)
ORDER BY day, user_id;

INSERT INTO tickets
WITH opened AS (
    SELECT d.user_id, d.day, roll(d.user_id, d.day + 60000) AS h FROM days d JOIN people p USING (user_id)
    WHERE d.day > p.day
), timed AS (
    SELECT *, (getvariable('origin') + day)::TIMESTAMP + to_seconds((32400 + (h >> 30) % 46000)::BIGINT) AS opened_at
    FROM opened WHERE h % 100000 < 310
), solved AS (
    SELECT *, (2 + least((h >> 12) % 240, (h >> 22) % 240))::INTEGER AS answer_min,
        CASE WHEN (h >> 18) % 100 < 93
            THEN opened_at + to_seconds((14400 + (h >> 34) % 250000)::BIGINT) END AS resolved_at FROM timed
)
SELECT 600000 + row_number() OVER (ORDER BY opened_at, user_id), user_id, opened_at, opened_at::DATE,
    list_extract(['logistics', 'logistics', 'refund', 'refund', 'account', 'payment', 'content', 'membership'],
        ((h >> 44) % 8)::INTEGER + 1),
    CASE WHEN (h >> 48) % 100 < 98 THEN answer_min END,
    CASE WHEN resolved_at < getvariable('data_end') THEN resolved_at END,
    CASE WHEN resolved_at < getvariable('data_end') AND (h >> 52) % 100 < 56
        THEN CASE WHEN (h >> 40) % 100 < 46 THEN 5 WHEN (h >> 40) % 100 < 76 THEN 4 WHEN (h >> 40) % 100 < 88 THEN 3
            WHEN (h >> 40) % 100 < 95 THEN 2 ELSE 1 END END
FROM solved ORDER BY opened_at, user_id;

INSERT INTO assignments
SELECT 'push_evening_slot', user_id, CASE WHEN draw(user_id, 141) < 500000 THEN 'treatment' ELSE 'control' END,
    (getvariable('origin') + getvariable('push_day'))::TIMESTAMP + to_seconds(32400)
FROM (SELECT DISTINCT user_id FROM days WHERE day BETWEEN getvariable('push_day') - 14
    AND getvariable('push_day') - 1) WHERE draw(user_id, 140) < 400000
ORDER BY user_id;
