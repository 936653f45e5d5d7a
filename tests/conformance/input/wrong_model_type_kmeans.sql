-- And which model types the function is for.
-- source: a model type used with a function that it lacks says which functions it has
-- covers: input wrong_model_type
SELECT * FROM ML.CONFUSION_MATRIX(MODEL shop.groups, TABLE shop.sales);
-- error: classification
