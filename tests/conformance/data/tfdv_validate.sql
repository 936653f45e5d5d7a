-- The anomalies of one set of statistics against another.
-- source: BigQuery bigqueryml-syntax-tfdv-validate.md
-- covers: ML.TFDV_VALIDATE
SELECT ML.TFDV_VALIDATE((SELECT * FROM ML.TFDV_DESCRIBE(TABLE d.base)), (SELECT * FROM ML.TFDV_DESCRIBE(TABLE d.study)), 'DRIFT', 0.1, 'L_INFTY', 0.1, 'JENSEN_SHANNON_DIVERGENCE') AS anomalies;
-- columns: anomalies JSON
