-- What a TRANSFORM alone has learned is no graph to export.
-- source: BigQuery bigqueryml-syntax-export-model.md
-- covers: statement S13
-- differs: A transform_only model is refused: only what scores rows is exported, its TRANSFORM included. ML.TRANSFORM computes the columns.
CREATE OR REPLACE MODEL d.only_scaled TRANSFORM (ML.STANDARD_SCALER(x) OVER () AS x) OPTIONS (model_type = 'transform_only') AS SELECT x FROM UNNEST([1, 2, 3]) AS x;
EXPORT MODEL d.only_scaled OPTIONS (uri = '{folder}/only_scaled');
-- error: model is no graph from a row to a score
