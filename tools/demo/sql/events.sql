-- One calendar month of events, in order of time: visits, onboarding, attempts to register and checkouts.
CREATE OR REPLACE TEMP TABLE month_visits AS
SELECT d.user_id, d.day, d.day - p.day AS age, p.persona, p.platform AS home, p.penetrated,
    hash(getvariable('seed')::BIGINT, d.user_id, d.day, 70::INTEGER) AS h,
    CASE WHEN d.day = p.day THEN p.sod + 20
         ELSE list_extract(getvariable('hours'),
             draw(d.user_id * 1000 + d.day, 71) % 100 + 1) * 3600 + draw(d.user_id * 1000 + d.day,
                 72) % 3000 END AS sod,
    CASE WHEN d.day > p.day AND p.platform IN ('android', 'ios') AND draw(d.user_id * 1000 + d.day, 73) < 110000
         THEN 'mini_program' ELSE p.platform END AS platform,
    p.update_lag, p.app_version AS registered_on, r.feature AS feature_rate
FROM days d JOIN people p USING (user_id) JOIN rates r ON r.day = d.day
WHERE d.day BETWEEN getvariable('month_first') AND getvariable('month_last');

CREATE OR REPLACE TEMP TABLE month_versions AS
SELECT v.*, CASE WHEN v.platform <> home OR live.place >= coalesce(own.place, 0) THEN live.app_version
    ELSE registered_on END AS app_version
FROM month_visits v
LEFT JOIN live_versions live ON live.platform = v.platform AND live.lag = v.update_lag AND live.day = v.day
LEFT JOIN versions own ON own.platform = v.home AND own.app_version = v.registered_on;

INSERT INTO events
WITH shown AS (
    SELECT v.user_id, v.day, v.age, v.feature_rate, v.penetrated, v.sod, v.platform, v.app_version, s.event,
        s.session, s.shortest, s.longest, s.featured,
        hash(v.h, s.slot) AS e
    FROM month_versions v JOIN slots s ON s.persona = v.persona
    WHERE (hash(v.h, s.slot, 1::INTEGER) % 1000000)::INTEGER < s.chance
        AND (s.session = 1 OR (v.h % 100 < 34 AND v.sod < 68000))
), visits AS (
    SELECT user_id, day, event, user_id * 10000 + day * 4 + session AS session_id, platform, app_version,
        least(86399, sod + CASE WHEN session = 2 THEN 9000 ELSE 0 END + CASE WHEN event = 'app_open' THEN 0
            ELSE 5 + (e % 1500)::INTEGER END) AS sod,
        CASE WHEN longest > 0 THEN (shortest + (e >> 12) % (longest - shortest)::UBIGINT)::INTEGER END AS duration_s,
        CASE WHEN featured AND (age > 6 OR penetrated) AND ((e >> 24) % 1000)::INTEGER < CASE WHEN age <= 6 THEN 200
            ELSE feature_rate END
            THEN list_extract(getvariable('features'), ((e >> 36) % 6)::INTEGER + 1) END AS feature,
        CASE WHEN event = 'search' AND (e >> 28) % 100 >= 6
            THEN list_extract(getvariable('keywords'),
                1 + least((e >> 40) % 24, (e >> 46) % 24)::INTEGER) END AS keyword
    FROM shown
), arrived AS (
    SELECT p.user_id, p.day, p.sod, p.d1, p.d7, p.activated, p.penetrated, p.platform, p.app_version,
        roll(p.user_id, 74) AS h
    FROM people p WHERE p.day BETWEEN getvariable('month_first') - 7 AND getvariable('month_last')
), tasks AS (
    SELECT a.*, t.task, t.place,
        activated OR (h >> (t.place * 7)::INTEGER) % 100 < t.chance
            AND (t.place < 3 OR h % 2 = 0 AND NOT ((h >> 7) % 100 < 48 AND (h >> 14) % 100 < 34)) AS done,
        activated AND t.place = 3 AND d1 AND (h >> 30) % 100 < 40 AS next_day
    FROM arrived a CROSS
        JOIN (VALUES ('profile_complete', 1, 48), ('first_interaction', 2, 34), ('claim_gift', 3, 30)) t(task, place,
            chance)
), onboarding AS (
    SELECT user_id, day, 'register' AS event, sod, platform, app_version, NULL::VARCHAR AS feature FROM arrived
    UNION ALL
    SELECT user_id, day, 'content_view', least(86399, sod + 60 + (h % 900)::INTEGER), platform, app_version,
        list_extract(getvariable('features'), ((h >> 36) % 6)::INTEGER + 1) FROM arrived WHERE penetrated
    UNION ALL
    SELECT user_id, day, task, least(86399, sod + 60 * place + ((h >> 20) % 500)::INTEGER), platform, app_version,
        NULL FROM tasks WHERE done AND NOT next_day
    UNION ALL
    SELECT user_id, day + 1, task, 43200 + ((h >> 20) % 30000)::INTEGER, platform, app_version, NULL FROM tasks
    WHERE done AND next_day
    UNION ALL
    SELECT user_id, day + 7, task, 43200 + 60 * place + ((h >> 20) % 30000)::INTEGER, platform, app_version, NULL
    FROM tasks WHERE NOT done AND d7 AND (h >> 50) % 100 < 15
), knocking AS (
    SELECT user_id, day, event, sod, platform, app_version FROM attempts
    WHERE day BETWEEN getvariable('month_first') AND getvariable('month_last')
), paying AS (
    SELECT q.user_id, q.day, s.event, coalesce(date_diff('second', getvariable('origin') + q.day, o.paid_at),
            q.sod + 30 + (roll(q.user_id, q.day) % 300)::INTEGER) AS paid_sod,
        q.sod, s.step, q.steps, v.platform, v.app_version
    FROM passes q LEFT JOIN orders o ON o.order_id = q.order_id
    JOIN month_versions v ON v.user_id = q.user_id AND v.day = q.day
    CROSS JOIN (VALUES (1, 'checkout_view'), (2, 'pay_method'), (3, 'pay_submit'), (4, 'pay_success')) s(step, event)
    WHERE q.day BETWEEN getvariable('month_first') AND getvariable('month_last') AND s.step <= q.steps
), everything AS (
    SELECT user_id, day, event, session_id, duration_s, sod, platform, app_version, feature, keyword FROM visits
    UNION ALL
    SELECT user_id, day, event, user_id * 10000 + day * 4 + 1, NULL, sod, platform, app_version, feature, NULL
    FROM onboarding
        WHERE day BETWEEN getvariable('month_first') AND getvariable('month_last')
    UNION ALL
    SELECT user_id, day, event, NULL, NULL, sod, platform, app_version, NULL, NULL FROM knocking
    UNION ALL
    SELECT user_id, day, event, user_id * 10000 + day * 4 + 3, NULL, sod + (paid_sod - sod) * (step - 1) // 3,
        platform, app_version, NULL, NULL FROM paying
)
SELECT user_id, (getvariable('origin') + day)::TIMESTAMP + to_seconds(sod), getvariable('origin') + day, event,
    session_id, duration_s,
    platform, app_version, feature, keyword
FROM everything ORDER BY day, user_id, sod;
