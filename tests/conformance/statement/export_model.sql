-- A model becomes a folder that runs elsewhere.
-- source: BigQuery bigqueryml-syntax-export-model.md; export-model-tutorial.md
-- covers: statement S13; syntax EXPORT_MODEL; tutorial 25
-- differs: The folder holds ONNX and JSON, which plain onnxruntime runs, in place of a TensorFlow SavedModel or an XGBoost file.
EXPORT MODEL shop.plain OPTIONS (uri = 'exported/plain');
SELECT 1 AS done;
-- columns: done INT64
-- rows: 
-- [1]
