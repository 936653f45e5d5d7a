-- A warm start goes on with the clusters there are: another number of them is refused, and nothing is left at its old value unsaid.
-- source: BigQuery bigqueryml-syntax-create-kmeans.md (WARM_START)
-- covers: option warm_start of kmeans
CREATE OR REPLACE MODEL o.kmeans_more OPTIONS (model_type = 'kmeans', num_clusters = 2) AS SELECT a, b FROM o.rows;
CREATE OR REPLACE MODEL o.kmeans_more OPTIONS (model_type = 'kmeans', num_clusters = 7, warm_start = TRUE) AS SELECT a, b FROM o.rows;
-- error: the earlier version has num_clusters = 2, not 7
