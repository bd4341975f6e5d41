-- Invitations, and the path of touches that led to a registration.
INSERT INTO invites
WITH accepted AS (
    SELECT u.user_id, u.inviter_id, u.registered_at AS accepted_at,
        greatest(i.registered_at + to_seconds(60),
            u.registered_at - to_seconds((300 + roll(u.user_id, 120) % 200000)::BIGINT)) AS invited_at
    FROM users u JOIN users i ON i.user_id = u.inviter_id
), extra AS (
    SELECT inviter_id, invited_at + to_seconds((roll(user_id * 4 + n, 121) % 1500000)::BIGINT) AS invited_at, user_id, n
    FROM accepted CROSS JOIN (VALUES (1), (2), (3)) v(n) WHERE roll(user_id, 122) % 4 >= n
), everything AS (
    SELECT inviter_id, invited_at, user_id AS accepted_user_id, accepted_at, user_id AS tie, 0 AS n FROM accepted
    UNION ALL
    SELECT inviter_id, invited_at, NULL, NULL, user_id, n FROM extra WHERE invited_at < getvariable('data_end')
)
SELECT 800000 + row_number() OVER (ORDER BY invited_at, tie, n), inviter_id, invited_at, invited_at::DATE,
    accepted_user_id, accepted_at
FROM everything ORDER BY invited_at, tie, n;

INSERT INTO touches
WITH planned AS (
    SELECT p.user_id, p.channel, p.campaign_id, u.registered_at, CASE
            WHEN p.channel = 'organic' THEN greatest(0, draw(p.user_id, 130) % 10 - 7)
            ELSE 1 + list_extract([0, 0, 0, 1, 1, 1, 2, 2, 3, 4], draw(p.user_id, 130) % 10 + 1) END AS n
    FROM people p JOIN users u USING (user_id) WHERE p.day >= 0
), each AS (
    SELECT *, unnest(range(n)) AS place FROM planned
), drawn AS (
    SELECT *, roll(user_id * 8 + place, 131) AS h FROM each
), met AS (
    SELECT *, channel <> 'organic' AND (place = 0 AND h % 100 < 90 OR place > 0 AND h % 100 < 35) AS own,
        list_extract(['short_video', 'feed_ads', 'short_video', 'search', 'app_store', 'kol', 'community', 'alliance',
            'offline', 'feed_ads'], ((h >> 10) % 10)::INTEGER + 1) AS other,
        registered_at - to_seconds((CASE WHEN place = 0 THEN 60 + (h >> 20) % 40000
            ELSE 40000 + (h >> 20) % 2500000 END)::BIGINT) AS touched_at
    FROM drawn
)
SELECT user_id, touched_at, touched_at::DATE, CASE WHEN own THEN channel ELSE other END, CASE
    WHEN own THEN campaign_id END,
    CASE WHEN place = 0 AND own OR (h >> 50) % 100 < 40 THEN 'click' ELSE 'impression' END
FROM met ORDER BY touched_at, user_id, place;
