-- The tutorial: trials, the best of them, its evaluation and its predictions.
-- source: BigQuery hyperparameter-tuning-tutorial.md
-- covers: tutorial 9
CREATE OR REPLACE MODEL tune.taxi_tip
OPTIONS (model_type='LINEAR_REG', num_trials=4, max_parallel_trials=2, l1_reg=HPARAM_RANGE(0, 20),
  l2_reg=HPARAM_CANDIDATES([0, 0.1, 1, 10]))
AS SELECT * EXCEPT (amount, n, part, bought), amount AS label FROM tune.rows;
SELECT t.trial_id, t.is_optimal, e.trial_id AS evaluated, p.trial_id AS predicted, p.predicted_label > 0 AS positive
FROM ML.TRIAL_INFO(MODEL tune.taxi_tip) AS t
JOIN ML.EVALUATE(MODEL tune.taxi_tip) AS e ON e.trial_id = t.trial_id
CROSS JOIN (SELECT * FROM ML.PREDICT(MODEL tune.taxi_tip, (SELECT a, b, word FROM tune.rows WHERE n = 5))) AS p
WHERE t.is_optimal AND p.trial_id = t.trial_id;
-- columns: trial_id INT64, is_optimal BOOL, evaluated INT64, predicted INT64, positive BOOL
-- rows: 1
