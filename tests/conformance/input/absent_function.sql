-- A function of BigQuery that is not here says what comes nearest.
-- source: what cannot be done says so by name, with the reason and the nearest thing that works
-- covers: input absent_function
SELECT * FROM ML.TRANSLATE(MODEL shop.plain, TABLE shop.sales, STRUCT('translate_text' AS translate_mode));
-- error: Ask a language model: AI.GENERATE
