-- The nearest function is named.
-- source: the issue: every unknown option or function gets its nearest name
-- covers: input unknown_function
SELECT * FROM ML.PREDIKT(MODEL shop.plain, TABLE shop.sales);
-- error: ML.PREDICT
