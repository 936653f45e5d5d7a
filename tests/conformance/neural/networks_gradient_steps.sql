-- An explanation that goes in more steps adds up better; the model's own number of steps holds where none is given.
-- source: BigQuery bigqueryml-syntax-explain-predict.md (approximation_error); M. Sundararajan and others 2017 (completeness)
-- covers: option integrated_gradients_num_steps of neural
-- needs: torch
CREATE OR REPLACE TABLE bqml.network_steps (model_type STRING, own FLOAT64, one FLOAT64, thirty FLOAT64);
FOR network IN (SELECT * FROM UNNEST([
    STRUCT('dnn_classifier' AS model_type, 'bought' AS label), ('dnn_regressor', 'amount'),
    ('dnn_linear_combined_classifier', 'bought'), ('dnn_linear_combined_regressor', 'amount')])) DO
  EXECUTE IMMEDIATE FORMAT("""
    CREATE OR REPLACE MODEL bqml.network_explained OPTIONS (model_type = '%s', input_label_cols = ['%s'], hidden_units = [4], activation_fn = 'TANH',
      max_iterations = 1, learn_rate = 0.02, integrated_gradients_num_steps = 1) AS SELECT a, b, word, %s FROM bqml.few""",
    network.model_type, network.label, network.label);
  INSERT INTO bqml.network_steps
  SELECT network.model_type,
    (SELECT AVG(approximation_error) FROM ML.EXPLAIN_PREDICT(MODEL bqml.network_explained, TABLE bqml.few)),
    (SELECT AVG(approximation_error) FROM ML.EXPLAIN_PREDICT(MODEL bqml.network_explained, TABLE bqml.few, STRUCT(1 AS integrated_gradients_num_steps))),
    (SELECT AVG(approximation_error) FROM ML.EXPLAIN_PREDICT(MODEL bqml.network_explained, TABLE bqml.few, STRUCT(30 AS integrated_gradients_num_steps)));
END FOR;
SELECT model_type, own = one AS own, thirty < one / 5 AS better FROM bqml.network_steps ORDER BY model_type;
-- columns: model_type STRING, own BOOL, better BOOL
-- rows:
-- ["dnn_classifier", true, true]
-- ["dnn_linear_combined_classifier", true, true]
-- ["dnn_linear_combined_regressor", true, true]
-- ["dnn_regressor", true, true]
