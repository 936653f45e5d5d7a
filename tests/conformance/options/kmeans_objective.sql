-- Clusters are compared by the Davies-Bouldin index, which is their only objective.
-- source: BigQuery hp-tuning-overview.md (objectives)
-- covers: option hparam_tuning_objectives of kmeans
CREATE OR REPLACE MODEL o.kmeans_objective OPTIONS (model_type = 'kmeans', num_trials = 2, hparam_tuning_objectives = ['R2_SCORE'], num_clusters = HPARAM_CANDIDATES([2, 4])) AS SELECT a, b FROM o.rows;
-- error: A kmeans model cannot be tuned for 'R2_SCORE'.
