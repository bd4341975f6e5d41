-- Everyone dormant on 2025-09-30 is assigned on the next day; who comes back is decided here, by arm.
CREATE TEMP TABLE winback AS
WITH dormant AS (
    SELECT user_id FROM days GROUP BY user_id
    HAVING max(day) BETWEEN getvariable('winback_day') - 61 AND getvariable('winback_day') - 31
), arms AS (
    SELECT user_id, row_number() OVER (ORDER BY roll(user_id, 45)) % 2 AS arm FROM dormant
), ranked AS (
    SELECT user_id, arm, row_number() OVER (PARTITION BY arm ORDER BY roll(user_id, 46)) AS rank,
        count(*) OVER (PARTITION BY arm) AS n FROM arms
), written AS (
    -- Two messages each, spread over weeks so that no single day stands out.
    SELECT *, (getvariable('winback_day') + 4 + draw(user_id, 51) % 26)::INTEGER AS first_day,
        (getvariable('winback_day') + 41 + draw(user_id, 52) % 26)::INTEGER AS second_day,
            draw(user_id, 48) < 600000 AS first_wave
    FROM ranked
)
SELECT user_id, CASE WHEN arm = 1 THEN 'treatment' ELSE 'control' END AS variant,
    CASE WHEN arm = 1 THEN 'winback_personalised' ELSE 'winback_template' END AS campaign_id,
    quota(rank, n, CASE WHEN arm = 1 THEN 120000 ELSE 40000 END, arm, 47) AS returns, first_wave, first_day, second_day,
    CASE WHEN first_wave THEN first_day ELSE second_day END + draw(user_id, 49) % 20 AS return_day
FROM written;

-- The others stay away to the end of the year, so that the two arms differ by what was planted and nothing else.
UPDATE lives SET last_day = getvariable('winback_day') - 1
FROM winback w WHERE w.user_id = lives.user_id AND lives.last_day >= getvariable('winback_day');
INSERT INTO lives SELECT user_id, 'return', return_day, return_day FROM winback WHERE returns;
INSERT INTO lives SELECT user_id, 'again', return_day + 1, return_day + 4 + draw(user_id, 50) % 50 FROM winback
WHERE returns;

INSERT INTO assignments
SELECT 'winback_personalised', user_id, variant,
    (getvariable('origin') + getvariable('winback_day'))::TIMESTAMP + to_seconds(36000)
FROM winback ORDER BY user_id;
