-- One calendar month of activity: which user comes on which day.
INSERT INTO days
WITH span AS (
    SELECT l.user_id, l.kind,
        unnest(range(greatest(l.first_day, getvariable('month_first')),
            least(l.last_day, getvariable('month_last')) + 1))::INTEGER AS day
    FROM lives l WHERE l.first_day <= getvariable('month_last') AND l.last_day >= getvariable('month_first')
), asked AS (
    SELECT s.user_id, s.day, s.day - p.day AS age, s.kind, p.era, p.pace, p.d1, p.d7, c.settled, c.swing,
        (hash(getvariable('seed')::BIGINT, s.user_id, s.day, 40::INTEGER) % 1000000)::INTEGER AS u
    FROM span s JOIN people p USING (user_id) JOIN rates c ON c.day = s.day
), chances AS (
    SELECT *, CASE WHEN pace = 0 THEN 90000 * swing // 1000000 ELSE least(970000, settled * pace // 100) END AS habit,
        CASE WHEN era = 1 THEN 705000 ELSE 680000 END * swing // 1000000 AS early
    FROM asked
)
SELECT DISTINCT user_id, day FROM chances
WHERE CASE
    WHEN kind = 'first' AND age = 0 OR kind = 'return' THEN true
    WHEN kind = 'first' AND age IN (1, 7) THEN false
    WHEN kind = 'first' AND age < 60 THEN u < (early * (60 - age) + habit * age) // 60
    WHEN kind = 'first' THEN u < habit
    ELSE u < habit * 8 // 10 END
UNION
SELECT user_id, day + 1 FROM people
WHERE d1 AND day + 1 BETWEEN getvariable('month_first') AND getvariable('month_last')
UNION
SELECT user_id, day + 7 FROM people
WHERE d7 AND day + 7 BETWEEN getvariable('month_first') AND getvariable('month_last');
