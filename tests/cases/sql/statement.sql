# case: create table with options
CREATE OR REPLACE TABLE raw.trips
  OPTIONS (Unique_Key = ['id', 'day'], time_column = 'day', max_rejects = 10)
AS SELECT * FROM 'data/*.csv';
----
CreateTable(name='raw.trips', query=«SELECT * FROM 'data/*.csv'», options={unique_key: ['id', 'day'], time_column: 'day', max_rejects: 10}, replace=True)

# case: create table without options
create table if not exists t as from u
----
CreateTable(name='t', query=«from u», if_not_exists=True)

# case: column definitions, temporary tables and attached databases are DuckDB's
CREATE TABLE t (a INTEGER);
CREATE TEMP TABLE t AS SELECT 1;
CREATE TABLE db.s.t AS SELECT 1;
DROP TABLE db.s.t;
CREATE VIEW v (a) AS SELECT 1
----
Passthrough(query=«CREATE TABLE t (a INTEGER)»)
Passthrough(query=«CREATE TEMP TABLE t AS SELECT 1»)
Passthrough(query=«CREATE TABLE db.s.t AS SELECT 1»)
Passthrough(query=«DROP TABLE db.s.t»)
Passthrough(query=«CREATE VIEW v (a) AS SELECT 1»)

# case: create view
CREATE VIEW v OPTIONS (description = 'all of it') AS (SELECT 1 AS a)
----
CreateView(name='v', query=«(SELECT 1 AS a)», options={description: 'all of it'})

# case: create assertion
CREATE ASSERTION a ON raw.t CHECK (x BETWEEN 1 AND 2 AND (y > 0 OR y IS NULL)) OPTIONS (severity = 'warn')
----
CreateAssertion(name='a', table='raw.t', predicate=«x BETWEEN 1 AND 2 AND (y > 0 OR y IS NULL)», options={severity: 'warn'})

# case: create model, clauses in BigQuery's order
CREATE MODEL IF NOT EXISTS d.m
TRANSFORM (* EXCEPT (day), ML.STANDARD_SCALER(a) OVER () AS a, y)
OPTIONS (model_type = 'linear_reg')
AS SELECT * FROM t
----
CreateModel(name='d.m', query=«SELECT * FROM t», transform=«* EXCEPT (day), ML.STANDARD_SCALER(a) OVER () AS a, y», options={model_type: 'linear_reg'}, if_not_exists=True)

# case: create model, options before transform
CREATE OR REPLACE MODEL m OPTIONS (model_type = 'linear_reg') TRANSFORM (a, y) AS SELECT a, y FROM t
----
CreateModel(name='m', query=«SELECT a, y FROM t», transform=«a, y», options={model_type: 'linear_reg'}, replace=True)

# case: bigframes: mixed-case keys and values
# dialect: bigquery
CREATE OR REPLACE MODEL `bqml`.`tests`.`m`
OPTIONS(
  model_type='LINEAR_REG',
  data_split_method='NO_SPLIT',
  optimize_strategy='normal_equation',
  fit_intercept=TRUE,
  l2_reg=0.0,
  max_iterations=20,
  learn_rate_strategy='line_search',
  min_rel_progress=0.01,
  calculate_p_values=False,
  enable_global_explain=False,
  INPUT_LABEL_COLS=['y'])
AS SELECT * FROM `p`.`d`.`t`
----
CreateModel(name='tests.m', query=«SELECT * FROM `p`.`d`.`t`», options={model_type: 'LINEAR_REG', data_split_method: 'NO_SPLIT', optimize_strategy: 'normal_equation', fit_intercept: True, l2_reg: 0.0, max_iterations: 20, learn_rate_strategy: 'line_search', min_rel_progress: 0.01, calculate_p_values: False, enable_global_explain: False, input_label_cols: ['y']}, replace=True)

# case: bigframes: transform only
# dialect: bigquery
CREATE MODEL `p.d.m` TRANSFORM(
  ML.ONE_HOT_ENCODER(`c`, 'none', 1000000, 0) OVER() AS `onehot_c`) OPTIONS(
  model_type="TRANSFORM_ONLY") AS (SELECT `c` FROM d.t)
----
CreateModel(name='d.m', query=«(SELECT `c` FROM d.t)», transform=«ML.ONE_HOT_ENCODER(`c`, 'none', 1000000, 0) OVER() AS `onehot_c`», options={model_type: 'TRANSFORM_ONLY'})

# case: class weights as structs and as tuples
# dialect: bigquery
CREATE MODEL m OPTIONS (class_weights = [STRUCT('a', 0.2), ('b', 1)]) AS SELECT 1 AS a
----
CreateModel(name='m', query=«SELECT 1 AS a», options={class_weights: [['a', 0.2], ['b', 1]]})

# case: every kind of option value
CREATE MODEL m OPTIONS (a = -1, b = +1.5e-3, c = .5, d = NULL, e = true, f = "two", g = 'it''s', h = [1, 2.5], i = STRUCT(1 AS x, 'y' AS z), j = INTERVAL 7 DAY, k = INTERVAL '2 weeks', l = TIMESTAMP '2024-01-01 00:00:00+00', m = JSON '{"a": 1}', n = {'a': [1]}, o = [], p = ARRAY<STRING>['x'], q = 1_000, r = '한글',) AS SELECT 1
----
CreateModel(name='m', query=«SELECT 1», options={a: -1, b: 0.0015, c: 0.5, d: None, e: True, f: 'two', g: "it's", h: [1, 2.5], i: {'x': 1, 'z': 'y'}, j: '7 day', k: '2 weeks', l: '2024-01-01 00:00:00+00', m: '{"a": 1}', n: {'a': [1]}, o: [], p: ['x'], q: 1000, r: '한글'})

# case: training data beside holidays
CREATE MODEL m OPTIONS (model_type = 'arima_plus') AS (training_data AS (SELECT a, b FROM t), custom_holiday AS ((SELECT * FROM h)))
----
CreateModel(name='m', query=«SELECT a, b FROM t», options={model_type: 'arima_plus'}, holidays=«(SELECT * FROM h)»)

# case: create goal
CREATE OR REPLACE GOAL g ON MODEL d.m OPTIONS (window = INTERVAL 7 DAY) ACCEPT WHEN roc_auc >= 0.80 AND roc_auc >= champion.roc_auc - 0.01
----
CreateGoal(name='g', model='d.m', predicate=«roc_auc >= 0.80 AND roc_auc >= champion.roc_auc - 0.01», options={window: '7 day'}, replace=True)

# case: create endpoint
CREATE ENDPOINT e ON MODEL m;
CREATE OR REPLACE ENDPOINT e ON MODEL m OPTIONS (log = true)
----
CreateEndpoint(name='e', model='m')
CreateEndpoint(name='e', model='m', options={log: True}, replace=True)

# case: create monitor
CREATE MONITOR w ON ENDPOINT e BREACH WHEN max_psi > 0.2 OR accuracy < 0.7 OR null_rate > 0.05;
CREATE MONITOR w ON TABLE raw.t OPTIONS (window = '1 day') BREACH WHEN row_count < 10
----
CreateMonitor(name='w', watched_kind=<Kind.ENDPOINT: 'endpoint'>, watched='e', predicate=«max_psi > 0.2 OR accuracy < 0.7 OR null_rate > 0.05»)
CreateMonitor(name='w', watched_kind=<Kind.TABLE: 'table'>, watched='raw.t', predicate=«row_count < 10», options={window: '1 day'})

# case: create experiment
CREATE OR REPLACE EXPERIMENT x ON ENDPOINT s.e OPTIONS (metric = 'accuracy', guardrails = ['log_loss', ('revenue', 0.5)]);
SHOW EXPERIMENT x;
SHOW EXPERIMENTS
----
CreateExperiment(name='x', endpoint='s.e', dialect='duckdb', options={metric: 'accuracy', guardrails: ['log_loss', ['revenue', 0.5]]}, replace=True)
Show(subject='experiment', of='x')
Show(subject='experiments')

# case: create trigger, every event and action
CREATE TRIGGER r ON SCHEDULE '0 3 * * *' DO RUN PROJECT;
CREATE TRIGGER r ON ARRIVAL 'in/*.csv' DO REFRESH TABLE raw.t, RETRAIN MODEL m;
CREATE OR REPLACE TRIGGER r ON BREACH OF w DO RETRAIN MODEL m, NOTIFY 'https://x.example' OPTIONS (cool_down = INTERVAL 1 DAY, min_rows = 100);
CREATE TRIGGER r ON LABELS OF e (500) DO ROLLBACK ENDPOINT e
----
CreateTrigger(name='r', event=OnSchedule(cron='0 3 * * *'), actions=(TriggerAction(verb='run_project')))
CreateTrigger(name='r', event=OnArrival(glob='in/*.csv'), actions=(TriggerAction(verb='refresh', target='raw.t'), TriggerAction(verb='retrain', target='m')))
CreateTrigger(name='r', event=OnBreach(monitor='w'), actions=(TriggerAction(verb='retrain', target='m'), TriggerAction(verb='notify', target='https://x.example')), options={cool_down: '1 day', min_rows: 100}, replace=True)
CreateTrigger(name='r', event=OnLabels(endpoint='e', count=500), actions=(TriggerAction(verb='rollback', target='e')))

# case: alter endpoint
ALTER ENDPOINT e SET TRAFFIC (champion = 90, Candidate = 7.5, 3 = 2.5);
ALTER ENDPOINT e SET SHADOW (candidate);
ALTER ENDPOINT e SET SHADOW ();
ALTER ENDPOINT e SET OPTIONS (log = false);
ALTER ENDPOINT e SET SHADOW (candidate = 12.5);
ALTER ENDPOINT e SET OPTIONS (sticky_by = NULL), SHADOW (3), TRAFFIC (champion = 100) BECAUSE 'it''s Friday'
----
AlterEndpoint(name='e', traffic={champion: 90.0, candidate: 7.5, 3: 2.5})
AlterEndpoint(name='e', shadow='candidate')
AlterEndpoint(name='e', shadow='')
AlterEndpoint(name='e', options={log: False})
AlterEndpoint(name='e', shadow='candidate', shadow_share=12.5)
AlterEndpoint(name='e', traffic={champion: 100.0}, shadow='3', options={sticky_by: None}, because="it's Friday")

# case: alter model
ALTER MODEL IF EXISTS m SET OPTIONS (description = 'x');
ALTER MODEL m SET ALIAS Champion = 3;
ALTER MODEL m SET ALIAS champion = candidate
----
AlterModel(name='m', if_exists=True, options={description: 'x'})
AlterModel(name='m', alias=('champion', '3'))
AlterModel(name='m', alias=('champion', 'candidate'))

# case: export model
EXPORT MODEL d.m OPTIONS (URI = 'out');
EXPORT MODEL m VERSION 2 OPTIONS (uri = 'out')
----
ExportModel(name='d.m', options={uri: 'out'})
ExportModel(name='m', version='2', options={uri: 'out'})

# case: drop
DROP MODEL IF EXISTS d.m; DROP TABLE t; DROP VIEW v; DROP TRIGGER r; DROP SCHEMA s CASCADE; DROP MACRO f
----
Drop(kind=<Kind.MODEL: 'model'>, name='d.m', if_exists=True)
Drop(kind=<Kind.TABLE: 'table'>, name='t')
Drop(kind=<Kind.VIEW: 'view'>, name='v')
Drop(kind=<Kind.TRIGGER: 'trigger'>, name='r')
Passthrough(query=«DROP SCHEMA s CASCADE»)
Passthrough(query=«DROP MACRO f»)

# case: show
SHOW MODELS; show versions of d.m; SHOW RUNS; SHOW ALL TABLES; SHOW DATABASES; SHOW TABLES FROM x; SHOW trips
----
Show(subject='models')
Show(subject='versions', of='d.m')
Show(subject='runs')
Passthrough(query=«SHOW ALL TABLES», returns_rows=True)
Passthrough(query=«SHOW DATABASES», returns_rows=True)
Passthrough(query=«SHOW TABLES FROM x», returns_rows=True)
Show(subject='trips')

# case: describe
DESCRIBE MODEL m; DESCRIBE TABLE "원본"."표"; DESCRIBE t; DESCRIBE SELECT 1; DESC t
----
Describe(kind=<Kind.MODEL: 'model'>, name='m')
Describe(kind=<Kind.TABLE: 'table'>, name='원본.표')
Describe(name='t')
Passthrough(query=«DESCRIBE SELECT 1», returns_rows=True)
Describe(name='t')

# case: describe for a label
DESCRIBE TABLE t FOR LABEL y; describe view v for label "a.b"; DESCRIBE TABLE d.t FOR LABEL `열 이름`
----
Describe(kind=<Kind.TABLE: 'table'>, name='t', label='y')
Describe(kind=<Kind.VIEW: 'view'>, name='v', label='a.b')
Describe(kind=<Kind.TABLE: 'table'>, name='d.t', label='열 이름')

# case: set dialect holds for what follows
SELECT "a" FROM t; SET dialect = 'bigquery'; SELECT `a` FROM `p.d.t` # why; not
; SET dialect = 'duckdb'; SELECT "b"
----
Passthrough(query=«SELECT "a" FROM t», returns_rows=True)
SetDialect(dialect='bigquery')
Passthrough(query=«SELECT `a` FROM `p.d.t`», returns_rows=True)
SetDialect(dialect='duckdb')
Passthrough(query=«SELECT "b"», returns_rows=True)

# case: what DuckDB reads itself
SET threads = 2; ATTACH 'x.db'; INSERT INTO t VALUES (1) RETURNING a; WITH x AS (SELECT 1) INSERT INTO t FROM x; WITH x AS (SELECT ')') SELECT * FROM x; (SELECT 1) UNION (SELECT 2); PRAGMA version; CREATE MACRO f(a) AS a + 1; EXPLAIN SELECT 1; SUMMARIZE t; GRUMBLE 1 2 3
----
Passthrough(query=«SET threads = 2»)
Passthrough(query=«ATTACH 'x.db'»)
Passthrough(query=«INSERT INTO t VALUES (1) RETURNING a», returns_rows=True)
Passthrough(query=«WITH x AS (SELECT 1) INSERT INTO t FROM x», changes_rows=True)
Passthrough(query=«WITH x AS (SELECT ')') SELECT * FROM x», returns_rows=True)
Passthrough(query=«(SELECT 1) UNION (SELECT 2)», returns_rows=True)
Passthrough(query=«PRAGMA version», returns_rows=True)
Passthrough(query=«CREATE MACRO f(a) AS a + 1»)
Passthrough(query=«EXPLAIN SELECT 1», returns_rows=True)
Passthrough(query=«SUMMARIZE t», returns_rows=True)
Passthrough(query=«GRUMBLE 1 2 3»)

# case: semicolons in strings, comments and names
SELECT ';' AS ";" -- ;
/* ; */; ;; SELECT $$;$$
----
Passthrough(query=«SELECT ';' AS ";"», returns_rows=True)
Passthrough(query=«SELECT $$;$$», returns_rows=True)

# case: nothing

-- only a comment

----


# case: what a tuning searches
CREATE MODEL m OPTIONS (num_trials = 4, l2_reg = HPARAM_RANGE(0, 1.5), depth = hparam_candidates([1, 2]), optimizer = HPARAM_CANDIDATES(['ADAM', 'SGD']), hidden_units = HPARAM_CANDIDATES([STRUCT([8]), STRUCT([8, 16])])) AS SELECT 1
----
CreateModel(name='m', query=«SELECT 1», options={num_trials: 4, l2_reg: {'hparam_range': [0, 1.5]}, depth: {'hparam_candidates': [1, 2]}, optimizer: {'hparam_candidates': ['ADAM', 'SGD']}, hidden_units: {'hparam_candidates': [[8], [8, 16]]}})
