# case: a misspelt kind
CREATE MODLE x AS SELECT 1
----
case.sql:1:8: error syntax: CREATE cannot make MODLE.
  Did you mean MODEL?

# case: a misspelt first word

  CRAETE MODEL x AS SELECT 1
----
case.sql:2:3: error syntax: No statement begins with CRAETE.
  Did you mean CREATE?

# case: options after AS
CREATE MODEL m AS OPTIONS (model_type = 'linear_reg') SELECT 1
----
case.sql:1:19: error syntax: OPTIONS goes before AS.
  Write OPTIONS (…) first, then AS and the query.

# case: options after the query
CREATE TABLE t AS
SELECT a FROM u OPTIONS (unique_key = ['a'])
----
case.sql:2:17: error syntax: OPTIONS goes before AS.
  Write OPTIONS (…) first, then AS and the query.

# case: a misspelt clause
CREATE MODEL m OPTOINS (a = 1) AS SELECT 1
----
case.sql:1:16: error syntax: Expected TRANSFORM, OPTIONS or AS, not OPTOINS.
  Did you mean OPTIONS?

# case: a misspelt word of a query
CREATE TABLE t AS
SELECT a
FORM u
----
case.sql:3:1: error syntax: 'FORM' cannot stand here.
  Did you mean FROM?

# case: an unquoted value
CREATE MODEL m OPTIONS (model_type = linear_reg) AS SELECT 1
----
case.sql:1:38: error syntax: linear_reg is not a value.
  Text stands in quotes: 'linear_reg'.

# case: a computed value
CREATE MODEL m OPTIONS (a = concat('x', 'y')) AS SELECT 1
----
case.sql:1:29: error syntax: A constant value is needed here, not a call of concat.

# case: an option without a value
CREATE MODEL m OPTIONS (a, b = 1) AS SELECT 1
----
case.sql:1:26: error syntax: Expected = and a value after a, not ,.

# case: an option twice
CREATE MODEL m OPTIONS (a = 1, A = 2) AS SELECT 1
----
case.sql:1:32: error syntax: The option a is given twice.

# case: a comma is missing
CREATE MODEL m OPTIONS (a = 1 b = 2) AS SELECT 1
----
case.sql:1:31: error syntax: Expected a comma or a closing bracket, not b.

# case: a parenthesis is missing
CREATE MODEL m OPTIONS (a = 1
----
case.sql:1:29: error syntax: Expected a comma or a closing bracket, but the text ends.

# case: a letter too few
CREATE TABLE t AS SELECT a FRM u
----
case.sql:1:28: error syntax: 'FRM' cannot stand here.
  Did you mean FROM?

# case: a letter doubled
CREATE TABLE t AS SELECT a FROM u WHHERE b = 1 ORDER BY c
----
case.sql:1:35: error syntax: 'WHHERE' cannot stand here.
  Did you mean WHERE?

# case: OPTIONS twice
CREATE MODEL m OPTIONS (a = 1) OPTIONS (b = 1) AS SELECT 1
----
case.sql:1:32: error syntax: OPTIONS is given twice.

# case: a remote model
CREATE MODEL m REMOTE OPTIONS (a = 1)
----
case.sql:1:23: error syntax: Expected WITH, not OPTIONS.

# case: holidays without training data
CREATE MODEL m OPTIONS (a = 1) AS (custom_holiday AS (SELECT 2))
----
case.sql:1:35: error syntax: There is no training_data.
  Write AS (training_data AS (SELECT …)).

# case: training data twice
CREATE MODEL m OPTIONS (a = 1) AS (training_data AS (SELECT 1), training_data AS (SELECT 2))
----
case.sql:1:65: error syntax: training_data is given twice.

# case: another query beside the training data
CREATE MODEL m OPTIONS (a = 1) AS (training_data AS (SELECT 1), custom_holidays AS (SELECT 2))
----
case.sql:1:65: error syntax: Expected training_data or custom_holiday, not custom_holidays.
  Did you mean custom_holiday?

# case: the wrong watched kind
CREATE MONITOR w ON MODEL m BREACH WHEN a > 1
----
case.sql:1:21: error syntax: Expected ENDPOINT or TABLE, not MODEL.

# case: a predicate that ends too early
CREATE GOAL g ON MODEL m ACCEPT WHEN roc_auc >
----
case.sql:1:46: error syntax: Something is missing at the end.

# case: a predicate that goes on
CREATE GOAL g ON MODEL m ACCEPT WHEN roc_auc > 0.5 ADN b > 1
----
case.sql:1:52: error syntax: 'ADN' cannot stand here.
  Did you mean AND?

# case: a query as a predicate
CREATE GOAL g ON MODEL m ACCEPT WHEN SELECT 1
----
case.sql:1:38: error syntax: 'SELECT' cannot stand here.

# case: an empty check
CREATE ASSERTION a ON t CHECK ()
----
case.sql:1:32: error syntax: Expected a condition, not ).

# case: a misspelt event
CREATE TRIGGER r ON SCHEDUL 'x' DO RUN PROJECT
----
case.sql:1:21: error syntax: Expected SCHEDULE or ARRIVAL or BREACH or LABELS, not SCHEDUL.
  Did you mean SCHEDULE?

# case: a misspelt action
CREATE TRIGGER r ON SCHEDULE 'x' DO RETRIAN MODEL m
----
case.sql:1:37: error syntax: Expected RETRAIN or REFRESH or RUN or ROLLBACK or NOTIFY, not RETRIAN.
  Did you mean RETRAIN?

# case: no labels
CREATE TRIGGER r ON LABELS OF e (0) DO RUN PROJECT
----
case.sql:1:34: error syntax: The number of labels is a whole number of at least 1.

# case: a negative share
ALTER ENDPOINT e SET TRAFFIC (champion = -1)
----
case.sql:1:42: error syntax: A share of traffic is a number of at least 0.

# case: a change given twice
ALTER ENDPOINT e SET SHADOW (), TRAFFIC (champion = 100), SHADOW (2)
----
case.sql:1:59: error syntax: SHADOW is given twice.

# case: a shadow of nothing
ALTER ENDPOINT e SET SHADOW (candidate = 0)
----
case.sql:1:42: error syntax: A shadow's share is a number above 0 and up to 100.

# case: a reason that is no text
ALTER ENDPOINT e SET SHADOW () BECAUSE reasons
----
case.sql:1:40: error syntax: Expected the reason in quotes, not reasons.

# case: a misspelt change
ALTER ENDPOINT e SET TRAFIC (champion = 1)
----
case.sql:1:22: error syntax: Expected TRAFFIC or SHADOW or OPTIONS, not TRAFIC.
  Did you mean TRAFFIC?

# case: a misspelt altered kind
ALTER ENDPIONT e SET SHADOW ()
----
case.sql:1:7: error syntax: ALTER cannot change ENDPIONT.
  Did you mean ENDPOINT?

# case: an alias that is a number
ALTER MODEL m SET ALIAS 3 = 4
----
case.sql:1:25: error syntax: An alias is a word, not a number.

# case: an export without options
EXPORT MODEL m
----
case.sql:1:14: error syntax: Expected OPTIONS (uri = 'dir'), but the text ends.

# case: a misspelt export
EXPORT MODLE m OPTIONS (uri = 'x')
----
case.sql:1:8: error syntax: Expected MODEL or DATABASE, not MODLE.
  Did you mean MODEL?

# case: a misspelt dropped kind
DROP MODLE m
----
case.sql:1:6: error syntax: There is no kind MODLE.
  Did you mean MODEL?

# case: too much to drop
DROP MODEL m, n
----
case.sql:1:13: error syntax: Expected CASCADE or the end, not ,.

# case: a misspelt list
SHOW VERSOINS OF m
----
case.sql:1:6: error syntax: There is no list VERSOINS to show.
  Did you mean 'VERSIONS'?

# case: a list that there is not
SHOW THINGS OF m
----
case.sql:1:6: error syntax: There is no list THINGS to show.
  Known: TABLES, VIEWS, ASSERTIONS, MODELS, GOALS, ENDPOINTS, MONITORS, EXPERIMENTS, TRIGGERS, VERSIONS, RUNS, STEPS, HISTORY, EVALUATIONS, EXPERIMENT, RELEASES, REJECTS, REPORT, LINEAGE, FUNCTIONS, MODEL_TYPES.

# case: a described kind that there is not
DESCRIBE FOO x
----
case.sql:1:10: error syntax: There is no kind FOO to describe.
  Known: TABLE, VIEW, ASSERTION, MODEL, GOAL, ENDPOINT, MONITOR, EXPERIMENT, TRIGGER; DESCRIBE with a name alone tells the columns of a table.

# case: a kind without a name
DESCRIBE MODEL
----
case.sql:1:10: error syntax: Expected the name of a model, but the text ends.

# case: a misspelt described kind
DESCRIBE ENDPONT e
----
case.sql:1:10: error syntax: There is no kind ENDPONT.
  Did you mean ENDPOINT?

# case: a label without its word
DESCRIBE TABLE t FOR LABL y
----
case.sql:1:22: error syntax: Expected LABEL, not LABL.
  Did you mean LABEL?

# case: a label that is not named
DESCRIBE TABLE t FOR LABEL
----
case.sql:1:22: error syntax: Expected the name of the label, but the text ends.

# case: a model has no label to be looked at for
DESCRIBE MODEL m FOR LABEL y
----
case.sql:1:18: error syntax: The statement should end here, not FOR.

# case: an unknown dialect
SET dialect = 'bigqury'
----
case.sql:1:15: error syntax: There is no dialect 'bigqury'.
  Did you mean bigquery?

# case: OR REPLACE and IF NOT EXISTS
CREATE OR REPLACE TABLE IF NOT EXISTS t AS SELECT 1
----
case.sql:1:25: error syntax: OR REPLACE and IF NOT EXISTS exclude each other.

# case: a name with too many parts
CREATE MODEL a.b.c.d AS SELECT 1
----
case.sql:1:14: error syntax: The name of a model has too many parts.
  Write schema.name.

# case: a name with a dot
CREATE MODEL "a.b" AS SELECT 1
----
case.sql:1:14: error syntax: A name cannot hold a dot.

# case: a name with a dash
CREATE MODEL a-b AS SELECT 1
----
case.sql:1:14: error syntax: A name with a dash needs quotes: a-b.

# case: no name
CREATE MODEL
----
case.sql:1:8: error syntax: Expected the name of a model, but the text ends.

# case: a quote that is never closed
SELECT 'abc
----
case.sql:1:8: error syntax: This quote or comment is never closed.

# case: a comment that is never closed
SELECT 1 /* abc
----
case.sql:1:10: error syntax: This quote or comment is never closed.

# case: a table function as a value
SELECT ML.PREDICT(MODEL m, TABLE t)
----
case.sql:1:25: error syntax: 'm' cannot stand here.
  ML.PREDICT gives a table: write SELECT … FROM ML.PREDICT(…).

# case: an unmarked table in a call
SELECT * FROM ML.PREDICT(MODEL m, t)
----
case.sql:1:35: error syntax: t is neither marked as a model nor as a table.
  Write MODEL t for a model, TABLE t for a table.

# case: an unmarked model in a call
SELECT * FROM ML.PREDICT(m, TABLE t)
----
case.sql:1:26: error syntax: m is neither marked as a model nor as a table.
  Write MODEL m for a model, TABLE m for a table.

# case: a bare query in a call
SELECT * FROM ML.PREDICT(MODEL m, SELECT 1)
----
case.sql:1:35: error syntax: A query stands in parentheses here.
  Write (SELECT …).

# case: a call's argument twice
SELECT * FROM ML.PREDICT(MODEL m, STRUCT(1 AS a), a => 2)
----
case.sql:1:51: error syntax: a is given twice.

# case: a call that is never closed
SELECT * FROM ML.PREDICT(MODEL m, TABLE t
----
case.sql:1:41: error syntax: Something is missing at the end.

# case: STRUCT without names in a call
SELECT * FROM ML.PREDICT(MODEL m, STRUCT(0.5))
----
case.sql:1:35: error syntax: Name every field of this STRUCT: value AS name.

# case: a misspelled range of a tuning
CREATE MODEL m OPTIONS (model_type = 'linear_reg', l2_reg = HPARAM_RANG(0, 1)) AS SELECT 1
----
case.sql:1:61: error syntax: A constant value is needed here, not a call of HPARAM_RANG.
  Did you mean HPARAM_RANGE?

# case: a range of a tuning that is none
CREATE MODEL m OPTIONS (l2_reg = HPARAM_RANGE(5, 1)) AS SELECT 1
----
case.sql:1:34: error syntax: HPARAM_RANGE takes the lower number first.

# case: a range of a tuning with one bound
CREATE MODEL m OPTIONS (l2_reg = HPARAM_RANGE(5)) AS SELECT 1
----
case.sql:1:34: error syntax: HPARAM_RANGE takes two numbers: lowest, highest.

# case: no candidates
CREATE MODEL m OPTIONS (l2_reg = HPARAM_CANDIDATES([])) AS SELECT 1
----
case.sql:1:34: error syntax: HPARAM_CANDIDATES takes a list of at least one value: [8, 16].
