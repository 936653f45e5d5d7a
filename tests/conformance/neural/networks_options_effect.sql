-- Each option of a network changes what it learns of the same rows, and penalties that allow no weights leave more loss;
-- the same options give the same network again.
-- source: BigQuery bigqueryml-syntax-create-dnn-models.md; bigqueryml-syntax-create-wnd-models.md
-- covers: option optimizer, learn_rate, hidden_units, activation_fn, batch_size, dropout, l1_reg, l2_reg, data_split_eval_fraction of neural
-- needs: torch
CREATE OR REPLACE TABLE bqml.network_losses (model_type STRING, changed STRING, loss FLOAT64);
FOR network IN (SELECT * FROM UNNEST([
    STRUCT('dnn_classifier' AS model_type, 'bought' AS label), ('dnn_regressor', 'amount'),
    ('dnn_linear_combined_classifier', 'bought'), ('dnn_linear_combined_regressor', 'amount')])) DO
  FOR changed IN (SELECT * FROM UNNEST([
      STRUCT('' AS name, "learn_rate = 0.02, optimizer = 'SGD', hidden_units = [4], data_split_eval_fraction = 0.1" AS options),
      ('nothing', "learn_rate = 0.02, optimizer = 'SGD', hidden_units = [4], data_split_eval_fraction = 0.1"),
      ('learn_rate', "learn_rate = 0.01, optimizer = 'SGD', hidden_units = [4], data_split_eval_fraction = 0.1"),
      ('optimizer', "learn_rate = 0.02, optimizer = 'ADAGRAD', hidden_units = [4], data_split_eval_fraction = 0.1"),
      ('hidden_units', "learn_rate = 0.02, optimizer = 'SGD', hidden_units = [4, 2], data_split_eval_fraction = 0.1"),
      ('data_split_eval_fraction', "learn_rate = 0.02, optimizer = 'SGD', hidden_units = [4], data_split_eval_fraction = 0.5"),
      ('activation_fn', "learn_rate = 0.02, optimizer = 'SGD', hidden_units = [4], data_split_eval_fraction = 0.1, activation_fn = 'TANH'"),
      ('batch_size', "learn_rate = 0.02, optimizer = 'SGD', hidden_units = [4], data_split_eval_fraction = 0.1, batch_size = 50"),
      ('dropout', "learn_rate = 0.02, optimizer = 'SGD', hidden_units = [4], data_split_eval_fraction = 0.1, dropout = 0.5"),
      ('l1_reg', "learn_rate = 0.02, optimizer = 'SGD', hidden_units = [4], data_split_eval_fraction = 0.1, l1_reg = 50"),
      ('l2_reg', "learn_rate = 0.02, optimizer = 'SGD', hidden_units = [4], data_split_eval_fraction = 0.1, l2_reg = 50")])) DO
    EXECUTE IMMEDIATE FORMAT("""
      CREATE OR REPLACE MODEL bqml.network_changed OPTIONS (model_type = '%s', input_label_cols = ['%s'], max_iterations = 1,
        data_split_method = 'RANDOM', %s) AS SELECT a, b, word, %s FROM bqml.few""",
      network.model_type, network.label, changed.options, network.label);
    INSERT INTO bqml.network_losses
    SELECT network.model_type, changed.name, loss FROM ML.TRAINING_INFO(MODEL bqml.network_changed);
  END FOR;
END FOR;
SELECT c.changed, COUNT(*) AS networks, STRING_AGG(IF(c.loss = p.loss, c.model_type, NULL) ORDER BY c.model_type) AS same, COUNTIF(c.loss > p.loss) AS worse
FROM bqml.network_losses AS c JOIN bqml.network_losses AS p ON p.model_type = c.model_type AND p.changed = ''
WHERE c.changed <> '' GROUP BY c.changed ORDER BY c.changed;
-- columns: changed STRING, networks INT64, same STRING, worse INT64
-- rows:
-- ["activation_fn", 4, null, "*"]
-- ["batch_size", 4, null, "*"]
-- ["data_split_eval_fraction", 4, null, "*"]
-- ["dropout", 4, null, "*"]
-- ["hidden_units", 4, null, "*"]
-- ["l1_reg", 4, null, 4]
-- ["l2_reg", 4, null, 4]
-- ["learn_rate", 4, null, "*"]
-- ["nothing", 4, "dnn_classifier,dnn_linear_combined_classifier,dnn_linear_combined_regressor,dnn_regressor", 0]
-- ["optimizer", 4, null, "*"]
