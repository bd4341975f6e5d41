"""The gate before the warehouse lets through what the compiler writes, and nothing that reads or does more."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings

from knowledge.errors import PolicyError
from tests.tools.semantic_layer import oracle
from tests.tools.semantic_layer.conftest import Bench
from tests.tools.semantic_layer.test_oracle import queries
from tools.semantic_layer.query import MetricQuery
from tools.warehouse.guard import READABLE, vet

STATEMENTS = [
    "SELECT 1; SELECT 2",
    "SELECT user_id FROM users; DROP TABLE users",
    "INSERT INTO users (user_id) SELECT user_id FROM users",
    "UPDATE users SET channel = 'x'",
    "DELETE FROM users",
    "TRUNCATE users",
    "DROP TABLE users",
    "CREATE TABLE x AS SELECT user_id FROM users",
    "ALTER TABLE users ADD COLUMN x INTEGER",
    "COPY users TO 'x.csv'",
    "COPY (SELECT user_id FROM users) TO 'x.csv'",
    "EXPORT DATABASE 'x'",
    "IMPORT DATABASE 'x'",
    "ATTACH 'x.db' AS y",
    "DETACH y",
    "USE memory",
    "SET memory_limit = '9GB'",
    "RESET memory_limit",
    "PRAGMA database_list",
    "INSTALL httpfs",
    "LOAD httpfs",
    "CALL pragma_version()",
    "EXPLAIN ANALYZE SELECT user_id FROM users",
    "DESCRIBE users",
    "SUMMARIZE users",
    "SHOW TABLES",
    "PREPARE x AS SELECT user_id FROM users",
    "VACUUM",
    "CHECKPOINT",
    "BEGIN",
    "VALUES (1)",
    "PIVOT users ON channel USING count(*)",
    "SELECT user_id INTO x FROM users",
    "WITH a AS (INSERT INTO users (user_id) VALUES (1) RETURNING user_id) SELECT user_id FROM a",
    "SELECT user_id FROM users FOR UPDATE",
    "SELECT user_id FROM users TABLESAMPLE 10%",
    "not SQL at all (",
    "",
]
"""Not one SELECT."""

OUTSIDE = [
    "SELECT column0 FROM read_csv('/etc/passwd')",
    "SELECT content AS user_id FROM read_text('/etc/passwd')",
    "SELECT user_id FROM read_parquet('x') AS users",
    "SELECT file AS user_id FROM glob('/*')",
    "SELECT user_id FROM 'x.csv'",
    'SELECT user_id FROM "x.parquet"',
    "SELECT table_name AS user_id FROM information_schema.tables",
    "SELECT name AS user_id FROM duckdb_settings()",
    "SELECT user_id FROM duckdb_tables",
    "SELECT sql AS user_id FROM sqlite_master",
    "SELECT user_id FROM range(10) AS t(user_id)",
    "SELECT user_id FROM query('SELECT 1 AS user_id')",
    "SELECT user_id FROM query_table('users')",
    "SELECT user_id FROM main.users",
    "SELECT user_id FROM memory.main.users",
    "SELECT user_id FROM orders",
    "SELECT user_id FROM USERS_BACKUP",
    "SELECT user_id FROM users, (SELECT sql AS s FROM sqlite_master) AS m",
    "SELECT (SELECT max(sql) FROM sqlite_master) AS user_id FROM users",
    "SELECT user_id FROM users WHERE EXISTS (SELECT 1 AS one FROM sqlite_master)",
    "SELECT user_id FROM users WHERE user_id IN (SELECT sql AS s FROM sqlite_master)",
    "SELECT user_id FROM users UNION SELECT sql AS user_id FROM sqlite_master",
    "SELECT user_id FROM users LIMIT (SELECT count(*) FROM orders)",
    "SELECT user_id FROM users JOIN sqlite_master AS m ON m.sql = user_id",
]
"""Reads a table, a file or a function that it may not."""

TRICKS = [
    "WITH users AS (SELECT 1 AS user_id) SELECT user_id FROM users",
    "WITH orders AS (SELECT user_id FROM users) SELECT user_id FROM orders",
    'WITH "USERS" AS (SELECT 1 AS user_id) SELECT user_id FROM users',
    "WITH a AS (SELECT user_id FROM users), a AS (SELECT user_id FROM users) SELECT user_id FROM a",
    "WITH sqlite_master AS (SELECT user_id FROM users) SELECT user_id FROM main.sqlite_master",
    "WITH a AS (SELECT sql FROM sqlite_master), sqlite_master AS (SELECT 1 AS sql) SELECT sql FROM a",
    "WITH sqlite_master AS (SELECT sql FROM sqlite_master) SELECT sql FROM sqlite_master",
    "SELECT (WITH m AS (SELECT 1 AS x) SELECT max(x) FROM m) AS one FROM users",
    (
        "SELECT (WITH sqlite_master AS (SELECT 1 AS sql) SELECT max(sql) FROM sqlite_master) AS one,"
        " (SELECT max(sql) FROM sqlite_master) AS sql FROM users"
    ),
    "WITH RECURSIVE n AS (SELECT 1 AS x UNION ALL SELECT x + 1 AS x FROM n) SELECT x FROM n",
    "SELECT user_id FROM users /* hidden */",
    "SELECT user_id FROM users -- hidden",
    "SELECT /*+ hint */ user_id FROM users",
]
"""Makes a name mean something else, or says one thing and hides another."""

COLUMNS = [
    "SELECT * FROM users",
    "SELECT u.* FROM users AS u",
    "SELECT COLUMNS('.*') FROM users",
    "SELECT COLUMNS(*) FROM users",
    "SELECT count(*) AS n, * FROM users",
    "FROM users",
    "TABLE users",
    "SELECT secret FROM users",
    "SELECT u.secret AS x FROM users AS u",
    "SELECT users FROM users",
    "SELECT u FROM users AS u",
    "SELECT rowid FROM users",
    "SELECT keyword FROM users",
    "SELECT secret AS user_id, user_id FROM users",
    "SELECT count(*) AS secret, secret FROM users",
    "SELECT 1 AS secret FROM users WHERE secret = 1",
    "SELECT 1 AS secret FROM users ORDER BY (SELECT max(secret) FROM users)",
    "SELECT 1 AS secret FROM users GROUP BY secret",
    "SELECT a.secret AS x FROM (SELECT user_id FROM users) AS a",
    "SELECT a.channel AS x FROM (SELECT user_id FROM users) AS a",
    "SELECT user_id FROM users QUALIFY count(*) OVER (ORDER BY secret) = 1",
    "SELECT user_id.x FROM users",
]
"""Reads a column that the table does not have by contract, or all of them."""

FUNCTIONS = [
    "SELECT getenv('HOME') AS x FROM users",
    "SELECT current_setting('memory_limit') AS x FROM users",
    "SELECT version() AS x FROM users",
    "SELECT random() AS x FROM users",
    "SELECT now() AS x FROM users",
    "SELECT current_date AS x FROM users",
    "SELECT current_user AS x FROM users",
    "SELECT query('SELECT 1') AS x FROM users",
    "SELECT nextval('x') AS x FROM users",
    "SELECT getvariable('x') AS x FROM users",
    "SELECT write_log('x') AS x FROM users",
    "SELECT repeat('x', 1000000000) AS x FROM users",
    "SELECT list_transform([1], i -> getenv('HOME')) AS x FROM users",
    "SELECT generate_series(1, 1000000000) AS x FROM users",
    "SELECT generate_series(register_date, register_date, INTERVAL 1 SECOND) AS x FROM users",
    "SELECT generate_series(register_date, DATE '9999-12-31', INTERVAL 1 DAY) AS x FROM users",
    "SELECT generate_series(followers) AS x FROM users",
]
"""Calls a function that is not on the list."""


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("sql", STATEMENTS + OUTSIDE + TRICKS + COLUMNS + FUNCTIONS)
def test_refuses(sql: str) -> None:
    """What is not one plain SELECT over the named tables and columns is refused, in both languages."""
    with pytest.raises(PolicyError) as error:
        vet(sql, {}, tables=["users"], row_limit=10)
    assert error.value.code == "sql_refused"
    assert error.value.text.zh != error.value.text.en


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT user_id FROM users",
        "SELECT count(*) AS n FROM users AS u WHERE u.channel IN ('kol')",
        "WITH a AS (SELECT user_id FROM users) SELECT a.user_id FROM a ORDER BY user_id",
        "SELECT x.n AS n FROM (SELECT count(*) AS n FROM users) AS x ORDER BY n DESC",
        "SELECT u.channel AS c, count(*) AS n FROM users AS u GROUP BY u.channel ORDER BY n",
        "SELECT user_id FROM users AS u WHERE EXISTS (SELECT 1 AS one FROM users AS v WHERE v.inviter_id = u.user_id)",
        "SELECT user_id FROM users UNION SELECT inviter_id FROM users",
        "SELECT unnest(generate_series(u.register_date, u.register_date, INTERVAL 1 DAY)) AS day FROM users AS u",
    ],
)
def test_lets_plain_queries_pass(sql: str) -> None:
    """The refusals are not for want of letting anything through."""
    assert vet(sql, {}, tables=["users"], row_limit=10).sql.split()[0] in ("SELECT", "WITH")


@pytest.mark.parametrize(
    ("sql", "bound"),
    [
        ("SELECT user_id FROM users WHERE user_id = $who", {}),
        ("SELECT user_id FROM users WHERE user_id = $who", {"who": 1, "else": 2}),
        ("SELECT user_id FROM users", {"who": 1}),
        ("SELECT user_id FROM users WHERE user_id = ?", {}),
        ("SELECT user_id FROM users WHERE user_id = $1", {}),
    ],
)
def test_parameters_are_exactly_those_used(sql: str, bound: dict[str, int]) -> None:
    """A parameter without a value, or a value without a parameter, is refused."""
    with pytest.raises(PolicyError, match=r"\$"):
        vet(sql, bound, tables=["users"], row_limit=10)


def test_a_value_is_never_text_of_the_statement() -> None:
    """What looks like SQL in a value stays a value."""
    evil = "x'; DROP TABLE users; --"
    vetted = vet("SELECT user_id FROM users WHERE channel = $channel", {"channel": evil}, tables=["users"], row_limit=1)
    assert evil not in vetted.sql
    assert vetted.bound["channel"] == evil


def test_a_vetted_query_cannot_be_changed() -> None:
    """Neither the statement nor its values change after they were vetted."""
    bound = {"channel": "kol"}
    vetted = vet("SELECT user_id FROM users WHERE channel = $channel", bound, tables=["users"], row_limit=1)
    bound["channel"] = "other"
    assert vetted.bound["channel"] == "kol"
    with pytest.raises(TypeError):
        vetted.bound["channel"] = "other"  # type: ignore[index]


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(queries())
def test_everything_the_compiler_writes_passes_twice(
    benches: tuple[Bench, ...], drawn: tuple[int, dict[str, object]]
) -> None:
    """Compiled statements pass, and pass again as the text that a receipt keeps, unchanged."""
    number, query = drawn
    bench = benches[number]
    if oracle.refusal(bench.world, query) is None:
        _, vetted = bench.layer.explain(MetricQuery.model_validate(query))
        again = vet(vetted.sql, vetted.bound, tables=READABLE, row_limit=vetted.row_limit)
        assert again.sql == vetted.sql
