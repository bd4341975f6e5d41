-- Memberships as they stand at the end, numbered in the order in which they began.
INSERT INTO memberships
SELECT 700000 + row_number() OVER (ORDER BY first_day, user_id, last_day), user_id, plan,
    getvariable('origin') + first_day,
    getvariable('origin') + last_day, getvariable('origin') + renewed_day, members
FROM subscriptions ORDER BY first_day, user_id, last_day;
