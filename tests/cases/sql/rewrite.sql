# case: a query without anything to replace stays byte for byte
SELECT  a, -- why
  'it''s' FROM t WHERE x::DOUBLE > 1 AND y ILIKE 'a%'
----
SELECT  a, -- why
  'it''s' FROM t WHERE x::DOUBLE > 1 AND y ILIKE 'a%'

# case: a model call with a table
SELECT * FROM ML.PREDICT(MODEL sales.m, TABLE raw.t)
----
ML.PREDICT model=sales.m
  input: SELECT * FROM raw.t
SELECT * FROM rel_1

# case: a call keeps its alias and joins
SELECT p.a FROM ML.PREDICT(MODEL m, (SELECT a FROM raw.t)) AS p JOIN raw.u USING (a)
----
ML.PREDICT model=m
  input: SELECT a FROM raw.t
SELECT p.a FROM rel_1 AS p JOIN raw.u USING (a)

# case: a version by number and by alias
SELECT * FROM ML.WEIGHTS(MODEL m VERSION 3), ML.WEIGHTS(MODEL m VERSION Candidate) w
----
ML.WEIGHTS model=m@3
ML.WEIGHTS model=m@candidate
SELECT * FROM rel_1, rel_2 w

# case: the innermost call comes first
SELECT * FROM ML.EVALUATE(MODEL m, (SELECT *, 1 AS y FROM ML.PREDICT(MODEL n, (SELECT * FROM raw.t))))
----
ML.PREDICT model=n
  input: SELECT * FROM raw.t
ML.EVALUATE model=m
  input: SELECT *, 1 AS y FROM rel_1
SELECT * FROM rel_2

# case: data and options come in any order
SELECT * FROM ML.EXPLAIN_PREDICT(MODEL m, STRUCT(3 AS top_k_features, true AS approx_feature_contrib), (SELECT 1 AS a))
----
ML.EXPLAIN_PREDICT model=m
  input: SELECT 1 AS a
  top_k_features = 3
  approx_feature_contrib = True
SELECT * FROM rel_1

# case: options by name
SELECT * FROM ML.PREDICT(MODEL m, TABLE t, threshold => 0.3, Keep_Original_Columns := TRUE)
----
ML.PREDICT model=m
  input: SELECT * FROM t
  threshold = 0.3
  keep_original_columns = True
SELECT * FROM rel_1

# case: two tables
SELECT * FROM ML.VALIDATE_DATA_DRIFT(TABLE a, (SELECT * FROM b), STRUCT(0.2 AS categorical_default_threshold))
----
ML.VALIDATE_DATA_DRIFT
  input: SELECT * FROM a
  input: SELECT * FROM b
  categorical_default_threshold = 0.2
SELECT * FROM rel_1

# case: thresholds as an array
SELECT * FROM ML.ROC_CURVE(MODEL m, TABLE t, [0.25, 0.5])
----
ML.ROC_CURVE model=m
  input: SELECT * FROM t
  argument: [0.25, 0.5]
SELECT * FROM rel_1

# case: thresholds as a generated array
SELECT * FROM ML.ROC_CURVE(MODEL m, TABLE t, GENERATE_ARRAY(0.5, 1.5, 0.5))
----
ML.ROC_CURVE model=m
  input: SELECT * FROM t
  argument: [0.5, 1.0, 1.5]
SELECT * FROM rel_1

# case: a call in a subquery of a select list
SELECT (SELECT max(a) FROM ML.PREDICT(MODEL m, TABLE t)) AS top, b IN (SELECT b FROM ML.WEIGHTS(MODEL m)) FROM u
----
ML.PREDICT model=m
  input: SELECT * FROM t
ML.WEIGHTS model=m
SELECT (SELECT max(a) FROM rel_1) AS top, b IN (SELECT b FROM rel_2) FROM u

# case: a call reads the WITH around it
WITH fresh AS (SELECT * FROM raw.t), big AS (SELECT * FROM fresh WHERE a > 1), unread AS (SELECT 1)
SELECT * FROM ML.PREDICT(MODEL m, TABLE big)
----
ML.PREDICT model=m
  input: WITH fresh AS (SELECT * FROM raw.t), big AS (SELECT * FROM fresh WHERE a > 1) SELECT * FROM big
WITH fresh AS (SELECT * FROM raw.t), big AS (SELECT * FROM fresh WHERE a > 1), unread AS (SELECT 1)
SELECT * FROM rel_1

# case: a call inside a WITH and one that reads it
WITH p AS (SELECT * FROM ML.PREDICT(MODEL m, TABLE t)) SELECT * FROM ML.EVALUATE(MODEL m, (SELECT a FROM p))
----
ML.PREDICT model=m
  input: SELECT * FROM t
ML.EVALUATE model=m
  input: WITH p AS (SELECT * FROM rel_1) SELECT a FROM p
WITH p AS (SELECT * FROM rel_1) SELECT * FROM rel_2

# case: an inner WITH hides the outer one of the same name
WITH x AS (SELECT 1 AS a) SELECT * FROM ML.PREDICT(MODEL m, (WITH x AS (SELECT 2 AS a) SELECT * FROM x)), x
----
ML.PREDICT model=m
  input: WITH x AS (SELECT 2 AS a) SELECT * FROM x
WITH x AS (SELECT 1 AS a) SELECT * FROM rel_1, x

# case: an inner WITH beside an outer one
WITH x AS (SELECT 1 AS a) SELECT * FROM ML.PREDICT(MODEL m, (WITH y AS (SELECT * FROM x) SELECT * FROM y))
----
ML.PREDICT model=m
  input: WITH x AS (SELECT 1 AS a) SELECT * FROM (WITH y AS (SELECT * FROM x) SELECT * FROM y)
WITH x AS (SELECT 1 AS a) SELECT * FROM rel_1

# case: a recursive WITH
WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n < 3) SELECT * FROM ML.PREDICT(MODEL m, TABLE r)
----
ML.PREDICT model=m
  input: WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n < 3) SELECT * FROM r
WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n < 3) SELECT * FROM rel_1

# case: insert
INSERT INTO d.t SELECT * FROM ML.PREDICT(MODEL m, TABLE u)
----
ML.PREDICT model=m
  input: SELECT * FROM u
INSERT INTO d.t SELECT * FROM rel_1

# case: copy
COPY (SELECT * FROM ML.PREDICT(MODEL m, TABLE u)) TO 'out.parquet' (FORMAT parquet)
----
ML.PREDICT model=m
  input: SELECT * FROM u
COPY (SELECT * FROM rel_1) TO 'out.parquet' (FORMAT parquet)

# case: explain
EXPLAIN ANALYZE SELECT * FROM ML.PREDICT(MODEL m, TABLE u)
----
ML.PREDICT model=m
  input: SELECT * FROM u
EXPLAIN ANALYZE SELECT * FROM rel_1

# case: temporary table
CREATE TEMP TABLE x AS SELECT * FROM ML.PREDICT(MODEL m, TABLE u)
----
ML.PREDICT model=m
  input: SELECT * FROM u
CREATE TEMP TABLE x AS SELECT * FROM rel_1

# case: union of two calls
SELECT * FROM ML.PREDICT(MODEL a, TABLE u) UNION ALL FROM ML.PREDICT(MODEL b, TABLE u)
----
ML.PREDICT model=a
  input: SELECT * FROM u
ML.PREDICT model=b
  input: SELECT * FROM u
SELECT * FROM rel_1 UNION ALL FROM rel_2

# case: quoted Korean names
SELECT * FROM ML.PREDICT(MODEL "판매"."모델 1", TABLE "원본"."고객 표") AS 예측
----
ML.PREDICT model=판매.모델 1
  input: SELECT * FROM "원본"."고객 표"
SELECT * FROM rel_1 AS 예측

# case: back quotes in the DuckDB dialect
SELECT * FROM ML.PREDICT(MODEL `p.sales.m`, TABLE `p.raw.t`)
----
ML.PREDICT model=sales.m
  input: SELECT * FROM "raw"."t"
SELECT * FROM rel_1

# case: comments inside a call
SELECT * FROM ML.PREDICT( -- the model
  MODEL m, /* the data */ (SELECT a -- a
 FROM t))
----
ML.PREDICT model=m
  input: SELECT a -- a
 FROM t
SELECT * FROM rel_1

# case: a file as a table
SELECT * FROM 'data/*.csv.gz'
----
SELECT * FROM csv(['data/*.csv.gz'], {}) AS "*"

# case: a file keeps its alias
SELECT d.a FROM 'data/2020.parquet' AS d, '데이터/고객.xlsx' e
----
SELECT d.a FROM parquet(['data/2020.parquet'], {}) AS d, excel(['데이터/고객.xlsx'], {}) e

# case: a file inside an archive
SELECT * FROM 'data/bikes.zip/hour.csv'
----
SELECT * FROM csv(['data/bikes.zip/hour.csv'], {}) AS "hour"

# case: file readers with options
SELECT * FROM read_csv(['a.csv', 'b.csv'], header = true, columns = {'A': 'INTEGER', 'b': 'DATE'}, delim := '|', nullstr => ['', 'NA'])
----
SELECT * FROM csv(['a.csv', 'b.csv'], {'header': True, 'columns': {'A': 'INTEGER', 'b': 'DATE'}, 'delim': '|', 'nullstr': ['', 'NA']}) AS "read_csv"

# case: every file reader
FROM read_csv_auto('a'), read_json('b'), read_json_auto('c'), read_ndjson('d'), parquet_scan('e'), read_parquet('f'), read_xlsx('g', sheet = 'S', range = 'A1:B2'), read_text('h')
----
FROM csv(['a'], {}) AS "read_csv_auto", json(['b'], {}) AS "read_json", json(['c'], {}) AS "read_json_auto", json(['d'], {'format': 'newline_delimited'}) AS "read_ndjson", parquet(['e'], {}) AS "parquet_scan", parquet(['f'], {}) AS "read_parquet", excel(['g'], {'sheet': 'S', 'range': 'A1:B2'}) AS "read_xlsx", text(['h'], {}) AS "read_text"

# case: a reader with a computed path is DuckDB's
SELECT * FROM read_csv(getvariable('path'))
----
SELECT * FROM read_csv(getvariable('path'))

# case: a file as data of a call
SELECT * FROM ML.PREDICT(MODEL m, (SELECT * FROM 'x.csv')), ML.PREDICT(MODEL m, TABLE 'y.json')
----
ML.PREDICT model=m
  input: SELECT * FROM csv(['x.csv'], {}) AS "x"
ML.PREDICT model=m
  input: SELECT * FROM json(['y.json'], {}) AS "y"
SELECT * FROM rel_1, rel_2

# case: a string that is no file stays
SELECT 'x.csv' AS name FROM t WHERE b = 'data/y.csv'
----
SELECT 'x.csv' AS name FROM t WHERE b = 'data/y.csv'

# case: a replaced table goes on under its name
# replace: raw.t
SELECT t.a, raw.t.b FROM raw.t WHERE EXISTS (SELECT 1 FROM raw.t AS x)
----
SELECT t.a, t.b FROM (SELECT 1 AS a) AS "t" WHERE EXISTS (SELECT 1 FROM (SELECT 1 AS a) AS x)

# case: a table in a WITH and in a call is replaced
# replace: raw.t
WITH x AS (FROM raw.t) SELECT * FROM ML.PREDICT(MODEL m, TABLE raw.t) JOIN x ON true
----
ML.PREDICT model=m
  input: SELECT * FROM (SELECT 1 AS a) AS "t"
WITH x AS (FROM (SELECT 1 AS a) AS "t") SELECT * FROM rel_1 JOIN x ON true

# case: a WITH of the same name is not replaced
# replace: t
WITH t AS (SELECT 2 AS a) SELECT * FROM t
----
WITH t AS (SELECT 2 AS a) SELECT * FROM t

# case: BigQuery names drop their project
# dialect: bigquery
SELECT * FROM `my-project.d.t` JOIN my-project.d.u USING (a) JOIN `p`.`d`.`v` AS v USING (a)
----
SELECT * FROM "d"."t" JOIN d.u USING (a) JOIN "d"."v" AS v USING (a)

# case: BigQuery functions become DuckDB's
# dialect: bigquery
SELECT SAFE_CAST(x AS INT64) AS x, DATE_TRUNC(d, MONTH) AS m, IF(a > 1, "yes", 'no') AS f, * EXCEPT (y) FROM d.t # why
WHERE SAFE_DIVIDE(a, b) > 1
----
SELECT CASE TYPEOF(x) WHEN 'VARCHAR' THEN CASE WHEN REGEXP_FULL_MATCH(CAST(x AS TEXT), '\s*[+-]?([0-9]+|0[xX][0-9a-fA-F]+)\s*') THEN TRY_CAST(x AS BIGINT) ELSE NULL END ELSE TRY_CAST(x AS BIGINT) END AS x, CAST_TO_TYPE(DATE_TRUNC('MONTH', d), d) AS m, CASE WHEN a > 1 THEN 'yes' ELSE 'no' END AS f, * EXCLUDE (y) FROM d.t /* why */ WHERE CASE WHEN b <> 0 THEN a / b ELSE NULL END > 1

# case: a BigQuery call with a query
# dialect: bigquery
SELECT * FROM ML.PREDICT(MODEL `p.d.m`,
  (SELECT * EXCEPT(label) FROM `p.d.t` WHERE SAFE_DIVIDE(a, b) > 1)) AS x WHERE x.a > 1
----
ML.PREDICT model=d.m
  input: SELECT * EXCLUDE (label) FROM "d"."t" WHERE CASE WHEN b <> 0 THEN a / b ELSE NULL END > 1
SELECT * FROM rel_1 AS x WHERE x.a > 1

# case: a BigQuery call reads the WITH around it
# dialect: bigquery
WITH f AS (SELECT SAFE_CAST(a AS INT64) AS a FROM p.d.t) SELECT * FROM ML.EVALUATE(MODEL p.d.m, TABLE f, STRUCT(0.55 AS threshold))
----
ML.EVALUATE model=d.m
  input: WITH f AS (SELECT CASE TYPEOF(a) WHEN 'VARCHAR' THEN CASE WHEN REGEXP_FULL_MATCH(CAST(a AS TEXT), '\s*[+-]?([0-9]+|0[xX][0-9a-fA-F]+)\s*') THEN TRY_CAST(a AS BIGINT) ELSE NULL END ELSE TRY_CAST(a AS BIGINT) END AS a FROM d.t) SELECT * FROM f
  threshold = 0.55
WITH f AS (SELECT CASE TYPEOF(a) WHEN 'VARCHAR' THEN CASE WHEN REGEXP_FULL_MATCH(CAST(a AS TEXT), '\s*[+-]?([0-9]+|0[xX][0-9a-fA-F]+)\s*') THEN TRY_CAST(a AS BIGINT) ELSE NULL END ELSE TRY_CAST(a AS BIGINT) END AS a FROM d.t) SELECT * FROM rel_1

# case: BigQuery replaces tables too
# dialect: bigquery
# replace: d.t
SELECT t.a FROM `p.d.t` WHERE a > 1
----
SELECT t.a FROM (SELECT 1 AS a) AS "t" WHERE a > 1

# case: a BigQuery array beside its table is no table
# dialect: bigquery
SELECT item FROM d.t AS t, t.items AS item
----
SELECT item FROM d.t AS t CROSS JOIN (SELECT UNNEST(t.items, max_depth => 2) AS item) AS item

# case: bigframes: three quoted parts and a query on a new line
# dialect: bigquery
SELECT * FROM ML.PREDICT(MODEL `bqml`.`tests`.`model`,
  (SELECT 1 AS x))
----
ML.PREDICT model=tests.model
  input: SELECT CAST(1 AS BIGINT) AS x
SELECT * FROM rel_1

# case: bigframes: double-quoted text and Python-case booleans in STRUCT
# dialect: bigquery
SELECT * FROM ML.EVALUATE(MODEL `p.d.m`, STRUCT("CLASSIFICATION" AS task_type, True AS `Flag`))
----
ML.EVALUATE model=d.m
  task_type = 'CLASSIFICATION'
  flag = True
SELECT * FROM rel_1

# case: bigframes: STRUCT before the query
# dialect: bigquery
SELECT * FROM ML.DETECT_ANOMALIES(MODEL `p.d.m`,
  STRUCT(0.2 AS contamination),
  (SELECT 1 AS a))
----
ML.DETECT_ANOMALIES model=d.m
  input: SELECT CAST(1 AS BIGINT) AS a
  contamination = 0.2
SELECT * FROM rel_1

# case: bigframes: a call without data
# dialect: bigquery
SELECT * FROM ML.GLOBAL_EXPLAIN(MODEL `p.d.m`, STRUCT(TRUE AS class_level_explain))
----
ML.GLOBAL_EXPLAIN model=d.m
  class_level_explain = True
SELECT * FROM rel_1

# case: bigframes: a query in more parentheses
# dialect: bigquery
SELECT * FROM ML.CONFUSION_MATRIX(MODEL `p.d.m`, ((SELECT 1 AS a)))
----
ML.CONFUSION_MATRIX model=d.m
  input: (SELECT CAST(1 AS BIGINT) AS a)
SELECT * FROM rel_1

# case: bigframes: every inspection function
# dialect: bigquery
SELECT * FROM ML.TRAINING_INFO(MODEL m), ML.FEATURE_INFO(MODEL m), ML.WEIGHTS(MODEL m, STRUCT(TRUE AS standardize)), ML.FEATURE_IMPORTANCE(MODEL m)
----
ML.TRAINING_INFO model=m
ML.FEATURE_INFO model=m
ML.WEIGHTS model=m
  standardize = True
ML.FEATURE_IMPORTANCE model=m
SELECT * FROM rel_1 CROSS JOIN rel_2 CROSS JOIN rel_3 CROSS JOIN rel_4
