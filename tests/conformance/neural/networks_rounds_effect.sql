-- Nothing stops a training with early_stop = FALSE; with it a second round that gains less than was asked is the last.
-- source: BigQuery bigqueryml-syntax-create-dnn-models.md; bigqueryml-syntax-create-autoencoder.md
-- covers: option early_stop, min_rel_progress of neural, autoencoder
-- needs: torch
CREATE OR REPLACE TABLE bqml.network_rounds (model_type STRING, options STRING, rounds INT64);
FOR network IN (SELECT * FROM UNNEST([
    STRUCT('dnn_classifier' AS model_type, "input_label_cols = ['bought'], hidden_units = [2]" AS options),
    ('dnn_regressor', "input_label_cols = ['amount'], hidden_units = [2]"),
    ('dnn_linear_combined_classifier', "input_label_cols = ['bought'], hidden_units = [2]"),
    ('dnn_linear_combined_regressor', "input_label_cols = ['amount'], hidden_units = [2]"),
    ('autoencoder', 'hidden_units = [1]')])) DO
  FOR stops IN (SELECT options FROM UNNEST(['early_stop = FALSE, min_rel_progress = 0.999', 'min_rel_progress = 0.999',
      'min_rel_progress = 0']) AS options) DO
    EXECUTE IMMEDIATE FORMAT("""
      CREATE OR REPLACE MODEL bqml.network_stopped OPTIONS (model_type = '%s', max_iterations = 3, %s, %s)
      AS SELECT a, b, amount, bought FROM bqml.few""", network.model_type, network.options, stops.options);
    INSERT INTO bqml.network_rounds
    SELECT network.model_type, stops.options, COUNT(*) FROM ML.TRAINING_INFO(MODEL bqml.network_stopped);
  END FOR;
END FOR;
SELECT options, ARRAY_AGG(rounds ORDER BY model_type) AS rounds FROM bqml.network_rounds GROUP BY options ORDER BY options;
-- columns: options STRING, rounds ARRAY<INT64>
-- rows:
-- ["early_stop = FALSE, min_rel_progress = 0.999", [3, 3, 3, 3, 3]]
-- ["min_rel_progress = 0", [3, 3, 3, 3, 3]]
-- ["min_rel_progress = 0.999", [2, 2, 2, 2, 2]]
