"""The words, functions and parts of syntax trees (as sqlglot calls them) of each kind of SQL."""

from typing import Final

_TREES = "Insert Update Delete Merge"
_READ_SYNTAX = """
Alias And Any Array AtTimeZone Between BitwiseAnd BitwiseLeftShift BitwiseNot BitwiseOr
BitwiseRightShift BitwiseXor Boolean Bracket Case Cast Collate Column CTE Cube DataType
DataTypeParam Distinct Div DPipe EQ Escape Except Exists Extract Fetch Filter From Group
GroupingSets GT GTE Having Identifier If ILike In IntDiv Intersect Interval Is JSONBExtract
JSONExtract JSONExtractScalar JSONKeyValue JSONPath JSONPathKey JSONPathRoot JSONPathSubscript
JSONPathWildcard Join Lateral Like Limit LimitOptions Literal LT LTE Mod Mul Neg NEQ Not Null
NullSafeEQ NullSafeNEQ Offset Or Order Ordered Parameter Paren Placeholder Rollup Select SimilarTo
Slice Star Sub Add Subquery Table TableAlias TryCast Tuple Union Values Var Where Window WindowSpec
With WithinGroup Xor
"""
_READ_FUNCTIONS = """
Abs ArrayAgg ArraySize ArrayToString Ascii Avg Ceil Chr Coalesce Concat ConcatWs Corr Count CumeDist
CurrentDate CurrentSchema CurrentTime CurrentTimestamp CurrentUser CurrentVersion Date DateAdd
DateDiff DateSub DateTrunc Datetime Day DayOfMonth DayOfWeek DayOfYear Decode DenseRank Encode Exp
ExplodingGenerateSeries Explode FirstValue Floor GenerateSeries Greatest GroupConcat Hex Hour
Initcap JSONArrayAgg JSONObject JSONObjectAgg JustifyDays Lag LastDay LastValue Lead Least Left
Length Ln Log LogicalAnd LogicalOr Lower Max MD5 Median Min Minute Mode Month NthValue Ntile Nullif
NumberToStr Overlay Pad PercentRank PercentileCont PercentileDisc Pow Quarter Rand Rank RegexpLike
RegexpReplace Repeat Replace Reverse Right Round RowNumber Second SHA SHA2 Sign SplitPart Sqrt
StartsWith Stddev StddevPop StddevSamp StrPosition StrToDate StrToTime Substring Sum Time TimeToStr
TimestampTrunc ToChar ToNumber Translate Trim Trunc TsOrDsToDate TsOrDsToTimestamp Typeof
UnixToTime Unnest Upper Uuid Variance VariancePop Week Year
"""
READ: Final = frozenset((_READ_SYNTAX + _READ_FUNCTIONS).split())
WRITE: Final = frozenset(f"{_TREES} OnConflict Returning Schema When Whens".split())

FUNCTIONS: Final = frozenset(
    """
    age cardinality changes date_format date_part datetime every found_rows from_unixtime
    json_agg json_array_length json_build_object json_group_array json_group_object json_object_agg
    json_typeof json_unquote json_valid jsonb_agg jsonb_array_elements jsonb_array_length
    jsonb_build_object julianday last_insert_rowid make_date now octet_length pg_relation_size
    pg_size_pretty pg_total_relation_size printf quote regexp_matches row_to_json sqlite_version
    strftime time to_date to_json to_jsonb to_timestamp total total_changes unix_timestamp
    """.split()  # noqa: SIM905
)
"""Functions that have no class of their own there, and change nothing."""

DDL_KINDS: Final = {
    "Create": frozenset({"TABLE", "VIEW", "INDEX", "SCHEMA"}),
    "Drop": frozenset({"TABLE", "VIEW", "INDEX", "SCHEMA", "COLUMN"}),
    "Alter": frozenset({"TABLE", "VIEW", "INDEX"}),
}
NO_DDL: Final = frozenset(f"{_TREES} AnonymousAggFunc Command Copy Dot Into Pragma Set Use".split())

_ACTS = frozenset(
    """
    alter analyze attach backup begin bulk call checkpoint commit copy create dbcc deallocate delete
    deny describe detach do drop dumpfile exec execute explain function grant handler insert install
    into kill load lock merge openquery openrowset opendatasource outfile perform pragma prepare
    procedure reconfigure refresh reindex restore revoke rollback savepoint set show shutdown
    trigger truncate unload unlock update upsert use vacuum waitfor
    """.split()  # noqa: SIM905
)
"""What begins a statement or reaches beyond a query, and so must not stand within one.

Some databases need no `;` between two statements.
"""
_CHANGES = frozenset({"insert", "update", "delete", "merge", "into", "set", "do"})
BEGINNINGS: Final = {
    "read": (frozenset({"select", "with"}), _ACTS),
    "write": (frozenset({"insert", "update", "delete", "merge", "with"}), _ACTS - _CHANGES),
    "ddl": (
        frozenset({"create", "drop", "alter", "truncate"}),
        _ACTS - {"alter", "drop", "set", "update", "delete"},
    ),
}
"""For each kind: how its statements begin, and which words never follow."""
