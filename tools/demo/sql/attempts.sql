-- Attempts to register: those who finish carry their user id, the others an id of nobody; and failures of the captcha.
CREATE TEMP TABLE attempts (user_id BIGINT, day INTEGER, event VARCHAR, sod INTEGER, platform VARCHAR,
    app_version VARCHAR);

CREATE TEMP TABLE knocks AS
WITH cells AS (
    SELECT day, platform, app_version, any_value(struck) AS struck, count(*) AS came,
        CASE WHEN any_value(struck) = 1 THEN getvariable('incident_conversion')
            ELSE getvariable('conversion') END::BIGINT AS conversion,
        day * 64 + abs(hash(platform, app_version) % 64)::BIGINT AS cell
    FROM people WHERE day >= 0 GROUP BY day, platform, app_version
), lost AS (
    SELECT *, (came * (1000000 - conversion) + draw(cell, 80) * conversion // 1000000) // conversion AS gone FROM cells
), numbered AS (
    SELECT *, unnest(range(gone)) AS n FROM lost
)
SELECT 9000000000 + row_number() OVER (ORDER BY day, platform, app_version, n) AS user_id, day, platform, app_version,
    struck, cell,
    list_extract(getvariable('hours'), draw(cell * 100000 + n, 81) % 100 + 1) * 3600 + draw(cell * 100000 + n,
        82) % 3000 AS sod, true AS gone
FROM numbered
UNION ALL
SELECT user_id, day, platform, app_version, struck, day * 64 + abs(hash(platform, app_version) % 64)::BIGINT,
    greatest(0, sod - 20 - draw(user_id, 83) % CASE WHEN draw(user_id, 84) < 960000 THEN 400 ELSE 20000 END), false
FROM people WHERE day >= 0;

INSERT INTO attempts SELECT user_id, day, 'register_start', sod, platform, app_version FROM knocks;

-- Failures are shared out so that each cell has its number of them, and those who gave up had more.
INSERT INTO attempts
WITH placed AS (
    SELECT *, row_number() OVER (PARTITION BY day, platform, app_version ORDER BY roll(user_id, 85)) AS rank,
        CASE WHEN struck = 1 THEN getvariable('incident_captcha') ELSE getvariable('captcha') END AS per_start
    FROM knocks
), counted AS (
    SELECT *,
        (rank * per_start + draw(cell, 86)) // 1000000 - ((rank - 1) * per_start + draw(cell,
            86)) // 1000000 AS failures FROM placed
), failed AS (
    SELECT *, unnest(range(1, failures + 1)) AS try FROM counted WHERE failures > 0
)
SELECT user_id, day, 'captcha_fail', least(86399, (sod + 3 + try * 5)::INTEGER), platform, app_version FROM failed;
