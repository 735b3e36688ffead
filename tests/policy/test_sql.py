"""What SQL is surely, and what is doubt. SQLite itself says whether a read is one."""

import sqlite3
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localguard.policy.matchers import Sql
from localguard.policy.sql import kind_of
from localguard.policy.sql_text import MAX_LENGTH
from localguard.policy.truth import Truth
from tests.policy.strategies import AT_NOON

READS = [
    "select 1",
    "SELECT a, count(*) FROM s.t AS x WHERE b > 1 GROUP BY a HAVING count(*) > 1 ORDER BY 2 DESC;",
    "(select 1) union all (select 2) limit 5",
    "with recursive x as (select 1 union all select n + 1 from x) select * from x",
    "select * from a left join b using (c) where d in (select e from f) or not exists (select 1)",
    "select upper(a), coalesce(b, 'x''y'), cast(c as int), d::text, date_trunc('day', now())",
    "select sum(a) over (partition by b order by c), max(d) filter (where e) from t",
    "select `a` from `my table` where \"b\" = 'drop table t; --'",
    "select [a b] from t -- the whole of it\nwhere c = 1 /* delete later */",
    "select a->>'b', c[1] from t where d like 'x%' and e between 1 and 2.5e3",
    "select $1, ?, :name, @a, %s",
    "select 1;\r\n select 2 ;;",
    "select strftime('%Y', a), date_format(b, '%m'), age(c, d), json_agg(e) from t",
]
WRITES = [
    "insert into t (a) values (1) on conflict (a) do update set a = excluded.a returning *",
    "insert into t select * from u",
    "insert or replace into t values (1)",
    "insert ignore into t values (1)",
    "UPDATE t SET a = 1 FROM u WHERE t.b = u.b",
    "delete from t where a in (select 1)",
    "with x as (select 1) update t set a = 1",
    "merge into t using s on t.a = s.a when matched then delete",
    "insert into t values (1); delete from t",
]
DDL = [
    "create table t (a int primary key, b text references u (c) on delete cascade)",
    "create index i on t (a)",
    "create view v as select 1",
    "drop table if exists t",
    "alter table t add column b int",
    "truncate table t",
    "create table t as select upper(a) from u",
]


@pytest.mark.parametrize(
    ("kind", "text"),
    [(kind, text) for kind, texts in (("read", READS), ("write", WRITES), ("ddl", DDL))
     for text in texts],
)  # fmt: skip
def test_common_statements_have_a_kind(kind: str, text: str) -> None:
    """Policy 3, rules 12 and 13: what people and models write every day."""
    assert kind_of(text) == kind


UNCOMMON = ["", ";", "  -- nothing", "hello", "1", "table t", "values (1)"]
DOUBTFUL = [
    # several, one of which is worse
    "select 1; drop table t", "select 1; delete from t", "delete from t; drop table t",
    # changes within what begins as a query
    "with x as (delete from t returning *) select * from x",
    "with x as (insert into t values (1) returning 1) select * from x",
    "select * into u from t", "select * into outfile '/tmp/x' from t", "select 1 into @a",
    "select * into dumpfile 'x' from t", "select @a := 1", "select * from t for update",
    "select * from t for share", "select * from t lock in share mode",
    # functions that do something, or that nobody knows
    "select nextval('s')", "select setval('s', 1)", "select pg_read_file('/etc/passwd')",
    "select lo_import('x')", "select dblink_exec('x', 'drop table t')", "select pg_sleep(9)",
    "select pg_terminate_backend(1)", "select set_config('a', 'b', false)", "select load_file('x')",
    "select load_extension('x')", "select writefile('x', 'y')", "select sleep(9)", "select f()",
    "select get_lock('x', 1)", "select evil.upper(a)", "select query_to_xml('x', true, true, '')",
    "select * from read_csv('x')", "select * from f(1)", "select xp_cmdshell('x')",
    "select benchmark(9, md5(1))", "select evil.now()", "select sys_exec('x')",
    # other statements
    "explain select 1", "explain analyze delete from t", "explain query plan select 1",
    "copy t to '/x'", "copy t from program 'x'", "pragma user_version", "pragma journal_mode = off",
    "set x = 1", "call f()", "show tables", "do 1", "vacuum", "vacuum into 'x'",
    "attach 'x' as y", "detach y", "begin", "commit", "lock table t", "grant all on t to u",
    "revoke all on t from u", "use db", "kill 3", "handler t open",
    "load data infile 'x' into table t",
    "replace into t values (1)", "exec xp_cmdshell 'x'", "execute p", "prepare p as select 1",
    "refresh materialized view v", "analyze", "reindex", "describe t", "import foreign schema a",
    "create function f() returns int as 'x' language sql", "create trigger x", "create role r",
    "create extension x", "create procedure p() begin end", "drop function f", "drop database d",
    "create user u", "alter user u", "alter system set x = 1", "alter role r superuser",
    "create table t as select f(1)", "create table t as select pg_read_file('x')",
    "rename table a to b", "comment on table t is 'x'",
    # two statements without a semicolon (T-SQL)
    "select 1 drop table t", "select * from t shutdown", "select 1 exec xp_cmdshell 'x'",
    "select * from t delete from t", "delete from t drop table t", "select 1 a commit",
    # texts that databases cut in other places
    "select '\\'; drop table t; -- '", "select 1 /*! ; drop table t */", "select 1 /*M! + 1 */",
    "select /*+ x */ 1", "select 1 --1; drop table t", "select 1 # ; drop table t",
    "select 1 /* /* */ ; drop table t -- */", "select $$ ; drop table t; $$",
    "select $a$ ; drop table t; $a$", "select E'\\''", "select e'x'", "select q'[x]'",
    "select N'x'",
    "select X'00'", "select U&'x'", "select _utf8'x'", "select ['] from t", "select `'` from t",
    "select 1\r-- x", "select 1\0", "select\u00a01", "select 1 {{ x }}", "select {# x #} 1",
    "select 'open", 'select "open', "select `open", "select [open", "select 1 /* open",
    "select '''a'''", 'select """a"""', "\u017felect 1", "select 1 un\u0131on select 2",
    "select 1 \u2028 2", "select ``", 'select ""', "select 1x", "select 0x1f", "select a$b",
    "select 1.2.3", "select #", "select 'a'\\",
]  # fmt: skip


@pytest.mark.parametrize("text", UNCOMMON + DOUBTFUL)
def test_what_is_not_sure_has_no_kind(text: str) -> None:
    """Attack: bytebase/dbhub#308 and Easy-Postgres-MCP#3, a write that passes for a read."""
    assert kind_of(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "select " + "(" * 3000,
        "select " + "not " * 2000 + "1",
        "select * from t " + "join t " * 1200,
        "select " + "interval " * 900 + "1",
        "select '" + "''" * 4000,
        "select " + "case when " * 800,
        "select 1" + " " * MAX_LENGTH,
        "select " + "/*" * 4000,
    ],
)
def test_a_text_that_wears_a_parser_out_is_doubt(text: str) -> None:
    """Attack: a model that stops the guard with one argument."""
    start = time.perf_counter()
    assert kind_of(text) is None
    assert time.perf_counter() - start < 5


WRAPPERS = ["{}", " {} ;", "/* x */ {}", "-- x\n{}", "select 1; {}", "{}; select 1", "({})",
            "with y as ({}) select * from y", "select * from ({}) z", "select 1 union {}",
            "select 1 where exists ({})", "select '1' -- ;\n; {}",
            "select 'a''' ; {} ; select '''b'"]  # fmt: skip


@given(st.sampled_from(WRITES + DDL + DOUBTFUL), st.sampled_from(WRAPPERS), st.booleans())
def test_nothing_that_changes_becomes_a_read_by_its_wrapping(
    text: str, wrapper: str, loud: bool
) -> None:
    """Attack: a change behind a comment, in a CTE, a subquery, or after a harmless statement."""
    # A capital of a letter that is no ASCII may be one.
    shown = text.upper() if loud and text.isascii() else text
    assert kind_of(wrapper.format(shown)) != "read"


PIECES = st.sampled_from(
    ["select", "with x as", "from t", "where", "1", "a", "'", '"', "`", "[", "]", "(", ")", ",",
     ";", "--", "-- ", "\n", "\r", "/*", "*/", "/*!", "\\", "$$", "#", "union", "all",
     "drop table t", "delete from t", "insert into t values (1)", "update t set a = 2",
     "pragma user_version = 7",
     "create table u (a)", "attach ':memory:' as m", "returning *", "=", "*", "null", "begin",
     "x", "replace(a, 'b', 'c')", "load_extension('x')", "as", "'x'", "''"]
)  # fmt: skip
READING = {
    sqlite3.SQLITE_SELECT,
    sqlite3.SQLITE_READ,
    sqlite3.SQLITE_FUNCTION,
    sqlite3.SQLITE_RECURSIVE,
}


@given(st.lists(PIECES, max_size=12).map(" ".join) | st.lists(PIECES, max_size=8).map("".join))
def test_what_is_called_a_read_only_reads_in_sqlite(text: str) -> None:
    """SQLite's own parser and authorizer judge: each of its statements, until the first error."""
    kind = kind_of(text)
    assert kind in (None, "read", "write", "ddl")
    if kind == "read":
        assert _actions_of(text) <= READING


@pytest.mark.parametrize("text", READS)
def test_the_judge_of_reads_sees_what_they_do(text: str) -> None:
    """The oracle itself: it finds a change where one is added."""
    assert _actions_of(text) <= READING
    assert not _actions_of(f"drop table t; {text}") <= READING


def _actions_of(text: str) -> set[int]:
    actions: set[int] = set()

    def note(action: int, *_: object) -> int:
        actions.add(action)
        return sqlite3.SQLITE_DENY if action not in READING else sqlite3.SQLITE_OK

    database = sqlite3.connect(":memory:", isolation_level=None)
    try:
        database.execute("create table t (a, b)")
        database.set_authorizer(note)
        for statement in _statements_of(text):
            # One that fails must not hide those behind it.
            try:
                database.executescript(statement)
            except (sqlite3.Error, ValueError):
                continue
    finally:
        database.close()
    return actions


def _statements_of(text: str) -> list[str]:
    """The statements as SQLite cuts them."""
    statements, whole = [], ""
    for piece in text.split(";"):
        whole += f"{piece};"
        if sqlite3.complete_statement(whole):
            statements.append(whole)
            whole = ""
    return [*statements, whole.removesuffix(";")]


@pytest.mark.parametrize(
    ("kinds", "value", "expected"),
    [
        ({"read"}, "select 1", Truth.YES),
        ({"read"}, "delete from t", Truth.NO),
        ({"read", "write"}, "delete from t", Truth.YES),
        ({"read"}, "select f()", Truth.DOUBT),
        ({"ddl"}, "drop table t", Truth.YES),
        ({"ddl"}, "select 1; drop table t", Truth.DOUBT),
        ({"read"}, None, Truth.DOUBT),
        ({"read"}, {"sql": "select 1"}, Truth.DOUBT),
    ],
)
def test_a_kind_is_matched(kinds: set[str], value: object, expected: Truth) -> None:
    """What is not sure is doubt, on either side."""
    assert Sql(frozenset(kinds)).judge(value, AT_NOON) is expected  # type: ignore[arg-type]
