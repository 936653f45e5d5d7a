-- Each option of an autoencoder changes what it learns of the same rows, and penalties that allow no weights leave more
-- loss; one on the latent columns makes them smaller.
-- source: BigQuery bigqueryml-syntax-create-autoencoder.md
-- covers: option optimizer, learn_rate, hidden_units, activation_fn, batch_size, dropout, l1_reg, l2_reg, l1_reg_activation of autoencoder
-- needs: torch
CREATE OR REPLACE TABLE bqml.autoencoder_losses (changed STRING, loss FLOAT64, latent FLOAT64);
FOR changed IN (SELECT * FROM UNNEST([
    STRUCT('' AS name, "learn_rate = 0.01, optimizer = 'SGD', hidden_units = [3, 1, 3]" AS options),
    ('nothing', "learn_rate = 0.01, optimizer = 'SGD', hidden_units = [3, 1, 3]"),
    ('learn_rate', "learn_rate = 0.02, optimizer = 'SGD', hidden_units = [3, 1, 3]"),
    ('optimizer', "learn_rate = 0.01, optimizer = 'ADAM', hidden_units = [3, 1, 3]"),
    ('hidden_units', "learn_rate = 0.01, optimizer = 'SGD', hidden_units = [3, 1, 2]"),
    ('activation_fn', "learn_rate = 0.01, optimizer = 'SGD', hidden_units = [3, 1, 3], activation_fn = 'SELU'"),
    ('batch_size', "learn_rate = 0.01, optimizer = 'SGD', hidden_units = [3, 1, 3], batch_size = 50"),
    ('dropout', "learn_rate = 0.01, optimizer = 'SGD', hidden_units = [3, 1, 3], dropout = 0.5"),
    ('l1_reg', "learn_rate = 0.01, optimizer = 'SGD', hidden_units = [3, 1, 3], l1_reg = 50"),
    ('l2_reg', "learn_rate = 0.01, optimizer = 'SGD', hidden_units = [3, 1, 3], l2_reg = 50"),
    ('l1_reg_activation', "learn_rate = 0.01, optimizer = 'SGD', hidden_units = [3, 1, 3], l1_reg_activation = 10")])) DO
  EXECUTE IMMEDIATE FORMAT("""
    CREATE OR REPLACE MODEL bqml.autoencoder_changed OPTIONS (model_type = 'autoencoder', max_iterations = 1,
      %s) AS SELECT a, b, amount FROM bqml.few""", changed.options);
  INSERT INTO bqml.autoencoder_losses
  SELECT changed.name, loss, (SELECT AVG(ABS(latent_col_1)) FROM ML.PREDICT(MODEL bqml.autoencoder_changed, TABLE bqml.few))
  FROM ML.TRAINING_INFO(MODEL bqml.autoencoder_changed);
END FOR;
SELECT c.changed, c.loss <> p.loss AS another, c.loss > p.loss AS worse, c.latent < p.latent / 2 AS smaller
FROM bqml.autoencoder_losses AS c JOIN bqml.autoencoder_losses AS p ON p.changed = '' WHERE c.changed <> '' ORDER BY c.changed;
-- columns: changed STRING, another BOOL, worse BOOL, smaller BOOL
-- rows:
-- ["activation_fn", true, "*", "*"]
-- ["batch_size", true, "*", "*"]
-- ["dropout", true, "*", "*"]
-- ["hidden_units", true, "*", "*"]
-- ["l1_reg", true, true, true]
-- ["l1_reg_activation", true, true, true]
-- ["l2_reg", true, true, true]
-- ["learn_rate", true, "*", "*"]
-- ["nothing", false, false, false]
-- ["optimizer", true, "*", "*"]
