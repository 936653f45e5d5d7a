-- A language model judged by the texts that were wanted.
-- source: BigQuery bigqueryml-syntax-evaluate.md (its columns for remote models over LLMs)
-- covers: ML.EVALUATE on remote_llm
-- differs: BigQuery has Google's evaluation service compute it, and says neither how it cuts words nor what evaluation_status holds; here BLEU is Papineni's over all rows, ROUGE-L the mean of Lin's F1, and the status is empty when every row was answered.
SELECT * FROM ML.EVALUATE(MODEL d.writer, (SELECT review AS input_text, CONCAT('echo: ', review) AS output_text FROM d.reviews), STRUCT('TEXT_GENERATION' AS task_type));
-- columns: bleu4_score FLOAT64, `rouge-l_precision` FLOAT64, `rouge-l_recall` FLOAT64, `rouge-l_f1_score` FLOAT64,
-- evaluation_status STRING
-- rows:
-- [1.0, 1.0, 1.0, 1.0, ""]
