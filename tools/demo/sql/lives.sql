-- The stretches of time in which a user may come: after registration, and for some a second time.
CREATE TEMP TABLE days (user_id BIGINT, day INTEGER);
CREATE TEMP TABLE lives AS
SELECT user_id, 'first' AS kind, day AS first_day, day + life AS last_day FROM people
UNION ALL
SELECT user_id, 'second', start, start + 3 + draw(user_id, 43) % 60
FROM (SELECT user_id, (day + life + 35 + draw(user_id, 42) % 180)::INTEGER AS start FROM people
    WHERE draw(user_id, 41) < 110000 AND life < 900);
