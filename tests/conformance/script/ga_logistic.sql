-- The tutorial's script: visits that end with a purchase, predicted and added up by country.
-- source: BigQuery create-machine-learning-model.md
-- covers: tutorial 2; ML.PREDICT on logistic_reg
#standardSQL
CREATE OR REPLACE MODEL `web.sample_model` OPTIONS (model_type = 'logistic_reg') AS
SELECT IF(bought, 1, 0) AS label, country, hits AS pageviews FROM `web.visits_*` WHERE _TABLE_SUFFIX BETWEEN '20260101' AND '20260103';
SELECT country, SUM(predicted_label) AS total_predicted_purchases
FROM ML.PREDICT(MODEL `web.sample_model`, (SELECT country, hits AS pageviews FROM `web.visits_*` WHERE _TABLE_SUFFIX = '20260103'))
GROUP BY country ORDER BY total_predicted_purchases DESC LIMIT 10;
-- columns: country STRING, total_predicted_purchases INT64
-- rows: 
-- ["kr", 1]
