"""Every statement in words: its grammar, what it does, an example. The language reference is made from this."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from penstock.core.names import Kind


@dataclass(frozen=True)
class StatementDoc:
    """The documentation of one statement. `kind` is the page it stands on; None for those about several kinds.

    `text` is Markdown. All texts begin and end with an empty line, for the sake of reading them here.
    """

    name: str
    kind: Kind | None
    grammar: str
    text: str
    example: str


STATEMENTS: tuple[StatementDoc, ...] = (
    StatementDoc(
        "CREATE TABLE",
        Kind.TABLE,
        grammar="""
CREATE [OR REPLACE] TABLE [IF NOT EXISTS] t
[OPTIONS (…)]
AS query
""",
        text="""
Makes a table of what a query gives. The query may read tables, views, models and files: CSV, TSV,
text, JSON lines, Parquet and Excel by their path, alone or as a pattern, here or in a bucket. A run
builds a table anew when its statement or what it reads has changed, in one transaction: a reader
sees the old rows or the new ones.

- With `unique_key` or `time_column` the table is incremental: a run reads the files that are new
  and adds their rows, replacing those with the same key. `penstock run --full-refresh` builds it
  anew.
- A row that cannot be read stops the build with file, line and column. With `max_rejects = n` up to
  n such rows are set aside; `SHOW REJECTS OF t` shows them.
- A CREATE TABLE with column definitions instead of a query is DuckDB's own and belongs to no
  project.
""",
        example="""
CREATE TABLE hours
OPTIONS (unique_key = ['hour'], time_column = 'hour', max_rejects = 10)
AS SELECT hour, station, rentals FROM 'data/hours/*.csv';
""",
    ),
    StatementDoc(
        "CREATE VIEW",
        Kind.VIEW,
        grammar="""
CREATE [OR REPLACE] VIEW [IF NOT EXISTS] v
[OPTIONS (…)]
AS query
""",
        text="""
Gives a query a name. Nothing is stored: the query runs whenever the view is read.

- A view may read files and ML functions, and be read by models.
""",
        example="""
CREATE TABLE hours AS SELECT * FROM 'data/hours/*.csv';
CREATE VIEW days AS SELECT hour::DATE AS day, sum(rentals) AS rentals FROM hours GROUP BY ALL;
""",
    ),
    StatementDoc(
        "CREATE ASSERTION",
        Kind.ASSERTION,
        grammar="""
CREATE [OR REPLACE] ASSERTION a
ON t CHECK (predicate)
[OPTIONS (…)]
""",
        text="""
Says what must hold for every row of a table or view. It is checked after the table is built. A row
for which the predicate is false breaks it; NULL does not, as in SQL's CHECK.

- With severity `error` nothing downstream is built, and the failing rows are shown. With `warn` the
  failure is recorded and the run goes on.
""",
        example="""
CREATE TABLE hours AS SELECT * FROM 'data/hours/*.csv';
CREATE ASSERTION rentals_are_counted ON hours CHECK (rentals >= 0 AND hour IS NOT NULL);
""",
    ),
    StatementDoc(
        "CREATE MODEL",
        Kind.MODEL,
        grammar="""
CREATE [OR REPLACE] MODEL [IF NOT EXISTS] m
[TRANSFORM (select list)]
OPTIONS (model_type = '…', …)
AS query | AS (training_data AS (query), custom_holiday AS (query))
""",
        text="""
Trains a model on what a query gives: the label column is what to predict, every other column is a
feature. The statement is BigQuery ML's. Each training makes a version with a number; the one that
serves has the alias `champion`, one that waits at the gate `candidate`.

- What TRANSFORM does to the training rows it does to every row that is predicted; it is a part of
  the model. See [functions](functions.md) for what may stand in it.
- Every [model type](model-types.md) has options of its own beside those below.
- `num_trials` tries several values of an option, `HPARAM_RANGE(lowest, highest)` or
  `HPARAM_CANDIDATES([…])`, and keeps the best. See [Tuning](../tuning.md).
- `SHOW VERSIONS OF m` lists the versions, and so does the relation `INFORMATION_SCHEMA.MODELS`, in any
  query, with features, metrics and options; `penstock reproduce m@3` trains one again and compares.
""",
        example="""
CREATE TABLE hours AS SELECT * FROM 'data/hours/*.csv';
CREATE MODEL demand
TRANSFORM (ML.STANDARD_SCALER(temperature) OVER () AS temperature, station, rentals)
OPTIONS (model_type = 'boosted_tree_regressor', input_label_cols = ['rentals'])
AS SELECT temperature, station, rentals FROM hours;
""",
    ),
    StatementDoc(
        "ALTER MODEL",
        Kind.MODEL,
        grammar="""
ALTER MODEL [IF EXISTS] m SET ALIAS alias = version
ALTER MODEL [IF EXISTS] m SET OPTIONS (…)
""",
        text="""
Moves an alias by hand, or sets the options that are for people. To move `champion` changes what
serves. What is set holds until the model's statement changes; NULL takes it away.

- `DESCRIBE MODEL` and `INFORMATION_SCHEMA.MODELS` show it.
""",
        example="""
ALTER MODEL demand SET ALIAS champion = 2;
ALTER MODEL demand SET OPTIONS (description = 'Rentals of an hour', labels = [('team', 'pricing')]);
""",
    ),
    StatementDoc(
        "EXPORT MODEL",
        Kind.MODEL,
        grammar="""
EXPORT MODEL m [VERSION {number | alias}]
OPTIONS (uri = 'folder')
""",
        text="""
Writes a version as a folder that plain onnxruntime runs: `model.onnx`, and JSON that says how to
feed it.
""",
        example="""
EXPORT MODEL demand VERSION champion OPTIONS (uri = 'exported/demand');
""",
    ),
    StatementDoc(
        "CREATE GOAL",
        Kind.GOAL,
        grammar="""
CREATE [OR REPLACE] GOAL g
ON MODEL m
[OPTIONS (…)]
ACCEPT WHEN predicate
""",
        text="""
Says what a version must reach before it may serve. The predicate is SQL over the version's metrics;
`champion.metric` is the metric of the version that serves now, measured on the same rows.

- Neither version was trained on the rows that judge: with `time_column` they are the newest ones,
  else those that the candidate held out.
- While there is no champion, what is asked in comparison with it holds.
- A version that no goal accepts keeps the alias `candidate`; `penstock approve m@3` lets it serve
  all the same.
- See [measures](measures.md) for the metrics of each task.
""",
        example="""
CREATE TABLE hours AS SELECT * FROM 'data/hours/*.csv';
CREATE MODEL demand OPTIONS (model_type = 'linear_reg', input_label_cols = ['rentals'])
AS SELECT hour, station, rentals FROM hours;
CREATE GOAL keeps_up ON MODEL demand
OPTIONS (time_column = 'hour', window = '14 days')
ACCEPT WHEN mean_absolute_error <= champion.mean_absolute_error AND r2_score > 0.5;
""",
    ),
    StatementDoc(
        "CREATE ENDPOINT",
        Kind.ENDPOINT,
        grammar="""
CREATE [OR REPLACE] ENDPOINT e
ON MODEL m
[OPTIONS (…)]
""",
        text="""
Serves a model under a name: `penstock serve` answers at `/predict/e`. The champion answers; when
another version becomes the champion, it does from one request to the next.

- Every answer is in the prediction log before it is sent, every feedback in the labels: the tables
  `penstock.predictions` and `penstock.labels`.
""",
        example="""
CREATE TABLE hours AS SELECT * FROM 'data/hours/*.csv';
CREATE MODEL demand OPTIONS (model_type = 'linear_reg', input_label_cols = ['rentals'])
AS SELECT hour, station, rentals FROM hours;
CREATE ENDPOINT rentals ON MODEL demand;
""",
    ),
    StatementDoc(
        "ALTER ENDPOINT",
        Kind.ENDPOINT,
        grammar="""
ALTER ENDPOINT e SET change, … [BECAUSE 'why']

change: TRAFFIC (version = share, …) | SHADOW ([version [= share]]) | OPTIONS (…)
""",
        text="""
Splits the traffic between versions, lets a version answer unseen beside the one that serves, or
sets an option; NULL brings its default back. A version is a number or an alias; the shares of traffic
add up to 100. All changes of a statement hold from the same request on, and `SHOW HISTORY` tells them.

- A shadow's answers are logged with the variant `shadow` and never sent; with a share, for so many percent of the
  requests. `SET SHADOW ()` ends it.
""",
        example="""
ALTER ENDPOINT rentals SET SHADOW (candidate = 20);
ALTER ENDPOINT rentals SET TRAFFIC (champion = 90, candidate = 10), SHADOW () BECAUSE 'it agreed for a week';
""",
    ),
    StatementDoc(
        "RELEASE ENDPOINT",
        Kind.ENDPOINT,
        grammar="""
RELEASE ENDPOINT e [VERSION {number | alias}]
""",
        text="""
Begins the [release](../releases.md) of a version by hand, by default of the candidate: it takes over as the
endpoint's option `release` says. A version that the goals accept does so by itself.

- `SHOW RELEASES` lists the releases and how they stand, `DESCRIBE ENDPOINT e` what the present one waits for.
""",
        example="""
RELEASE ENDPOINT rentals VERSION 3;
""",
    ),
    StatementDoc(
        "ROLLBACK ENDPOINT",
        Kind.ENDPOINT,
        grammar="""
ROLLBACK ENDPOINT e
""",
        text="""
Takes back the release under way: the champion answers every request again. Without a release, the version
serves again that served before.
""",
        example="""
ROLLBACK ENDPOINT rentals;
""",
    ),
    StatementDoc(
        "CREATE MONITOR",
        Kind.MONITOR,
        grammar="""
CREATE [OR REPLACE] MONITOR w
ON ENDPOINT e | ON TABLE t
[OPTIONS (…)]
BREACH WHEN predicate
""",
        text="""
Watches what an endpoint or a table has been doing lately. The predicate is SQL over the
[measures](measures.md) of the window; when it holds, the monitor is breached, which a trigger can
act upon.

- An endpoint's window is compared with the data that trained its champion, or with the window
  before; of an imported model, with the first full window that the version has answered. A table's
  window is compared with the one before.
- A measure that cannot be had yet, like a metric before labels have arrived, is NULL, and a NULL
  breaches nothing.
- `SHOW EVALUATIONS OF w` lists what it saw.
""",
        example="""
CREATE TABLE hours AS SELECT * FROM 'data/hours/*.csv';
CREATE MODEL demand OPTIONS (model_type = 'linear_reg', input_label_cols = ['rentals'])
AS SELECT hour, station, rentals FROM hours;
CREATE ENDPOINT rentals ON MODEL demand;
CREATE MONITOR rentals_watch ON ENDPOINT rentals OPTIONS (window = '14 days')
BREACH WHEN max_psi > 0.25 OR mean_absolute_error > 1.3 * baseline_mean_absolute_error;
""",
    ),
    StatementDoc(
        "CREATE EXPERIMENT",
        Kind.EXPERIMENT,
        grammar="""
CREATE [OR REPLACE] EXPERIMENT x
ON ENDPOINT e
OPTIONS (metric = '…', min_effect = …, …)
""",
        text="""
Compares the versions between which the endpoint's traffic is split, by the outcomes that come in, and
says which is better, or that none is. It begins when it is created and traffic is split, and ends with
its verdict or after `max_days`.

- Every look is at once a true one: an interval holds at all times together, so that looking daily, or at
  each row, finds a difference where there is none no more often than `alpha`.
- The control is the champion, or else the version with the largest share when the traffic was split first.
- Where the versions did not get the shares that they were told, the verdict is `invalid`: units were lost on
  the way, and no comparison holds.
- `SHOW EXPERIMENT x` tells the verdict, the intervals and the rows of each version, `SHOW EXPERIMENTS`
  all of them in a row each. Neither moves the traffic; in the mode `bandit` the loop does.
- The same statement made again goes on; a changed one begins anew.
""",
        example="""
CREATE TABLE hours AS SELECT * FROM 'data/hours/*.csv';
CREATE MODEL demand OPTIONS (model_type = 'linear_reg', input_label_cols = ['rentals'])
AS SELECT hour, station, rentals FROM hours;
CREATE ENDPOINT rentals ON MODEL demand;
CREATE EXPERIMENT newer_is_better ON ENDPOINT rentals
OPTIONS (metric = 'mean_absolute_error', min_effect = 2, max_days = 14, segments = ['station']);
""",
    ),
    StatementDoc(
        "CREATE TRIGGER",
        Kind.TRIGGER,
        grammar="""
CREATE [OR REPLACE] TRIGGER r
ON event
DO action [, action …]
[OPTIONS (…)]

event:  SCHEDULE 'cron' | ARRIVAL 'glob' | BREACH OF monitor | LABELS OF endpoint (count)
action: RETRAIN MODEL m | REFRESH TABLE t | RUN PROJECT | ROLLBACK ENDPOINT e | NOTIFY 'url'
""",
        text="""
When this happens, do that. `penstock serve` turns the loop: it lets monitors look, and triggers
that are due act.

- SCHEDULE: five fields of cron in UTC. ARRIVAL: files appeared or changed. BREACH OF: a newer
  evaluation of the monitor is breached. LABELS OF: so many new outcomes are known.
- RETRAIN brings what the model reads up to date first; the new version serves only when its goals
  accept it. ROLLBACK lets the version serve again that served before. NOTIFY posts JSON to an
  address.
- A trigger that would do nothing is held back: the same rows and definitions would only make the same
  version again. So is one that has failed, as long as nothing changes. `penstock status` says so.
- A trigger acts at least once: a process that was killed goes on at the action that was under way.
""",
        example="""
CREATE TABLE hours AS SELECT * FROM 'data/hours/*.csv';
CREATE MODEL demand OPTIONS (model_type = 'linear_reg', input_label_cols = ['rentals'])
AS SELECT hour, station, rentals FROM hours;
CREATE ENDPOINT rentals ON MODEL demand;
CREATE MONITOR rentals_watch ON ENDPOINT rentals BREACH WHEN max_psi > 0.25;
CREATE TRIGGER keep_up ON BREACH OF rentals_watch
DO REFRESH TABLE hours, RETRAIN MODEL demand
OPTIONS (cool_down = '7 days', min_rows = 100);
""",
    ),
    StatementDoc(
        "CREATE VECTOR INDEX",
        None,
        grammar="""
CREATE [OR REPLACE] VECTOR INDEX [IF NOT EXISTS] i
ON t (column) [STORING (column, …)] [PARTITION BY expression]
OPTIONS (index_type = {'IVF' | 'TREE_AH'}, …)
""",
        text="""
Makes an index of a table's column of vectors, so that VECTOR_SEARCH over that table need not compare
every row. A table has one at most. Whatever the `index_type`, the index is a graph of near neighbours
(HNSW) in the project's storage: it finds most of the nearest rows, and these are compared exactly.

- `distance_type` is `'EUCLIDEAN'` (the default), `'COSINE'` or `'DOT_PRODUCT'`; a search by another distance
  compares every row. `ivf_options`, `tree_ah_options`, STORING and PARTITION BY are read and change nothing.
- An index is of the rows that the table has when it is made. Once the table has changed, searches compare
  every row, and say so, until `ALTER VECTOR INDEX … REBUILD`.
- It is a statement to be given, not a declaration of a project: it belongs after a run.
""",
        example="""
CREATE VECTOR INDEX near ON articles (embedding) OPTIONS (index_type = 'IVF', distance_type = 'COSINE');
""",
    ),
    StatementDoc(
        "ALTER VECTOR INDEX",
        None,
        grammar="""
ALTER VECTOR INDEX [IF EXISTS] i ON t REBUILD
""",
        text="""
Makes an index anew of the rows that its table has now. `VECTOR_INDEX.STATISTICS(TABLE t)` tells how many
of them the index does not know.
""",
        example="""
ALTER VECTOR INDEX near ON articles REBUILD;
""",
    ),
    StatementDoc(
        "DROP VECTOR INDEX",
        None,
        grammar="""
DROP VECTOR INDEX [IF EXISTS] i ON t
""",
        text="""
Takes an index away. Dropping the table does so too.
""",
        example="""
DROP VECTOR INDEX near ON articles;
""",
    ),
    StatementDoc(
        "DROP",
        None,
        grammar="""
DROP kind [IF EXISTS] name [CASCADE]
""",
        text="""
Removes an object of any kind, and what it kept: a table's rows, a model's versions.

- What other objects stand on is not dropped: a table that a model learns from, a model that an endpoint serves. With
  `CASCADE` they are dropped with it.
- In a project, delete the statement from its file too, or the next run makes the object again.
""",
        example="""
DROP MONITOR IF EXISTS rentals_watch;
""",
    ),
    StatementDoc(
        "SHOW",
        None,
        grammar="""
SHOW subject [OF name]
""",
        text="""
Lists what exists, as rows.

- `SHOW name` tells the columns of a table, as `DESCRIBE name` does. `SHOW ALL TABLES`,
  `SHOW DATABASES` and `SHOW SCHEMAS` are DuckDB's own.
""",
        example="""
SHOW VERSIONS OF demand;
""",
    ),
    StatementDoc(
        "DESCRIBE",
        None,
        grammar="""
DESCRIBE kind name
DESCRIBE {TABLE | VIEW} name FOR LABEL column
""",
        text="""
Of a table or view gives a profile, one row a column: type, nulls, distinct values, quantiles, most
frequent values, lengths. Of any other object gives what is known of it, one row a fact: the `part` that
it is about, the `property` and its `value`. A model: type, label, options, features, metrics, versions
and aliases. An endpoint: who answers, inputs and outputs with types. A monitor: window, condition, state
and since when, the last measures. A trigger: what it waits for and does, its last firings, the next.

- `FOR LABEL` tells what is to be known of a table before a model learns to predict that column from the
  others, one row a finding: the `column` that it is about, the `finding`, its `severity` (`info`, `warning`,
  or `error` for what a training refuses), what `automl` does about it, and a `message`. See
  [AutoML](../automl.md).
- `DESCRIBE name` tells the columns of a table or view, and of any other object what `DESCRIBE kind name`
  tells. `DESCRIBE SELECT …` is DuckDB's own.
""",
        example="""
DESCRIBE TABLE hours;
""",
    ),
    StatementDoc(
        "SET dialect",
        None,
        grammar="""
SET dialect = {'duckdb' | 'bigquery'}
""",
        text="""
Says how the statements after it are read. A project's own default is the setting `dialect`.

- In `'bigquery'`, a name `` `project.dataset.table` `` drops its project.
""",
        example="""
SET dialect = 'bigquery';
""",
    ),
)

SHOWN: Mapping[str, str] = {
    "tables": "the tables: rows, columns, snapshot, how each is kept up to date",
    "views": "the views and what they read",
    "assertions": "the assertions and how their last check ended",
    "models": "the models: type, label, champion, versions, the first metric of the champion and its rows",
    "goals": "the goals, the rows that they judge on, what they said of the newest version",
    "endpoints": "the endpoints: who answers which share, the shadow, the predictions since midnight, UTC",
    "monitors": "the monitors: what they watch, their state, since when, what they saw last",
    "experiments": "the experiments: what they compare, how they stand, effect and interval, since when",
    "triggers": "the triggers: what they wait for and do, why they went off last, when they may again",
    "versions": "the versions of every model, or OF one: aliases, status, metrics, the reason of the verdict",
    "runs": "the runs, newest first, with their cause",
    "steps": "the steps of the newest run, or OF the run of an id",
    "history": "what happened to every object, or OF one: promotions, firings, approvals",
    "releases": "every release at every endpoint, or OF one: version, stage, how it stands or ended, and why",
    "evaluations": "what every monitor saw, or OF one, with all its measures",
    "experiment": "how an experiment stands: verdict, metric, guardrails, segments, a row a version; its name follows",
    "rejects": "the rows that a table's build set aside; OF the table",
    "report": "what `penstock report` tells: metrics, candidates, findings, slices, gaps; OF the model",
    "lineage": "what is made from what, and how; OF an object, or table.column, all that is above and below it",
    "functions": "the ML functions that are installed",
    "model_types": "the model types that are installed",
}
