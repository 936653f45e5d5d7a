-- A row for each class, as for a text model that was tuned to classify.
-- source: BigQuery bigqueryml-syntax-evaluate.md
-- covers: ML.EVALUATE on remote_llm
SELECT * FROM ML.EVALUATE(MODEL d.writer, (SELECT review AS input_text, CONCAT('echo: ', review) AS output_text FROM d.reviews WHERE id = 1), STRUCT("CLASSIFICATION" AS task_type, 0.2 AS temperature));
-- columns: precision FLOAT64, recall FLOAT64, f1_score FLOAT64, label STRING, evaluation_status STRING
-- rows:
-- [1.0, 1.0, 1.0, "echo: a good film", ""]
