-- A label that is none of the model's classes cannot be judged: the statement stops, and names the function that counts such rows.
-- source: a label without a probability has no log_loss and no ROC curve; BigQuery's pages do not say
-- covers: input unseen_class
CREATE OR REPLACE MODEL shop.kinds OPTIONS (model_type = 'logistic_reg', input_label_cols = ['kind']) AS SELECT amount, kind FROM shop.sales;
SELECT * FROM ML.EVALUATE(MODEL shop.kinds, (SELECT 1 AS amount, 'z' AS kind));
-- error: ML.EVALUATE cannot judge by 1 row: kind 'z' is none of the model's classes
