-- Statistics in TensorFlow Data Validation's own form.
-- source: BigQuery bigqueryml-syntax-tfdv-describe.md
-- covers: ML.TFDV_DESCRIBE
SELECT * FROM ML.TFDV_DESCRIBE(TABLE d.base);
-- columns: dataset_feature_statistics_list JSON
