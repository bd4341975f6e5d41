-- Passes through the checkout, and the memberships that were there when the data starts.
CREATE TEMP TABLE passes (user_id BIGINT, day INTEGER, sod INTEGER, steps INTEGER, order_id BIGINT);
CREATE TEMP TABLE subscriptions (user_id BIGINT, plan VARCHAR, first_day INTEGER, last_day INTEGER,
    renewed_day INTEGER, members INTEGER);
CREATE TEMP MACRO plan_of(id) AS CASE WHEN draw(id, 60) < 620000 THEN 'monthly'
    WHEN draw(id, 60) < 900000 THEN 'annual' ELSE 'family' END;
CREATE TEMP MACRO plan_days(plan) AS CASE WHEN plan = 'monthly' THEN 31 ELSE 365 END;
CREATE TEMP MACRO plan_fen(plan) AS CASE plan WHEN 'monthly' THEN 2500 WHEN 'annual' THEN 22800 ELSE 39800 END;
CREATE TEMP MACRO plan_seats(id, plan) AS CASE WHEN plan = 'family' THEN 2 + draw(id, 61) % 4 ELSE 1 END;

INSERT INTO subscriptions
SELECT user_id, plan, first_day, first_day + plan_days(plan), NULL, plan_seats(user_id, plan)
FROM (
    SELECT user_id, plan_of(user_id) AS plan,
        CASE WHEN plan_of(user_id) = 'monthly' THEN -1 - draw(user_id, 62) % 30
            ELSE greatest(day, -1 - draw(user_id, 62) % 364) END AS first_day
    FROM people WHERE day < -31 AND day + life > 120 AND pace >= 100 AND draw(user_id, 63) < 550000
);
