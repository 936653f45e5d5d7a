-- The nearest name in STRUCT.
-- source: the issue: every unknown option or function gets its nearest name
-- covers: input unknown_struct_option
SELECT * FROM ML.PREDICT(MODEL shop.plain, TABLE shop.sales, STRUCT(0.5 AS treshold));
-- error: Did you mean 'threshold'?
