-- A second run goes on from the first; its rounds are counted as training_run 1.
-- source: BigQuery bigqueryml-syntax-create-kmeans.md WARM_START; BigQuery bigqueryml-syntax-train.md
-- covers: option warm_start of kmeans
CREATE OR REPLACE MODEL shop.warm OPTIONS (model_type = 'kmeans', num_clusters = 2, max_iterations = 2) AS SELECT price, weight FROM shop.sales;
CREATE OR REPLACE MODEL shop.warm OPTIONS (model_type = 'kmeans', num_clusters = 2, max_iterations = 2, warm_start = TRUE) AS SELECT price, weight FROM shop.sales;
SELECT DISTINCT training_run FROM ML.TRAINING_INFO(MODEL shop.warm) ORDER BY 1;
-- columns: training_run INT64
-- rows: 
-- [0]
-- [1]
