-- A model that there is not; the nearest is named.
-- source: the issue: every unknown option or function gets its nearest name
-- covers: input missing_model
SELECT * FROM ML.PREDICT(MODEL shop.plan, TABLE shop.sales);
-- error: plain
